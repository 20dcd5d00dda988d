use std::time::Duration;

use netns_test::{Host, Result, UdpEndpoint, eventually};

/// Far more than anything here takes, also on a busy machine. It bounds what must happen.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// Hosts that speak to each other, each with each.
pub(crate) struct Peers(Vec<UdpEndpoint>);

impl Peers {
    pub(crate) fn of(hosts: &[Host]) -> Result<Self> {
        Self::of_port(hosts, 7000)
    }

    pub(crate) fn of_port(hosts: &[Host], port: u16) -> Result<Self> {
        let bound: std::io::Result<_> = hosts.iter().map(|host| host.bind_udp(port)).collect();
        Ok(Self(bound?))
    }

    /// Has each speak to each other one, and demands that exactly those hear who are not cut off.
    ///
    /// No absence is waited for: what is not heard must have been counted as dropped.
    pub(crate) fn speak(
        &mut self,
        ipv6: bool,
        cut: impl Fn(usize, usize) -> bool,
        dropped: impl Fn() -> u64,
    ) -> Result {
        let before = dropped();
        let all = 0..self.0.len();
        let mut lost = 0;
        for from in all.clone() {
            for to in all.clone().filter(|to| *to != from) {
                let to_addr = if ipv6 { self.0[to].addr_v6() } else { self.0[to].addr() };
                self.0[from].send_to(&[from as u8], to_addr)?;
                lost += u64::from(cut(from, to));
            }
        }
        for to in all.clone() {
            self.0[to].set_deadline(LIMIT);
            let expected: Vec<u8> = all
                .clone()
                .filter(|from| *from != to && !cut(*from, to))
                .map(|from| from as u8)
                .collect();
            let heard = expected.iter().map(|_| self.0[to].recv_from().map(|(bytes, _)| bytes[0]));
            let mut heard: Vec<u8> = heard.collect::<std::io::Result<_>>()?;
            heard.sort_unstable();
            assert_eq!(heard, expected, "what host {to} hears");
        }
        eventually(LIMIT, || dropped() - before >= lost)?;
        for to in all {
            self.0[to].set_deadline(Duration::from_millis(1));
            assert!(self.0[to].recv_from().is_err(), "host {to} hears more");
        }
        Ok(())
    }

    /// The same where nobody is cut off.
    pub(crate) fn all_hear(&mut self, ipv6: bool) -> Result {
        self.speak(ipv6, |_, _| false, || 0)
    }
}
