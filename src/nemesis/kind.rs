use std::fmt;
use std::sync::Arc;

use super::drawn::{Drawn, InEffect};
use super::field::Field;
use crate::fault::Dice;
use crate::matrix::Guard;
use crate::record::Place;
use crate::{Error, Host, Process, Result};

/// A kind of fault for a [`Nemesis`](super::Nemesis). Which hosts it acts on is drawn.
///
/// | | acts on | what it is |
/// |---|---|---|
/// | [`block`](Self::block) | two hosts | [`Host::block_with`] |
/// | [`impair`](Self::impair) | two hosts | [`Host::impair`] |
/// | [`partition`](Self::partition) | all hosts, in a shape that is drawn | [`Net::partition_with`](crate::Net::partition_with) |
/// | [`split`](Self::split) | all hosts, in one shape | the same |
/// | [`cut`](Self::cut) | one host | [`Link::cut`](crate::Link::cut) |
/// | [`freeze`](Self::freeze) | one host | [`Host::freeze`] |
/// | [`power_off`](Self::power_off) | one host | [`Host::power_off`] |
/// | [`freeze_process`](Self::freeze_process) | one process | [`Process::freeze`](crate::Process::freeze) |
/// | [`kill`](Self::kill) | one process | [`Process::kill`](crate::Process::kill), and [`restart`](crate::Process::restart) |
/// | [`forget_connections`](Self::forget_connections) | one router that translates | [`Host::forget_connections`] |
/// | [`move_addr`](Self::move_addr) | one host, which gets the address | [`Net::move_addr`](crate::Net::move_addr), and back |
/// | [`new`](Self::new), [`between`](Self::between) | one host, two hosts | a fault of the test's own |
///
/// ```
/// use netns_test::Policy;
/// use netns_test::nemesis::Kind;
///
/// let silence = Kind::block(Policy::drop());
/// let two_at_once = Kind::new("cut off from all, and frozen", |host| {
///     let link = host.links().remove(0);
///     let (cut, freeze) = (link.cut(host)?, host.freeze()?);
///     Ok(move || {
///         freeze.thaw()?;
///         cut.restore()?;
///         Ok(())
///     })
/// });
/// # let _ = (silence, two_at_once);
/// ```
#[derive(Clone)]
pub struct Kind {
    name: String,
    check: Arc<Check>,
    draw: Arc<Draw>,
}

type Check = dyn Fn(&Field) -> Result<(), Error> + Send + Sync;
type Draw = dyn Fn(&Field, &mut Dice) -> Result<Drawn, Error> + Send + Sync;

impl Kind {
    /// A fault at one host, made by a closure. It returns when the fault is in effect, with the guard that
    /// lifts it, as for a [`matrix::Fault`](crate::matrix::Fault::new).
    ///
    /// The closure runs on the nemesis's thread, outside every host. The timeline shows the fault as that
    /// of its guard if the guard is one of this crate's, and otherwise by this name.
    pub fn new<G: Guard + 'static>(
        name: impl Into<String>,
        begin: impl Fn(&Host) -> Result<G> + Send + Sync + 'static,
    ) -> Self {
        let name = name.into();
        let told = name.clone();
        let told = move |host: &Host| format!("{told} at `{}`", host.name());
        Self::at(name, told, move |host| Ok(InEffect::of(begin(host)?)))
    }

    /// As [`new`](Self::new), between two hosts.
    pub fn between<G: Guard + 'static>(
        name: impl Into<String>,
        begin: impl Fn(&Host, &Host) -> Result<G> + Send + Sync + 'static,
    ) -> Self {
        let name = name.into();
        let told = name.clone();
        let told = move |_: &Field, host: &Host, peer: &Host| {
            Ok(format!("{told} between `{}` and `{}`", host.name(), peer.name()))
        };
        Self::between_two(name, told, move |host, peer| Ok(InEffect::of(begin(host, peer)?)))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One that is checked before anything is drawn, and then drawn as often as it comes.
    pub(super) fn made(
        name: impl Into<String>,
        check: impl Fn(&Field) -> Result<(), Error> + Send + Sync + 'static,
        draw: impl Fn(&Field, &mut Dice) -> Result<Drawn, Error> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), check: Arc::new(check), draw: Arc::new(draw) }
    }

    /// One at a host.
    pub(super) fn at(
        name: impl Into<String>,
        told: impl Fn(&Host) -> String + Send + Sync + 'static,
        begin: impl Fn(&Host) -> Result<InEffect> + Send + Sync + 'static,
    ) -> Self {
        let begin = Arc::new(begin);
        let draw = move |field: &Field, dice: &mut Dice| {
            let host = field.one(dice);
            let (told, place) = (told(&host), Place::Host(host.clone()));
            let begin = Arc::clone(&begin);
            Ok(Drawn { told, place, begin: Box::new(move || begin(&host)) })
        };
        Self::made(name, |_| Ok(()), draw)
    }

    /// One between two hosts, which is asked for its words for each two.
    pub(super) fn between_two(
        name: impl Into<String>,
        told: impl Fn(&Field, &Host, &Host) -> Result<String, Error> + Send + Sync + 'static,
        begin: impl Fn(&Host, &Host) -> Result<InEffect> + Send + Sync + 'static,
    ) -> Self {
        let (name, told, begin) = (name.into(), Arc::new(told), Arc::new(begin));
        let (operation, asked) = (name.clone(), Arc::clone(&told));
        let check = move |field: &Field| {
            field.all_pairs(&operation, |host, peer| asked(field, host, peer).map(drop))
        };
        let draw = move |field: &Field, dice: &mut Dice| {
            let [host, peer] = field.two(dice);
            let told = told(field, &host, &peer)?;
            let place = Place::Between([host.clone(), peer.clone()]);
            let begin = Arc::clone(&begin);
            Ok(Drawn { told, place, begin: Box::new(move || begin(&host, &peer)) })
        };
        Self::made(name, check, draw)
    }

    /// One of a process.
    pub(super) fn of_process(
        verb: &'static str,
        begin: impl Fn(&Process) -> Result<InEffect> + Send + Sync + 'static,
    ) -> Self {
        let begin = Arc::new(begin);
        let check = move |field: &Field| match field.processes.is_empty() {
            true => {
                let refused = Error::new(format!("{verb} a process"), "no process is named");
                Err(refused.with_help("name the processes with `Nemesis::running`"))
            }
            false => Ok(()),
        };
        let draw = move |field: &Field, dice: &mut Dice| {
            let process = field.processes[dice.place(field.processes.len())].clone();
            let place = Place::Process { host: process.host().clone(), process: process.name() };
            let told = format!("{verb} {process}");
            let begin = Arc::clone(&begin);
            Ok(Drawn { told, place, begin: Box::new(move || begin(&process)) })
        };
        Self::made(format!("{verb} a process"), check, draw)
    }

    pub(super) fn check(&self, field: &Field) -> Result<(), Error> {
        (self.check)(field)
    }

    pub(super) fn draw(&self, field: &Field, dice: &mut Dice) -> Result<Drawn, Error> {
        (self.draw)(field, dice)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kind").field("name", &self.name).finish()
    }
}
