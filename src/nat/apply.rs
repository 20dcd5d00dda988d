//! Turning NAT on and off, and forgetting connections.

use std::sync::Mutex;

use super::conntrack;
use super::table::NatTable;
use super::translation::{Forget, Nat};
use crate::mutex::lock;
use crate::{Error, Host, Link};

/// How a router translates now.
#[derive(Default)]
struct Current(Mutex<Option<(Link, Nat)>>);

impl Host {
    /// Makes it a router with NAT: it translates what it forwards to the link `outside`. This replaces any
    /// earlier NAT; connections that were translated before go on unchanged.
    ///
    /// It drops packets that belong to no connection in its table (RFC 4787, REQ-8), also those from
    /// outside for the router itself, as home routers do.
    ///
    /// # Errors
    ///
    /// If the host is not on the link, a timeout is not a whole number of seconds, the kernel has no
    /// NAT, or `/proc/sys` cannot be written.
    ///
    /// ```no_run
    /// use netns_test::{BehindNat, Nat, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn the_server_sees_the_router(net: BehindNat) -> Result {
    ///     net.router.set_nat(&net.outside, Nat::symmetric())?;
    ///     let listener = net.server.listen(7000)?;
    ///     net.client.connect(listener.addr())?;
    ///     let accepted = listener.accept()?;
    ///     assert!(net.router.addrs().contains(&accepted.peer_addr().ip()));
    ///     Ok(())
    /// }
    /// ```
    pub fn set_nat(&self, outside: &Link, nat: Nat) -> Result<(), Error> {
        let operation = format!("set the NAT of `{}`", self.name());
        self.table(outside, &operation)?.replace(&nat, Forget::Silently)?;
        self.forward()?;
        conntrack::never_pick_up(self)?;
        if let Some(timeout) = nat.udp_timeout {
            conntrack::set_udp_timeout(self, timeout)?;
        }
        if let Some(timeout) = nat.tcp_timeout {
            conntrack::set_tcp_timeout(self, timeout)?;
        }
        self.note_change(format!("translates to {outside}: {nat}"));
        self.with_nat(|current| *current = Some((outside.clone(), nat)));
        Ok(())
    }

    /// Makes a NAT router forget all connections, as if it had been switched off and on.
    ///
    /// `kind` says what existing connections observe. New ones are translated as before.
    ///
    /// # Errors
    ///
    /// If it has no NAT ([`set_nat`](Self::set_nat)), or the kernel refuses.
    ///
    /// ```no_run
    /// use netns_test::{BehindNat, Forget, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn the_client_is_told(net: BehindNat) -> Result {
    ///     let listener = net.server.listen(7000)?;
    ///     let mut conn = net.client.connect(listener.addr())?;
    ///     net.router.forget_connections(Forget::WithReset)?;
    ///     conn.send(b"anybody?")?;
    ///     let error = conn.recv().expect_err("the router knows nothing of it");
    ///     assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias = "conntrack")]
    pub fn forget_connections(&self, kind: Forget) -> Result<(), Error> {
        let operation = format!("make `{}` forget its connections", self.name());
        let Some((outside, nat)) = self.with_nat(|current| current.clone()) else {
            let error = Error::new(operation, "it has no NAT");
            return Err(error.with_help("set one with `Host::set_nat`"));
        };
        self.table(&outside, &operation)?.replace(&nat, kind)?;
        conntrack::flush(self)?;
        self.note_change(format!("forgets all connections, {kind}"));
        Ok(())
    }

    /// Forgets the connections that it has translated, if any, as a router that was switched off.
    pub(crate) fn lose_connections(&self) -> Result<(), Error> {
        match self.translates_by() {
            Some(_) => conntrack::flush(self),
            None => Ok(()),
        }
    }

    /// Makes it a plain router: it forwards, and translates nothing.
    ///
    /// # Errors
    ///
    /// If the kernel refuses.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: BehindNat) -> Result {
    /// net.router.remove_nat()?;                           // it forwards still, and translates nothing
    /// # Ok(()) }
    /// ```
    pub fn remove_nat(&self) -> Result<(), Error> {
        let operation = format!("remove the NAT of `{}`", self.name());
        if let Some((outside, _)) = self.with_nat(Option::take) {
            self.table(&outside, &operation)?.remove()?;
            self.note_change("no longer translates".to_owned());
        }
        Ok(())
    }

    /// The index of the interface by which it translates, if it was told to.
    pub(crate) fn translates_by(&self) -> Option<u32> {
        self.with_nat(|current| current.as_ref().and_then(|(outside, _)| outside.end(self)))
            .map(|end| end.index)
    }

    fn table<'a>(&'a self, outside: &Link, operation: &'a str) -> Result<NatTable<'a>, Error> {
        let Some(end) = outside.end(self) else {
            let cause = format!("`{}` is not on {outside}", self.name());
            return Err(Error::new(operation, cause));
        };
        Ok(NatTable { host: self, operation, outside: end.index })
    }

    fn with_nat<T>(&self, work: impl FnOnce(&mut Option<(Link, Nat)>) -> T) -> T {
        let current = self.attached::<Current>();
        let mut nat = lock(&current.0);
        work(&mut nat)
    }
}
