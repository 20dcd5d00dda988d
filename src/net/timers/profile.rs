use std::fmt;
use std::time::Duration;

use super::sysctl::{ICMPV6_RATEMASK, Sysctl};
use crate::Error;

/// A host's kernel times and limits; [`Host::set_timers`](crate::Host::set_timers) sets them.
///
/// The kernel gives up on a silent peer after a quarter of an hour, notices an idle one after two
/// hours, and after a long block takes up to two minutes to repeat a segment. A test that waits for the
/// kernel to give up, rather than for the program's own timeout, needs shorter times:
///
/// ```no_run
/// use std::time::Duration;
/// use netns_test::{Host, Result, Timers, netns_test};
///
/// #[netns_test]
/// fn a_dial_gives_up_by_itself(server: Host, client: Host) -> Result {
///     client.set_timers(&Timers::fast())?;
///     let _block = client.block(&server)?;
///     let mut dial = client.dial((server.ipv4(), 80))?;
///     let error = dial.wait(Duration::from_secs(10)).expect_err("nobody answers");
///     // It is the kernel that says so, not our own deadline.
///     assert!(error.raw_os_error().is_some());
///     Ok(())
/// }
/// ```
///
/// Each method has the name of its sysctl. Times are a [`Duration`], which must be a whole number of the
/// kernel's units. What is not set stays as it is. TCP over IPv6 obeys the same values, although their
/// names begin with `net.ipv4`.
///
/// Set them *before* the sockets are made. The kernel looks up the retry counts and [`tcp_fin_timeout`]
/// when it needs them, but a socket takes its [`tcp_rto_min`] and [`tcp_rto_max`] when it is
/// made (an accepted one from its listener), and a keepalive timer that already runs keeps its old
/// time.
///
/// # What a host has without it
///
/// The kernel's own values. One exception: a host whose firewall rejects has
/// [`without_icmp_limits`](Self::without_icmp_limits), unless the test has set otherwise.
///
/// [`tcp_fin_timeout`]: Self::tcp_fin_timeout
/// [`tcp_rto_min`]: Self::tcp_rto_min
/// [`tcp_rto_max`]: Self::tcp_rto_max
#[doc(alias("sysctl", "tcp_retries2", "keepalive"))]
#[derive(Clone, Default, PartialEq, Eq)]
#[must_use = "timers are set by `Host::set_timers`"]
pub struct Timers {
    settings: Vec<Setting>,
}

/// What one file is to say.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) sysctl: &'static Sysctl,
    /// The value as the caller gave it.
    pub(super) given: String,
    /// The value in the kernel's notation, or why it has none.
    pub(super) text: Result<String, String>,
}

impl Timers {
    /// Whether it says anything about ICMP.
    pub(super) fn speak_of_icmp(&self) -> bool {
        self.settings.iter().any(|setting| setting.sysctl.name.contains("icmp"))
    }

    /// An empty set: what is not set stays as it is.
    pub fn new() -> Self {
        Self::default()
    }

    /// Times for a test that waits for the kernel to give up.
    ///
    /// If they are set before the host's sockets are made:
    ///
    /// | what | after | by |
    /// |---|---|---|
    /// | a dial that nobody answers: `ETIMEDOUT` | 2 s; 3 s before Linux 6.15 | `tcp_syn_retries` 1, `tcp_syn_linear_timeouts` 0: SYNs at 0 and 1 s |
    /// | a half-open connection that the dialler does not complete: forgotten | 3 s | `tcp_synack_retries` 1 |
    /// | data that nobody acknowledges: `ETIMEDOUT` | 2.4 s; 3.0 s | `tcp_retries2` 2, `tcp_retries1` 1 |
    /// | an idle connection with `SO_KEEPALIVE` whose peer is gone: `ETIMEDOUT` | 4 s | `tcp_keepalive_time` 1 s, `tcp_keepalive_intvl` 1 s, `tcp_keepalive_probes` 3: one lost probe is no alarm |
    /// | data that waited for the end of a block: delivered | within 1 s of it, from Linux 6.15 | `tcp_rto_max_ms` 1000, the least it takes |
    /// | a closed connection whose peer does not close: forgotten | 1 s | `tcp_fin_timeout` 1 s |
    /// | a closed connection with data that nobody acknowledges: forgotten | 2.4 s; 3.0 s | `tcp_orphan_retries` 2 |
    /// | ICMP errors | at once, all of them | [`without_icmp_limits`](Self::without_icmp_limits) |
    ///
    /// A connection with data in flight outlives a block of about 1.5 s, not a longer one. If it has to
    /// survive a longer block, use `Timers::fast().tcp_retries2(15)`: it lasts about
    /// 14 s, and the data is still delivered within 1 s of the block's end.
    ///
    /// `tcp_rto_min_us` is left at 200 ms. With less, the kernel would repeat segments that only a delayed
    /// acknowledgement (40 ms) or a busy machine holds up, and nothing above would get shorter.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // A server that waits for the kernel's verdict has it in seconds, not in a quarter of an hour.
    /// let values = server.set_timers(&Timers::fast())?;
    /// println!("{values}");
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn fast() -> Self {
        let second = Duration::from_secs(1);
        Self::without_icmp_limits()
            .tcp_syn_retries(1)
            .tcp_syn_linear_timeouts(0)
            .tcp_synack_retries(1)
            .tcp_retries1(1)
            .tcp_retries2(2)
            .tcp_rto_max(second)
            .tcp_keepalive_time(second)
            .tcp_keepalive_intvl(second)
            .tcp_keepalive_probes(3)
            .tcp_fin_timeout(second)
            .tcp_orphan_retries(2)
    }

    pub(super) fn settings(&self) -> &[Setting] {
        &self.settings
    }

    pub(super) fn number(self, sysctl: &'static Sysctl, value: u32) -> Self {
        self.with(sysctl, value.to_string(), sysctl.number(value))
    }

    pub(super) fn time(self, sysctl: &'static Sysctl, value: Duration) -> Self {
        self.with(sysctl, format!("{value:?}"), sysctl.time(value))
    }

    /// The types are sorted and do not overlap, as the kernel prints them.
    pub(super) fn types(self, types: String) -> Self {
        let given = if types.is_empty() { "no types".to_owned() } else { types.clone() };
        self.with(&ICMPV6_RATEMASK, given, Ok(types))
    }

    fn with(
        mut self,
        sysctl: &'static Sysctl,
        given: String,
        text: Result<String, String>,
    ) -> Self {
        let setting = Setting { sysctl, given, text };
        match self.settings.iter_mut().find(|other| other.sysctl == sysctl) {
            Some(earlier) => *earlier = setting,
            None => self.settings.push(setting),
        }
        self
    }
}

impl Setting {
    /// What the file is to say.
    pub(super) fn text(&self, host: &str) -> Result<&str, Error> {
        match &self.text {
            Ok(text) => Ok(text),
            Err(cause) => Err(Error::new(self.operation(host), cause)),
        }
    }

    pub(super) fn operation(&self, host: &str) -> String {
        format!("set `{}` of `{host}` to {}", self.sysctl.name, self.given)
    }
}

/// The names with the values.
impl fmt::Debug for Timers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.settings.iter().map(|setting| (setting.sysctl.name, &setting.given));
        f.debug_map().entries(entries).finish()
    }
}
