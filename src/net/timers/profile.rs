use std::fmt;
use std::time::Duration;

use super::sysctl::{ICMPV6_RATEMASK, Sysctl};
use crate::Error;

/// Times and limits of a host's kernel; [`Host::set_timers`](crate::Host::set_timers) sets them.
///
/// The kernel gives up on a silent peer after a quarter of an hour, notices an idle one after two
/// hours, and after a long block takes up to two minutes to repeat a segment. A test that waits for the
/// kernel's verdict, rather than for a timeout of its own, needs shorter times:
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
/// Each method has the name of its sysctl; times are a [`Duration`], which must be a whole number of the
/// kernel's units. What is not set stays as it is. TCP over IPv6 obeys the same values, although their
/// names begin with `net.ipv4`.
///
/// Set them *before* the sockets are made. The retry counts and [`tcp_fin_timeout`] are looked up
/// when they are needed, but a socket takes its [`tcp_rto_min`] and [`tcp_rto_max`] when it is
/// made (an accepted one from its listener), and a keepalive timer that already runs, runs to its
/// end.
///
/// # What a host has without it
///
/// The kernel's own values. One exception: a host whose firewall rejects has
/// [`without_icmp_limits`](Self::without_icmp_limits), unless it was told otherwise.
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

    /// Sets nothing yet: what is not set stays as it is.
    pub fn new() -> Self {
        Self::default()
    }

    /// Times for a test that waits for the kernel's own verdict.
    ///
    /// On a host that has them before its sockets are made:
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
    /// A connection with data under way outlives a block of about 1.5 s, not a longer one. For a
    /// longer block that is to be survived: `Timers::fast().tcp_retries2(15)`, which lasts about
    /// 14 s, and is still delivered within 1 s of its end.
    ///
    /// `tcp_rto_min_us` is left at 200 ms: below it segments are repeated that only a delayed
    /// acknowledgement (40 ms) or a busy machine holds up, and nothing above gets shorter.
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
