use std::fmt;

use super::freeze;
use super::guard::guard;
use super::part::Part;
use super::power_part::PowerPart;
use super::standing::Standing;
#[cfg(feature = "tokio")]
use crate::process::aside;
use crate::record::Place;
use crate::{Error, Host};

impl Host {
    /// Switches the host off like a machine whose power fails: from one moment to the next nothing leaves
    /// it, and what was in its memory is gone.
    ///
    /// Returns when its interfaces are down, the processes [started](Self::start) in it have been killed,
    /// its sockets are destroyed and, if it is a router, its [translations](Self::set_nat) are forgotten
    /// ([silently](crate::Forget::Silently), unless it was configured otherwise). [`PowerOff::power_on`]
    /// brings it back with its addresses and routes, and nothing else: start again what is to run on it
    /// ([`Process::restart`](crate::Process::restart)). Blocks and wires stay: they belong to the network.
    ///
    /// What the others observe (tested by `tests/power.rs`):
    ///
    /// | | while it is off | after it has come back |
    /// |---|---|---|
    /// | an established connection | silence: nobody is notified | `ECONNRESET`, once something is sent |
    /// | a dial | `EHOSTUNREACH` after some three seconds, from its own kernel or the last router | `ECONNREFUSED`, unless something listens again |
    /// | an interface on a veth pair | `NO-CARRIER` | as before |
    ///
    /// # What cannot be switched off
    ///
    /// Threads of the test's own process, tasks of [`spawn`](Self::spawn) and programs of
    /// [`command`](Self::command) keep running. Their connections and listeners are gone (`ECONNABORTED`),
    /// and they reach nobody. Their UDP sockets get the error too, but keep their ports, so they receive
    /// again when the host is back. An MPTCP socket gets it after `net.mptcp.close_timeout`.
    /// [`PowerOff::left_out`] names them all; the timeline and the report also show threads and programs.
    /// To lose something with the host, run it as a process of its own: [`start`](Self::start),
    /// [`start_fn`](Self::start_fn).
    ///
    /// # Errors
    ///
    /// If it is off already, an interface of it is gone, or the kernel refuses: one without
    /// `CONFIG_INET_DIAG_DESTROY` ([`Feature::SockDestroy`](crate::Feature::SockDestroy)) cannot destroy
    /// sockets. The host is then on, though what was killed is gone.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Result, eventually, netns_test};
    /// # struct Registry;
    /// # impl Registry { fn knows(&self, _: &str) -> bool { false } }
    /// # fn registry(_: &Host) -> Registry { Registry }
    /// # fn agent(_: std::net::SocketAddr) {}
    ///
    /// #[netns_test]
    /// fn the_registry_evicts_a_client_that_lost_its_power(server: Host, client: Host) -> Result {
    ///     let registry = registry(&server);
    ///     client.start_fn(agent, server.addr(7000))?;
    ///     eventually(Duration::from_secs(2), || registry.knows("client"))?;
    ///     let off = client.power_off()?;
    ///     eventually(Duration::from_secs(5), || !registry.knows("client"))?;
    ///     off.power_on()?;
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias("reboot", "crash", "poweroff", "shutdown"))]
    pub fn power_off(&self) -> Result<PowerOff, Error> {
        let part = PowerPart::of(self)?;
        let mut left_out = freeze::left_out(self);
        let mut fault = format!("power off `{}`", self.name());
        if !left_out.is_empty() {
            fault.push_str(&format!(" without {}", left_out.join(", ")));
        }
        for link in self.links() {
            link.hosts().iter().for_each(Host::record_arrivals);
        }
        let standing = Standing::make(Place::Host(self.clone()), fault, |parts| {
            parts.push(part);
            parts.iter_mut().try_for_each(|part| {
                part.resume()?;
                left_out.extend(part.left().iter().cloned());
                Ok(())
            })
        })?;
        Ok(PowerOff { standing, left_out })
    }

    /// As [`power_off`](Self::power_off), without blocking the runtime of the test.
    ///
    /// # Errors
    ///
    /// As [`power_off`](Self::power_off).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// # let _listener = server.listen(80)?;
    /// let mut conn = client.connect_async(server.addr(80)).await?;
    /// let off = server.power_off_async().await?;
    /// off.power_on()?;
    /// conn.send(b"anybody?").await?;                      // the answer is a reset
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "tokio")]
    pub async fn power_off_async(&self) -> Result<PowerOff, Error> {
        let host = self.clone();
        aside(&format!("power off `{}`", self.name()), move || host.power_off()).await
    }
}

/// A host that is off.
///
/// From [`Host::power_off`]. [`power_on`](Self::power_on) brings it back and reports errors. Dropping it
/// does so quietly. [`keep`](Self::keep) leaves it off until the test ends.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(server: Host, client: Host) -> Result {
/// let agent = client.start("my-agent")?;
/// let off = client.power_off()?;
/// assert!(!agent.is_running());
/// off.power_on()?;                                    // with its addresses, and nothing else
/// agent.restart()?;
/// # Ok(()) }
/// ```
#[must_use = "dropping the guard has the host come back"]
pub struct PowerOff {
    standing: Standing<PowerPart>,
    left_out: Vec<String>,
}

impl PowerOff {
    /// Brings the host back, and returns when packets pass and it has the addresses and routes that it
    /// had.
    ///
    /// # Errors
    ///
    /// If an interface of it is gone, or the kernel refuses.
    pub fn power_on(self) -> Result<(), Error> {
        self.standing.lift()
    }

    /// What was in the host and could not be switched off, one line each.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let _thread = client.run(|| std::thread::spawn(std::thread::park));
    /// let off = client.power_off()?;
    /// assert_eq!(off.left_out().len(), 1, "a thread of the test goes on: {:?}", off.left_out());
    /// # Ok(()) }
    /// ```
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }
}

guard! {
    PowerOff,
    /// Brings the host back while `work` runs, and returns what `work` returned once it is off again. What
    /// was started meanwhile is killed.
    suspend,
    /// Where it is: at the host.
    place
}

impl fmt::Debug for PowerOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PowerOff").field("fault", &self.to_string()).finish()
    }
}
