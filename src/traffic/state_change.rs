use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::Duration;

use super::tcp_info::TcpInfo;
use super::until::until;
#[cfg(feature = "tokio")]
use super::until::until_async;
use crate::TcpState;

/// A state that a connection is to reach within a time.
pub(super) struct StateChange<'a, S> {
    pub(super) socket: &'a S,
    pub(super) ends: [SocketAddr; 2],
    pub(super) state: TcpState,
    pub(super) limit: Duration,
}

impl<S: AsFd> StateChange<'_, S> {
    pub(super) fn wait(self) -> io::Result<Duration> {
        let mut last = None;
        let after = until(self.limit, || self.reached(&mut last))?;
        after.ok_or_else(|| self.passed(last))
    }

    #[cfg(feature = "tokio")]
    pub(super) async fn wait_async(self) -> io::Result<Duration> {
        let mut last = None;
        let after = until_async(self.limit, || self.reached(&mut last)).await?;
        after.ok_or_else(|| self.passed(last))
    }

    fn reached(&self, last: &mut Option<TcpInfo>) -> io::Result<bool> {
        let info = TcpInfo::of(self.socket)?;
        *last = Some(info);
        Ok(info.state == self.state)
    }

    fn passed(&self, last: Option<TcpInfo>) -> io::Error {
        let ([local, peer], state, limit) = (self.ends, self.state, self.limit);
        let last = last.map(|info| format!(": it is still {}: {info}", info.state));
        let last = last.unwrap_or_default();
        let text = format!("cannot see {local} -> {peer} reach {state} within {limit:?}{last}");
        io::Error::new(io::ErrorKind::TimedOut, text)
    }
}
