//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

#[derive(Clone, Debug)]
pub struct Folder(crate::elsewhere::Nowhere);

impl crate::Folder {
    pub fn new() -> std::result::Result<Self, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn path(&self) -> &std::path::Path {
        crate::elsewhere::nowhere()
    }
}

#[derive(Clone)]
pub struct Process(crate::elsewhere::Nowhere, std::marker::PhantomData<Box<dyn Send + Sync>>);

impl crate::Process {
    pub fn wait_for_port(&self, port: u16) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn wait_for_port_within(
        &self,
        port: u16,
        limit: std::time::Duration,
    ) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Process {
    pub fn name(&self) -> std::string::String {
        crate::elsewhere::nowhere()
    }
    pub fn host(&self) -> &crate::Host {
        crate::elsewhere::nowhere()
    }
    pub fn id(&self) -> u32 {
        crate::elsewhere::nowhere()
    }
    pub fn is_running(&self) -> bool {
        crate::elsewhere::nowhere()
    }
    pub fn output(&self) -> std::string::String {
        crate::elsewhere::nowhere()
    }
    pub fn status(&self) -> std::option::Option<std::process::ExitStatus> {
        crate::elsewhere::nowhere()
    }
    pub fn wait(&self) -> std::result::Result<std::process::ExitStatus, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn wait_within(
        &self,
        limit: std::time::Duration,
    ) -> std::result::Result<std::process::ExitStatus, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn wait_for_output(&self, text: &str) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn kill(&self) -> std::result::Result<std::process::ExitStatus, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn stop(
        &self,
        grace: std::time::Duration,
    ) -> std::result::Result<std::process::ExitStatus, crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn restart(&self) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
}

#[cfg(feature = "tokio")]
impl crate::Process {
    #[cfg(feature = "tokio")]
    pub async fn wait_async(&self) -> std::result::Result<std::process::ExitStatus, crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn wait_for_output_async(&self, text: &str) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn wait_for_port_async(&self, port: u16) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn kill_async(&self) -> std::result::Result<std::process::ExitStatus, crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn stop_async(
        &self,
        grace: std::time::Duration,
    ) -> std::result::Result<std::process::ExitStatus, crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn restart_async(&self) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Process {
    pub fn freeze(&self) -> std::result::Result<crate::Freeze, crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn freeze_async(&self) -> std::result::Result<crate::Freeze, crate::Error> {
        crate::elsewhere::nowhere()
    }
}

impl std::cmp::PartialEq for crate::Process {
    fn eq(&self, other: &Self) -> bool {
        crate::elsewhere::nowhere()
    }
}

impl std::cmp::Eq for crate::Process {}

impl std::fmt::Display for crate::Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Debug for crate::Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}

#[must_use = "a program does nothing until a host starts it"]
#[derive(Clone, Debug)]
pub struct Program(crate::elsewhere::Nowhere);

impl crate::Program {
    pub fn new(path: impl std::convert::AsRef<std::ffi::OsStr>) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn arg(self, argument: impl std::convert::AsRef<std::ffi::OsStr>) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn args<S: std::convert::AsRef<std::ffi::OsStr>>(
        self,
        arguments: impl std::iter::IntoIterator<Item = S>,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn env(
        self,
        name: impl std::convert::AsRef<std::ffi::OsStr>,
        value: impl std::convert::AsRef<std::ffi::OsStr>,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn env_remove(self, name: impl std::convert::AsRef<std::ffi::OsStr>) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn current_dir(self, directory: impl std::convert::AsRef<std::path::Path>) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn in_folder(self, folder: &crate::Folder) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn user(self, user: impl std::convert::Into<std::string::String>) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn named(self, name: impl std::convert::Into<std::string::String>) -> Self {
        crate::elsewhere::nowhere()
    }
    pub fn name(&self) -> std::string::String {
        crate::elsewhere::nowhere()
    }
}

impl std::convert::From<&str> for crate::Program {
    fn from(path: &str) -> Self {
        crate::elsewhere::nowhere()
    }
}

impl std::fmt::Display for crate::Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::elsewhere::nowhere()
    }
}
