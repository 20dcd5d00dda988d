use super::effect::{Effect, Notified};
use super::policy::Policy;
use super::translation::Translation;
use crate::net::{Link, Way, common_links, routers_beside, ways};
use crate::{Error, Host};

/// The paths between two hosts: the links that they share, and routers.
pub(super) struct Between {
    hosts: [Host; 2],
    links: Vec<Link>,
    /// For each of the two, the members of its links that forward, if one of their paths has a router.
    routers: [Vec<(Link, Host)>; 2],
    /// Whether each of the two forwards.
    are_routers: [bool; 2],
    /// Whom each of the two may mistake the other for: a router that translates.
    taken_for: [Option<String>; 2],
}

impl Between {
    /// Looks for it, along the routes of the kernel.
    ///
    /// # Errors
    ///
    /// If no path leads from one to the other, or addresses are translated on it so that neither can be
    /// recognised at the other's end.
    pub(super) fn find(hosts: [&Host; 2], operation: &str) -> Result<Self, Error> {
        let [host, peer] = hosts;
        let links = common_links(host, peer);
        let mut there_and_back = match is_all(&links, hosts) {
            true => [Vec::new(), Vec::new()],
            false => [ways(host, peer)?, ways(peer, host)?],
        };
        if links.is_empty() && there_and_back.iter().all(Vec::is_empty) {
            return Err(no_way(operation));
        }
        for ways in &mut there_and_back {
            ways.retain(|way| !way.routers.is_empty());
        }
        let mut found = Self::direct(hosts, links);
        if there_and_back.iter().any(|ways| !ways.is_empty()) {
            found.look_at_translation(&there_and_back, operation)?;
            found.look_for_routers()?;
        }
        Ok(found)
    }

    /// The same, if the forwarding hosts are known: without any, hosts that share a link have no other
    /// path.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub(super) fn find_among(
        hosts: [&Host; 2],
        routers: &[Host],
        operation: &str,
    ) -> Result<Self, Error> {
        let links = common_links(hosts[0], hosts[1]);
        match !links.is_empty() && routers.iter().all(|router| hosts.contains(&router)) {
            true => Ok(Self::direct(hosts, links)),
            false => Self::find(hosts, operation),
        }
    }

    fn direct(hosts: [&Host; 2], links: Vec<Link>) -> Self {
        Self {
            hosts: hosts.map(Clone::clone),
            links,
            routers: [Vec::new(), Vec::new()],
            are_routers: [false; 2],
            taken_for: [None, None],
        }
    }

    fn look_at_translation(&mut self, ways: &[Vec<Way>; 2], operation: &str) -> Result<(), Error> {
        for (first, ways) in ways.iter().enumerate() {
            for way in ways {
                let translation = Translation::on(way)?;
                if let Some(cause) = translation.unseen() {
                    let refused = Error::new(operation, cause);
                    return Err(refused.with_help("block each of them from the router beside it"));
                }
                for (host, router) in [first, 1 - first].into_iter().zip(translation.taken_for()) {
                    let known = self.taken_for[host].take();
                    self.taken_for[host] = known.or(router.map(str::to_owned));
                }
            }
        }
        Ok(())
    }

    fn look_for_routers(&mut self) -> Result<(), Error> {
        for at in 0..2 {
            let other = &self.hosts[1 - at];
            let mut beside = routers_beside(&self.hosts[at])?;
            beside.retain(|(_, router)| router != other);
            self.routers[at] = beside;
            self.are_routers[at] = self.hosts[at].is_router()?;
        }
        Ok(())
    }

    /// Checks that a policy is not about addresses that a host does not see.
    ///
    /// # Errors
    ///
    /// If a router translates them.
    pub(super) fn check(&self, policy: &Policy, operation: &str) -> Result<(), Error> {
        let [ours, theirs] = &self.taken_for;
        let (needed, what) = match &policy.effect {
            Effect::Firewall { .. } => ([true, false], "rules for its address match nothing"),
            Effect::Sever(told) => (
                [
                    matches!(told, Notified::Both | Notified::Host),
                    matches!(told, Notified::Both | Notified::Peer),
                ],
                "its sockets with that peer cannot be identified",
            ),
            _ => return Ok(()),
        };
        for (at, router) in [ours, theirs].into_iter().enumerate().filter(|(at, _)| needed[*at]) {
            let Some(router) = router else { continue };
            let [host, other] = [&self.hosts[at], &self.hosts[1 - at]].map(Host::name);
            let cause = format!(
                "`{host}` may see `{other}` under the address of `{router}`, which \
                 translates: {what}"
            );
            return Err(Error::new(operation, cause));
        }
        Ok(())
    }

    /// The two, the one that blocks first.
    pub(super) fn hosts(&self) -> [&Host; 2] {
        self.hosts.each_ref()
    }

    /// The links that they share.
    pub(super) fn links(&self) -> &[Link] {
        &self.links
    }

    /// The routers that one of the two has on its links, beside the other one.
    pub(super) fn routers_beside(&self, host: &Host) -> &[(Link, Host)] {
        &self.routers[self.place(host)]
    }

    /// Whether one of the two is a router.
    pub(super) fn is_router(&self, host: &Host) -> bool {
        self.are_routers[self.place(host)]
    }

    fn place(&self, host: &Host) -> usize {
        usize::from(self.hosts[0] != *host)
    }
}

/// Whether a veth pair is all that either of the two has: then there is no way around it to be looked for.
fn is_all(common: &[Link], hosts: [&Host; 2]) -> bool {
    let [link] = common else { return false };
    link.is_pair() && hosts.iter().all(|host| host.interfaces().len() == 1)
}

fn no_way(operation: &str) -> Error {
    let cause = "no link joins them and there is no route between them: there is nothing to block";
    Error::new(operation, cause).with_help(
        "join them by `Net::link`, or by a router (`Topology`); of hosts behind routers that translate, \
         block each from its own router",
    )
}
