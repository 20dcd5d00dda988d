use super::counter::Counter;
use super::part::Part;
use crate::net::Supply;
use crate::observe::destroy_all;
use crate::process::runs;
use crate::{Error, Host, Socket};

/// A host without power, as a part of a fault.
pub(super) struct PowerPart {
    host: Host,
    supply: Supply,
    off: bool,
    left: Vec<String>,
}

impl PowerPart {
    /// Of a host that is on: [`Part::resume`] switches it off.
    pub(super) fn of(host: &Host) -> Result<Self, Error> {
        Ok(Self { host: host.clone(), supply: Supply::of(host)?, off: false, left: Vec::new() })
    }

    /// The sockets that could not be destroyed, in words.
    pub(super) fn left(&self) -> &[String] {
        &self.left
    }

    /// First the interfaces: what processes and sockets say at their end gets nowhere.
    fn switch_off(&mut self) -> Result<(), Error> {
        self.supply.switch_off()?;
        runs(&self.host).iter().try_for_each(|run| run.lose_power())?;
        let left = destroy_all(&self.host)?;
        let named = |socket: &Socket| format!("{} port {}", socket.netid, socket.local.port());
        self.left = left.iter().map(named).collect();
        self.host.lose_connections()
    }
}

impl Part for PowerPart {
    fn suspend(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.off, false) {
            true => self.supply.switch_on(),
            false => Ok(()),
        }
    }

    fn resume(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.off, true) {
            true => Ok(()),
            false => self.switch_off(),
        }
    }

    fn remove(&mut self) -> Result<Option<u64>, Error> {
        // What is lost in a host nobody counts.
        self.suspend().map(|()| None)
    }

    fn counters(&self) -> Result<Vec<Counter>, Error> {
        Ok(Vec::new())
    }
}
