use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::Host;
use crate::mutex::lock;

/// How late lifted wires had let packets go at worst, and when they were lifted.
///
/// Each is worse than all that were lifted after it, so there are few of them.
#[derive(Clone, Default)]
pub(crate) struct Lateness(Vec<(Instant, Duration)>);

impl Lateness {
    /// That of the wires whose packets this host has sent.
    pub(crate) fn of(host: &Host) -> Self {
        lock(&host.attached::<Mutex<Self>>()).clone()
    }

    /// Remembers that a wire was lifted that had delayed packets of this host by so much.
    pub(super) fn note(host: &Host, worst: Duration) {
        lock(&host.attached::<Mutex<Self>>()).push(Instant::now(), worst);
    }

    /// The worst of those that were lifted since then; `None` if there are none.
    pub(crate) fn since(&self, since: Instant) -> Option<Duration> {
        self.0.iter().find(|(lifted, _)| *lifted >= since).map(|(_, worst)| *worst)
    }

    fn push(&mut self, lifted: Instant, worst: Duration) {
        self.0.retain(|(_, other)| *other > worst);
        self.0.push((lifted, worst));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_told_of_those_that_were_lifted_since() {
        let (start, ms) = (Instant::now(), Duration::from_millis);
        let mut lateness = Lateness::default();
        for (lifted, worst) in [(1, 30), (2, 5), (3, 20), (4, 10)] {
            lateness.push(start + ms(lifted), ms(worst));
        }
        let since = |at| lateness.since(start + ms(at));
        assert_eq!([0, 1, 2, 3, 4].map(since), [30, 30, 20, 20, 10].map(|worst| Some(ms(worst))));
        assert_eq!(since(5), None);
    }
}
