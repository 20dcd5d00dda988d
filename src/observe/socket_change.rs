use std::time::Duration;

use super::sockets::Sockets;
use crate::net::hint_at_async;
use crate::traffic::until;
#[cfg(feature = "tokio")]
use crate::traffic::until_async;
use crate::{Error, Host};

impl Host {
    /// Waits until `wanted` returns true for the host's sockets, and returns how long that took.
    ///
    /// They are listed every millisecond: a shorter-lived state may be missed.
    ///
    /// # Errors
    ///
    /// If it does not within `limit` ([`Error::is_timed_out`]); the message has the last listing. Also if
    /// the kernel does not list them.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Result, TcpState, netns_test};
    ///
    /// #[netns_test]
    /// fn a_dial_is_seen(server: Host, client: Host) -> Result {
    ///     let _block = client.block(&server)?;
    ///     let _dial = client.dial(server.addr(7000))?;
    ///     client.wait_for_sockets(Duration::from_secs(1), |sockets| {
    ///         !sockets.to(&server).state(TcpState::SynSent).is_empty()
    ///     })?;
    ///     Ok(())
    /// }
    /// ```
    pub fn wait_for_sockets(
        &self,
        limit: Duration,
        wanted: impl FnMut(&Sockets) -> bool,
    ) -> Result<Duration, Error> {
        let mut look = Look { host: self, wanted, last: None };
        let after = until(limit, || look.look())?;
        after.ok_or_else(|| hint_at_async(look.passed(limit), "wait_for_sockets_async"))
    }

    /// As [`wait_for_sockets`](Self::wait_for_sockets), for async tests.
    ///
    /// # Errors
    ///
    /// As [`wait_for_sockets`](Self::wait_for_sockets).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let closed = |sockets: &Sockets| sockets.dport(5432).is_empty();
    /// client.wait_for_sockets_async(Duration::from_secs(2), closed).await?;
    /// # drop(server);
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "tokio")]
    pub async fn wait_for_sockets_async(
        &self,
        limit: Duration,
        wanted: impl FnMut(&Sockets) -> bool,
    ) -> Result<Duration, Error> {
        let mut look = Look { host: self, wanted, last: None };
        let after = until_async(limit, || look.look()).await?;
        after.ok_or_else(|| look.passed(limit))
    }

    /// Waits until the host has `count` established TCP connections with another host
    /// ([`established`](Self::established)), and returns how long that took.
    ///
    /// # Errors
    ///
    /// If it does not within `limit` ([`Error::is_timed_out`]); the message has the sockets between the
    /// two. Also if the kernel does not list them.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use netns_test::{Host, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn the_server_lets_go_of_the_client(server: Host, client: Host) -> Result {
    ///     let listener = server.listen(7000)?;
    ///     let _conn = client.connect(listener.addr())?;
    ///     server.wait_for_established(&client, 1, Duration::from_secs(1))?;
    ///     listener.accept()?.close();
    ///     server.wait_for_established(&client, 0, Duration::from_secs(1))?;
    ///     Ok(())
    /// }
    /// ```
    pub fn wait_for_established(
        &self,
        peer: &Host,
        count: usize,
        limit: Duration,
    ) -> Result<Duration, Error> {
        let after = until(limit, || Ok(self.established(peer)? == count))?;
        let passed = || self.not_established(peer, count, limit);
        after.ok_or_else(|| hint_at_async(passed(), "wait_for_established_async"))
    }

    /// As [`wait_for_established`](Self::wait_for_established), for async tests.
    ///
    /// # Errors
    ///
    /// As [`wait_for_established`](Self::wait_for_established).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// // The pool has opened its eight connections.
    /// server.wait_for_established_async(&client, 8, Duration::from_secs(2)).await?;
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "tokio")]
    pub async fn wait_for_established_async(
        &self,
        peer: &Host,
        count: usize,
        limit: Duration,
    ) -> Result<Duration, Error> {
        let after = until_async(limit, || Ok(self.established(peer)? == count)).await?;
        after.ok_or_else(|| self.not_established(peer, count, limit))
    }

    fn not_established(&self, peer: &Host, count: usize, limit: Duration) -> Error {
        let (name, peer_name) = (self.name(), peer.name());
        let operation =
            format!("see `{name}` have {count} connections with `{peer_name}` within {limit:?}");
        match self.sockets() {
            Ok(sockets) => Error::timed_out(operation, sockets.tcp().to(peer).to_string()),
            Err(error) => error,
        }
    }
}

/// The sockets of a host, listed again and again.
struct Look<'a, W> {
    host: &'a Host,
    wanted: W,
    last: Option<Sockets>,
}

impl<W: FnMut(&Sockets) -> bool> Look<'_, W> {
    fn look(&mut self) -> Result<bool, Error> {
        let sockets = self.last.insert(self.host.sockets()?);
        Ok((self.wanted)(sockets))
    }

    fn passed(&self, limit: Duration) -> Error {
        let name = self.host.name();
        let operation = format!("see the wanted sockets of `{name}` within {limit:?}");
        let last = self.last.as_ref().map(Sockets::to_string);
        Error::timed_out(operation, last.unwrap_or_default())
    }
}
