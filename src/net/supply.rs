//! The power of a host: whether its interfaces are on.

use std::sync::Mutex;

use super::host::Host;
use super::plug::Plug;
use crate::Error;
use crate::mutex::lock;

/// The power supply of a host.
pub(crate) struct Supply {
    host: Host,
    /// The ends of its links that were switched off.
    off: Vec<Plug>,
}

/// Whether a host is off, for all that ask.
#[derive(Default)]
struct Off(Mutex<bool>);

impl Supply {
    /// Of a host that is on.
    ///
    /// # Errors
    ///
    /// If it is off.
    pub(crate) fn of(host: &Host) -> Result<Self, Error> {
        if *lock(&host.attached::<Off>().0) {
            let operation = format!("power off `{}`", host.name());
            return Err(Error::new(operation, "it is already off"));
        }
        Ok(Self { host: host.clone(), off: Vec::new() })
    }

    /// Sets all interfaces of the host down. Once more is no error.
    pub(crate) fn switch_off(&mut self) -> Result<(), Error> {
        *lock(&self.host.attached::<Off>().0) = true;
        if !self.off.is_empty() {
            return Ok(());
        }
        // All is noted before the first interface is down: a route may leave by several.
        for link in self.host.links() {
            if let Some(mut plug) = Plug::of(&link, &self.host) {
                plug.before_the_power_fails()?;
                self.off.push(plug);
            }
        }
        self.off.iter_mut().try_for_each(Plug::switch_off)
    }

    /// Lets all interfaces up again, with the addresses and routes that they had.
    pub(crate) fn switch_on(&mut self) -> Result<(), Error> {
        let raised = self.off.iter_mut().map(Plug::switch_on).fold(Ok(()), Result::and);
        let settled = self.off.iter_mut().map(Plug::settle).fold(raised, Result::and);
        let done = self.off.drain(..).map(|mut plug| plug.put_back()).fold(settled, Result::and);
        *lock(&self.host.attached::<Off>().0) = false;
        done
    }
}
