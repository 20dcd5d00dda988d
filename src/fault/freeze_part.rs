use std::sync::Arc;

use super::counter::Counter;
use super::part::Part;
use crate::Error;
use crate::process::{Process, Run};

/// A run of a program that is frozen.
pub(super) struct FrozenRun {
    process: Process,
    run: Arc<Run>,
    frozen: bool,
}

impl FrozenRun {
    /// Freezes what runs now of a process.
    pub(super) fn make(process: &Process) -> Result<Self, Error> {
        let mut part = Self { process: process.clone(), run: process.present(), frozen: false };
        part.resume()?;
        Ok(part)
    }

    /// # Errors
    ///
    /// If what was frozen has ended: killed, or started again.
    fn thaw(&mut self) -> Result<(), Error> {
        let operation = format!("thaw {}", self.process);
        if !self.process.is_at(&self.run) {
            return Err(Error::lost(operation, "it was started again while it was frozen"));
        }
        if self.frozen {
            self.run.thaw(&operation).map_err(|error| match self.run.is_over() {
                true => error.of_lost_fault(),
                false => error,
            })?;
            self.frozen = false;
        }
        Ok(())
    }
}

impl Part for FrozenRun {
    fn suspend(&mut self) -> Result<(), Error> {
        self.thaw()
    }

    fn resume(&mut self) -> Result<(), Error> {
        if !self.frozen {
            self.run.freeze(&format!("freeze {}", self.process))?;
            self.frozen = true;
        }
        Ok(())
    }

    fn remove(&mut self) -> Result<Option<u64>, Error> {
        self.thaw()?;
        Ok(None)
    }

    /// What is frozen counts nothing.
    fn counters(&self) -> Result<Vec<Counter>, Error> {
        let operation = format!("read freeze {}", self.process);
        match self.run.is_over() {
            true => Err(Error::lost(operation, "it has ended")),
            false => Ok(Vec::new()),
        }
    }
}
