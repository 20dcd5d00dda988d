//! All policies in all scopes, a cut, a slow wire, and one that loses packets.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use netns_test::{
    Connection, Failure, IcmpKind, Impairment, Notified, Policy, RejectWith, Result, Rule,
};

use crate::cases::{Fault, PORT, Seen, observe};

/// How many pairs of hosts run at a time: they mostly wait.
const AT_A_TIME: usize = 24;

/// What was observed under one policy in one scope, over one family.
pub(crate) struct Row {
    pub(crate) policy: String,
    pub(crate) scope: &'static str,
    pub(crate) family: &'static str,
    pub(crate) seen: Vec<Seen>,
}

/// A combination that is to be run.
struct Combination {
    policy: String,
    scope: &'static str,
    fault: Fault,
    ipv6: bool,
}

type Limit = fn(Policy, &Connection) -> Policy;

/// The scopes, by the names of the methods that make them.
const SCOPES: [(&str, Limit); 14] = [
    ("everything", |policy, _| policy),
    ("from_peer", |policy, _| policy.from_peer()),
    ("to_peer", |policy, _| policy.to_peer()),
    ("ipv4", |policy, _| policy.ipv4()),
    ("ipv6", |policy, _| policy.ipv6()),
    ("tcp", |policy, _| policy.tcp()),
    ("udp", |policy, _| policy.udp()),
    ("icmp", |policy, _| policy.icmp()),
    ("sport", |policy, _| policy.sport(PORT)),
    ("dport", |policy, _| policy.dport(PORT)),
    ("port", |policy, _| policy.port(PORT)),
    ("new_connections", |policy, _| policy.new_connections()),
    ("existing_flows", |policy, _| policy.existing_flows()),
    ("connection", Policy::connection),
];

/// The policies that act on the wire: they accept every scope that makes sense.
fn of_the_wire() -> Vec<(String, Policy)> {
    let kinds = [
        IcmpKind::PortUnreachable,
        IcmpKind::HostUnreachable,
        IcmpKind::NetUnreachable,
        IcmpKind::AdminProhibited,
    ];
    let mut all = vec![
        ("drop".to_owned(), Policy::drop()),
        ("hold".to_owned(), Policy::hold()),
        ("reset".to_owned(), Policy::reset()),
    ];
    all.extend(kinds.map(|kind| (format!("refuse({kind:?})"), Policy::refuse(kind))));
    let told = [Notified::Both, Notified::Host, Notified::Peer, Notified::Neither];
    all.extend(told.map(|told| (format!("sever({told:?})"), Policy::sever(told))));
    all
}

/// The kinds that exist for one family.
fn of_one_family() -> Vec<(String, Policy, bool)> {
    let v4 = [IcmpKind::ProtoUnreachable, IcmpKind::NetProhibited, IcmpKind::HostProhibited];
    let v6 = [IcmpKind::PolicyFail, IcmpKind::RejectRoute];
    let name = |kind: IcmpKind| format!("refuse({kind:?})");
    let v4 = v4.map(|kind| (name(kind), Policy::refuse(kind).ipv4(), false));
    v4.into_iter().chain(v6.map(|kind| (name(kind), Policy::refuse(kind).ipv6(), true))).collect()
}

/// Rules that people type for `a`'s own firewall.
fn firewalls() -> Vec<(String, Policy)> {
    let reset = |rule: Rule| rule.tcp().reject_with(RejectWith::TcpReset);
    [
        ("IN DROP", vec![Rule::input().drop()]),
        ("OUT DROP", vec![Rule::output().drop()]),
        ("IN REJECT", vec![Rule::input().reject()]),
        ("IN and OUT REJECT", vec![Rule::input().reject(), Rule::output().reject()]),
        ("IN tcp-reset", vec![reset(Rule::input())]),
        ("OUT tcp-reset", vec![reset(Rule::output())]),
        ("IN and OUT tcp-reset", vec![reset(Rule::input()), reset(Rule::output())]),
    ]
    .map(|(name, rules)| (format!("firewall({name})"), Policy::firewall(rules)))
    .into()
}

fn combinations() -> Vec<Combination> {
    let mut all = Vec::new();
    let mut add = |policy: &str, scope, ipv6, fault| {
        all.push(Combination { policy: policy.to_owned(), scope, fault, ipv6 });
    };
    let block = |policy: Policy| Fault::Block(Box::new(move |_| policy.clone()));
    for ipv6 in [false, true] {
        for (name, policy) in of_the_wire() {
            for (scope, limit) in SCOPES {
                if makes_sense(&policy, scope) {
                    let policy = policy.clone();
                    let make = move |conn: &Connection| limit(policy.clone(), conn);
                    add(&name, scope, ipv6, Fault::Block(Box::new(make)));
                }
            }
        }
        for (name, policy) in firewalls() {
            add(&name, "everything", ipv6, block(policy));
        }
        add("cut", "everything", ipv6, Fault::Cut);
        let delay = Duration::from_secs(1);
        let slow = format!("impair({})", Impairment::delay(delay));
        add(&slow, "everything", ipv6, Fault::Delay(delay));
        let share = 0.3;
        let lossy = format!("impair({})", Impairment::new().loss(share));
        add(&lossy, "everything", ipv6, Fault::Loss(share));
    }
    for (name, policy, ipv6) in of_one_family() {
        add(&name, "everything", ipv6, block(policy));
    }
    all
}

/// Which scopes are accepted; the library refuses the others, and says why. Of the kinds of
/// `refuse`, only the first one shows all scopes: the others differ only in their errno.
fn makes_sense(policy: &Policy, scope: &str) -> bool {
    let name = policy.to_string();
    if name.starts_with("refuse") && !name.contains("port-unreachable") {
        return scope == "everything";
    }
    if name.starts_with("sever") {
        return !matches!(scope, "from_peer" | "to_peer" | "udp" | "icmp" | "new_connections");
    }
    name != "reset" || !matches!(scope, "udp" | "icmp")
}

/// Runs all combinations, in the order of the table.
pub(crate) fn run(progress: impl Fn(usize, usize) + Sync) -> Result<Vec<Row>> {
    let combinations = combinations();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        let mut rows = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(combination) = combinations.get(at) else { return Ok(rows) };
            rows.push((at, combination.run()?));
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, combinations.len());
        }
    };
    let results: Vec<Result<Vec<(usize, Row)>>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(Failure::new("a stage panicked"))))
            .collect()
    });
    let mut rows = Vec::new();
    for result in results {
        rows.extend(result?);
    }
    rows.sort_by_key(|(at, _)| *at);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

impl Combination {
    fn run(&self) -> Result<Row> {
        let family = if self.ipv6 { "v6" } else { "v4" };
        let seen = observe(&self.fault, self.ipv6).map_err(|failure| {
            let Self { policy, scope, .. } = self;
            Failure::new(format!("{policy}, {scope}, {family}: {failure:?}"))
        })?;
        Ok(Row { policy: self.policy.clone(), scope: self.scope, family, seen })
    }
}

impl Row {
    /// One line per cell.
    pub(crate) fn json(&self) -> Vec<String> {
        let cell = |seen: &Seen| {
            format!(
                "{{\"policy\":\"{}\",\"scope\":\"{}\",\"family\":\"{}\",\"case\":\"{}\",\
                 \"side\":\"{}\",\"outcome\":\"{}\",\"after_us\":{}}}",
                self.policy,
                self.scope,
                self.family,
                seen.case,
                seen.side,
                seen.outcome,
                seen.after.as_micros()
            )
        };
        self.seen.iter().map(cell).collect()
    }
}
