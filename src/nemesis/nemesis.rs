use std::borrow::Borrow;
use std::ops::Range;
use std::time::Duration;

use super::course::{Course, Slot};
use super::drawn::Drawn;
use super::field::Field;
use super::kind::Kind;
use super::plan::Plan;
use super::running::Running;
use super::schedule::Schedule;
use super::timing::{Timing, counted};
use crate::fault::Dice;
use crate::fault::{of_words, seed_of_test};
use crate::quoted::named;
use crate::{Error, Host, Process};

/// Brings faults to hosts, one after another, with quiet in between. Which faults, on which hosts and when
/// is drawn from a seed.
///
/// From [`of`](Self::of); [the module](super) explains it.
///
/// ```no_run
/// # use std::time::Duration;
/// # use netns_test::nemesis::{Kind, Nemesis};
/// # use netns_test::{Host, Result, netns_test};
/// # #[netns_test]
/// # fn t(a: Host, b: Host, c: Host) -> Result {
/// let nemesis = Nemesis::of([&a, &b, &c])
///     .with([Kind::cut(), Kind::freeze()])
///     .lasting_at_least(Duration::from_millis(200))
///     .in_total(Duration::from_secs(5));
/// println!("{}", nemesis.draw()?);                 // what it is going to do
/// nemesis.begin()?.wait()?;                        // and that is what it does
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a nemesis does nothing until it is begun"]
pub struct Nemesis {
    hosts: Vec<Host>,
    processes: Vec<Process>,
    kinds: Option<Vec<Kind>>,
    timing: Timing,
    seed: Option<u64>,
}

/// The number sequences of a seed: one for the times, one for the order of kinds, and one for each fault.
const TIMES: u64 = 1;
const KINDS: u64 = 2;
const FAULTS: u64 = 3;

impl Nemesis {
    /// A nemesis for these hosts. Other hosts of the net are left alone, and see all sides of its
    /// partitions.
    ///
    /// By default it brings each kind of the [catalogue](Kind::catalogue) once, and faults of processes if
    /// it [knows](Self::running) any.
    pub fn of(hosts: impl IntoIterator<Item: Borrow<Host>>) -> Self {
        let hosts = hosts.into_iter().map(|host| host.borrow().clone()).collect();
        let (processes, timing) = (Vec::new(), Timing::default());
        Self { hosts, processes, kinds: None, timing, seed: None }
    }

    /// Says what runs on the hosts: the processes that [`Kind::kill`] and [`Kind::freeze_process`] act on,
    /// and that are started again after a [power failure](Kind::power_off).
    pub fn running(mut self, processes: impl IntoIterator<Item: Borrow<Process>>) -> Self {
        self.processes.extend(processes.into_iter().map(|process| process.borrow().clone()));
        self
    }

    /// Which kinds of faults it brings. Further calls add to them.
    ///
    /// All kinds come equally often, to within one: each comes once before any comes again.
    pub fn with(mut self, kinds: impl IntoIterator<Item = Kind>) -> Self {
        self.kinds.get_or_insert_default().extend(kinds);
        self
    }

    /// The minimum time each fault is in effect: 200 ms by default.
    pub fn lasting_at_least(mut self, time: Duration) -> Self {
        self.timing.lasting = time;
        self
    }

    /// The minimum quiet before each fault, from when the previous one has been lifted: 100 ms by default.
    pub fn quiet_at_least(mut self, time: Duration) -> Self {
        self.timing.quiet = time;
        self
    }

    /// How many faults it brings. By default, as many as there is time for if faults and quiets last twice
    /// their minimum, and at least one of each kind.
    pub fn faults(mut self, faults: usize) -> Self {
        self.timing.faults = Some(faults);
        self
    }

    /// How long all of it takes, until the last fault ends. By default, twice the minimum.
    pub fn in_total(mut self, time: Duration) -> Self {
        self.timing.total = Some(time);
        self
    }

