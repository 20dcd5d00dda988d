//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

#[non_exhaustive]
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Feature {
    Ipv6,
    Nftables,
    NftReject,
    SockDestroy,
    MptcpCloseTimeout,
    PacketSockets,
    NetnsNames,
    NetSysctls,
    Program(std::string::String),
}

impl crate::Feature {
    pub const ALL: [Self; 8] = [
        Self::Ipv6,
        Self::Nftables,
        Self::NftReject,
        Self::SockDestroy,
        Self::MptcpCloseTimeout,
        Self::PacketSockets,
        Self::NetnsNames,
        Self::NetSysctls,
    ];
    pub fn program(name: impl std::convert::Into<std::string::String>) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn list(features: &[Self]) -> std::string::String {
        crate::elsewhere::nowhere()
    }
}

impl crate::Feature {
    pub fn probe(&self) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Feature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}
