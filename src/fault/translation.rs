//! What routers do to the addresses of what they forward (NAT), as far as a block must know it.
//!
//! A block between hosts that share no link recognises each of them by its place and, at the other end of
//! the path, by its addresses, and looks for their packets at both ends. So it sees every packet, unless
//! both its source and its destination are translated.

use std::fs;

use crate::net::{Passage, Way};
use crate::netlink::{Message, NLM_F_DUMP, Request};
use crate::nftables::{NETLINK_NETFILTER, TableFamily, Translates, all_rules, translates};
use crate::{Error, Host, nat};

/// Who translates what on a way.
#[derive(Clone, Debug, Default)]
pub(super) struct Translation {
    /// Routers that translate the source of what is sent along it, and the destination of what is sent
    /// back without being an answer.
    sources: Vec<Passed>,
    /// The opposite.
    destinations: Vec<Passed>,
}

/// A router that translates, and whether it may do so in the other direction as well.
#[derive(Clone, Debug)]
struct Passed {
    router: String,
    either_way: bool,
}

impl Translation {
    pub(super) fn on(way: &Way) -> Result<Self, Error> {
        let mut found = Self::default();
        for passage in &way.routers {
            let told = told(passage);
            let by_others = by_others(&passage.router)?;
            let router = || passage.router.name().to_owned();
            for (all, told, foreign) in [
                (&mut found.sources, told.sources, by_others.sources),
                (&mut found.destinations, told.destinations, by_others.destinations),
            ] {
                if told || foreign {
                    all.push(Passed { router: router(), either_way: foreign });
                }
            }
        }
        Ok(found)
    }

    /// Why packets may be seen at neither end of the way; `None` if all are.
    pub(super) fn unseen(&self) -> Option<String> {
        let (source, destination) = (self.sources.first()?, self.destinations.first()?);
        Some(format!(
            "a packet between them may carry neither address: `{}` translates \
             sources, and `{}` destinations",
            source.router, destination.router
        ))
    }

    /// The routers for which the first and the last host of the way may take each other, if there are
    /// any.
    pub(super) fn taken_for(&self) -> [Option<&str>; 2] {
        let either = self.sources.iter().chain(&self.destinations).find(|one| one.either_way);
        let found = [self.destinations.first().or(either), self.sources.first().or(either)];
        found.map(|one| Some(one?.router.as_str()))
    }
}

/// What a router was told to translate of what takes this way.
fn told(passage: &Passage) -> Translates {
    let Some(outside) = passage.router.translates_by() else { return Translates::default() };
    Translates {
        sources: passage.leaves_by == outside,
        destinations: passage.comes_by.is_none_or(|interface| interface == outside),
    }
}

/// What the rules of a router translate that its programs have made. Of what takes which way, nobody
/// knows.
fn by_others(router: &Host) -> Result<Translates, Error> {
    let mut all = Translates::default();
    for (table, one) in rules(router)? {
        all.sources |= one.sources && table != nat::TABLE;
        all.destinations |= one.destinations && table != nat::TABLE;
    }
    // What rules there are of this kind, only the program knows that made them.
    if has_legacy_table(router)? {
        all = Translates { sources: true, destinations: true };
    }
    Ok(all)
}

fn rules(router: &Host) -> Result<Vec<(String, Translates)>, Error> {
    let operation = format!("list the rules of `{}`", router.name());
    let request = Request::new(operation, all_rules(TableFamily::Any), NLM_F_DUMP);
    let answers: Vec<Message> =
        router.netlink(NETLINK_NETFILTER, |netlink| netlink.query(request))?;
    Ok(answers.iter().filter_map(translates).collect())
}

/// Whether the old kind of iptables has its table `nat` there.
fn has_legacy_table(router: &Host) -> Result<bool, Error> {
    let operation = || format!("look for iptables' tables of `{}`", router.name());
    let read = || {
        let names = ["ip_tables_names", "ip6_tables_names"];
        names.map(|name| fs::read_to_string(format!("/proc/thread-self/net/{name}")))
    };
    let tables = router.inside(read).map_err(|error| Error::os(operation(), error))?;
    // A kernel without that kind has no such file.
    Ok(tables.into_iter().flatten().any(|names| names.lines().any(|name| name == "nat")))
}
