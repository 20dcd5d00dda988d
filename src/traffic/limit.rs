use std::cell::Cell;
use std::marker::PhantomData;
use std::time::Instant;

thread_local! {
    /// When the claim ends whose probe this thread runs.
    static LIMIT: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// When the claim ends whose probe this thread runs; `None` outside of a probe.
pub(crate) fn limit() -> Option<Instant> {
    LIMIT.get()
}

/// As long as it lives, nothing that traffic waits for on this thread takes longer than to its
/// point in time: so a claim ends in time although its probe waits.
pub(crate) struct Limited {
    before: Option<Instant>,
    /// It belongs to its thread.
    _thread: PhantomData<*const ()>,
}

impl Limited {
    /// Begins; a limit that is there already is not put off.
    pub(crate) fn to(at: Option<Instant>) -> Self {
        let before = limit();
        LIMIT.set(earlier(before, at));
        Self { before, _thread: PhantomData }
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        LIMIT.set(self.before);
    }
}

/// The earlier of two points in time, of which each may be never.
pub(crate) fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_limit_within_a_limit_does_not_put_it_off() {
        let soon = Instant::now();
        let late = soon + Duration::from_secs(1);
        assert_eq!(limit(), None);
        {
            let _outer = Limited::to(Some(soon));
            let _inner = Limited::to(Some(late));
            let _none = Limited::to(None);
            assert_eq!(limit(), Some(soon));
        }
        assert_eq!(limit(), None);
    }
}
