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
    /// Switches it off, as a machine whose power fails: from one moment to the next nothing leaves it,
    /// and what was in its memory is gone.
    ///
    /// Returns when its interfaces are down, the processes that were [started](Self::start) in it have
    /// been killed, its sockets are destroyed, and a router has forgotten what it has
    /// [translated](Self::set_nat), [silently](crate::Forget::Silently) unless it was told otherwise. [`PowerOff::power_on`] has it come back with the addresses and routes
    /// that it had, and nothing else: what is to run on it is started anew
    /// ([`Process::restart`](crate::Process::restart)). Blocks and wires stay: they are of the network.
    ///
    /// What the others observe (held by `tests/power.rs`):
    ///
    /// | | while it is off | after it has come back |
    /// |---|---|---|
    /// | an established connection | silence: nobody is told | ECONNRESET, once something is sent |
    /// | a dial | EHOSTUNREACH after some three seconds, from its own kernel or the last router | ECONNREFUSED, unless something listens anew |
    /// | an interface on a veth pair | `NO-CARRIER` | as before |
    ///
    /// # What cannot be switched off
    ///
    /// Threads of the test's own process, tasks of [`spawn`](Self::spawn) and programs of
    /// [`command`](Self::command) go on. Their connections and listeners are gone (ECONNABORTED), and
    /// they reach nobody. A UDP socket of theirs is told as well and keeps its port, so it hears again
    /// when the host is back; one of MPTCP is told after `net.mptcp.close_timeout`.
    /// [`PowerOff::left_out`] names them; threads and programs stand in the timeline and the report too. What is to be lost with
    /// the host runs as a process of its own: [`start`](Self::start), [`start_fn`](Self::start_fn).
    ///
    /// # Errors
    ///
    /// If it is off already, an interface of it is not there any more, or the kernel refuses: one without
    /// `CONFIG_INET_DIAG_DESTROY` ([`Feature::SockDestroy`](crate::Feature::SockDestroy)) cannot destroy
    /// sockets. The host is on then, though what was killed is gone.
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
/// From [`Host::power_off`]. [`power_on`](Self::power_on) has it come back and reports what went wrong,
/// dropping it does so quietly, [`keep`](Self::keep) leaves it off until the test ends.
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
    /// Has the host come back, and returns when packets pass and it has the addresses and routes that it
    /// had.
    ///
    /// # Errors
    ///
    /// If an interface of it is not there any more, or the kernel refuses.
    pub fn power_on(self) -> Result<(), Error> {
        self.standing.lift()
    }

    /// What was in the host and could not be switched off, a line each.
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
    /// Has the host come back while `work` runs, and returns what that returned once it is off again: what was
    /// started meanwhile is killed.
    suspend,
    /// Where it is: at the host.
    place
}

impl fmt::Debug for PowerOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PowerOff").field("fault", &self.to_string()).finish()
    }
}
