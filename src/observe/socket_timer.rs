use std::fmt;
use std::time::Duration;

/// The timer that a socket waits for, in the terms of `ss -o`.
///
/// ```no_run
/// # use netns_test::*;
/// # use std::time::Duration;
/// # fn t(server: Host, client: Host) -> Result {
/// // Somebody has switched keepalive on: an idle connection has its timer.
/// let idle = server.sockets()?.to(&client).established();
/// assert_eq!(idle[0].timer, SocketTimer::Keepalive, "{idle}");
/// assert!(idle[0].expires <= Duration::from_secs(60));
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SocketTimer {
    /// `off`: none. Also for a moment after a timer has expired, until the kernel has handled it and sets
    /// it again.
    Off,
    /// `on`: to retransmit what is not acknowledged, or to probe whether it was lost.
    On,
    /// `keepalive`: to probe a silent peer; for a socket that is closed here, to give it up.
    Keepalive,
    /// `timewait`: to wait for late segments; then the socket is gone.
    TimeWait,
    /// `persist`: to probe a peer whose window is zero. Also to send again what the host's own firewall
    /// did not let out.
    Persist,
    /// `unknown`: a timer of a newer kernel.
    Unknown,
}

impl SocketTimer {
    /// The timer that the kernel calls by this number (`idiag_timer`).
    pub(super) fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Off,
            1 => Self::On,
            2 => Self::Keepalive,
            3 => Self::TimeWait,
            4 => Self::Persist,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for SocketTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Keepalive => "keepalive",
            Self::TimeWait => "timewait",
            Self::Persist => "persist",
            Self::Unknown => "unknown",
        })
    }
}

/// A time as `ss` prints it: `200ms`, `1.635ms` for what is below ten seconds, `59sec`,
/// `1min59sec`.
pub(super) fn ss_time(time: Duration) -> String {
    let (minutes, seconds) = (time.as_secs() / 60, time.as_secs() % 60);
    let mut millis = time.subsec_millis();
    let mut text = String::new();
    if minutes > 0 {
        millis = 0;
        text = format!("{minutes}min");
    }
    if seconds > 0 && minutes <= 9 {
        if seconds > 9 {
            millis = 0;
        }
        let unit = if millis > 0 { "." } else { "sec" };
        text.push_str(&format!("{seconds}{unit}"));
    }
    if millis > 0 {
        text.push_str(&format!("{millis:03}ms"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_as_ss_does() {
        for (millis, said) in [
            (0, ""),
            (49, "049ms"),
            (200, "200ms"),
            (1_000, "1sec"),
            (1_635, "1.635ms"),
            (12_345, "12sec"),
            (59_999, "59sec"),
            (60_400, "1min"),
            (119_000, "1min59sec"),
            (7_199_000, "119min"),
        ] {
            assert_eq!(ss_time(Duration::from_millis(millis)), said);
        }
    }
}
