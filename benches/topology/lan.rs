use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Instant;

use netns_test::{Host, Net, Result};

use super::bare_lan;
use super::conversation::{Hosts, Spoken, all_speak};
use super::gone::wait_until_gone;
use super::of_hosts::OfHosts;

/// Hosts of a LAN, and how many times it is made.
const SIZES: [(usize, usize); 5] = [(2, 100), (8, 50), (32, 20), (128, 7), (254, 5)];

/// Each LAN, and in turn with it the same one by bare netlink, so that the machine is the same for both.
/// Two hosts have no bridge: `lab` has the floor of those.
pub(crate) fn measure(json: bool) -> Result {
    for (hosts, rounds) in SIZES {
        let mut bare = OfHosts::new("bare_lan", hosts);
        let mut lan = OfHosts::new("lan", hosts);
        for _ in 0..rounds {
            lan.push(speak(hosts)?);
            if hosts > 2 {
                bare.push(bare_lan::measure(hosts)?);
            }
        }
        if hosts > 2 {
            bare.print(json);
        }
        lan.print(json);
    }
    Ok(())
}

/// From nothing to the moment at which each host has spoken to its neighbour.
fn speak(hosts: usize) -> Result<Spoken> {
    wait_until_gone()?;
    let begun = Instant::now();
    let net = Net::new();
    let lan = Lan(net.add_hosts(&names(hosts))?);
    Ok(all_speak(begun, &lan, hosts)?)
}

pub(crate) fn names(hosts: usize) -> Vec<String> {
    (1..=hosts).map(|number| format!("host-{number}")).collect()
}

struct Lan(Vec<Host>);

impl Hosts for Lan {
    fn address(&self, host: usize) -> Ipv4Addr {
        self.0[host].ipv4()
    }

    fn listen(&self, host: usize, at: SocketAddr) -> io::Result<TcpListener> {
        self.0[host].run(|| TcpListener::bind(at))
    }

    fn dial(&self, host: usize, to: SocketAddr) -> io::Result<TcpStream> {
        self.0[host].run(|| TcpStream::connect(to))
    }
}
