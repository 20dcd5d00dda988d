//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct BehindNat {
    pub client: crate::Host,
    pub router: crate::Host,
    pub server: crate::Host,
    pub outside: crate::Link,
}

#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Forget {
    Silently,
    WithReset,
}

impl std::fmt::Display for crate::Forget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[must_use = "it is for Host::set_nat"]
#[derive(Clone, Debug)]
pub struct Nat(crate::elsewhere::Nowhere);

impl crate::Nat {
    pub fn masquerade() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn symmetric() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn full_cone() -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn forward_port(self, outside: u16, to: &crate::Host, port: u16) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn udp_timeout(self, timeout: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn tcp_timeout(self, timeout: std::time::Duration) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Nat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}
