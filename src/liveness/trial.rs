use std::panic::Location;
use std::sync::Arc;
use std::thread::panicking;
use std::time::{Duration, Instant};

use nix::poll::ppoll;
use nix::sys::time::TimeSpec;

use super::demand::{Answer, Judgement};
use super::probe::Probe;
use super::progress::Progress;
use super::record;
use super::rounded::Rounded;
use super::statement::Statement;
use super::watchdog::Watch;
use crate::Error;
use crate::traffic::{Limited, earlier, limit};

/// The shortest pause between two tries, and the longest: the longest bounds the lag between the
/// truth and the claim, the shortest what waiting costs.
const PAUSE: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(2)];

/// How many times longer than a try the pause after it is: a probe that is dear is asked less.
const SPARING: u32 = 20;

/// A claim that is being tried.
pub(super) struct Trial {
    progress: Arc<Progress>,
    every: Option<Duration>,
    /// When what the probe waits for is cut short, by this claim or by one around it.
    pub(super) cut: Option<Instant>,
    /// When the claim around this one ends.
    around: Option<Instant>,
    unwinding: bool,
    _watch: Watch,
}

impl Trial {
    pub(super) fn begin(
        statement: Statement,
        every: Option<Duration>,
        place: &'static Location<'static>,
    ) -> Result<Self, Error> {
        record::begun(&statement, place);
        let around = limit();
        let cut = earlier(statement.at(statement.demand.cut()), around);
        let progress = Arc::new(Progress::new(statement, place));
        let watch = Watch::over(&progress, cut).map_err(|error| {
            let cause = format!("the thread that watches over its probe does not start: {error}");
            Error::new(progress.statement.to_string(), cause)
        })?;
        Ok(Self { progress, every, cut, around, unwinding: panicking(), _watch: watch })
    }

    /// Tries until it is decided, on this thread.
    pub(super) fn run<P: Probe>(self, mut probe: impl FnMut() -> P) -> Result<Duration, Error> {
        let _limited = Limited::to(self.cut);
        self.progress.blocks_this_thread();
        self.wait_until(self.first());
        loop {
            self.progress.ask();
            let refusal = probe().refusal();
            match self.answered(refusal) {
                Ok(next) => self.wait_until(next),
                Err(end) => return end,
            }
        }
    }

    /// When the first try is: at once, or when the clock of the claim begins.
    pub(super) fn first(&self) -> Option<Instant> {
        Some(self.progress.statement.since)
    }

    #[cfg(feature = "tokio")]
    pub(super) fn ask(&self) {
        self.progress.ask();
    }

    /// Takes the answer to a try, and returns when the next one is, or how the claim ends.
    pub(super) fn answered(
        &self,
        refusal: Option<String>,
    ) -> Result<Option<Instant>, Result<Duration, Error>> {
        let (judgement, answer) = self.progress.answer(refusal);
        match self.within_the_one_around(judgement, &answer) {
            Judgement::Open => Ok(self.next(&answer)),
            decided => Err(self.end(&decided)),
        }
    }

    /// Ends the claim because the probe did not answer in time.
    #[cfg(feature = "tokio")]
    pub(super) fn unanswered(&self) -> Result<Duration, Error> {
        let silence = self.progress.silence().unwrap_or_default();
        self.progress.give_up();
        self.end(&Judgement::Missed(silence))
    }

    /// When the answer of a probe that is asked now comes too late to count.
    #[cfg(feature = "tokio")]
    pub(super) fn last_answer(&self) -> Option<Instant> {
        let statement = &self.progress.statement;
        let last = statement.demand.last_answer(statement.elapsed());
        earlier(statement.at(last), self.around)
    }

    /// A claim inside the probe of another one ends with it.
    fn within_the_one_around(&self, judgement: Judgement, answer: &Answer) -> Judgement {
        let over = self.around.is_some_and(|around| Instant::now() >= around);
        match judgement {
            Judgement::Open if over => {
                let said =
                    answer.refusal.as_deref().map(|said| format!(" it is still {said}, and"));
                let after = Rounded(answer.answered);
                let said = said.unwrap_or_default();
                Judgement::Missed(format!(
                    "after {after}{said} the time limit of the enclosing claim has passed"
                ))
            }
            judgement => judgement,
        }
    }

    fn next(&self, answer: &Answer) -> Option<Instant> {
        let took = answer.answered.saturating_sub(answer.asked);
        let [shortest, longest] = PAUSE;
        let pause = self.every.unwrap_or_else(|| (took * SPARING).clamp(shortest, longest));
        let statement = &self.progress.statement;
        let next = statement.demand.next(answer.answered, pause);
        self.progress.plan(next);
        earlier(statement.at(next), self.around)
    }

    fn end(&self, judgement: &Judgement) -> Result<Duration, Error> {
        let statement = &self.progress.statement;
        record::ended(statement, judgement);
        match judgement {
            Judgement::Met(after) => {
                if let Some(note) = statement.after_all(*after) {
                    tell(&note);
                }
                Ok(*after)
            }
            // What the network was doing is told once, by the claim around this one.
            Judgement::Missed(cause) if self.around.is_some() => {
                Err(Error::missed(statement.to_string(), cause.as_str()))
            }
            Judgement::Missed(cause) => Err(self.progress.error(cause)),
            Judgement::Open => unreachable!("a claim ends when it is decided"),
        }
    }

    /// Waits without taking a token of park(3), which would be the test's own.
    fn wait_until(&self, at: Option<Instant>) {
        let left = at.map(|at| at.saturating_duration_since(Instant::now()));
        if left != Some(Duration::ZERO) {
            // A signal ends it early, and the probe is asked once more.
            let _ = ppoll(&mut [], left.map(TimeSpec::from), None);
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if !panicking() || self.unwinding {
            return;
        }
        if let Some(text) = self.progress.panicked() {
            tell(&text);
        }
    }
}

/// Writes a line to stderr in one piece, as other threads and streams may write at the same time.
fn tell(text: &str) {
    let line = format!("netns-test: {text}\n");
    eprint!("{line}");
}
