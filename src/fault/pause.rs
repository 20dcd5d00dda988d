use std::sync::Mutex;

use super::part::Part;
use super::parts::Parts;
use crate::Error;
use crate::mutex::lock;
use crate::record::FaultPhase;

/// The time in which a fault is suspended. It ends also when the work in it panics, or is cancelled.
pub(super) struct Pause<'a, P: Part, N: Fn(FaultPhase)> {
    parts: &'a Mutex<Parts<P>>,
    note: N,
    over: bool,
}

impl<'a, P: Part, N: Fn(FaultPhase)> Pause<'a, P, N> {
    /// Suspends the parts of a fault. `note` records what phase it is in.
    pub(super) fn begin(parts: &'a Mutex<Parts<P>>, note: N) -> Result<Self, Error> {
        // If a part refuses, dropping the pause puts the others in effect again.
        let mut pause = Self { parts, note, over: false };
        let suspended = lock(parts).all.iter_mut().try_for_each(Part::suspend);
        match suspended {
            Ok(()) => {
                (pause.note)(FaultPhase::Suspended);
                Ok(pause)
            }
            Err(error) => {
                pause.resume()?;
                Err(error)
            }
        }
    }

    pub(super) fn end(mut self) -> Result<(), Error> {
        self.resume()
    }

    fn resume(&mut self) -> Result<(), Error> {
        self.over = true;
        lock(self.parts).all.iter_mut().try_for_each(Part::resume)?;
        (self.note)(FaultPhase::InEffect);
        Ok(())
    }
}

impl<P: Part, N: Fn(FaultPhase)> Drop for Pause<'_, P, N> {
    fn drop(&mut self) {
        if !self.over {
            // The panic that is under way is the error to be seen; of a future that was dropped, nobody waits
            // for one.
            let _ = self.resume();
        }
    }
}
