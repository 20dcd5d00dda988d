use super::host::Host;
use super::name::check_host;
use super::net::Net;
use crate::{Error, sandbox};

/// The names that a net has in the test's `/etc/hosts`: those of its hosts, and those that the test
/// has assigned.
#[derive(Default)]
pub(super) struct PublishedNames {
    /// In the order in which they were assigned first.
    assigned: Vec<(String, Host)>,
}

impl Net {
    /// Makes a name resolve to a host, instead of the host that it resolved to before. From now on the
    /// test's `/etc/hosts`, which all hosts share, says so.
    ///
    /// Use it for the name of a service that fails over, or for a host's own name that another host takes
    /// over. A program that uses the system's resolver (`getaddrinfo`, and so std and tokio) finds the new
    /// host at its next look-up. A program whose own resolver asks a name server (`/etc/resolv.conf`), or
    /// caches answers, does not.
    ///
    /// # Errors
    ///
    /// If the name is invalid, or the host belongs to another net or has no address.
    ///
    /// ```no_run
    /// use netns_test::{Host, Net, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn a_name_fails_over(net: Net, one: Host, other: Host, client: Host) -> Result {
    ///     let (_first, second) = (one.listen(80)?, other.listen(80)?);
    ///     net.assign_name("database", &one)?;
    ///     client.connect("database:80")?;
    ///     net.assign_name("database", &other)?;
    ///     client.connect("database:80")?;
    ///     second.accept()?;
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias("dns", "resolve", "hosts"))]
    pub fn assign_name(&self, name: &str, host: &Host) -> Result<(), Error> {
        let operation = || format!("assign the name `{name}` to `{}`", host.name());
        check_host(name)?;
        let refuse = |cause: &str| Err(Error::new(operation(), cause));
        if !self.all_hosts().contains(host) {
            return refuse("it is a host of another net");
        }
        if host.interfaces().is_empty() {
            return refuse("it has no address: it is not linked to another host yet");
        }
        self.with_names(|names| names.assign(name, host));
        host.note_change(format!("name `{name}`: assigned"));
        Ok(())
    }
}

impl PublishedNames {
    fn assign(&mut self, name: &str, host: &Host) {
        match self.assigned.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, holder)) => *holder = host.clone(),
            None => self.assigned.push((name.to_owned(), host.clone())),
        }
    }

    /// Makes the hosts of the net with this number known to each other by name, where the sandbox has
    /// an /etc/hosts of its own. Where it has none, names do not resolve, and that is what the code
    /// under test sees.
    ///
    /// With the addresses that they were made with: the file of a real machine knows no better.
    pub(super) fn publish(&self, net: u64, hosts: &[Host]) {
        let Some(mounts) = sandbox::current() else { return };
        let is_assigned =
            |name: &str| self.assigned.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let own = hosts.iter().map(|host| (host.name(), host));
        let own = own.filter(|(name, _)| !is_assigned(name));
        let assigned = self.assigned.iter().map(|(name, host)| (name.as_str(), host));
        let lines = own.chain(assigned).flat_map(|(name, host)| lines(name, host)).collect();
        let _ = mounts.publish_hosts(net, lines);
    }
}

fn lines(name: &str, host: &Host) -> Vec<String> {
    let own = host.interfaces().into_iter().flat_map(|interface| interface.own());
    own.map(|address| format!("{address} {name}")).collect()
}
