//! How: the system calls that no safe library offers. Nothing here knows a domain type.
#![expect(unsafe_code, reason = "the only folder that may use it: raw system calls")]

pub(crate) mod child;
pub(crate) mod descriptor;
pub(crate) mod environment;
mod exe;
pub(crate) mod frames;
pub(crate) mod function;
pub(crate) mod init;
pub(crate) mod interface;
pub(crate) mod mount;
pub(crate) mod namespace;
pub(crate) mod netlink;
pub(crate) mod origin;
pub(crate) mod outlook;
pub(crate) mod packet;
pub(crate) mod packet_ring;
pub(crate) mod pid_namespace;
mod pid_numbers;
pub(crate) mod priority;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod raw;
pub(crate) mod readiness;
mod signals;
pub(crate) mod tcp_info;
pub(crate) mod unwind;
