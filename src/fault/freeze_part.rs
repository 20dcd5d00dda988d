use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use super::counter::Counter;
use super::part::Part;
use crate::net::Parked;
use crate::process::Run;
use crate::{Error, Host};

/// Runs of programs that are frozen together.
///
/// Each on a thread of its own: runs that compute get in each other's way as long as they do.
pub(super) struct FrozenRuns(Vec<FrozenRun>);

/// A run of a program, and whether it is frozen.
struct FrozenRun {
    run: Arc<Run>,
    frozen: bool,
}

impl FrozenRuns {
    /// Of these runs, none of which is frozen yet: [`Part::resume`] freezes them.
    pub(super) fn of(runs: Vec<Arc<Run>>) -> Self {
        Self(runs.into_iter().map(|run| FrozenRun { run, frozen: false }).collect())
    }

    /// Does this to all at the same time, and returns the first error.
    fn all(&mut self, work: fn(&mut FrozenRun) -> Result<(), Error>) -> Result<(), Error> {
        if let [one] = &mut self.0[..] {
            return work(one);
        }
        let results: Vec<_> = thread::scope(|scope| {
            let begin = |run| scope.spawn(move || work(run));
            let threads: Vec<_> = self.0.iter_mut().map(begin).collect();
            threads.into_iter().map(|thread| thread.join()).collect()
        });
        let results = results.into_iter().map(|done| done.unwrap_or_else(|p| resume_unwind(p)));
        results.fold(Ok(()), Result::and)
    }
}

impl FrozenRun {
    fn freeze(&mut self) -> Result<(), Error> {
        if !self.frozen {
            self.run.freeze(&format!("freeze {}", self.run.name()))?;
            self.frozen = true;
        }
        Ok(())
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

impl Part for FrozenRuns {
    fn suspend(&mut self) -> Result<(), Error> {
        self.all(FrozenRun::thaw)
    }

    fn resume(&mut self) -> Result<(), Error> {
        self.all(FrozenRun::freeze)
    }

    fn remove(&mut self) -> Result<Option<u64>, Error> {
        self.suspend()?;
        Ok(None)
    }

    /// What is frozen counts nothing.
    fn counters(&self) -> Result<Vec<Counter>, Error> {
        match self.0.iter().find(|one| one.run.is_over()) {
            Some(one) => {
                Err(Error::lost(format!("read freeze {}", one.run.name()), "it has ended"))
            }
            None => Ok(Vec::new()),
        }
    }
}

/// What a fault of processes has frozen.
pub(super) enum Frozen {
    Runs(FrozenRuns),
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
            Self::Runs(part) => part.suspend(),
            Self::Runtime(part) => part.suspend(),
        }
    }

    fn resume(&mut self) -> Result<(), Error> {
        match self {
            Self::Runs(part) => part.resume(),
            Self::Runtime(part) => part.resume(),
        }
    }

    fn remove(&mut self) -> Result<Option<u64>, Error> {
        match self {
            Self::Runs(part) => part.remove(),
            Self::Runtime(part) => part.remove(),
        }
    }

    fn counters(&self) -> Result<Vec<Counter>, Error> {
        match self {
            Self::Runs(part) => part.counters(),
            Self::Runtime(part) => part.counters(),
        }
    }

    fn keep(&mut self) {
        match self {
            Self::Runs(part) => part.keep(),
            Self::Runtime(part) => part.keep(),
        }
    }
}
