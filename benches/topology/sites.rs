use std::net::{TcpListener, TcpStream};
use std::time::Instant;

use netns_test::{Failure, Link, Nat, Net, Result, Topology};

use super::conversation::echo;
use super::gone::wait_until_gone;
use super::sample::Sample;

const ROUNDS: usize = 100;
const PORT: u16 = 1234;

/// Two sites of two hosts, each behind a router that translates, and a port of the one that leads inside.
pub(crate) fn measure(json: bool) -> Result {
    let mut sites = Sample::new("two_sites_with_nat_echo");
    for _ in 0..ROUNDS {
        wait_until_gone()?;
        let begun = Instant::now();
        let net = Net::new();
        let transit = translated(&net)?;
        let [server, client, router] =
            ["east-1", "west-1", "east-router"].map(|name| net.host(name));
        let (server, client, outside) = (server?, client?, transit.addrs(&router?)[0]);
        let listener = server.run(|| TcpListener::bind((server.ipv4(), PORT)))?;
        let mut dialled = client.run(|| TcpStream::connect((outside, PORT)))?;
        let mut accepted = listener.accept()?.0;
        echo(&mut dialled, &mut accepted)?;
        sites.push(begun.elapsed());
    }
    sites.print(json);
    Ok(())
}

/// Makes them, and returns the link between the routers.
fn translated(net: &Net) -> Result<Link> {
    let topology = Topology::new()
        .lan("west", ["west-1", "west-2"])
        .lan("east", ["east-1", "east-2"])
        .lan("transit", [""; 0])
        .gateway("west-router", ["west"], "transit")
        .gateway("east-router", ["east"], "transit");
    net.add_topology(&topology)?;
    let transit = net.links().into_iter().find(|link| link.name() == "transit");
    let transit = transit.ok_or_else(|| Failure::new("there is no link `transit`"))?;
    net.host("west-router")?.set_nat(&transit, Nat::masquerade())?;
    let inside = Nat::masquerade().forward_port(PORT, &net.host("east-1")?, PORT);
    net.host("east-router")?.set_nat(&transit, inside)?;
    Ok(transit)
}
