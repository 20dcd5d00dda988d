//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

#[derive(Clone)]
pub struct Capture(crate::elsewhere::Nowhere);

impl crate::Capture {
    pub fn as_slice(&self) -> &[crate::Packet] {
        crate::elsewhere::nowhere()
    }
    pub fn len(&self) -> usize {
        crate::elsewhere::nowhere()
    }
    pub fn is_empty(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn iter(&self) -> std::slice::Iter<'_, crate::Packet> {
        crate::elsewhere::nowhere()
    }
    pub fn lost(&self) -> u64 {
        crate::elsewhere::nowhere()
    }
    pub fn discarded(&self) -> u64 {
        crate::elsewhere::nowhere()
    }
    pub fn segments(&self) -> usize {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn with_housekeeping(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn filter(&self, wanted: impl std::ops::FnMut(&crate::Packet) -> bool) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn originated(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn hops(&self, packet: &crate::Packet) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn tcp(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn udp(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn icmp(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn from(&self, sender: impl std::convert::Into<crate::Endpoint>) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn to(&self, receiver: impl std::convert::Into<crate::Endpoint>) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn port(&self, port: u16) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn sport(&self, port: u16) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn dport(&self, port: u16) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn syn(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn syn_ack(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn rst(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn fin(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn data(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn retransmissions(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn keepalives(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn dropped(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn since(&self, at: std::time::Instant) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn until(&self, at: std::time::Instant) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl crate::Capture {
    pub fn write_pcapng(
        &self,
        path: impl std::convert::AsRef<std::path::Path>,
    ) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn to_pcapng(&self, writer: impl std::io::Write) -> std::io::Result<()> {
        crate::elsewhere::nowhere()
    }
}

impl std::ops::Index<usize> for crate::Capture {
    type Output = crate::Packet;
    fn index(&self, index: usize) -> &crate::Packet {
        crate::elsewhere::nowhere()
    }
}

impl<'a> std::iter::IntoIterator for &'a crate::Capture {
    type Item = &'a crate::Packet;
    type IntoIter = std::slice::Iter<'a, crate::Packet>;
    fn into_iter(self) -> Self::IntoIter {
        crate::elsewhere::nowhere()
    }
}

impl std::iter::IntoIterator for crate::Capture {
    type Item = crate::Packet;
    type IntoIter = std::vec::IntoIter<crate::Packet>;
    fn into_iter(self) -> Self::IntoIter {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Capture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::Capture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone, Debug)]
pub struct Endpoint(crate::elsewhere::Nowhere);

impl std::convert::From<std::net::IpAddr> for crate::Endpoint {
    fn from(address: std::net::IpAddr) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::convert::From<std::net::Ipv4Addr> for crate::Endpoint {
    fn from(address: std::net::Ipv4Addr) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::convert::From<std::net::Ipv6Addr> for crate::Endpoint {
    fn from(address: std::net::Ipv6Addr) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::convert::From<std::net::SocketAddr> for crate::Endpoint {
    fn from(address: std::net::SocketAddr) -> Self {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Netid {
    Tcp,
    Mptcp,
    Udp,
}

impl std::fmt::Display for crate::Netid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone)]
pub struct Packet(crate::elsewhere::Nowhere);

impl crate::Packet {
    pub fn at(&self) -> std::time::Duration {
        crate::elsewhere::nowhere()
    }
    pub fn instant(&self) -> std::time::Instant {
        crate::elsewhere::nowhere()
    }
    pub fn host(&self) -> &str {
        crate::elsewhere::nowhere()
    }
    pub fn receiver(&self) -> std::option::Option<&str> {
        crate::elsewhere::nowhere()
    }
    pub fn src(&self) -> std::option::Option<std::net::IpAddr> {
        crate::elsewhere::nowhere()
    }
    pub fn dst(&self) -> std::option::Option<std::net::IpAddr> {
        crate::elsewhere::nowhere()
    }
    pub fn src_port(&self) -> std::option::Option<u16> {
        crate::elsewhere::nowhere()
    }
    pub fn dst_port(&self) -> std::option::Option<u16> {
        crate::elsewhere::nowhere()
    }
    pub fn is_tcp(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn is_udp(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn is_icmp(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn icmp(&self) -> std::option::Option<(u8, u8)> {
        crate::elsewhere::nowhere()
    }
    pub fn flags(&self) -> std::option::Option<crate::TcpFlags> {
        crate::elsewhere::nowhere()
    }
    pub fn seq(&self) -> std::option::Option<u32> {
        crate::elsewhere::nowhere()
    }
    pub fn ack(&self) -> std::option::Option<u32> {
        crate::elsewhere::nowhere()
    }
    pub fn window(&self) -> std::option::Option<u16> {
        crate::elsewhere::nowhere()
    }
    pub fn payload_len(&self) -> usize {
        crate::elsewhere::nowhere()
    }
    pub fn payload(&self) -> &[u8] {
        crate::elsewhere::nowhere()
    }
    pub fn segments(&self) -> usize {
        crate::elsewhere::nowhere()
    }
    pub fn frame_len(&self) -> usize {
        crate::elsewhere::nowhere()
    }
    pub fn bytes(&self) -> &[u8] {
        crate::elsewhere::nowhere()
    }
    pub fn is_retransmission(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn is_keepalive(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn arrived_at(&self) -> std::option::Option<std::time::Instant> {
        crate::elsewhere::nowhere()
    }
    pub fn is_dropped(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn is_housekeeping(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn is_forwarded(&self) -> bool {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Packet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::Packet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Socket {
    pub netid: crate::Netid,
    pub state: crate::TcpState,
    pub recv_q: u32,
    pub send_q: u32,
    pub local: std::net::SocketAddr,
    pub peer: std::net::SocketAddr,
    pub timer: crate::SocketTimer,
    pub expires: std::time::Duration,
    pub retrans: u32,
    pub uid: u32,
    pub inode: u32,
    pub congestion: std::option::Option<std::string::String>,
    pub info: std::option::Option<crate::TcpInfo>,
    pub subflows: std::vec::Vec<crate::Socket>,
    nowhere: crate::elsewhere::Nowhere,
}

impl std::fmt::Display for crate::Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SocketTimer {
    Off,
    On,
    Keepalive,
    TimeWait,
    Persist,
    Unknown,
}

impl std::fmt::Display for crate::SocketTimer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone, Debug)]
pub struct Sockets(crate::elsewhere::Nowhere);

impl crate::Sockets {
    pub fn as_slice(&self) -> &[crate::Socket] {
        crate::elsewhere::nowhere()
    }
    pub fn len(&self) -> usize {
        crate::elsewhere::nowhere()
    }
    pub fn is_empty(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn iter(&self) -> std::slice::Iter<'_, crate::Socket> {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn tcp(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn mptcp(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn udp(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn to(&self, peer: impl std::convert::Into<crate::Endpoint>) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn port(&self, port: u16) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn sport(&self, port: u16) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn dport(&self, port: u16) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn state(&self, state: crate::TcpState) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn established(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn listening(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn filter(&self, wanted: impl std::ops::FnMut(&crate::Socket) -> bool) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::ops::Index<usize> for crate::Sockets {
    type Output = crate::Socket;
    fn index(&self, index: usize) -> &crate::Socket {
        crate::elsewhere::nowhere()
    }
}

impl std::iter::IntoIterator for crate::Sockets {
    type Item = crate::Socket;
    type IntoIter = std::vec::IntoIter<crate::Socket>;
    fn into_iter(self) -> Self::IntoIter {
        crate::elsewhere::nowhere()
    }
}

impl<'a> std::iter::IntoIterator for &'a crate::Sockets {
    type Item = &'a crate::Socket;
    type IntoIter = std::slice::Iter<'a, crate::Socket>;
    fn into_iter(self) -> Self::IntoIter {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Sockets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub struct TcpFlags(crate::elsewhere::Nowhere);

impl crate::TcpFlags {
    pub fn fin(self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn syn(self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn rst(self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn psh(self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn ack(self) -> bool {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::TcpFlags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::TcpFlags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone, Debug)]
pub struct Timeline(crate::elsewhere::Nowhere);

impl crate::Timeline {
    pub fn as_slice(&self) -> &[crate::timeline::Entry] {
        crate::elsewhere::nowhere()
    }
    pub fn len(&self) -> usize {
        crate::elsewhere::nowhere()
    }
    pub fn is_empty(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn iter(&self) -> std::slice::Iter<'_, crate::timeline::Entry> {
        crate::elsewhere::nowhere()
    }
    pub fn discarded(&self) -> u64 {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn of_host(&self, host: &crate::Host) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn since(&self, at: std::time::Instant) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn until(&self, at: std::time::Instant) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn faults(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn traffic(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn claims(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn processes(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn marks(&self) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn to_json_lines(&self) -> std::string::String {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn filter(&self, wanted: impl std::ops::FnMut(&crate::timeline::Entry) -> bool) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::ops::Index<usize> for crate::Timeline {
    type Output = crate::timeline::Entry;
    fn index(&self, index: usize) -> &crate::timeline::Entry {
        crate::elsewhere::nowhere()
    }
}

impl std::iter::IntoIterator for crate::Timeline {
    type Item = crate::timeline::Entry;
    type IntoIter = std::vec::IntoIter<crate::timeline::Entry>;
    fn into_iter(self) -> Self::IntoIter {
        crate::elsewhere::nowhere()
    }
}

impl<'a> std::iter::IntoIterator for &'a crate::Timeline {
    type Item = &'a crate::timeline::Entry;
    type IntoIter = std::slice::Iter<'a, crate::timeline::Entry>;
    fn into_iter(self) -> Self::IntoIter {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Timeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}