    /// Draws from this seed instead of the test's: always the same schedule.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Draws the whole schedule. Nothing begins.
    ///
    /// The same nemesis has the same schedule from the same seed. That is the seed of the test: a failed
    /// test prints it, and `NETNS_TEST_SEED` sets it. Two nemeses of one test with the same hosts and kinds
    /// draw alike; one with a [seed](Self::seed) of its own does not.
    ///
    /// # Errors
    ///
    /// If it has no host, no kind or no fault; a host or process is named twice, or a process runs on none
    /// of the hosts; the schedule does not fit in its time; a kind is not possible for some two of the
    /// hosts, for instance because no path joins them, or something that it needs is missing;
    /// `NETNS_TEST_SEED` is not a number.
    pub fn draw(&self) -> Result<Schedule, Error> {
        let names = self.names();
        let operation = format!("draw a nemesis of {names}");
        let refuse = |cause: String| Error::new(&*operation, cause);
        let field = Field::of(&self.hosts, &self.processes, &operation)?;
        let kinds = self.all_kinds();
        if kinds.is_empty() {
            return Err(refuse("it has no kind of fault to apply".to_owned()));
        }
        let (faults, total) = self.timing.of(kinds.len()).map_err(refuse)?;
        let in_it = |error| Error::caused(&operation, error);
        kinds.iter().try_for_each(|kind| kind.check(&field)).map_err(in_it)?;
        let (given, told) = match self.seed {
            Some(seed) => (seed, format!("the seed {seed}")),
            None => {
                let seed = seed_of_test()?;
                (seed, format!("NETNS_TEST_SEED={seed}"))
            }
        };
        // Or two of one test would be alike.
        let seed = given ^ of_words(&self.words(&kinds));
        let times = self.timing.spread((faults, total), &mut Dice::new(seed, TIMES));
        let mut drawn = Vec::new();
        for (at, kind) in order(kinds.len(), faults, &mut Dice::new(seed, KINDS)).enumerate() {
            let mut dice = Dice::new(seed, FAULTS + at as u64);
            drawn.push(kinds[kind].draw(&field, &mut dice).map_err(in_it)?);
        }
        let slot = |(fault, time): (&Drawn, &Range<Duration>)| Slot {
            told: fault.told.clone(),
            begins: Some(time.start),
            ends: Some(time.end),
            lasting: Some(self.timing.lasting),
        };
        let slots = drawn.iter().zip(&times).map(slot).collect();
        let head =
            format!("nemesis of {names}: {} in {total:?}, drawn from {told}", counted(faults));
        let places = drawn.iter().map(|fault| fault.place.clone()).collect();
        let course = Course::of(head, slots, self.timing.quiet);
        let plan = Plan::of(course, places, self.hosts[0].clone());
        Ok(Schedule { plan, faults: drawn, seed: given, total })
    }

    /// Draws the schedule, and begins it in the background.
    ///
    /// # Errors
    ///
    /// As [`draw`](Self::draw) and [`Schedule::begin`].
    pub fn begin(&self) -> Result<Running, Error> {
        self.draw()?.begin()
    }

    fn all_kinds(&self) -> Vec<Kind> {
        let of_processes = || match self.processes.is_empty() {
            true => Vec::new(),
            false => vec![Kind::freeze_process(), Kind::kill()],
        };
        self.kinds.clone().unwrap_or_else(|| [Kind::catalogue(), of_processes()].concat())
    }

    fn names(&self) -> String {
        match self.hosts.is_empty() {
            true => "nobody".to_owned(),
            false => named(self.hosts.iter().map(Host::name)),
        }
    }

    /// What tells it from another one of the test.
    fn words(&self, kinds: &[Kind]) -> String {
        let kinds: Vec<_> = kinds.iter().map(Kind::name).collect();
        format!("{}: {}", self.names(), kinds.join(", "))
    }
}

/// Which kind comes when: all in a drawn order, then again in another one.
fn order(kinds: usize, faults: usize, dice: &mut Dice) -> impl Iterator<Item = usize> {
    let all: Vec<usize> = (0..kinds).collect();
    let rounds = faults.div_ceil(kinds);
    let order: Vec<usize> = (0..rounds).flat_map(|_| dice.shuffled(&all)).collect();
    order.into_iter().take(faults)
}
