use super::block::Block;
use super::part::Part;
use crate::Error;
use crate::record::FaultPhase;

/// The time in which a block is suspended. It ends also when the work in it panics.
pub(super) struct Pause<'a> {
    block: &'a mut Block,
    over: bool,
}

impl<'a> Pause<'a> {
    pub(super) fn begin(block: &'a mut Block) -> Result<Self, Error> {
        // If a part refuses, dropping the pause puts the others in effect again.
        let mut pause = Self { block, over: false };
        let suspended = pause.block.live.parts().iter_mut().try_for_each(Part::suspend);
        match suspended {
            Ok(()) => {
                pause.block.live.note(FaultPhase::Suspended);
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
        self.block.live.parts().iter_mut().try_for_each(Part::resume)?;
        self.block.live.note(FaultPhase::InEffect);
        Ok(())
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        if !self.over {
            // The panic that is under way is the error to be seen.
            let _ = self.resume();
        }
    }
}
