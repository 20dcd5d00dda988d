//! A second kind of fault, for the tests: the loopback interface of a host is down.
//!
//! Unlike a block it is at one host, has no rules and no packets, and counts how often it was taken down.
//! The record, the report and the matrix know nothing of it.

use std::time::Duration;

use super::counter::Counter;
use super::part::Part;
use super::standing::Standing;
use crate::netlink::Request;
use crate::netlink_route::{LinkMessage, NETLINK_ROUTE};
use crate::record::Place;
use crate::{Error, Host};

/// The index of `lo` in every namespace.
const LOOPBACK: u32 = 1;

pub(crate) struct LoDown {
    host: Host,
    times: u64,
    /// What it is to say instead of being lifted or put in effect again.
    pub(crate) refuses: Option<&'static str>,
    /// How long it takes to read what it has counted.
    pub(crate) reading: Duration,
}

pub(crate) fn lo_down(host: &Host) -> Result<Standing<LoDown>, Error> {
    let fault = format!("take `lo` of `{}` down", host.name());
    Standing::make(Place::Host(host.clone()), fault, |parts| {
        let mut part =
            LoDown { host: host.clone(), times: 0, refuses: None, reading: Duration::ZERO };
        part.set(false)?;
        parts.push(part);
        Ok(())
    })
}

impl LoDown {
    fn set(&mut self, up: bool) -> Result<(), Error> {
        let operation = format!("set `lo` of `{}`", self.host.name());
        if let Some(reason) = self.refuses {
            return Err(Error::new(operation, reason));
        }
        let request = Request::new(operation, LinkMessage::at(LOOPBACK).up(up).set(), 0);
        self.host.netlink(NETLINK_ROUTE, |route| route.execute(vec![request]))?;
        self.times += u64::from(!up);
        Ok(())
    }
}

impl Part for LoDown {
    fn suspend(&mut self) -> Result<(), Error> {
        self.set(true)
    }

    fn resume(&mut self) -> Result<(), Error> {
        self.set(false)
    }

    fn remove(&mut self) -> Result<Option<u64>, Error> {
        self.set(true)?;
        Ok(Some(self.times))
    }

    fn counters(&self) -> Result<Vec<Counter>, Error> {
        std::thread::sleep(self.reading);
        let host = self.host.name().to_owned();
        let rule = "ip link set lo down".to_owned();
        Ok(vec![Counter { host, rule, packets: self.times, bytes: 0 }])
    }
}
