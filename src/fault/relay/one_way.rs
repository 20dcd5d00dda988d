use super::super::effect::Effect;
use super::super::impairment::{Fates, Impairment};
use super::super::policy::Policy;
use super::super::recipe::{WireRule, recipe};
use super::super::seed;
use super::path::Path;
use crate::net::{Link, common_links};
use crate::{Error, Host};

/// One direction of one link.
#[derive(Clone)]
pub(in crate::fault) struct OneWay {
    pub(in crate::fault) sender: Host,
    pub(in crate::fault) receiver: Host,
    pub(super) path: Path,
    /// The link's name: two hosts may share several.
    pub(in crate::fault) link: String,
    /// Whether the receiver is the host that was asked.
    pub(in crate::fault) incoming: bool,
}

impl OneWay {
    /// Those between two hosts: what the first one receives first.
    pub(in crate::fault) fn between([host, peer]: [&Host; 2]) -> Vec<Self> {
        let links = common_links(host, peer);
        let ways = [([peer, host], true), ([host, peer], false)];
        let all = ways.into_iter().flat_map(|(ends, incoming)| {
            links.iter().filter_map(move |link| Self::over(link, ends, incoming))
        });
        all.collect()
    }

    /// Those of a link: from each member to each other one.
    pub(in crate::fault) fn of_link(link: &Link) -> Vec<Self> {
        let hosts = link.hosts();
        let to_others = |sender| {
            let others = hosts.iter().filter(move |other| *other != sender);
            others.filter_map(move |receiver| Self::over(link, [sender, receiver], true))
        };
        hosts.iter().flat_map(to_others).collect()
    }

    /// Whether it is the same one.
    pub(in crate::fault) fn is(&self, other: &Self) -> bool {
        self.path.is(&other.path)
    }

    fn over(link: &Link, [sender, receiver]: [&Host; 2], incoming: bool) -> Option<Self> {
        let path = Path::over(link, sender, receiver)?;
        let (sender, receiver) = (sender.clone(), receiver.clone());
        Some(Self { sender, receiver, path, link: link.name().to_owned(), incoming })
    }

    /// Which packets of it an impairment is about: none, if it is for the other direction only.
    pub(in crate::fault) fn rules(&self, impairment: &Impairment) -> Vec<WireRule> {
        let policy = Policy { effect: Effect::Drop, scope: impairment.scope.clone() };
        recipe(&policy, self.incoming, &[])
    }

    pub(in crate::fault) fn is_met_by(&self, impairment: &Impairment) -> bool {
        !self.rules(impairment).is_empty()
    }

    /// What becomes of its packets.
    pub(in crate::fault) fn fates(
        &self,
        impairment: &Impairment,
        ordinal: u64,
    ) -> Result<Fates, Error> {
        let to = format!("{} {}", self.receiver.name(), self.link);
        let direction = seed::direction(self.sender.name(), &to);
        let seed = match impairment.own_seed() {
            Some(seed) => seed,
            None if impairment.is_drawn() => seed::derived(seed::of_test()?, ordinal),
            None => 0,
        };
        Ok(Fates::new(seed, direction))
    }
}
