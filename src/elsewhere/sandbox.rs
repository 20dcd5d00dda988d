//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub package: std::option::Option<&'static str>,
    pub module: &'static str,
    pub name: &'static str,
    pub file: &'static str,
    pub line: u32,
    pub timeout: std::time::Duration,
    pub should_panic: bool,
    pub serial: &'static [&'static str],
}

impl std::fmt::Display for crate::__private::Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

pub const DEFAULT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(60);

#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Panic {
    pub thread: std::string::String,
    pub message: std::string::String,
    pub location: std::string::String,
}

impl std::fmt::Display for crate::Panic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

pub fn program<R: std::process::Termination>(
    body: impl std::ops::FnOnce() -> R,
) -> std::process::ExitCode {
    crate::elsewhere::nowhere()
}

pub fn take_panics() -> std::vec::Vec<crate::Panic> {
    crate::elsewhere::nowhere()
}
