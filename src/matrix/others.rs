use std::sync::atomic::{AtomicUsize, Ordering};

/// How many questions of a phase are not answered yet, of those that are waited for.
pub(super) struct Others {
    pending: AtomicUsize,
    /// Whether there were none.
    alone: bool,
}

impl Others {
    pub(super) fn of<T>(questions: impl Iterator<Item = T>) -> Self {
        let pending = questions.count();
        Self { pending: AtomicUsize::new(pending), alone: pending == 0 }
    }

    pub(super) fn are_none(&self) -> bool {
        self.alone
    }

    pub(super) fn are_done(&self) -> bool {
        self.pending.load(Ordering::Acquire) == 0
    }

    /// Has nobody wait for them any longer.
    pub(super) fn give_up(&self) {
        self.pending.store(0, Ordering::Release);
    }
}

/// Says that a question of a phase is answered when it is dropped, by a panic as well.
pub(super) struct Done<'a>(pub(super) &'a Others);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        // Where they were given up there is nothing to count.
        let _ = self
            .0
            .pending
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |pending| pending.checked_sub(1));
    }
}
