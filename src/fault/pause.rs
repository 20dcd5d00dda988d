use super::part::Part;
use super::standing::Standing;
use crate::Error;
use crate::record::FaultPhase;

/// The time in which a fault is suspended. It ends also when the work in it panics.
pub(super) struct Pause<'a, P: Part> {
    fault: &'a mut Standing<P>,
    over: bool,
}

impl<'a, P: Part> Pause<'a, P> {
    pub(super) fn begin(fault: &'a mut Standing<P>) -> Result<Self, Error> {
        // If a part refuses, dropping the pause puts the others in effect again.
        let mut pause = Self { fault, over: false };
        let suspended = pause.fault.parts().all.iter_mut().try_for_each(Part::suspend);
        match suspended {
            Ok(()) => {
                pause.fault.note(FaultPhase::Suspended);
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
        self.fault.parts().all.iter_mut().try_for_each(Part::resume)?;
        self.fault.note(FaultPhase::InEffect);
        Ok(())
    }
}

impl<P: Part> Drop for Pause<'_, P> {
    fn drop(&mut self) {
        if !self.over {
            // The panic that is under way is the error to be seen.
            let _ = self.resume();
        }
    }
}
