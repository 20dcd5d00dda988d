//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AddressPhase {
    Added,
    Removed,
    Announced,
}

impl std::fmt::Display for crate::timeline::AddressPhase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ClaimPhase {
    Begun {
        earliest: std::option::Option<std::time::Duration>,
        latest: std::time::Duration,
        place: std::string::String,
    },
    Met(std::time::Duration),
    Failed(std::string::String),
}

impl std::fmt::Display for crate::timeline::ClaimPhase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    pub at: std::time::Duration,
    pub event: crate::timeline::Event,
}

impl crate::timeline::Entry {
    pub fn to_json(&self) -> std::string::String {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::timeline::Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    #[non_exhaustive]
    Fault {
        number: u64,
        fault: std::string::String,
        place: crate::Place,
        phase: crate::timeline::FaultPhase,
    },
    #[non_exhaustive]
    Traffic {
        host: std::string::String,
        verb: crate::timeline::Verb,
        protocol: crate::timeline::Protocol,
        local: std::option::Option<std::net::SocketAddr>,
        peer: std::option::Option<std::net::SocketAddr>,
        outcome: std::result::Result<usize, std::string::String>,
    },
    #[non_exhaustive]
    State {
        host: std::string::String,
        local: std::net::SocketAddr,
        peer: std::net::SocketAddr,
        state: crate::TcpState,
    },
    #[non_exhaustive]
    Claim { number: u64, claim: std::string::String, phase: crate::timeline::ClaimPhase },
    #[non_exhaustive]
    Process {
        host: std::string::String,
        program: std::string::String,
        phase: crate::timeline::ProcessPhase,
    },
    #[non_exhaustive]
    Address {
        host: std::string::String,
        address: std::net::IpAddr,
        phase: crate::timeline::AddressPhase,
    },
    #[non_exhaustive]
    Change { host: std::option::Option<std::string::String>, change: std::string::String },
    #[non_exhaustive]
    Mark { text: std::string::String },
}

impl crate::timeline::Event {
    pub fn host(&self) -> std::option::Option<&str> {
        crate::elsewhere::nowhere()
    }
    pub fn is_about(&self, host: &str) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn is_failure(&self) -> bool {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::timeline::Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FaultPhase {
    Asked,
    Refused(std::string::String),
    InEffect,
    Suspended,
    Swapped(std::string::String),
    Lifted(std::option::Option<u64>),
    Lost(std::string::String),
    Kept,
}

impl std::fmt::Display for crate::timeline::FaultPhase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ProcessPhase {
    Started,
    Refused(std::string::String),
    Signalled(std::string::String),
    Ended(std::string::String),
    LeftBehind,
    LastEnded,
}

impl std::fmt::Display for crate::timeline::ProcessPhase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Protocol {
    Tcp,
    Udp,
}

impl std::fmt::Display for crate::timeline::Protocol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verb {
    Listen,
    Connect,
    Accept,
    Send,
    Recv,
    Shutdown,
    Close,
}

impl std::fmt::Display for crate::timeline::Verb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Place<H = std::string::String> {
    Between([H; 2]),
    Groups(std::vec::Vec<std::vec::Vec<H>>),
    Pairs(std::vec::Vec<[H; 2]>),
    #[non_exhaustive]
    Link {
        name: std::string::String,
        hosts: std::vec::Vec<H>,
    },
    Host(H),
    #[non_exhaustive]
    Process {
        host: H,
        process: std::string::String,
    },
}

impl<H> crate::Place<H> {
    pub fn hosts(&self) -> std::vec::Vec<&H>
    where
        H: std::cmp::PartialEq,
    {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum TcpState {
    Established,
    SynSent,
    SynRecv,
    FinWait1,
    FinWait2,
    TimeWait,
    Unconnected,
    CloseWait,
    LastAck,
    Listen,
    Closing,
}

impl std::fmt::Display for crate::TcpState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}
