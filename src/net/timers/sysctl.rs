use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A value of a network namespace, under the name that sysctl(8) gives it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sysctl {
    pub(super) name: &'static str,
    unit: Unit,
    range: RangeInclusive<u32>,
}

#[derive(Debug, PartialEq, Eq)]
struct Unit {
    /// Behind a number of them.
    word: &'static str,
    duration: Duration,
}

/// A number of times, or a set of bits.
const ONE: Unit = Unit { word: "", duration: Duration::ZERO };
const SECONDS: Unit = Unit { word: " seconds", duration: Duration::from_secs(1) };
const MILLISECONDS: Unit = Unit { word: " milliseconds", duration: Duration::from_millis(1) };
const MICROSECONDS: Unit = Unit { word: " microseconds", duration: Duration::from_micros(1) };

/// The most that the kernel's `int` holds.
const INT: u32 = i32::MAX as u32;
/// `MAX_TCP_KEEPIDLE` and `MAX_TCP_KEEPINTVL`: what tcp(7)'s socket options accept.
const KEEPALIVE: RangeInclusive<u32> = 1..=32767;

macro_rules! sysctls {
    ($($id:ident = $name:literal, $unit:expr, $range:expr;)*) => {
        $(pub(super) static $id: Sysctl =
            Sysctl { name: concat!("net.", $name), unit: $unit, range: $range };)*

        /// All that this crate knows, in the order in which they are shown.
        pub(super) static ALL: &[&Sysctl] = &[$(&$id),*];
    };
}

// The ranges are those of net/ipv4/sysctl_net_ipv4.c; where it has none, those of the type, so
// that the kernel has the last word.
sysctls! {
    TCP_SYN_RETRIES = "ipv4.tcp_syn_retries", ONE, 1..=127;
    TCP_SYN_LINEAR_TIMEOUTS = "ipv4.tcp_syn_linear_timeouts", ONE, 0..=127;
    TCP_SYNACK_RETRIES = "ipv4.tcp_synack_retries", ONE, 0..=255;
    TCP_RETRIES1 = "ipv4.tcp_retries1", ONE, 0..=255;
    TCP_RETRIES2 = "ipv4.tcp_retries2", ONE, 0..=255;
    TCP_RTO_MIN = "ipv4.tcp_rto_min_us", MICROSECONDS, 1..=INT;
    TCP_RTO_MAX = "ipv4.tcp_rto_max_ms", MILLISECONDS, 1000..=120_000;
    TCP_KEEPALIVE_TIME = "ipv4.tcp_keepalive_time", SECONDS, KEEPALIVE;
    TCP_KEEPALIVE_INTVL = "ipv4.tcp_keepalive_intvl", SECONDS, KEEPALIVE;
    TCP_KEEPALIVE_PROBES = "ipv4.tcp_keepalive_probes", ONE, 0..=255;
    TCP_FIN_TIMEOUT = "ipv4.tcp_fin_timeout", SECONDS, 0..=INT;
    TCP_ORPHAN_RETRIES = "ipv4.tcp_orphan_retries", ONE, 0..=255;
    ICMP_RATELIMIT = "ipv4.icmp_ratelimit", MILLISECONDS, 0..=INT;
    ICMP_RATEMASK = "ipv4.icmp_ratemask", ONE, 0..=0x7_ffff;
    ICMP_MSGS_PER_SEC = "ipv4.icmp_msgs_per_sec", ONE, 0..=INT;
    ICMP_MSGS_BURST = "ipv4.icmp_msgs_burst", ONE, 0..=INT;
    ICMPV6_RATELIMIT = "ipv6.icmp.ratelimit", MILLISECONDS, 0..=INT;
    ICMPV6_RATEMASK = "ipv6.icmp.ratemask", ONE, 0..=255;
}

impl Sysctl {
    /// Its file.
    pub(super) fn path(&self, root: &Path) -> PathBuf {
        root.join(self.name.replace('.', "/"))
    }

    /// What the file is to say for a number, or why the kernel will not have it.
    pub(super) fn number(&self, value: u32) -> Result<String, String> {
        if self.range.contains(&value) {
            return Ok(value.to_string());
        }
        Err(self.limits())
    }

    /// What the file is to say for a time, or why it cannot say that.
    pub(super) fn time(&self, value: Duration) -> Result<String, String> {
        let unit = self.unit.duration.as_nanos();
        if !value.as_nanos().is_multiple_of(unit) {
            return Err(format!("the kernel counts it in whole{}", self.unit.word));
        }
        match u32::try_from(value.as_nanos() / unit) {
            Ok(count) => self.number(count),
            Err(_) => Err(self.limits()),
        }
    }

    fn limits(&self) -> String {
        let (least, most) = (self.range.start(), self.range.end());
        format!("the kernel takes {least} to {most}{}", self.unit.word)
    }
}
