//! Each policy by itself, between two hosts.

use std::time::Instant;

use netns_test::{
    Backend, Connection, Host, IcmpKind, Listener, Net, Notified, Policy, Result, Rule,
};

use super::sample::Sample;

const ROUNDS: usize = 500;
/// Of those that destroy sockets, which have to be made first.
const SEVERS: usize = 50;
/// Of those that start a program for each rule.
const IPTABLES: usize = 50;
const SOCKETS: usize = 100;

pub(crate) fn measure(json: bool) -> Result {
    let net = Net::new();
    let [server, client] = net.hosts(["server", "client"])?;
    for (name, policy) in [
        ("drop", Policy::drop()),
        ("reset", Policy::reset()),
        ("refuse", Policy::refuse(IcmpKind::HostUnreachable)),
        ("sever_0_sockets", Policy::sever(Notified::Both)),
        ("firewall_nftables", firewall(Backend::Nftables)),
    ] {
        let mut samples = Samples::new(name);
        for _ in 0..ROUNDS {
            samples.round(&server, &client, &policy)?;
        }
        samples.print(json);
    }
    severed(&server, &client, json)?;
    for (name, backend) in [
        ("firewall_iptables_nft", Backend::IptablesNft),
        ("firewall_iptables_legacy", Backend::IptablesLegacy),
    ] {
        iptables(name, &firewall(backend), &server, &client, json)?;
    }
    Ok(())
}

/// The same for every backend: two rules, in two families.
fn firewall(backend: Backend) -> Policy {
    Policy::firewall([Rule::input().reject(), Rule::output().reject()]).via(backend)
}

struct Samples {
    apply: Sample,
    lift: Sample,
}

impl Samples {
    fn new(name: &str) -> Self {
        let of = |verb| Sample::new(format!("{verb}_{name}"));
        Self { apply: of("apply"), lift: of("lift") }
    }

    fn round(&mut self, server: &Host, client: &Host, policy: &Policy) -> Result {
        let policy = policy.clone();
        let begun = Instant::now();
        let block = server.block_with(client, policy)?;
        self.apply.push(begun.elapsed());
        let begun = Instant::now();
        block.unblock()?;
        self.lift.push(begun.elapsed());
        Ok(())
    }

    fn print(self, json: bool) {
        self.apply.print(json);
        self.lift.print(json);
    }
}

/// With a hundred connections that are destroyed, at both ends.
fn severed(server: &Host, client: &Host, json: bool) -> Result {
    let listener = server.listen(7000)?;
    let mut samples = Samples::new("sever_100_sockets");
    for _ in 0..SEVERS {
        let _connections = connections(&listener, client)?;
        samples.round(server, client, &Policy::sever(Notified::Both))?;
    }
    samples.print(json);
    Ok(())
}

fn connections(listener: &Listener, client: &Host) -> Result<Vec<[Connection; 2]>> {
    let mut connections = Vec::with_capacity(SOCKETS);
    for number in 0..SOCKETS {
        let to = if number % 2 == 0 { listener.addr() } else { listener.addr_v6() };
        let dialled = client.connect(to)?;
        connections.push([dialled, listener.accept()?]);
    }
    Ok(connections)
}

fn iptables(
    name: &'static str,
    policy: &Policy,
    server: &Host,
    client: &Host,
    json: bool,
) -> Result {
    let missing = match server.block_with(client, policy.clone()) {
        Ok(block) => {
            block.unblock()?;
            let mut samples = Samples::new(name);
            for _ in 0..IPTABLES {
                samples.round(server, client, policy)?;
            }
            samples.print(json);
            return Ok(());
        }
        Err(error) if error.is_unsupported() => error.to_string(),
        Err(error) => return Err(error.into()),
    };
    if json {
        println!("{{\"bench\":\"{name}\",\"not_run\":{missing:?}}}");
    } else {
        println!("{name:<28} NOT RUN: {missing}");
    }
    Ok(())
}
