use std::sync::Arc;

use super::counter::Counter;
use super::part::Part;
use crate::net::Parked;
use crate::process::Run;
use crate::{Error, Host};

/// A run of a program that is frozen.
pub(super) struct FrozenRun {
    run: Arc<Run>,
    frozen: bool,
}

impl FrozenRun {
    pub(super) fn make(run: Arc<Run>) -> Result<Self, Error> {
        let mut part = Self { run, frozen: false };
        part.resume()?;
        Ok(part)
    }

    /// # Errors
    ///
    /// If what was frozen has ended: killed, or started again.
    fn thaw(&mut self) -> Result<(), Error> {
        if self.frozen {
            let operation = format!("thaw {}", self.run.name());
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
            self.run.freeze(&format!("freeze {}", self.run.name()))?;
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
        let operation = format!("read freeze {}", self.run.name());
        match self.run.is_over() {
            true => Err(Error::lost(operation, "it has ended")),
            false => Ok(Vec::new()),
        }
    }
}

/// What a fault of processes has frozen.
pub(super) enum Frozen {
    Run(FrozenRun),
    Runtime(FrozenRuntime),
}

/// The tokio runtime of a host that is frozen.
pub(super) struct FrozenRuntime {
    host: Host,
    parked: Option<Parked>,
}

impl FrozenRuntime {
    pub(super) fn make(host: &Host) -> Result<Self, Error> {
        let mut part = Self { host: host.clone(), parked: None };
        part.resume()?;
        Ok(part)
    }
}

impl Part for FrozenRuntime {
    fn suspend(&mut self) -> Result<(), Error> {
        self.parked = None;
        Ok(())
    }

    fn resume(&mut self) -> Result<(), Error> {
        if self.parked.is_none() {
            self.parked = Some(self.host.park_runtime()?);
        }
        Ok(())
    }

    fn remove(&mut self) -> Result<Option<u64>, Error> {
        self.parked = None;
        Ok(None)
    }

    fn counters(&self) -> Result<Vec<Counter>, Error> {
        Ok(Vec::new())
    }

    fn keep(&mut self) {
        if let Some(parked) = self.parked.take() {
            parked.keep();
        }
    }
}

impl Part for Frozen {
    fn suspend(&mut self) -> Result<(), Error> {
        match self {
            Self::Run(part) => part.suspend(),
            Self::Runtime(part) => part.suspend(),
        }
    }

    fn resume(&mut self) -> Result<(), Error> {
        match self {
            Self::Run(part) => part.resume(),
            Self::Runtime(part) => part.resume(),
        }
    }

    fn remove(&mut self) -> Result<Option<u64>, Error> {
        match self {
            Self::Run(part) => part.remove(),
            Self::Runtime(part) => part.remove(),
        }
    }

    fn counters(&self) -> Result<Vec<Counter>, Error> {
        match self {
            Self::Run(part) => part.counters(),
            Self::Runtime(part) => part.counters(),
        }
    }

    fn keep(&mut self) {
        match self {
            Self::Run(part) => part.keep(),
            Self::Runtime(part) => part.keep(),
        }
    }
}
