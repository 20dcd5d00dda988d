use std::fmt;
#[cfg(feature = "tokio")]
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::awaited::Awaited;
use super::course::Stop;
use super::entry::Entry;
use super::plan::Plan;
use crate::liveness::{Lasts, Probe};
use crate::{Claim, Error, failure, sandbox};

/// A [`Schedule`](super::Schedule) or a [`Planned`](super::Planned) fault that runs in the background.
///
/// [`wait`](Self::wait) returns when everything is over and healed, and reports errors.
/// [`heal`](Self::heal) ends it early. Dropping it ends and heals it quietly, even when the test panics; a
/// fault that is being made at that moment is lifted as soon as it is made.
///
/// A fault that cannot be made or lifted ends the schedule, and every wait and claim then returns its
/// error.
///
/// ```no_run
/// # use std::time::Duration;
/// # use netns_test::nemesis::{Kind, Nemesis};
/// # use netns_test::{Host, Result, netns_test};
/// # #[netns_test]
/// # fn t(a: Host, b: Host, c: Host) -> Result {
/// let running = Nemesis::of([&a, &b, &c]).with([Kind::freeze()]).begin()?;
/// let since = running.wait_for_fault()?;
/// println!("{:?} ago a host was frozen", since.elapsed());
/// running.heal()?;                                 // enough of it
/// # Ok(()) }
/// ```
#[must_use = "dropping it ends and heals it"]
pub struct Running {
    plan: Plan,
}

/// How long healing may take when nobody waits for the result.
const PATIENCE: Duration = Duration::from_secs(10);

impl Running {
    pub(super) fn of(plan: Plan) -> Self {
        Self { plan }
    }

    /// Waits until it is over: the last fault has been lifted, and traffic passes again. Returns what each
    /// fault really was.
    ///
    /// Claims after this call are about the quiet after the faults.
    ///
    /// # Errors
    ///
    /// If a fault could not be made or lifted, or its condition was not met in time. Also if it never ends
    /// by itself, because it stays until it is healed.
    pub fn wait(self) -> Result<Vec<Entry>, Error> {
        self.check_end()?;
        self.plan.course.wait(None, |state| state.is_over);
        self.outcome()
    }

    /// As [`wait`](Self::wait), without blocking the runtime. Dropping the future heals everything.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    #[cfg(feature = "tokio")]
    pub async fn wait_async(self) -> Result<Vec<Entry>, Error> {
        self.check_end()?;
        self.plan.course.over().await;
        self.outcome()
    }

    /// Ends it now: lifts what is in effect, and returns when that is done. Faults that have not begun
    /// never will.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), except that a fault may be one that never ends by itself.
    pub fn heal(self) -> Result<Vec<Entry>, Error> {
        self.plan.course.stop(Stop::Heal);
        self.plan.course.wait(None, |state| state.is_over);
        self.outcome()
    }

    /// As [`heal`](Self::heal), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`heal`](Self::heal).
    #[cfg(feature = "tokio")]
    pub async fn heal_async(self) -> Result<Vec<Entry>, Error> {
        self.plan.course.stop(Stop::Heal);
        self.plan.course.over().await;
        self.outcome()
    }

    /// Checks that the probe holds all the time, from now until everything is over and healed: for what
    /// must be true whatever happens. It asks as [`consistently`](crate::consistently) does.
    ///
    /// # Errors
    ///
    /// As soon as it does not hold ([`Error::is_missed_claim`]); also as [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// If the probe does; the claim is printed then.
    #[track_caller]
    pub fn consistently<P: Probe>(&self, mut probe: impl FnMut() -> P) -> Result<(), Error> {
        self.check_end()?;
        let held = Claim::default().while_it_lasts(self.lasts(), || self.asked(probe()));
        self.answered(held)
    }

    /// As [`consistently`](Self::consistently), for async tests.
    ///
    /// # Errors
    ///
    /// As [`consistently`](Self::consistently).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, and if the probe does.
    #[cfg(feature = "tokio")]
    #[track_caller]
    pub fn consistently_async<P: Probe>(
        &self,
        probe: impl AsyncFnMut() -> P,
    ) -> impl Future<Output = Result<(), Error>> {
        self.consistently_at(probe, Location::caller())
    }

    #[cfg(feature = "tokio")]
    async fn consistently_at<P: Probe>(
        &self,
        mut probe: impl AsyncFnMut() -> P,
        place: &'static Location<'static>,
    ) -> Result<(), Error> {
        self.check_end()?;
        let asked = async || self.asked(probe().await);
        let held = Claim::default().while_it_lasts_async(self.lasts(), asked, place).await;
        self.answered(held)
    }

    /// Waits until a fault comes into effect, unless one is in effect now, and returns when it did. A fault
    /// that is over again when this returns counts as well.
    ///
    /// # Errors
    ///
    /// If no fault was to come any more, it could not be made, or its condition was not met in time.
    pub fn wait_for_fault(&self) -> Result<Instant, Error> {
        let course = &self.plan.course;
        let (mut awaited, mut seen) = (Awaited::default(), None);
        course.wait(None, |state| {
            seen = awaited.seen_in(&state.phases);
            state.is_over || seen.is_some()
        });
        if let Some(since) = seen {
            return Ok(since);
        }
        let over = || Error::new("wait for a fault", "the schedule is over");
        Err(course.error().unwrap_or_else(over))
    }

    /// Whether it is over, and everything is healed.
    pub fn is_over(&self) -> bool {
        self.plan.course.is_over()
    }

    /// Its faults, with their state by now.
    pub fn entries(&self) -> Vec<Entry> {
        self.plan.entries()
    }

    /// For a claim that ends with it.
    fn lasts(&self) -> Lasts {
        let end = self.plan.course.expected_end();
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        let course = Arc::clone(&self.plan.course);
        Lasts::new(left.unwrap_or_default(), move || !course.is_over())
    }

    fn asked<P: Probe>(&self, answer: P) -> Asked<P> {
        Asked { answer, failed: self.plan.course.failed() }
    }

    /// What a claim has come to; if a fault could not be made, it is about something else.
    fn answered(&self, held: Result<(), Error>) -> Result<(), Error> {
        match self.plan.course.error() {
            Some(error) => Err(error),
            None => held,
        }
    }

    fn check_end(&self) -> Result<(), Error> {
        match self.plan.course.is_endless() {
            true => {
                let cause = "it stays until it is healed";
                Err(Error::new("wait for the end of a planned fault", cause).with_help(
                    "give it a time by `Planned::lasting`, or end it by `Running::heal`",
                ))
            }
            false => Ok(()),
        }
    }

    fn outcome(&self) -> Result<Vec<Entry>, Error> {
        match self.plan.course.error() {
            Some(error) => Err(error),
            None => Ok(self.entries()),
        }
    }
}

/// What a probe has answered; it counts no more once a fault could not be made.
struct Asked<P> {
    answer: P,
    failed: Option<String>,
}

impl<P: Probe> Probe for Asked<P> {
    fn refusal(&self) -> Option<String> {
        self.failed.clone().or_else(|| self.answer.refusal())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let course = &self.plan.course;
        if course.is_over() {
            return;
        }
        // Where the network of a failed test is kept, its faults are.
        let kept = sandbox::keeps() && failure::on_its_way();
        course.stop(if kept { Stop::Drop } else { Stop::Heal });
        course.wait(Some(Instant::now() + PATIENCE), |state| state.is_over);
    }
}

/// The schedule, with the state of each fault by now.
impl fmt::Display for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plan.fmt(f)
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("entries", &self.entries()).finish()
    }
}
