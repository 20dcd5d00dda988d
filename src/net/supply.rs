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
        for link in self.host.links() {
            if let Some(mut plug) = Plug::of(&link, &self.host) {
                plug.switch_off()?;
                self.off.push(plug);
            }
        }
        Ok(())
    }

    /// Sets all interfaces up again, with the addresses and routes that they had.
    pub(crate) fn switch_on(&mut self) -> Result<(), Error> {
        let on = self.off.drain(..).map(|mut plug| plug.switch_on());
        let done = on.fold(Ok(()), Result::and);
        *lock(&self.host.attached::<Off>().0) = false;
        done
    }
}
