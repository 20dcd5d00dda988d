use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::files::{self, ROOT};
use super::sysctl::{ICMP_RATEMASK, ICMPV6_RATEMASK};
use super::{TimerValues, Timers};
use crate::{Error, Host};

impl Host {
    /// Sets kernel times and limits of this host alone, and returns what was read back.
    ///
    /// Settings that this kernel does not have are left out; [`TimerValues::missing`] names them.
    ///
    /// # Errors
    ///
    /// If the kernel does not take a value, a value reads back as another, or it cannot be written:
    /// most containers have a read-only `/proc/sys`. Then nothing has been set.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Result, Timers, netns_test};
    ///
    /// #[netns_test]
    /// fn a_client_that_gives_up_early(server: Host, client: Host) -> Result {
    ///     let second = Duration::from_secs(1);
    ///     let applied = client.set_timers(&Timers::new().tcp_rto_max(second).tcp_retries2(3))?;
    ///     for missing in applied.missing() {
    ///         eprintln!("this kernel has no {missing}");
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn set_timers(&self, timers: &Timers) -> Result<TimerValues, Error> {
        if timers.speak_of_icmp() {
            self.attached::<IcmpDecided>().0.store(true, Ordering::Relaxed);
        }
        let work = || files::set(Path::new(ROOT), self.name(), timers);
        self.namespace().run(work).map_err(|error| self.cannot_enter("set", error))?
    }

    /// Reads the kernel times and limits of this host.
    ///
    /// They are the kernel's own, until somebody sets them. A firewall that rejects lifts the limits
    /// on ICMP ([`Timers::without_icmp_limits`]). If `/proc/sys` is read-only it cannot, and you
    /// see that here: `icmp_ratemask` is not `0`.
    ///
    /// # Errors
    ///
    /// If `/proc/sys` cannot be read.
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn what_the_kernel_waits_for(host: Host) -> Result {
    ///     let timers = host.timers()?;
    ///     println!("{timers}");
    ///     assert_eq!(timers.get("tcp_retries2"), Some("15"));
    ///     Ok(())
    /// }
    /// ```
    pub fn timers(&self) -> Result<TimerValues, Error> {
        let work = || files::read_all(Path::new(ROOT), self.name());
        self.namespace().run(work).map_err(|error| self.cannot_enter("read", error))?
    }

    fn cannot_enter(&self, verb: &str, error: io::Error) -> Error {
        Error::os(format!("enter `{}` to {verb} its timers", self.name()), error)
    }

    /// Does what [`Timers::without_icmp_limits`] says, where it can, unless somebody has decided
    /// about ICMP before.
    ///
    /// Where it cannot, in a container without `--privileged`, or on a kernel without IPv6, the
    /// rest of the crate works all the same, and [`Host::timers`] shows what the host has. Only
    /// for hosts that need it: in a new namespace it takes as long as the veth pair.
    pub(crate) fn lift_icmp_limits(&self) {
        if self.attached::<IcmpDecided>().0.swap(true, Ordering::Relaxed) {
            return;
        }
        let root = Path::new(ROOT);
        let _ = self.namespace().run(|| {
            let _ = files::write(&ICMP_RATEMASK.path(root), "0");
            let _ = files::write(&ICMPV6_RATEMASK.path(root), "");
        });
    }
}

/// Whether the limits of ICMP have been set, by a person or by us.
#[derive(Default)]
struct IcmpDecided(AtomicBool);
