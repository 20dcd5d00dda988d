//! One clock for everything that is observed: the time since the test began.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

static START: OnceLock<Instant> = OnceLock::new();

/// When the test began: the first time that anybody asks, which is when its network is made.
pub(crate) fn start() -> Instant {
    *START.get_or_init(Instant::now)
}

/// How long after the beginning of the test `at` is. Earlier moments count as the beginning.
pub(crate) fn since_start(at: Instant) -> Duration {
    at.saturating_duration_since(start())
}

/// What the wall clock shows at a moment of the monotonic one.
///
/// The kernel stamps frames by the wall clock, which can be set meanwhile. A sample is good for
/// what happened shortly before it was taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WallClock {
    moment: Instant,
    shown: Duration,
}

impl WallClock {
    /// Reads both clocks. Of a few readings the one that took the shortest time counts: this
    /// thread may have had to wait for a processor between the two clocks.
    pub(crate) fn read() -> Self {
        let readings = [Self::read_once(), Self::read_once(), Self::read_once()];
        let [first, rest @ ..] = readings;
        rest.into_iter().fold(first, |best, next| if next.0 < best.0 { next } else { best }).1
    }

    fn read_once() -> (Duration, Self) {
        let before = Instant::now();
        // A wall clock before 1970 shows nothing that anybody can use.
        let shown = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let took = before.elapsed();
        (took, Self { moment: before + took / 2, shown })
    }

    /// The moment at which the wall clock showed `time`, given since 1970.
    pub(crate) fn moment_of(&self, time: Duration) -> Instant {
        match time.checked_sub(self.shown) {
            Some(later) => self.moment + later,
            None => self.moment.checked_sub(self.shown - time).unwrap_or(self.moment),
        }
    }

    /// What the wall clock showed at a moment, since 1970.
    pub(crate) fn time_of(&self, moment: Instant) -> Duration {
        match moment.checked_duration_since(self.moment) {
            Some(later) => self.shown + later,
            None => self.shown.saturating_sub(self.moment - moment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_clock_is_converted_both_ways() {
        let clock = WallClock::read();
        for moment in [clock.moment + Duration::from_secs(3), clock.moment] {
            assert_eq!(clock.moment_of(clock.time_of(moment)), moment);
        }
        let earlier = clock.shown - Duration::from_millis(20);
        assert_eq!(clock.moment - clock.moment_of(earlier), Duration::from_millis(20));
    }

    #[test]
    fn what_came_before_the_beginning_counts_as_the_beginning() {
        let before = Instant::now();
        let begun = start();
        assert_eq!(since_start(before), Duration::ZERO);
        assert_eq!(since_start(begun + Duration::from_secs(2)), Duration::from_secs(2));
    }
}
