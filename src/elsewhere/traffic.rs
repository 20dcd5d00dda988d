//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct AsyncConnection(crate::elsewhere::Nowhere);

#[cfg(feature = "tokio")]
impl crate::AsyncConnection {
    #[cfg(feature = "tokio")]
    pub async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn recv(&mut self) -> std::io::Result<std::vec::Vec<u8>> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn recv_exact(&mut self, length: usize) -> std::io::Result<std::vec::Vec<u8>> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn set_deadline(&mut self, within: std::time::Duration) {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn local_addr(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn peer_addr(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn info(&self) -> std::io::Result<crate::TcpInfo> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn wait_for_state(
        &self,
        state: crate::TcpState,
        limit: std::time::Duration,
    ) -> std::io::Result<std::time::Duration> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn shutdown(&self, how: std::net::Shutdown) -> std::io::Result<()> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn close(self) {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn into_tokio(self) -> tokio::net::TcpStream {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn into_std(self) -> std::io::Result<std::net::TcpStream> {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
#[cfg(unix)]
impl std::os::fd::AsFd for crate::AsyncConnection {
    #[cfg(feature = "tokio")]
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
#[must_use = "dropping a dial aborts the connection attempt"]
#[derive(Debug)]
pub struct AsyncDial(crate::elsewhere::Nowhere);

#[cfg(feature = "tokio")]
impl crate::AsyncDial {
    #[cfg(feature = "tokio")]
    pub async fn wait(
        &mut self,
        within: std::time::Duration,
    ) -> std::io::Result<crate::AsyncConnection> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn info(&self) -> std::io::Result<crate::TcpInfo> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn peer_addr(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn local_addr(&self) -> std::io::Result<std::net::SocketAddr> {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct AsyncListener(crate::elsewhere::Nowhere);

#[cfg(feature = "tokio")]
impl crate::AsyncListener {
    #[cfg(feature = "tokio")]
    pub fn addr(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn addr_v6(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn accept(&self) -> std::io::Result<crate::AsyncConnection> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn set_deadline(&mut self, within: std::time::Duration) {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
#[cfg(unix)]
impl std::os::fd::AsFd for crate::AsyncListener {
    #[cfg(feature = "tokio")]
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct AsyncUdpConnection(crate::elsewhere::Nowhere);

#[cfg(feature = "tokio")]
impl crate::AsyncUdpConnection {
    #[cfg(feature = "tokio")]
    pub async fn send(&self, bytes: &[u8]) -> std::io::Result<()> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn recv(&self) -> std::io::Result<std::vec::Vec<u8>> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn local_addr(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn peer_addr(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn set_deadline(&mut self, within: std::time::Duration) {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
#[cfg(unix)]
impl std::os::fd::AsFd for crate::AsyncUdpConnection {
    #[cfg(feature = "tokio")]
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct AsyncUdpEndpoint(crate::elsewhere::Nowhere);

#[cfg(feature = "tokio")]
impl crate::AsyncUdpEndpoint {
    #[cfg(feature = "tokio")]
    pub fn addr(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn addr_v6(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn send_to(
        &self,
        bytes: &[u8],
        to: impl std::convert::Into<std::net::SocketAddr>,
    ) -> std::io::Result<()> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn recv_from(&self) -> std::io::Result<(std::vec::Vec<u8>, std::net::SocketAddr)> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn set_deadline(&mut self, within: std::time::Duration) {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
#[cfg(unix)]
impl std::os::fd::AsFd for crate::AsyncUdpEndpoint {
    #[cfg(feature = "tokio")]
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        crate::elsewhere::nowhere()
    }
}

#[derive(Debug)]
pub struct Connection(crate::elsewhere::Nowhere);

impl crate::Connection {
    pub fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        crate::elsewhere::nowhere()
    }
    pub fn recv(&mut self) -> std::io::Result<std::vec::Vec<u8>> {
        crate::elsewhere::nowhere()
    }
    pub fn recv_exact(&mut self, length: usize) -> std::io::Result<std::vec::Vec<u8>> {
        crate::elsewhere::nowhere()
    }
    pub fn set_deadline(&mut self, within: std::time::Duration) {
        crate::elsewhere::nowhere()
    }
    pub fn local_addr(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    pub fn peer_addr(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    pub fn info(&self) -> std::io::Result<crate::TcpInfo> {
        crate::elsewhere::nowhere()
    }
    pub fn wait_for_state(
        &self,
        state: crate::TcpState,
        limit: std::time::Duration,
    ) -> std::io::Result<std::time::Duration> {
        crate::elsewhere::nowhere()
    }
    pub fn shutdown(&self, how: std::net::Shutdown) -> std::io::Result<()> {
        crate::elsewhere::nowhere()
    }
    pub fn close(self) {
        crate::elsewhere::nowhere()
    }
    pub fn try_clone(&self) -> std::io::Result<Self> {
        crate::elsewhere::nowhere()
    }
    pub fn into_std(self) -> std::io::Result<std::net::TcpStream> {
        crate::elsewhere::nowhere()
    }
}

impl std::io::Read for crate::Connection {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        crate::elsewhere::nowhere()
    }
}

impl std::io::Write for crate::Connection {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        crate::elsewhere::nowhere()
    }
    fn flush(&mut self) -> std::io::Result<()> {
        crate::elsewhere::nowhere()
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for crate::Connection {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        crate::elsewhere::nowhere()
    }
}

pub const DEFAULT_DEADLINE: std::time::Duration = std::time::Duration::from_secs(10);

#[must_use = "dropping a dial aborts the connection attempt"]
#[derive(Debug)]
pub struct Dial(crate::elsewhere::Nowhere);

impl crate::Dial {
    pub fn wait(&mut self, within: std::time::Duration) -> std::io::Result<crate::Connection> {
        crate::elsewhere::nowhere()
    }
    pub fn info(&self) -> std::io::Result<crate::TcpInfo> {
        crate::elsewhere::nowhere()
    }
    pub fn peer_addr(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    pub fn local_addr(&self) -> std::io::Result<std::net::SocketAddr> {
        crate::elsewhere::nowhere()
    }
}

#[derive(Debug)]
pub struct Listener(crate::elsewhere::Nowhere);

impl crate::Listener {
    pub fn addr(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    pub fn addr_v6(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    pub fn accept(&self) -> std::io::Result<crate::Connection> {
        crate::elsewhere::nowhere()
    }
    pub fn set_deadline(&mut self, within: std::time::Duration) {
        crate::elsewhere::nowhere()
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for crate::Listener {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TcpInfo {
    pub state: crate::TcpState,
    pub retransmits: u32,
    pub total_retrans: u32,
    pub unacked: u32,
    pub notsent: u32,
    pub probes: u32,
    pub backoff: u32,
    pub rto: std::time::Duration,
    pub rtt: std::time::Duration,
    pub rttvar: std::time::Duration,
    pub minrtt: std::time::Duration,
    pub ato: std::time::Duration,
    pub retrans: u32,
    pub lost: u32,
    pub sacked: u32,
    pub mss: u32,
    pub rcvmss: u32,
    pub advmss: u32,
    pub pmtu: u32,
    pub cwnd: u32,
    pub ssthresh: u32,
    pub bytes_sent: u64,
    pub bytes_retrans: u64,
    pub bytes_acked: u64,
    pub bytes_received: u64,
    pub segs_out: u32,
    pub segs_in: u32,
    pub data_segs_out: u32,
    pub data_segs_in: u32,
    pub lastsnd: std::time::Duration,
    pub lastrcv: std::time::Duration,
    pub lastack: std::time::Duration,
    pub snd_wnd: u32,
    pub rcv_space: u32,
    nowhere: crate::elsewhere::Nowhere,
}

#[cfg(unix)]
impl crate::TcpInfo {
    pub fn of(socket: &impl std::os::fd::AsFd) -> std::io::Result<Self> {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::TcpInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Debug)]
pub struct UdpConnection(crate::elsewhere::Nowhere);

impl crate::UdpConnection {
    pub fn send(&self, bytes: &[u8]) -> std::io::Result<()> {
        crate::elsewhere::nowhere()
    }
    pub fn recv(&self) -> std::io::Result<std::vec::Vec<u8>> {
        crate::elsewhere::nowhere()
    }
    pub fn local_addr(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    pub fn peer_addr(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    pub fn set_deadline(&mut self, within: std::time::Duration) {
        crate::elsewhere::nowhere()
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for crate::UdpConnection {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        crate::elsewhere::nowhere()
    }
}

#[derive(Debug)]
pub struct UdpEndpoint(crate::elsewhere::Nowhere);

impl crate::UdpEndpoint {
    pub fn addr(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    pub fn addr_v6(&self) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    pub fn send_to(
        &self,
        bytes: &[u8],
        to: impl std::convert::Into<std::net::SocketAddr>,
    ) -> std::io::Result<()> {
        crate::elsewhere::nowhere()
    }
    pub fn recv_from(&self) -> std::io::Result<(std::vec::Vec<u8>, std::net::SocketAddr)> {
        crate::elsewhere::nowhere()
    }
    pub fn set_deadline(&mut self, within: std::time::Duration) {
        crate::elsewhere::nowhere()
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for crate::UdpEndpoint {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        crate::elsewhere::nowhere()
    }
}
