use super::host::Host;
use super::net::Net;
use super::topology::Topology;
use crate::Error;
use crate::sandbox::caught;

/// A type that can be a parameter of a `#[netns_test]`: a fixture.
///
/// [`Host`] and [`Net`] are fixtures; implement this trait to make your own. A fixture first says
/// which hosts it needs, before the network exists, and is then made in the network:
///
/// ```
/// use netns_test::{Error, FromNet, Host, Net, Plan};
///
/// /// Three hosts named after the parameter: `node-1`, `node-2`, `node-3`.
/// struct Cluster(Vec<Host>);
///
/// fn names(name: &str) -> [String; 3] {
///     [1, 2, 3].map(|number| format!("{name}-{number}"))
/// }
///
/// impl FromNet for Cluster {
///     fn plan(plan: &mut Plan, name: &str) {
///         names(name).iter().for_each(|name| plan.add_host(name));
///     }
///
///     fn from_net(net: &Net, name: &str) -> Result<Self, Error> {
///         let hosts = names(name).iter().map(|name| net.host(name)).collect::<Result<_, _>>()?;
///         Ok(Cluster(hosts))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of `#[netns_test]`",
    label = "not a fixture",
    note = "parameters are `Host`, `Net`, and types that implement `netns_test::FromNet`"
)]
pub trait FromNet: Sized {
    /// Adds the hosts that the fixture needs to the plan. By default it adds none.
    fn plan(plan: &mut Plan, name: &str) {
        let _ = (plan, name);
    }

    /// Makes the fixture once all hosts are there, linked and ready.
    ///
    /// `name` is the name of the parameter, without leading underscores.
    ///
    /// # Errors
    ///
    /// An error fails the test before its body begins; [`Error::other`] makes one.
    fn from_net(net: &Net, name: &str) -> Result<Self, Error>;
}

impl FromNet for Host {
    fn plan(plan: &mut Plan, name: &str) {
        plan.add_host(name);
    }

    fn from_net(net: &Net, name: &str) -> Result<Self, Error> {
        net.host(name)
    }
}

impl FromNet for Net {
    fn from_net(net: &Net, _name: &str) -> Result<Self, Error> {
        Ok(net.clone())
    }
}

/// The hosts that the parameters of a test need.
///
/// ```no_run
/// # use netns_test::*;
/// /// A server with a database beside it.
/// struct Backend { server: Host, database: Host }
///
/// impl FromNet for Backend {
///     fn plan(plan: &mut Plan, name: &str) {
///         plan.add_host(name);
///         plan.add_host("database");
///     }
///
///     fn from_net(net: &Net, name: &str) -> std::result::Result<Self, Error> {
///         Ok(Self { server: net.host(name)?, database: net.host("database")? })
///     }
/// }
///
/// #[netns_test]
/// fn the_server_outlives_its_database(backend: Backend, client: Host) -> Result {
///     let _outage = backend.server.block(&backend.database)?;
///     client.connect(backend.server.addr(80))?;
///     Ok(())
/// }
/// ```
#[derive(Debug, Default)]
pub struct Plan {
    hosts: Vec<String>,
    pub(super) topologies: Vec<Topology>,
}

impl Plan {
    /// Adds a host to the plan. All hosts of a plan share one link, in the order in which they were
    /// added. An invalid or duplicate name fails the test before its body begins.
    pub fn add_host(&mut self, name: &str) {
        self.hosts.push(name.to_owned());
    }
}

/// A parameter of a test: its name and what it asks for.
pub struct Parameter {
    name: &'static str,
    plan: fn(&mut Plan, &str),
}

impl Parameter {
    /// The parameter `name` of type `F`.
    pub const fn of<F: FromNet>(name: &'static str) -> Self {
        Self { name, plan: F::plan }
    }
}

/// Where the arguments of a test come from.
pub struct Fixtures(Net);

impl Fixtures {
    /// Makes the network that the parameters ask for.
    pub(crate) fn make(parameters: &[Parameter]) -> Result<Self, Error> {
        let mut plan = Plan::default();
        for Parameter { name, plan: ask } in parameters {
            caught(|| ask(&mut plan, name)).map_err(|message| panicked("plan", name, &message))?;
        }
        let net = Net::new();
        net.add_hosts(&plan.hosts)?;
        plan.topologies.iter().try_for_each(|topology| net.add_topology(topology))?;
        Ok(Self(net))
    }

    /// Makes one argument.
    ///
    /// # Errors
    ///
    /// As the fixture's [`FromNet::from_net`]; if that panics, its words.
    pub fn fixture<F: FromNet>(&self, name: &str) -> Result<F, Error> {
        let made = caught(|| F::from_net(&self.0, name));
        made.unwrap_or_else(|message| Err(panicked("make", name, &message)))
    }
}

/// A fixture that panics is an error: the body has not begun, and `#[should_panic]` speaks of it.
fn panicked(verb: &str, name: &str, message: &str) -> Error {
    Error::new(format!("{verb} the fixture `{name}`"), format!("it panicked: {message}"))
}
