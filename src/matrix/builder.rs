use std::panic::Location;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use super::claims::Claims;
use super::course::{Experiment, Subject};
use super::detector::Detector;
use super::fault::Fault;
use super::part::{self, Key};
use super::progress::Progress;
use super::questions::{Asked, Questions};
use super::refusal::{check, check_questions};
use super::row::Row;
use super::schedule::{self, Size};
use super::table::Table;
use super::trial::{Setting, Trial};
use crate::{Error, Result};

/// A detector to be tried against many faults, many times.
///
/// The [module](crate::matrix) describes a trial. By default the detector is tried five times against each
/// fault of the [catalogue](Fault::catalogue), and has five seconds to detect a fault and five to recover.
///
/// It blocks the thread that runs it; in an async test, await `run_async` or `measure_async`.
///
/// ```no_run
/// # use std::time::Duration;
/// # use netns_test::{Result, matrix::{Fault, Matrix}, netns_test};
/// # struct Monitor;
/// # impl Monitor {
/// #     fn start() -> std::io::Result<Self> { Ok(Self) }
/// #     fn knows(&self, _: &str) -> bool { true }
/// # }
/// # #[netns_test]
/// # fn t() -> Result {
/// let matrix = Matrix::new(|trial| {
///     let monitor = trial.host().run(Monitor::start)?;
///     Ok(move || monitor.knows("client"))
/// });
/// matrix.detects_within(Duration::from_secs(2)).no_false_alarm_for(Duration::from_millis(500)).run()?;
/// # Ok(()) }
/// ```
#[must_use = "a matrix does nothing until it is run"]
#[doc(alias("chaos", "fault injection"))]
pub struct Matrix {
    subject: Subject,
    pub(super) asked: Vec<Asked>,
    setting: Setting,
    faults: Option<Vec<Fault>>,
    claims: Claims,
    trials: usize,
    parallel: Option<usize>,
    stall: Duration,
}

