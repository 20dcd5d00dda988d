use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How much earlier than its sending a frame may seem to be heard: both times are converted from the
/// wall clock.
const SKEW: Duration = Duration::from_micros(50);
/// How long a frame may take from whatever held it to its receiver.
const LAST_STEP: Duration = Duration::from_millis(20);

/// What has been sent one way over a link and is held on it: late, and not lost.
///
/// Whoever holds frames says which is the oldest; whoever reads what was recorded asks.
#[derive(Debug, Default)]
pub(crate) struct UnderWay(Mutex<Held>);

#[derive(Clone, Copy, Debug, Default)]
struct Held {
    oldest: Option<Instant>,
    /// When one was last let go.
    released: Option<Instant>,
}

impl UnderWay {
    /// Says when the oldest frame was sent that is held now, and whether any was let go.
    pub(crate) fn tell(&self, oldest: Option<Instant>, any_released: bool) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.oldest = oldest;
        if any_released {
            held.released = Some(Instant::now());
        }
    }

    /// Whether a frame that was sent at a moment may be held still, or just have been let go.
    pub(crate) fn may_have(&self, sent: Instant, seen: Instant) -> bool {
        let held = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.oldest.is_some_and(|oldest| sent + SKEW >= oldest)
            || held.released.is_some_and(|released| released + LAST_STEP > seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_younger_than_the_oldest_may_be_held() {
        let under_way = UnderWay::default();
        let sent = Instant::now();
        let later = sent + Duration::from_secs(1);
        assert!(!under_way.may_have(sent, later));
        under_way.tell(Some(sent), false);
        assert!(under_way.may_have(sent, later) && under_way.may_have(later, later));
        assert!(!under_way.may_have(sent - Duration::from_millis(1), later));
        under_way.tell(None, true);
        assert!(under_way.may_have(sent, Instant::now()), "it has just been let go");
        assert!(!under_way.may_have(sent, later + LAST_STEP));
    }
}
