use super::between::Between;
use super::block::{check, finish};
use super::block_part::BlockPart;
use super::effect::Effect;
use super::policy::Policy;
use super::recipe::Flow;
use super::scope::Flows;
use super::sever::{existing, flows};
use super::split::Split;
use super::wire::Gate;
use crate::quoted::named;
use crate::{Error, Host, Net};

/// The hosts of a net, and which of them forward.
pub(crate) struct Known {
    pub(crate) hosts: Vec<Host>,
    pub(crate) routers: Vec<Host>,
}

impl Known {
    /// Looks which of them forward.
    pub(crate) fn among(hosts: Vec<Host>) -> Result<Self, Error> {
        let mut routers = Vec::new();
        for host in &hosts {
            if host.is_router()? {
                routers.push(host.clone());
            }
        }
        Ok(Self { hosts, routers })
    }
}

/// The pairs of hosts that a partition cuts off from each other.
pub(super) struct Pairs<'a> {
    all: Vec<[Host; 2]>,
    /// The hosts of the net that forward.
    routers: Vec<Host>,
    operation: &'a str,
}

impl<'a> Pairs<'a> {
    /// Those of a split.
    ///
    /// # Errors
    ///
    /// If it contradicts itself, or does not say where each host of the net is.
    pub(super) fn of(net: &Net, split: &Split, operation: &'a str) -> Result<Self, Error> {
        if let Some(contradiction) = split.contradiction() {
            return Err(Error::new(operation, contradiction));
        }
        Self::among(&Known::among(net.all_hosts())?, split, operation)
    }

    /// The same, where the hosts of the net are known.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of).
    pub(super) fn among(known: &Known, split: &Split, operation: &'a str) -> Result<Self, Error> {
        let refuse = |cause: String| Error::new(operation, cause);
        if let Some(contradiction) = split.contradiction() {
            return Err(refuse(contradiction));
        }
        let hosts = split.hosts();
        if let Some(stranger) = hosts.iter().find(|host| !known.hosts.contains(host)) {
            return Err(refuse(format!("`{}` is a host of another net", stranger.name())));
        }
        let others = known.hosts.iter().filter(|host| !known.routers.contains(host));
        let left_out: Vec<_> =
            others.filter(|host| !hosts.contains(host)).map(Host::name).collect();
        match left_out.is_empty() {
            true => Ok(Self { all: split.pairs(), routers: known.routers.clone(), operation }),
            false => {
                let cause = format!("it leaves out {}", named(left_out));
                let help = "name each host once; one that is to see all sides is named by \
                            `Split::bridged_by`";
                Err(refuse(cause).with_help(help))
            }
        }
    }

    /// Checks that a policy is possible between all of them.
    ///
    /// # Errors
    ///
    /// If two hosts cannot be blocked, or the policy contradicts itself.
    pub(super) fn check(&self, policy: &Policy) -> Result<(), Error> {
        if matches!(policy.scope.flows, Some(Flows::One(..))) {
            let refused = Error::new(self.operation, "a single connection joins only two hosts");
            return Err(refused.with_help("block them by `Host::block_with`"));
        }
        let checked = |pair @ [host, peer]: &[Host; 2]| {
            check(host, peer, policy, &self.operation_between(pair))
        };
        self.all.iter().try_for_each(checked)
    }

    /// Puts the blocks in force, and does what remains to be done then.
    pub(super) fn make(&self, parts: &mut Vec<BlockPart>, policy: &Policy) -> Result<(), Error> {
        let pairs = self.look(policy)?;
        let flows = |at: usize| -> &[Flow] { &pairs[at].1 };
        match policy.effect {
            Effect::Drop | Effect::Reset | Effect::Refuse(_) | Effect::Sever(_)
                if policy.scope.flows != Some(Flows::Existing) =>
            {
                let gates = pairs.iter().flat_map(|(between, _)| Gate::between(between));
                BlockPart::make_wire(parts, gates.collect(), (policy, &[]), self.operation)?;
            }
            _ => {
                for (between, flows) in &pairs {
                    BlockPart::make_all(parts, between, policy, flows, self.operation)?;
                }
            }
        }
        (0..pairs.len()).try_for_each(|at| finish(pairs[at].0.hosts(), policy, flows(at)))
    }

    /// Looks up the paths between all of them, and their connections if the policy is about these.
    fn look(&self, policy: &Policy) -> Result<Vec<(Between, Vec<Flow>)>, Error> {
        let mut found = Vec::new();
        for pair in &self.all {
            let operation = self.operation_between(pair);
            let [host, peer] = pair;
            let between = Between::find_among([host, peer], &self.routers, &operation)?;
            between.check(policy, &operation)?;
            let flows = match policy.scope.flows {
                Some(Flows::Existing) => existing([host, peer], policy)?,
                _ => flows(host, peer, policy, &operation)?,
            };
            if policy.scope.flows != Some(Flows::Existing) || !flows.is_empty() {
                found.push((between, flows));
            }
        }
        match found.is_empty() {
            true => Err(Error::new(self.operation, "there is no connection between them now")),
            false => Ok(found),
        }
    }

    fn operation_between(&self, [host, peer]: &[Host; 2]) -> String {
        format!("{} (between `{}` and `{}`)", self.operation, host.name(), peer.name())
    }
}