impl Matrix {
    /// A matrix for this detector: the closure starts the code under test in a fresh network, and returns
    /// the question to ask.
    ///
    /// It is called in each trial, in the trial's own process. What it returns stays on one thread. Code
    /// that needs tokio is started by [`Host::spawn`](crate::Host::spawn).
    ///
    /// ```no_run
    /// use netns_test::matrix::{Fault, Matrix};
    /// use netns_test::{Result, netns_test};
    ///
    /// #[netns_test]
    /// fn an_optimist_sees_nothing() -> Result {
    ///     let optimist = Matrix::new(|_| Ok(|| true));
    ///     let table = optimist.against(Fault::catalogue()).trials(1).measure()?;
    ///     assert!(table.row("nothing")?.is_ok());
    ///     assert_eq!(table.row("drop")?.detection().count(), 0);
    ///     Ok(())
    /// }
    /// ```
    pub fn new<D: Detector + 'static>(
        start: impl Fn(&Trial) -> Result<D> + Send + Sync + 'static,
    ) -> Self {
        let start = move |trial: &Trial| Ok(Box::new(start(trial)?) as Box<dyn Detector>);
        Self::of(Subject::Detector(Box::new(start)), vec![Asked::of_detector()])
    }

    /// A matrix for a cluster, or for any code with more than one thing to ask: several [`Questions`],
    /// each a group of columns in the table.
    ///
    /// Trials go as for a detector, with what [`Expect`](super::Expect) says while a fault lasts. Each
    /// question must be answered well before the fault and after it. The fault lasts until all have been
    /// answered as expected, or their time is up.
    ///
    /// ```no_run
    /// use netns_test::matrix::{Expect, Fault, Matrix, Questions, Trial};
    /// use netns_test::{Host, Result, netns_test};
    /// # struct Cluster;
    /// # impl Cluster {
    /// #     fn start(_: &Trial) -> Result<Self> { Ok(Self) }
    /// #     fn leader(&self) -> Option<String> { Some("a".to_owned()) }
    /// #     fn takes_writes(&self) -> bool { true }
    /// # }
    ///
    /// fn leader(trial: &Trial) -> Result<Host> {
    ///     Ok(trial.net().host(&trial.answer("who leads")?)?)
    /// }
    ///
    /// #[netns_test(timeout = "5m")]
    /// fn a_cluster_gets_over_the_loss_of_its_leader() -> Result {
    ///     let questions = Questions::of(Cluster::start)
    ///         .ask("who leads", Cluster::leader)
    ///         .ask("takes writes", Cluster::takes_writes);
    ///     let lost = [
    ///         Fault::frozen().named("leader frozen").at(leader),
    ///         Fault::partitions_around("leader", leader).swap_remove(0),
    ///     ];
    ///     let lost = lost.map(|fault| {
    ///         fault.expects("who leads", Expect::Moved).expects("takes writes", Expect::Regained)
    ///     });
    ///     let matrix = Matrix::asking(questions).host_names(["a", "b", "c", "d", "e"]);
    ///     println!("{}", matrix.against([Fault::nothing()]).against(lost).run()?);
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias("cluster", "questions"))]
    pub fn asking<C: Send + Sync + 'static>(questions: Questions<C>) -> Self {
        let (start, asked) = questions.into_parts();
        Self::of(Subject::Cluster(start), asked)
    }

    fn of(subject: Subject, asked: Vec<Asked>) -> Self {
        Self {
            subject,
            asked,
            setting: Setting::default(),
            faults: None,
            claims: Claims::default(),
            trials: 5,
            parallel: None,
            stall: Duration::MAX,
        }
    }

    /// Names the hosts of each trial's network; by default `server` and `client`. Faults act between the
    /// first two.
    pub fn host_names<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.setting.hosts = names.into_iter().map(Into::into).collect();
        self
    }

    /// Chooses the two hosts between which faults act: the one that should notice, and its peer.
    pub fn between(mut self, host: impl Into<String>, peer: impl Into<String>) -> Self {
        self.setting.between = Some([host.into(), peer.into()]);
        self
    }

    /// Adds faults, each a row; by default the [catalogue](Fault::catalogue).
    pub fn against(mut self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.faults.get_or_insert_default().extend(faults);
        self
    }

    /// How often each fault is tried; by default five times.
    pub fn trials(mut self, trials: usize) -> Self {
        self.trials = trials;
        self
    }

    /// Claims that each fault is detected within this time, and stops watching then.
    pub fn detects_within(mut self, limit: Duration) -> Self {
        self.claims.detects = limit;
        self
    }

    /// Claims that the peer is considered alive within this time after the fault is lifted, and stops
    /// watching then.
    pub fn recovers_within(mut self, limit: Duration) -> Self {
        self.claims.recovers = limit;
        self
    }

    /// Claims that the peer is not considered dead for at least this time before the fault, nor for this
    /// time after the recovery; by default 200 ms. The claim says little unless this is longer than the
    /// detector takes to miss a peer.
    ///
    /// [`Fault::blip`] claims it for a short outage, [`Fault::nothing`] for as long as a fault may take to
    /// be detected.
    pub fn no_false_alarm_for(mut self, quiet: Duration) -> Self {
        self.claims.quiet = quiet;
        self
    }

    /// How long the detector may take from its start until it considers the peer alive; by default 10 s. A
    /// trial in which it takes longer has failed.
    pub fn starts_within(mut self, limit: Duration) -> Self {
        self.claims.starts = limit;
        self
    }

    /// How many trials run at once; by default as many as there are cores.
    ///
    /// A detector that mostly waits can be tried many times at once. One that computes is slowed down by
    /// the others, as by any other load on the machine: `parallel(1)` gives its times when alone.
    pub fn parallel(mut self, trials: usize) -> Self {
        self.parallel = Some(trials);
        self
    }

    /// Runs a trial again if the machine stalled during it for longer than this: two looks at the
    /// detector, which should be a millisecond apart, were that far apart, or a harmless fault lasted that
    /// much too long. A trial has at most ten attempts, then it has failed. By default no trial is run
    /// again.
    ///
    /// This is for claims about false alarms on busy machines. Whether a trial is run again depends only
    /// on the machine, and the table says how many were. Choose a time shorter than what the detector
    /// waits for, and longer than the usual stalls of such a machine.
    pub fn repeat_if_stalled_for(mut self, limit: Duration) -> Self {
        self.stall = limit;
        self
    }

    /// Runs all trials, and returns the table if every claim holds.
    ///
    /// # Errors
    ///
    /// If a row breaks a claim, or a trial could not be completed; the text has the whole table. At once
    /// if there is nothing to run (no faults, no trials) or two faults have the same name.
    #[track_caller]
    pub fn run(self) -> Result<Table, Error> {
        self.run_as(&part::begin(Location::caller()))
    }

    /// Runs all trials, and returns the table, whatever it says.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), except for broken claims.
    #[track_caller]
    pub fn measure(self) -> Result<Table, Error> {
        self.measure_as(&part::begin(Location::caller()))
    }

    pub(super) fn run_as(self, key: &Key) -> Result<Table, Error> {
        let table = self.try_all(key)?;
        table.demand_claims()?;
        Ok(table)
    }

    pub(super) fn measure_as(self, key: &Key) -> Result<Table, Error> {
        let table = self.try_all(key)?;
        table.demand_trials()?;
        Ok(table)
    }

    fn try_all(self, key: &Key) -> Result<Table, Error> {
        let Self { subject, mut asked, setting, faults, claims, trials, parallel, stall } = self;
        let faults = faults.unwrap_or_else(Fault::catalogue);
        let parallel = parallel.unwrap_or_else(cores);
        let size = Size { trials, parallel };
        check(&faults, size)?;
        if let Subject::Cluster(_) = subject {
            check_questions(&asked, &faults)?;
        }
        let claims =
            claims.stretched(&mut asked).map_err(|cause| Error::new("run a matrix", cause))?;
        let experiment = Arc::new(Experiment { setting, subject, asked, claims, stall });
        let outcomes = match part::answer(key, &faults, &experiment) {
            Some(told) => told?,
            None => {
                let mut progress =
                    Progress::new(claims, experiment.asked.clone(), faults.len() * trials);
                let outcomes = schedule::run(key, &experiment, &faults, size, &mut progress);
                part::end(key, &outcomes);
                outcomes
            }
        };
        let of_fault = |(fault, outcomes): (&Fault, &Vec<_>)| {
            Row::of((fault, &experiment.asked), outcomes, |row| claims.broken_by(row))
        };
        let rows = faults.iter().zip(&outcomes).map(of_fault).collect();
        Ok(Table::new(rows, claims.told(&experiment.asked)))
    }
}

fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

impl std::fmt::Debug for Matrix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Matrix")
            .field("asked", &self.asked)
            .field("setting", &self.setting)
            .field("faults", &self.faults)
            .field("claims", &self.claims)
            .field("trials", &self.trials)
            .field("parallel", &self.parallel)
            .field("stall", &self.stall)
            .finish()
    }
}
