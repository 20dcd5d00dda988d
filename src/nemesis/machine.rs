//! The kinds of faults of hosts and their processes.

use super::drawn::{Drawn, InEffect};
use super::field::Field;
use super::kind::Kind;
use crate::fault::Dice;
use crate::record::Place;
use crate::{Host, Process};

impl Kind {
    /// What runs in one host is frozen.
    pub fn freeze() -> Self {
        let told = |host: &Host| format!("freeze `{}`", host.name());
        Self::at("freeze", told, |host| Ok(InEffect::of(host.freeze()?)))
    }

    /// The power of one host fails. When it is back, those processes of it are started again that the
    /// nemesis [knows](super::Nemesis::running) and that ran before. If some of them cannot be, the others
    /// still are, and the schedule ends with the first error.
    pub fn power_off() -> Self {
        let draw = |field: &Field, dice: &mut Dice| {
            let host = field.one(dice);
            let all = field.processes.iter().filter(|process| *process.host() == host);
            let all: Vec<Process> = all.cloned().collect();
            let (told, place) = (format!("power off `{}`", host.name()), Place::Host(host.clone()));
            let begin = move || {
                let ran: Vec<Process> = all.into_iter().filter(Process::is_running).collect();
                let off = host.power_off()?;
                let since = Some(off.in_effect_at());
                let lift = move || {
                    off.power_on()?;
                    // All of them are, whichever cannot be.
                    let all: Vec<_> = ran.iter().map(Process::restart).collect();
                    Ok(all.into_iter().collect::<std::result::Result<(), _>>()?)
                };
                Ok(InEffect { since, lift: Box::new(lift) })
            };
            Ok(Drawn { told, place, begin: Box::new(begin) })
        };
        Self::made("power off", |_| Ok(()), draw)
    }

    /// One of the [processes](super::Nemesis::running) is frozen.
    pub fn freeze_process() -> Self {
        Self::of_process("freeze", |process| Ok(InEffect::of(process.freeze()?)))
    }

    /// One of the [processes](super::Nemesis::running) is killed, and started again when the fault ends.
    pub fn kill() -> Self {
        Self::of_process("kill", |process| {
            process.kill()?;
            let process = process.clone();
            Ok(InEffect::of(move || Ok(process.restart()?)))
        })
    }
}
