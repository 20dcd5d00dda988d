//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

pub struct Fixtures(crate::elsewhere::Nowhere);

impl crate::__private::Fixtures {
    pub fn fixture<F: crate::FromNet>(&self, name: &str) -> std::result::Result<F, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

pub struct Parameter(());

impl crate::__private::Parameter {
    pub const fn of<F: crate::FromNet>(name: &'static str) -> Self {
        Self(())
    }
}

#[cfg(feature = "tokio")]
pub fn block_on<T>(future: impl std::future::Future<Output = T>) -> T {
    crate::elsewhere::nowhere()
}

#[cfg(feature = "tokio")]
pub fn block_on_threads<T>(
    threads: std::option::Option<usize>,
    future: impl std::future::Future<Output = T>,
) -> T {
    crate::elsewhere::nowhere()
}

#[cfg(feature = "tokio")]
pub struct Task<T>(crate::elsewhere::Nowhere, std::marker::PhantomData<T>);

#[cfg(feature = "tokio")]
impl<T> crate::Task<T> {
    #[cfg(feature = "tokio")]
    pub fn join(self) -> T {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn is_finished(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn abort(&self) {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    #[must_use = "the future is aborted when the handle is dropped, which is now"]
    pub fn abort_on_drop(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn detach(self) {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
impl<T> std::ops::Drop for crate::Task<T> {
    #[cfg(feature = "tokio")]
    fn drop(&mut self) {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
impl<T> std::fmt::Debug for crate::Task<T> {
    #[cfg(feature = "tokio")]
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
impl<T> std::future::Future for crate::Task<T> {
    type Output = T;
    #[cfg(feature = "tokio")]
    fn poll(
        self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<T> {
        crate::elsewhere::nowhere()
    }
}

pub trait FromNet: std::marker::Sized {
    fn plan(plan: &mut crate::Plan, name: &str) {
        crate::elsewhere::nowhere()
    }
    fn from_net(net: &crate::Net, name: &str) -> std::result::Result<Self, crate::Error>;
}

impl crate::FromNet for crate::Host {
    fn plan(plan: &mut crate::Plan, name: &str) {
        crate::elsewhere::nowhere()
    }
    fn from_net(net: &crate::Net, name: &str) -> std::result::Result<Self, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::FromNet for crate::Net {
    fn from_net(net: &crate::Net, _name: &str) -> std::result::Result<Self, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::FromNet for crate::Routed {
    fn plan(plan: &mut crate::Plan, _name: &str) {
        crate::elsewhere::nowhere()
    }
    fn from_net(net: &crate::Net, _name: &str) -> std::result::Result<Self, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::FromNet for crate::TwoSites {
    fn plan(plan: &mut crate::Plan, _name: &str) {
        crate::elsewhere::nowhere()
    }
    fn from_net(net: &crate::Net, _name: &str) -> std::result::Result<Self, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::FromNet for crate::BehindNat {
    fn plan(plan: &mut crate::Plan, _name: &str) {
        crate::elsewhere::nowhere()
    }
    fn from_net(net: &crate::Net, _name: &str) -> std::result::Result<Self, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Host(crate::elsewhere::Nowhere);

impl crate::Host {
    pub fn name(&self) -> &str {
        crate::elsewhere::nowhere()
    }
    pub fn netns_path(&self) -> std::result::Result<&std::path::Path, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn run<T>(&self, work: impl std::ops::FnOnce() -> T) -> T {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn ipv4(&self) -> std::net::Ipv4Addr {
        crate::elsewhere::nowhere()
    }
    pub fn ipv6(&self) -> std::net::Ipv6Addr {
        crate::elsewhere::nowhere()
    }
    pub fn has_ipv6(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn addrs(&self) -> std::vec::Vec<std::net::IpAddr> {
        crate::elsewhere::nowhere()
    }
    pub fn addr(&self, port: u16) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
    pub fn addr_v6(&self, port: u16) -> std::net::SocketAddr {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn forward(&self) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn links(&self) -> std::vec::Vec<crate::Link> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn add_addr(&self, address: std::net::IpAddr) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn remove_addr(&self, address: std::net::IpAddr) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn announce_addr(
        &self,
        address: std::net::IpAddr,
    ) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn add_route(
        &self,
        to: crate::Subnet,
        via: std::net::IpAddr,
    ) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn set_default_route(
        &self,
        via: std::net::IpAddr,
    ) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
impl crate::Host {
    #[cfg(feature = "tokio")]
    pub fn spawn<F>(&self, future: F) -> crate::Task<F::Output>
    where
        F: std::future::Future + std::marker::Send + 'static,
        F::Output: std::marker::Send + 'static,
    {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
impl crate::Host {
    #[cfg(feature = "tokio")]
    pub async fn run_async<T>(&self, future: impl std::future::Future<Output = T>) -> T {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn set_timers(
        &self,
        timers: &crate::Timers,
    ) -> std::result::Result<crate::TimerValues, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn timers(&self) -> std::result::Result<crate::TimerValues, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn set_nat(
        &self,
        outside: &crate::Link,
        nat: crate::Nat,
    ) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn forget_connections(&self, kind: crate::Forget) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn remove_nat(&self) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn listen(&self, port: u16) -> std::io::Result<crate::Listener> {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
impl crate::Host {
    #[cfg(feature = "tokio")]
    pub async fn listen_async(&self, port: u16) -> std::io::Result<crate::AsyncListener> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn dial(&self, addr: impl std::net::ToSocketAddrs) -> std::io::Result<crate::Dial> {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
impl crate::Host {
    #[cfg(feature = "tokio")]
    pub async fn dial_async(
        &self,
        addr: impl tokio::net::ToSocketAddrs,
    ) -> std::io::Result<crate::AsyncDial> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn connect(
        &self,
        addr: impl std::net::ToSocketAddrs,
    ) -> std::io::Result<crate::Connection> {
        crate::elsewhere::nowhere()
    }
    pub fn connect_within(
        &self,
        addr: impl std::net::ToSocketAddrs,
        within: std::time::Duration,
    ) -> std::io::Result<crate::Connection> {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
impl crate::Host {
    #[cfg(feature = "tokio")]
    pub async fn connect_async(
        &self,
        addr: impl tokio::net::ToSocketAddrs,
    ) -> std::io::Result<crate::AsyncConnection> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn connect_within_async(
        &self,
        addr: impl tokio::net::ToSocketAddrs,
        within: std::time::Duration,
    ) -> std::io::Result<crate::AsyncConnection> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn bind_udp(&self, port: u16) -> std::io::Result<crate::UdpEndpoint> {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
impl crate::Host {
    #[cfg(feature = "tokio")]
    pub async fn bind_udp_async(&self, port: u16) -> std::io::Result<crate::AsyncUdpEndpoint> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn connect_udp(
        &self,
        addr: impl std::net::ToSocketAddrs,
    ) -> std::io::Result<crate::UdpConnection> {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
impl crate::Host {
    #[cfg(feature = "tokio")]
    pub async fn connect_udp_async(
        &self,
        addr: impl tokio::net::ToSocketAddrs,
    ) -> std::io::Result<crate::AsyncUdpConnection> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn capture(&self) -> std::result::Result<crate::Capture, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn wait_for_sockets(
        &self,
        limit: std::time::Duration,
        wanted: impl std::ops::FnMut(&crate::Sockets) -> bool,
    ) -> std::result::Result<std::time::Duration, crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn wait_for_sockets_async(
        &self,
        limit: std::time::Duration,
        wanted: impl std::ops::FnMut(&crate::Sockets) -> bool,
    ) -> std::result::Result<std::time::Duration, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn wait_for_established(
        &self,
        peer: &crate::Host,
        count: usize,
        limit: std::time::Duration,
    ) -> std::result::Result<std::time::Duration, crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn wait_for_established_async(
        &self,
        peer: &crate::Host,
        count: usize,
        limit: std::time::Duration,
    ) -> std::result::Result<std::time::Duration, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn sockets(&self) -> std::result::Result<crate::Sockets, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn established(&self, peer: &crate::Host) -> std::result::Result<usize, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn command(
        &self,
        program: impl std::convert::AsRef<std::ffi::OsStr>,
    ) -> std::process::Command {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn command_async(
        &self,
        program: impl std::convert::AsRef<std::ffi::OsStr>,
    ) -> tokio::process::Command {
        crate::elsewhere::nowhere()
    }
    pub fn exec<I, S>(
        &self,
        program: &str,
        arguments: I,
    ) -> std::result::Result<std::string::String, crate::Error>
    where
        I: std::iter::IntoIterator<Item = S>,
        S: std::convert::AsRef<std::ffi::OsStr>,
    {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn start_fn<A: crate::Argument, R: std::process::Termination>(
        &self,
        function: fn(A) -> R,
        argument: A,
    ) -> std::result::Result<crate::Process, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn start(
        &self,
        program: impl std::convert::Into<crate::Program>,
    ) -> std::result::Result<crate::Process, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
impl crate::Host {
    #[cfg(feature = "tokio")]
    pub async fn start_async(
        &self,
        program: impl std::convert::Into<crate::Program>,
    ) -> std::result::Result<crate::Process, crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn start_fn_async<A: crate::Argument, R: std::process::Termination>(
        &self,
        function: fn(A) -> R,
        argument: A,
    ) -> impl std::future::Future<Output = std::result::Result<crate::Process, crate::Error>> {
        crate::elsewhere::nowhere::<
            std::future::Ready<std::result::Result<crate::Process, crate::Error>>,
        >()
    }
    #[cfg(feature = "tokio")]
    pub async fn exec_async<I, S>(
        &self,
        program: &str,
        arguments: I,
    ) -> std::result::Result<std::string::String, crate::Error>
    where
        I: std::iter::IntoIterator<Item = S>,
        S: std::convert::AsRef<std::ffi::OsStr>,
    {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn block(&self, peer: &crate::Host) -> std::result::Result<crate::Block, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn block_with(
        &self,
        peer: &crate::Host,
        policy: crate::Policy,
    ) -> std::result::Result<crate::Block, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn freeze(&self) -> std::result::Result<crate::Freeze, crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn freeze_async(&self) -> std::result::Result<crate::Freeze, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn impair(
        &self,
        peer: &crate::Host,
        impairment: crate::Impairment,
    ) -> std::result::Result<crate::Impaired, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Host {
    pub fn power_off(&self) -> std::result::Result<crate::PowerOff, crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn power_off_async(&self) -> std::result::Result<crate::PowerOff, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::convert::From<&crate::Host> for crate::Endpoint {
    fn from(host: &crate::Host) -> Self {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone)]
pub struct Link(crate::elsewhere::Nowhere);

impl crate::Link {
    pub fn name(&self) -> &str {
        crate::elsewhere::nowhere()
    }
    pub fn hosts(&self) -> &[crate::Host] {
        crate::elsewhere::nowhere()
    }
    pub fn joins(&self, host: &crate::Host) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn interface(&self, host: &crate::Host) -> std::string::String {
        crate::elsewhere::nowhere()
    }
    pub fn addrs(&self, host: &crate::Host) -> std::vec::Vec<std::net::IpAddr> {
        crate::elsewhere::nowhere()
    }
    pub fn subnets(&self) -> &[crate::Subnet] {
        crate::elsewhere::nowhere()
    }
    pub fn mtu(&self) -> u32 {
        crate::elsewhere::nowhere()
    }
}

impl crate::Link {
    pub fn set_mtu(&self, mtu: u32) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Link {
    pub fn cut(&self, host: &crate::Host) -> std::result::Result<crate::Cut, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Link {
    pub fn impair(
        &self,
        impairment: crate::Impairment,
    ) -> std::result::Result<crate::Impaired, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl std::cmp::PartialEq for crate::Link {
    fn eq(&self, other: &Self) -> bool {
        crate::elsewhere::nowhere()
    }
}

impl std::cmp::Eq for crate::Link {}

impl std::hash::Hash for crate::Link {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone)]
pub struct Net(crate::elsewhere::Nowhere);

impl crate::Net {
    pub fn move_addr(
        &self,
        address: std::net::IpAddr,
        from: &crate::Host,
        to: &crate::Host,
    ) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn move_addr_silently(
        &self,
        address: std::net::IpAddr,
        from: &crate::Host,
        to: &crate::Host,
    ) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Net {
    pub fn new() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn hosts<const N: usize>(
        &self,
        names: [&str; N],
    ) -> std::result::Result<[crate::Host; N], crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn add_hosts<S: std::convert::AsRef<str>>(
        &self,
        names: &[S],
    ) -> std::result::Result<std::vec::Vec<crate::Host>, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn host(&self, name: &str) -> std::result::Result<crate::Host, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn link(
        &self,
        interface: &str,
        hosts: &[&crate::Host],
    ) -> std::result::Result<crate::Link, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn links(&self) -> std::vec::Vec<crate::Link> {
        crate::elsewhere::nowhere()
    }
    pub fn all_hosts(&self) -> std::vec::Vec<crate::Host> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Net {
    pub fn assign_name(
        &self,
        name: &str,
        host: &crate::Host,
    ) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Net {
    pub fn add_topology(
        &self,
        topology: &crate::Topology,
    ) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Net {
    pub fn capture(&self) -> std::result::Result<crate::Capture, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Net {
    pub fn timeline(&self) -> crate::Timeline {
        crate::elsewhere::nowhere()
    }
    pub fn mark(&self, text: impl std::convert::Into<std::string::String>) {
        crate::elsewhere::nowhere()
    }
}

impl crate::Net {
    pub fn partition(
        &self,
        split: impl std::convert::Into<crate::Split>,
    ) -> std::result::Result<crate::Partition, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn partition_with(
        &self,
        split: impl std::convert::Into<crate::Split>,
        policy: crate::Policy,
    ) -> std::result::Result<crate::Partition, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::default::Default for crate::Net {
    fn default() -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Debug)]
pub struct Plan(crate::elsewhere::Nowhere);

impl crate::Plan {
    pub fn add_host(&mut self, name: &str) {
        crate::elsewhere::nowhere()
    }
}

impl crate::Plan {
    pub fn add_topology(&mut self, topology: crate::Topology) {
        crate::elsewhere::nowhere()
    }
}

impl std::default::Default for crate::Plan {
    fn default() -> crate::Plan {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Routed {
    pub client: crate::Host,
    pub router: crate::Host,
    pub server: crate::Host,
}

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Subnet(crate::elsewhere::Nowhere);

impl crate::Subnet {
    pub fn network(&self) -> std::net::IpAddr {
        crate::elsewhere::nowhere()
    }
    pub fn prefix_len(&self) -> u8 {
        crate::elsewhere::nowhere()
    }
    pub fn contains(&self, address: std::net::IpAddr) -> bool {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Subnet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimerValues(crate::elsewhere::Nowhere);

impl crate::TimerValues {
    pub fn get(&self, name: &str) -> std::option::Option<&str> {
        crate::elsewhere::nowhere()
    }
    pub fn missing(&self) -> &[&'static str] {
        crate::elsewhere::nowhere()
    }
    pub fn iter(&self) -> impl std::iter::Iterator<Item = (&'static str, &str)> {
        crate::elsewhere::nowhere::<std::iter::Empty<(&'static str, &str)>>()
    }
}

impl std::default::Default for crate::TimerValues {
    fn default() -> crate::TimerValues {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::TimerValues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[must_use = "timers are set by `Host::set_timers`"]
#[derive(Clone, Eq, PartialEq)]
pub struct Timers(crate::elsewhere::Nowhere);

impl crate::Timers {
    pub fn without_icmp_limits() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn icmp_ratelimit(self, time: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn icmp_ratemask(self, types: u32) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn icmp_msgs_per_sec(self, messages: u32) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn icmp_msgs_burst(self, messages: u32) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn icmpv6_ratelimit(self, time: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn icmpv6_ratemask(
        self,
        types: impl std::iter::IntoIterator<Item = std::ops::RangeInclusive<u8>>,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl crate::Timers {
    pub fn new() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn fast() -> Self {
        crate::elsewhere::nowhere()
    }
}

impl crate::Timers {
    pub fn tcp_syn_retries(self, times: u32) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn tcp_syn_linear_timeouts(self, times: u32) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn tcp_synack_retries(self, times: u32) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn tcp_retries1(self, times: u32) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn tcp_retries2(self, times: u32) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn tcp_rto_min(self, time: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn tcp_rto_max(self, time: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn tcp_keepalive_time(self, time: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn tcp_keepalive_intvl(self, time: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn tcp_keepalive_probes(self, times: u32) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn tcp_fin_timeout(self, time: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn tcp_orphan_retries(self, times: u32) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::default::Default for crate::Timers {
    fn default() -> crate::Timers {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::Timers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[must_use = "it is made by Net::add_topology"]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Topology(crate::elsewhere::Nowhere);

impl crate::Topology {
    pub fn new() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn lan<S: std::convert::AsRef<str>>(
        self,
        name: &str,
        hosts: impl std::iter::IntoIterator<Item = S>,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn router<S: std::convert::AsRef<str>>(
        self,
        name: &str,
        lans: impl std::iter::IntoIterator<Item = S>,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn gateway<S: std::convert::AsRef<str>>(
        self,
        name: &str,
        inside: impl std::iter::IntoIterator<Item = S>,
        outside: &str,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn mtu(self, lan: &str, mtu: u32) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::default::Default for crate::Topology {
    fn default() -> crate::Topology {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct TwoSites {
    pub west: [crate::Host; 2],
    pub east: [crate::Host; 2],
    pub routers: [crate::Host; 2],
}
