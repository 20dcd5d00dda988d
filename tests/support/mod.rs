//! What the tests share. First of all: a test binary that is run again as a user would run it.
//!
//! A test that is to fail cannot stand beside the others. It is an ignored *fixture* in the same
//! binary, and the test that states a claim about it starts a runner for this one fixture and
//! looks at what a person would see.
//!
//! Nothing here needs cargo, the source tree, a writable working directory, or a user of any kind.
#![allow(dead_code, reason = "each test binary uses the part that it needs")]

pub(crate) mod cookie;
pub(crate) mod dials;
pub(crate) mod echo;
pub(crate) mod families;
pub(crate) mod folder;
pub(crate) mod frame;
pub(crate) mod hello;
pub(crate) mod interface;
pub(crate) mod ping;
pub(crate) mod processes;
pub(crate) mod processor;
pub(crate) mod refusals;
pub(crate) mod runner;
pub(crate) mod seccomp;
pub(crate) mod signals;
pub(crate) mod stop;
pub(crate) mod tables;
pub(crate) mod times;
pub(crate) mod unique;
pub(crate) mod wait;
