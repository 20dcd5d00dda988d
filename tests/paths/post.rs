//! Datagrams between hosts, and whether a block takes them.

use std::net::SocketAddr;
use std::time::Duration;

use netns_test::{Block, Host, Result, UdpEndpoint, eventually};

pub(crate) const SOON: Duration = Duration::from_secs(5);

/// A host's socket for datagrams, at all its addresses.
pub(crate) struct Post {
    pub(crate) host: Host,
    pub(crate) socket: UdpEndpoint,
}

impl Post {
    pub(crate) fn of(host: &Host) -> Result<Self> {
        let socket = host.bind_udp(0)?;
        Ok(Self { host: host.clone(), socket })
    }

    pub(crate) fn addrs(&self) -> Vec<SocketAddr> {
        let port = self.socket.addr().port();
        self.host.addrs().into_iter().map(|address| SocketAddr::new(address, port)).collect()
    }

    /// Sends to all addresses of another host, and returns how many those are.
    pub(crate) fn send(&self, to: &Self, text: &str) -> Result<u64> {
        let all = to.addrs();
        for address in &all {
            self.socket.send_to(text.as_bytes(), *address)?;
        }
        Ok(all.len() as u64)
    }

    /// What it is sent next, by whichever address, is this.
    pub(crate) fn gets_next(&self, expected: &str, times: u64) -> Result {
        for _ in 0..times {
            assert_eq!(String::from_utf8(self.socket.recv_from()?.0)?, expected);
        }
        Ok(())
    }
}

/// Datagrams get from one host to all addresses of another one, and nothing else came before.
pub(crate) fn passes(from: &Post, to: &Post) -> Result {
    let sent = from.send(to, "passes")?;
    to.gets_next("passes", sent)
}

/// Each datagram from one host to any address of another one is taken by the block, once.
pub(crate) fn takes(block: &Block, from: &Post, to: &Post) -> Result {
    let before = block.packets();
    let sent = from.send(to, "taken")?;
    eventually(SOON, || block.packets() == before + sent)?;
    Ok(())
}
