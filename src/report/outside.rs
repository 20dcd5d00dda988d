//! What happened outside every host: in the sandbox's own network namespace, which has no link.

use std::fmt::Write;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::thread;

use crate::sandbox::go_home;

/// What code that is in no host has done with the network.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outside {
    /// How many packets, the first one of a dial among them, found no route.
    unrouted: u64,
    /// Where somebody listens whom no host can dial.
    listeners: Vec<SocketAddr>,
}

impl Outside {
    /// As it is now; nothing where `/proc` does not show it.
    pub(super) fn now() -> Self {
        let look = || {
            go_home();
            let read = |file: &str| {
                fs::read_to_string(format!("/proc/thread-self/net/{file}")).unwrap_or_default()
            };
            let listeners = [read("tcp"), read("tcp6")];
            Self {
                unrouted: counted(&read("snmp")) + counted_v6(&read("snmp6")),
                listeners: listeners.iter().flat_map(|table| listening(table)).collect(),
            }
        };
        // On a thread of its own: this one may be in a host.
        thread::scope(|scope| {
            let thread = thread::Builder::new().name("netns-test outside".to_owned());
            let looked = thread.spawn_scoped(scope, look).map(thread::ScopedJoinHandle::join);
            looked.ok().and_then(Result::ok).unwrap_or_default()
        })
    }

    /// For a report; empty if there is nothing to tell.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if self.unrouted > 0 {
            let _ = writeln!(text, "{} packets found no route", self.unrouted);
        }
        for listener in &self.listeners {
            let _ = writeln!(text, "something listens on {listener}, where no host can dial it");
        }
        if !text.is_empty() {
            text += HELP;
        }
        text
    }
}

const HELP: &str = "\
help: this was done by code that is in no host: on a thread, pool or runtime that was made elsewhere
      `Host::run` puts code into a host, with the threads and pools that it makes; `Host::spawn` and
      `Host::run_async` a future; `Host::start` and `Host::start_fn` a process
";

/// `OutNoRoutes` of IPv4: a line of names, and one of numbers (proc_net_snmp(5)).
fn counted(snmp: &str) -> u64 {
    let mut lines = snmp.lines().filter_map(|line| line.strip_prefix("Ip: "));
    let (Some(names), Some(numbers)) = (lines.next(), lines.next()) else { return 0 };
    let mut pairs = names.split(' ').zip(numbers.split(' '));
    pairs.find(|(name, _)| *name == "OutNoRoutes").and_then(|(_, n)| n.parse().ok()).unwrap_or(0)
}

/// The same of IPv6: a line for each.
fn counted_v6(snmp6: &str) -> u64 {
    let line = snmp6.lines().find_map(|line| line.strip_prefix("Ip6OutNoRoutes"));
    line.and_then(|line| line.trim().parse().ok()).unwrap_or(0)
}

/// The addresses on which somebody listens, of `/proc/net/tcp` and `tcp6`.
fn listening(table: &str) -> Vec<SocketAddr> {
    const LISTEN: &str = "0A";
    let listener = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        let (local, _, state) = (words.next()?, words.next()?, words.next()?);
        (state == LISTEN).then(|| address(local))?
    };
    table.lines().skip(1).filter_map(listener).collect()
}

/// `0100007F:1B58`: words of 32 bits in this machine's order.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let word = |at: usize| u32::from_str_radix(ip.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    let ip: IpAddr = match ip.len() {
        8 => Ipv4Addr::from(word(0)?).into(),
        _ => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            Ipv6Addr::from(<[u8; 16]>::try_from(words.concat()).ok()?).into()
        }
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream, UdpSocket};

    use super::*;
    use crate::{Host, Result, netns_test};

    #[netns_test]
    fn what_is_in_a_host_is_not_outside(server: Host, client: Host) -> Result {
        let listener = server.listen(80)?;
        client.connect(listener.addr())?;
        assert!(client.connect("192.0.2.1:80").is_err());
        assert_eq!(Outside::now().text(), "");
        Ok(())
    }

    /// The body of a test is in no host; so are pools that were made there.
    #[netns_test]
    fn what_is_done_in_no_host_is_told(server: Host, _client: Host) -> Result {
        let _unreachable = TcpListener::bind("127.0.0.1:7000")?;
        assert!(TcpStream::connect(server.addr(80)).is_err());
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        assert!(socket.send_to(b"", server.addr(53)).is_err());
        let seen = server.run(Outside::now);
        let listeners = vec!["127.0.0.1:7000".parse()?];
        assert_eq!(seen, Outside { unrouted: 2, listeners });
        let text = seen.text();
        assert!(text.starts_with("2 packets found no route\n"), "{text}");
        assert!(text.contains("something listens on 127.0.0.1:7000, where no host can dial it\n"));
        assert!(text.ends_with(HELP), "{text}");
        Ok(())
    }

    #[test]
    fn tables_of_the_kernel_are_read() {
        assert_eq!(address("0100007F:1B58"), "127.0.0.1:7000".parse().ok());
        let v6 = "00000000000000000000000001000000:0050";
        assert_eq!(address(v6), "[::1]:80".parse().ok());
        assert_eq!(counted("Ip: Forwarding OutNoRoutes\nIp: 1 17\n"), 17);
        assert_eq!((counted_v6("Ip6OutNoRoutes   \t3\n"), counted(""), counted_v6("")), (3, 0, 0));
        assert_eq!(listening("header\n 0: 0100007F:0050 00000000:0000 01 0\n"), []);
    }
}
