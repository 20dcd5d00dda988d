//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

#[derive(Clone, Debug)]
pub struct Entry(crate::elsewhere::Nowhere);

impl crate::nemesis::Entry {
    pub fn number(&self) -> usize {
        crate::elsewhere::nowhere()
    }
    pub fn fault(&self) -> &str {
        crate::elsewhere::nowhere()
    }
    pub fn place(&self) -> &crate::Place<crate::Host> {
        crate::elsewhere::nowhere()
    }
    pub fn begins(&self) -> std::option::Option<std::time::Duration> {
        crate::elsewhere::nowhere()
    }
    pub fn ends(&self) -> std::option::Option<std::time::Duration> {
        crate::elsewhere::nowhere()
    }
    pub fn began_at(&self) -> std::option::Option<std::time::Instant> {
        crate::elsewhere::nowhere()
    }
    pub fn ended_at(&self) -> std::option::Option<std::time::Instant> {
        crate::elsewhere::nowhere()
    }
    pub fn late(&self) -> std::option::Option<std::time::Duration> {
        crate::elsewhere::nowhere()
    }
    pub fn error(&self) -> std::option::Option<&str> {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone)]
pub struct Kind(crate::elsewhere::Nowhere, std::marker::PhantomData<Box<dyn Send + Sync>>);

impl crate::nemesis::Kind {
    pub fn new<G: crate::matrix::Guard + 'static>(
        name: impl std::convert::Into<std::string::String>,
        begin: impl std::ops::Fn(&crate::Host) -> crate::Result<G>
        + std::marker::Send
        + std::marker::Sync
        + 'static,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn between<G: crate::matrix::Guard + 'static>(
        name: impl std::convert::Into<std::string::String>,
        begin: impl std::ops::Fn(&crate::Host, &crate::Host) -> crate::Result<G>
        + std::marker::Send
        + std::marker::Sync
        + 'static,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn name(&self) -> &str {
        crate::elsewhere::nowhere()
    }
}

impl crate::nemesis::Kind {
    pub fn freeze() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn power_off() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn freeze_process() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn kill() -> Self {
        crate::elsewhere::nowhere()
    }
}

impl crate::nemesis::Kind {
    pub fn block(policy: crate::Policy) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn impair(impairment: crate::Impairment) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn partition(policy: crate::Policy) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn split(
        shape: impl std::ops::Fn(std::vec::Vec<crate::Host>) -> crate::Split
        + std::marker::Send
        + std::marker::Sync
        + 'static,
        policy: crate::Policy,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn cut() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn forget_connections(kind: crate::Forget) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn move_addr(address: std::net::IpAddr) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn catalogue() -> std::vec::Vec<Self> {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::nemesis::Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[must_use = "a nemesis does nothing until it is begun"]
#[derive(Clone, Debug)]
pub struct Nemesis(crate::elsewhere::Nowhere, std::marker::PhantomData<Box<dyn Send + Sync>>);

impl crate::nemesis::Nemesis {
    pub fn of(hosts: impl std::iter::IntoIterator<Item: std::borrow::Borrow<crate::Host>>) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn running(
        self,
        processes: impl std::iter::IntoIterator<Item: std::borrow::Borrow<crate::Process>>,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn with(self, kinds: impl std::iter::IntoIterator<Item = crate::nemesis::Kind>) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn lasting_at_least(self, time: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn quiet_at_least(self, time: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn faults(self, faults: usize) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn in_total(self, time: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn seed(self, seed: u64) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn draw(&self) -> std::result::Result<crate::nemesis::Schedule, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn begin(&self) -> std::result::Result<crate::nemesis::Running, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

#[must_use = "a planned fault does nothing until it is begun"]
pub struct Planned(crate::elsewhere::Nowhere, std::marker::PhantomData<*const ()>);

impl crate::nemesis::Planned {
    pub fn new<G: crate::matrix::Guard + 'static>(
        name: impl std::convert::Into<std::string::String>,
        host: &crate::Host,
        begin: impl std::ops::FnOnce(&crate::Host) -> crate::Result<G> + std::marker::Send + 'static,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn when(
        self,
        limit: std::time::Duration,
        condition: impl std::ops::FnMut() -> bool + std::marker::Send + 'static,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn lasting(self, time: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn begin(self) -> crate::Result<crate::nemesis::Running, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::nemesis::Planned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[must_use = "dropping it ends and heals it"]
pub struct Running(crate::elsewhere::Nowhere);

impl crate::nemesis::Running {
    pub fn wait(self) -> std::result::Result<std::vec::Vec<crate::nemesis::Entry>, crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn wait_async(
        self,
    ) -> std::result::Result<std::vec::Vec<crate::nemesis::Entry>, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn heal(self) -> std::result::Result<std::vec::Vec<crate::nemesis::Entry>, crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn heal_async(
        self,
    ) -> std::result::Result<std::vec::Vec<crate::nemesis::Entry>, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn consistently<P: crate::Probe>(
        &self,
        probe: impl std::ops::FnMut() -> P,
    ) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub fn consistently_async<P: crate::Probe>(
        &self,
        probe: impl std::ops::AsyncFnMut() -> P,
    ) -> impl std::future::Future<Output = std::result::Result<(), crate::Error>> {
        crate::elsewhere::nowhere::<std::future::Ready<std::result::Result<(), crate::Error>>>()
    }
    pub fn wait_for_fault(&self) -> std::result::Result<std::time::Instant, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn is_over(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn entries(&self) -> std::vec::Vec<crate::nemesis::Entry> {
        crate::elsewhere::nowhere()
    }
}

impl std::ops::Drop for crate::nemesis::Running {
    fn drop(&mut self) {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::nemesis::Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::nemesis::Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[must_use = "a schedule does nothing until it is begun"]
pub struct Schedule(crate::elsewhere::Nowhere, std::marker::PhantomData<*const ()>);

impl crate::nemesis::Schedule {
    pub fn begin(self) -> std::result::Result<crate::nemesis::Running, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn run(self) -> std::result::Result<std::vec::Vec<crate::nemesis::Entry>, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn entries(&self) -> std::vec::Vec<crate::nemesis::Entry> {
        crate::elsewhere::nowhere()
    }
    pub fn seed(&self) -> u64 {
        crate::elsewhere::nowhere()
    }
    pub fn total(&self) -> std::time::Duration {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::nemesis::Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::nemesis::Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}
