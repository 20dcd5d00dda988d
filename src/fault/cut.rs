use std::fmt;

use super::counter::Counter;
use super::guard::guard;
use super::part::Part;
use super::standing::Standing;
use crate::net::{Link, Plug};
use crate::record::Place;
use crate::{Error, Host};

impl Link {
    /// Cuts a member off by pulling its cable: its interface loses the carrier (`NO-CARRIER` in `ip
    /// link`), and nothing passes by this link any more.
    ///
    /// Returns when the carrier is gone. [`Cut::restore`] plugs it in again. Addresses, routes, next hops and
    /// neighbours of its interface are then as they were before, but for what has expired meanwhile and
    /// temporary addresses of IPv6, which the kernel makes anew.
    ///
    /// Programs see what they would see on a machine whose cable is pulled. The kernel keeps its IPv4 and
    /// IPv6 addresses and its routes, marked `linkdown`. Sockets get no error, connections are silent, and
    /// what is sent is lost within the host. Programs that listen for link changes are notified, which no
    /// [block](crate::Host::block) does.
    ///
    /// Two hosts on a veth pair share the cable. There the *other* host's interface is down while the cut
    /// lasts: it has no IPv6 addresses then, and a dial from it fails with `ENETUNREACH`. On a bridge
    /// nothing changes for the others. Of several faults that hold an interface down, two cuts or a cut and a
    /// [power failure](Host::power_off), the last one lets it up; one that was down before stays down.
    ///
    /// # Errors
    ///
    /// If the host is not a member, its interface is gone, or the kernel refuses.
    ///
    /// ```no_run
    /// use netns_test::{Host, Net, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn the_backup_is_used(net: Net, server: Host, client: Host) -> Result {
    ///     let backup = net.link("backup", &[&server, &client])?;
    ///     let cut = server.links()[0].cut(&client)?;
    ///     client.bind_udp(0)?.send_to(b"hello", (backup.addrs(&server)[0], 7000))?;
    ///     cut.restore()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn cut(&self, host: &Host) -> Result<Cut, Error> {
        let fault = format!("cut `{}` off link `{}`", host.name(), self.name());
        let Some(plug) = Plug::of(self, host) else {
            return Err(Error::new(fault, "it is not a member"));
        };
        let others = self.hosts().iter().filter(|other| *other != host).cloned().collect();
        for member in self.hosts() {
            member.record_arrivals();
        }
        let place = Place::Groups(vec![vec![host.clone()], others]);
        let part =
            CutPart { plug, host: host.name().to_owned(), rule: fault.clone(), pulled: false };
        let standing = Standing::make(place, fault, |parts| {
            parts.push(part);
            parts.iter_mut().try_for_each(CutPart::resume)
        })?;
        Ok(Cut { standing })
    }
}

/// A host's end of a link that is cut.
///
/// From [`Link::cut`]. [`restore`](Self::restore) plugs it in again and reports errors. Dropping it does
/// so quietly. [`keep`](Self::keep) leaves it unplugged until the test ends.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(net: Net, a: Host, b: Host, c: Host) -> Result {
/// let link = &net.links()[0];
/// let cut = link.cut(&a)?;
/// assert!(b.connect(c.addr(80)).is_err(), "refused: the others see each other");
/// println!("{}", a.exec("ip", ["link", "show", "eth0"])?);      // NO-CARRIER
/// cut.restore()?;
/// # Ok(()) }
/// ```
#[must_use = "dropping the guard restores the link"]
pub struct Cut {
    standing: Standing<CutPart>,
}

impl Cut {
    /// Plugs it in again, and returns when packets pass and the interface has what it had.
    ///
    /// # Errors
    ///
    /// If the interface is gone, or the kernel refuses.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let link = &net.links()[0];
    /// let listener = server.listen(80)?;
    /// let cut = link.cut(&client)?;
    /// cut.restore()?;
    /// client.connect(listener.addr())?;                   // at once: packets pass
    /// # Ok(()) }
    /// ```
    pub fn restore(self) -> Result<(), Error> {
        self.standing.lift()
    }
}

/// The plug, as a part of a fault.
struct CutPart {
    plug: Plug,
    host: String,
    rule: String,
    pulled: bool,
}

impl Part for CutPart {
    fn suspend(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.pulled, false) {
            true => self.plug.plug_in(),
            false => Ok(()),
        }
    }

    fn resume(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.pulled, true) {
            true => Ok(()),
            false => self.plug.pull(),
        }
    }

    fn remove(&mut self) -> Result<Option<u64>, Error> {
        // Nobody counts what is lost within a host.
        self.suspend().map(|()| None)
    }

    fn counters(&self) -> Result<Vec<Counter>, Error> {
        let (host, rule) = (self.host.clone(), self.rule.clone());
        Ok(vec![Counter { host, rule, packets: 0, bytes: 0 }])
    }
}

guard! {
    Cut,
    /// Plugs it in while `work` runs, and returns what `work` returned once it is unplugged again.
    suspend,
    /// Where it is: between the host and the other members of the link.
    place
}

impl fmt::Debug for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cut").field("place", self.place()).finish()
    }
}
