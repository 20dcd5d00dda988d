//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Backend {
    Nftables,
    #[cfg(feature = "iptables")]
    IptablesNft,
    #[cfg(feature = "iptables")]
    IptablesLegacy,
}

impl crate::Backend {
    pub const ALL: &'static [Self] = &[
        Self::Nftables,
        #[cfg(feature = "iptables")]
        Self::IptablesNft,
        #[cfg(feature = "iptables")]
        Self::IptablesLegacy,
    ];
}

impl std::default::Default for crate::Backend {
    fn default() -> crate::Backend {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[must_use = "dropping the guard lifts the block"]
pub struct Block(crate::elsewhere::Nowhere);

impl crate::Block {
    pub fn unblock(self) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn discard(self) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn wait_for_hit_async(
        &self,
        limit: std::time::Duration,
    ) -> std::result::Result<std::time::Duration, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn hosts(&self) -> &[crate::Host] {
        crate::elsewhere::nowhere()
    }
    pub fn policy(&self) -> &crate::Policy {
        crate::elsewhere::nowhere()
    }
}

impl crate::Block {
    pub fn keep(self) -> crate::Kept {
        crate::elsewhere::nowhere()
    }
    pub fn suspend<T>(
        &mut self,
        work: impl std::ops::FnOnce() -> T,
    ) -> std::result::Result<T, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub async fn suspend_async<T>(
        &mut self,
        work: impl std::ops::AsyncFnOnce() -> T,
    ) -> std::result::Result<T, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn in_effect_at(&self) -> std::time::Instant {
        crate::elsewhere::nowhere()
    }
    pub fn place(&self) -> &crate::Place<crate::Host> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Block {
    pub fn packets(&self) -> u64 {
        crate::elsewhere::nowhere()
    }
    pub fn try_packets(&self) -> std::result::Result<u64, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn counters(&self) -> std::result::Result<std::vec::Vec<crate::Counter>, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn wait_for_hit(
        &self,
        limit: std::time::Duration,
    ) -> std::result::Result<std::time::Duration, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Block {
    pub fn swap(&mut self, policy: crate::Policy) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Counter {
    pub host: std::string::String,
    pub rule: std::string::String,
    pub packets: u64,
    pub bytes: u64,
}

#[must_use = "dropping the guard restores the link"]
pub struct Cut(crate::elsewhere::Nowhere);

impl crate::Cut {
    pub fn restore(self) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Cut {
    pub fn keep(self) -> crate::Kept {
        crate::elsewhere::nowhere()
    }
    pub fn suspend<T>(
        &mut self,
        work: impl std::ops::FnOnce() -> T,
    ) -> std::result::Result<T, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub async fn suspend_async<T>(
        &mut self,
        work: impl std::ops::AsyncFnOnce() -> T,
    ) -> std::result::Result<T, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn in_effect_at(&self) -> std::time::Instant {
        crate::elsewhere::nowhere()
    }
    pub fn place(&self) -> &crate::Place<crate::Host> {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Distribution {
    Uniform,
    Normal,
    Pareto,
    ParetoNormal,
}

impl std::default::Default for crate::Distribution {
    fn default() -> crate::Distribution {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Distribution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExplainedRule {
    pub host: &'static str,
    pub nft: std::string::String,
    pub iptables: std::string::String,
}

#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Explanation {
    pub policy: std::string::String,
    pub rules: std::vec::Vec<crate::ExplainedRule>,
    pub observed: std::vec::Vec<crate::Observed>,
    pub warnings: std::vec::Vec<std::string::String>,
}

impl std::fmt::Display for crate::Explanation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[must_use = "dropping the guard thaws what is frozen"]
pub struct Freeze(crate::elsewhere::Nowhere);

impl crate::Freeze {
    pub fn thaw(self) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn left_out(&self) -> &[std::string::String] {
        crate::elsewhere::nowhere()
    }
}

impl crate::Freeze {
    pub fn keep(self) -> crate::Kept {
        crate::elsewhere::nowhere()
    }
    pub fn suspend<T>(
        &mut self,
        work: impl std::ops::FnOnce() -> T,
    ) -> std::result::Result<T, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub async fn suspend_async<T>(
        &mut self,
        work: impl std::ops::AsyncFnOnce() -> T,
    ) -> std::result::Result<T, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn in_effect_at(&self) -> std::time::Instant {
        crate::elsewhere::nowhere()
    }
    pub fn place(&self) -> &crate::Place<crate::Host> {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Freeze {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::Freeze {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum IcmpKind {
    PortUnreachable,
    HostUnreachable,
    NetUnreachable,
    AdminProhibited,
    ProtoUnreachable,
    NetProhibited,
    HostProhibited,
    PolicyFail,
    RejectRoute,
}

impl crate::IcmpKind {
    pub const ALL: &[Self] = &[
        Self::PortUnreachable,
        Self::HostUnreachable,
        Self::NetUnreachable,
        Self::AdminProhibited,
        Self::ProtoUnreachable,
        Self::NetProhibited,
        Self::HostProhibited,
        Self::PolicyFail,
        Self::RejectRoute,
    ];
}

impl std::fmt::Display for crate::IcmpKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::convert::From<crate::IcmpKind> for crate::RejectWith {
    fn from(kind: crate::IcmpKind) -> Self {
        crate::elsewhere::nowhere()
    }
}

#[must_use = "dropping the guard lifts the impairment"]
pub struct Impaired(crate::elsewhere::Nowhere, std::marker::PhantomData<Box<dyn Send + Sync>>);

impl crate::Impaired {
    pub fn lift(self) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn change(
        &mut self,
        impairment: crate::Impairment,
    ) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn counts(&self) -> crate::WireCounts {
        crate::elsewhere::nowhere()
    }
    pub fn try_counts(&self) -> std::result::Result<crate::WireCounts, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn counts_from(
        &self,
        sender: &crate::Host,
    ) -> std::result::Result<crate::WireCounts, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn wait_for_hit(
        &self,
        limit: std::time::Duration,
    ) -> std::result::Result<std::time::Duration, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn impairment(&self) -> &crate::Impairment {
        crate::elsewhere::nowhere()
    }
}

impl crate::Impaired {
    pub fn keep(self) -> crate::Kept {
        crate::elsewhere::nowhere()
    }
    pub fn suspend<T>(
        &mut self,
        work: impl std::ops::FnOnce() -> T,
    ) -> std::result::Result<T, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub async fn suspend_async<T>(
        &mut self,
        work: impl std::ops::AsyncFnOnce() -> T,
    ) -> std::result::Result<T, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn in_effect_at(&self) -> std::time::Instant {
        crate::elsewhere::nowhere()
    }
    pub fn place(&self) -> &crate::Place<crate::Host> {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Impaired {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::Impaired {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Impairment(crate::elsewhere::Nowhere);

impl crate::Impairment {
    pub fn mobile_3g() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn mobile_4g() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn wifi() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn satellite() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn intercontinental() -> Self {
        crate::elsewhere::nowhere()
    }
}

impl crate::Impairment {
    #[must_use]
    pub fn from_peer(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn to_peer(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn ipv4(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn ipv6(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn tcp(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn udp(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn icmp(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn sport(self, ports: impl std::convert::Into<crate::Ports>) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn dport(self, ports: impl std::convert::Into<crate::Ports>) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn port(self, ports: impl std::convert::Into<crate::Ports>) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl crate::Impairment {
    pub fn new() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn delay(delay: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn jitter(self, jitter: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn distribution(self, distribution: crate::Distribution) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn loss(self, loss: impl std::convert::Into<crate::Loss>) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn duplicate(self, probability: f64) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn reorder(self, probability: f64) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn rate(self, rate: crate::Rate) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn limit(self, packets: usize) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::default::Default for crate::Impairment {
    fn default() -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Impairment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone)]
pub struct Kept(crate::elsewhere::Nowhere);

impl crate::Kept {
    pub fn packets(&self) -> u64 {
        crate::elsewhere::nowhere()
    }
    pub fn try_packets(&self) -> std::result::Result<u64, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn counters(&self) -> std::result::Result<std::vec::Vec<crate::Counter>, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn in_effect_at(&self) -> std::time::Instant {
        crate::elsewhere::nowhere()
    }
    pub fn place(&self) -> &crate::Place<crate::Host> {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss(crate::elsewhere::Nowhere);

impl crate::Loss {
    pub fn random(probability: f64) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn every(n: u64) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn gemodel(p: f64, r: f64) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn lost_while(self, bad: f64, good: f64) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::convert::From<f64> for crate::Loss {
    fn from(probability: f64) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Notified {
    Both,
    Host,
    Peer,
    Neither,
}

impl std::fmt::Display for crate::Notified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Observed {
    pub scope: std::string::String,
    pub family: std::string::String,
    pub cases: std::vec::Vec<(std::string::String, std::string::String)>,
}

impl std::fmt::Display for crate::Observed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[must_use = "dropping the guard heals the partition"]
pub struct Partition(crate::elsewhere::Nowhere);

impl crate::Partition {
    pub fn heal(self) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn heal_among(
        &mut self,
        hosts: impl std::iter::IntoIterator<Item: std::borrow::Borrow<crate::Host>>,
    ) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn discard(self) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn wait_for_hit_async(
        &self,
        limit: std::time::Duration,
    ) -> std::result::Result<std::time::Duration, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn split(&self) -> &crate::Split {
        crate::elsewhere::nowhere()
    }
    pub fn policy(&self) -> &crate::Policy {
        crate::elsewhere::nowhere()
    }
}

impl crate::Partition {
    pub fn keep(self) -> crate::Kept {
        crate::elsewhere::nowhere()
    }
    pub fn suspend<T>(
        &mut self,
        work: impl std::ops::FnOnce() -> T,
    ) -> std::result::Result<T, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub async fn suspend_async<T>(
        &mut self,
        work: impl std::ops::AsyncFnOnce() -> T,
    ) -> std::result::Result<T, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn in_effect_at(&self) -> std::time::Instant {
        crate::elsewhere::nowhere()
    }
    pub fn place(&self) -> &crate::Place<crate::Host> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Partition {
    pub fn packets(&self) -> u64 {
        crate::elsewhere::nowhere()
    }
    pub fn try_packets(&self) -> std::result::Result<u64, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn counters(&self) -> std::result::Result<std::vec::Vec<crate::Counter>, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn wait_for_hit(
        &self,
        limit: std::time::Duration,
    ) -> std::result::Result<std::time::Duration, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy(crate::elsewhere::Nowhere);

impl crate::Policy {
    pub fn explain(&self) -> crate::Explanation {
        crate::elsewhere::nowhere()
    }
}

impl crate::Policy {
    pub fn drop() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn reset() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn refuse(kind: crate::IcmpKind) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn sever(told: crate::Notified) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn hold() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn firewall(rules: impl std::iter::IntoIterator<Item = crate::Rule>) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn via(self, chosen: crate::Backend) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl crate::Policy {
    #[must_use]
    pub fn from_peer(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn to_peer(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn ipv4(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn ipv6(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn tcp(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn udp(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn icmp(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn sport(self, ports: impl std::convert::Into<crate::Ports>) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn dport(self, ports: impl std::convert::Into<crate::Ports>) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn port(self, ports: impl std::convert::Into<crate::Ports>) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl crate::Policy {
    #[must_use]
    pub fn new_connections(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn existing_flows(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn connection(self, connection: &crate::Connection) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn flow(self, one: std::net::SocketAddr, other: std::net::SocketAddr) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::default::Default for crate::Policy {
    fn default() -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Ports(crate::elsewhere::Nowhere);

impl crate::Ports {
    #[must_use]
    pub fn and(self, others: impl std::convert::Into<Self>) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn contains(&self, port: u16) -> bool {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::convert::From<u16> for crate::Ports {
    fn from(port: u16) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::convert::From<std::ops::RangeInclusive<u16>> for crate::Ports {
    fn from(range: std::ops::RangeInclusive<u16>) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl<T: std::convert::Into<crate::Ports>> std::iter::FromIterator<T> for crate::Ports {
    fn from_iter<I: std::iter::IntoIterator<Item = T>>(all: I) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl<T: std::convert::Into<crate::Ports>, const N: usize> std::convert::From<[T; N]>
    for crate::Ports
{
    fn from(all: [T; N]) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl<T: std::convert::Into<crate::Ports>> std::convert::From<std::vec::Vec<T>> for crate::Ports {
    fn from(all: std::vec::Vec<T>) -> Self {
        crate::elsewhere::nowhere()
    }
}

#[must_use = "dropping the guard has the host come back"]
pub struct PowerOff(crate::elsewhere::Nowhere);

impl crate::PowerOff {
    pub fn power_on(self) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn left_out(&self) -> &[std::string::String] {
        crate::elsewhere::nowhere()
    }
}

impl crate::PowerOff {
    pub fn keep(self) -> crate::Kept {
        crate::elsewhere::nowhere()
    }
    pub fn suspend<T>(
        &mut self,
        work: impl std::ops::FnOnce() -> T,
    ) -> std::result::Result<T, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub async fn suspend_async<T>(
        &mut self,
        work: impl std::ops::AsyncFnOnce() -> T,
    ) -> std::result::Result<T, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn in_effect_at(&self) -> std::time::Instant {
        crate::elsewhere::nowhere()
    }
    pub fn place(&self) -> &crate::Place<crate::Host> {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::PowerOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::PowerOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Rate(crate::elsewhere::Nowhere);

impl crate::Rate {
    pub const fn bit(bits: u64) -> Self {
        crate::elsewhere::nowhere()
    }
    pub const fn kbit(kilobits: u64) -> Self {
        crate::elsewhere::nowhere()
    }
    pub const fn mbit(megabits: u64) -> Self {
        crate::elsewhere::nowhere()
    }
    pub const fn gbit(gigabits: u64) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum RejectWith {
    Icmp(crate::IcmpKind),
    TcpReset,
}

impl std::fmt::Display for crate::RejectWith {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rule(crate::elsewhere::Nowhere);

impl crate::Rule {
    pub fn input() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn output() -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn ipv4(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn ipv6(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn tcp(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn udp(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn icmp(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn sport(self, port: u16) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn dport(self, port: u16) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn drop(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn reject(self) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn reject_with(self, answer: impl std::convert::Into<crate::RejectWith>) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Split(crate::elsewhere::Nowhere);

impl crate::Split {
    pub fn of<G>(groups: G) -> Self
    where
        G: std::iter::IntoIterator<
                Item: std::iter::IntoIterator<Item: std::borrow::Borrow<crate::Host>>,
            >,
    {
        crate::elsewhere::nowhere()
    }
    pub fn halves(
        hosts: impl std::iter::IntoIterator<Item: std::borrow::Borrow<crate::Host>>,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn majority(
        hosts: impl std::iter::IntoIterator<Item: std::borrow::Borrow<crate::Host>>,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn isolate(
        host: &crate::Host,
        hosts: impl std::iter::IntoIterator<Item: std::borrow::Borrow<crate::Host>>,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn bridge(
        host: &crate::Host,
        hosts: impl std::iter::IntoIterator<Item: std::borrow::Borrow<crate::Host>>,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn ring(
        hosts: impl std::iter::IntoIterator<Item: std::borrow::Borrow<crate::Host>>,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn one_way(
        from: impl std::iter::IntoIterator<Item: std::borrow::Borrow<crate::Host>>,
        to: impl std::iter::IntoIterator<Item: std::borrow::Borrow<crate::Host>>,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn random(
        hosts: impl std::iter::IntoIterator<Item: std::borrow::Borrow<crate::Host>>,
        number: u64,
    ) -> std::result::Result<Self, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn random_from(
        hosts: impl std::iter::IntoIterator<Item: std::borrow::Borrow<crate::Host>>,
        seed: u64,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    #[must_use]
    pub fn bridged_by(self, host: &crate::Host) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn pairs(&self) -> std::vec::Vec<[crate::Host; 2]> {
        crate::elsewhere::nowhere()
    }
}

impl<G> std::convert::From<G> for crate::Split
where
    G: std::iter::IntoIterator<
            Item: std::iter::IntoIterator<Item: std::borrow::Borrow<crate::Host>>,
        >,
{
    fn from(groups: G) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Split {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WireCounts {
    pub passed: u64,
    pub delayed: u64,
    pub lost: u64,
    pub overflowed: u64,
    pub missed: u64,
    pub dropped: u64,
    pub doubled: u64,
    pub reordered: u64,
    pub bytes: u64,
    pub worst_lateness: std::time::Duration,
    pub waiting: u64,
}

impl crate::WireCounts {
    pub fn packets(&self) -> u64 {
        crate::elsewhere::nowhere()
    }
}

impl std::default::Default for crate::WireCounts {
    fn default() -> crate::WireCounts {
        crate::elsewhere::nowhere()
    }
}

impl std::ops::Add for crate::WireCounts {
    type Output = crate::WireCounts;
    fn add(self, other: Self) -> Self {
        crate::elsewhere::nowhere()
    }
}
