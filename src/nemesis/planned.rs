use std::fmt;
use std::panic::Location;
use std::time::{Duration, Instant};

use super::carrier::When;
use super::course::{Course, Slot};
use super::drawn::{Drawn, InEffect};
use super::plan::Plan;
use super::running::Running;
use crate::matrix::Guard;
use crate::record::Place;
use crate::{Error, Host, Result};

/// One fault that begins by itself when a condition is met, ends by itself after a time, or both.
///
/// For moments when the test itself is busy: the leader loses its power *while* a write is under way.
///
/// ```no_run
/// use std::time::Duration;
/// use netns_test::{Host, Result, nemesis::Planned, netns_test};
/// # #[derive(Clone)]
/// # struct Store;
/// # impl Store {
/// #     fn of(_: [&Host; 3]) -> Self { Self }
/// #     fn is_writing(&self) -> bool { true }
/// #     fn write(&self, _: &[u8]) -> std::io::Result<()> { Ok(()) }
/// # }
///
/// #[netns_test]
/// fn a_write_survives_the_leader(a: Host, b: Host, c: Host) -> Result {
///     let store = Store::of([&a, &b, &c]);
///     let watched = store.clone();
///     let crash = Planned::new("the leader loses its power", &a, |leader| Ok(leader.power_off()?))
///         .when(Duration::from_secs(5), move || watched.is_writing())
///         .lasting(Duration::from_millis(300))
///         .begin()?;
///     store.write(b"once")?;
///     crash.wait()?;
///     Ok(())
/// }
/// ```
#[must_use = "a planned fault does nothing until it is begun"]
pub struct Planned {
    fault: Drawn,
    when: Option<When>,
    lasting: Option<Duration>,
}

impl Planned {
    /// A fault with a name, at a host, made by a closure that is given this host. It returns when the
    /// fault is in effect, with the guard that lifts it, as for a [`Kind`](super::Kind::new).
    ///
    /// By default it begins at once, in the background, and stays until it is [healed](Running::heal).
    pub fn new<G: Guard + 'static>(
        name: impl Into<String>,
        host: &Host,
        begin: impl FnOnce(&Host) -> Result<G> + Send + 'static,
    ) -> Self {
        let (told, place, host) = (name.into(), Place::Host(host.clone()), host.clone());
        let begin = Box::new(move || Ok(InEffect::of(begin(&host)?)));
        Self { fault: Drawn { told, place, begin }, when: None, lasting: None }
    }

    /// Begins it when a condition is met. The condition is checked on a thread of its own, again a
    /// millisecond after each answer. If it is not met within `limit`, the fault never begins, and
    /// [`Running::wait`] returns that error ([`Error::is_timed_out`]).
    #[track_caller]
    pub fn when(self, limit: Duration, condition: impl FnMut() -> bool + Send + 'static) -> Self {
        let at = Location::caller();
        Self { when: Some(When { limit, condition: Box::new(condition), at }), ..self }
    }

    /// Ends it by itself, this long after it came into effect. With a time that no clock can reach
    /// (`Duration::MAX`) it stays until it is [healed](Running::heal).
    pub fn lasting(self, time: Duration) -> Self {
        let lasting = Instant::now().checked_add(time).map(|_| time);
        Self { lasting, ..self }
    }

    /// Begins it, or begins to wait for its condition, in the background.
    ///
    /// # Errors
    ///
    /// If the thread for it does not start.
    pub fn begin(self) -> Result<Running, Error> {
        let Self { fault, when, lasting } = self;
        let begins = when.is_none().then_some(Duration::ZERO);
        let slot = Slot { told: fault.told.clone(), begins, ends: None, lasting };
        let course = Course::of("planned".to_owned(), vec![slot], Duration::ZERO);
        let (place, anchor) = (fault.place.clone(), fault.place.hosts()[0].clone());
        let mark = when
            .as_ref()
            .map(|when| format!("{} waits for its condition at {}", fault.told, when.at));
        Plan::of(course, vec![place], anchor).begin(vec![fault], when, mark)
    }
}

impl fmt::Debug for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Planned");
        debug.field("fault", &self.fault.told).field("place", &self.fault.place);
        debug.field("waits", &self.when.is_some()).field("lasting", &self.lasting).finish()
    }
}
