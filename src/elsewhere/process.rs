//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

pub trait Argument: std::marker::Sized {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>);
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self>;
}

impl crate::Argument for u8 {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for u16 {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for u32 {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for u64 {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for u128 {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for usize {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for i8 {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for i16 {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for i32 {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for i64 {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for i128 {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for isize {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for f32 {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for f64 {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for bool {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for char {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for std::string::String {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for std::path::PathBuf {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for std::time::Duration {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for std::net::Ipv4Addr {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for std::net::Ipv6Addr {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for std::net::IpAddr {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for std::net::SocketAddrV4 {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for std::net::SocketAddrV6 {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for std::net::SocketAddr {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl<T: crate::Argument> crate::Argument for std::vec::Vec<T> {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl<T: crate::Argument> crate::Argument for std::option::Option<T> {
    fn encode(&self, bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl crate::Argument for () {
    fn encode(&self, _bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(_bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl<A: crate::Argument> crate::Argument for (A,) {
    fn encode(&self, _bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(_bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl<A: crate::Argument, B: crate::Argument> crate::Argument for (A, B) {
    fn encode(&self, _bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(_bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl<A: crate::Argument, B: crate::Argument, C: crate::Argument> crate::Argument for (A, B, C) {
    fn encode(&self, _bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(_bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

impl<A: crate::Argument, B: crate::Argument, C: crate::Argument, D: crate::Argument> crate::Argument
    for (A, B, C, D)
{
    fn encode(&self, _bytes: &mut std::vec::Vec<u8>) {
        crate::elsewhere::nowhere()
    }
    fn decode(_bytes: &mut &[u8]) -> std::option::Option<Self> {
        crate::elsewhere::nowhere()
    }
}

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
pub struct Process(crate::elsewhere::Nowhere);

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
    pub fn wait_for_output(&self, text: &str) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    pub fn wait_for_output_within(
        &self,
        text: &str,
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
    pub async fn wait_within_async(
        &self,
        limit: std::time::Duration,
    ) -> std::result::Result<std::process::ExitStatus, crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn wait_for_output_async(&self, text: &str) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn wait_for_output_within_async(
        &self,
        text: &str,
        limit: std::time::Duration,
    ) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn wait_for_port_async(&self, port: u16) -> std::result::Result<(), crate::Error> {
        crate::elsewhere::nowhere()
    }
    #[cfg(feature = "tokio")]
    pub async fn wait_for_port_within_async(
        &self,
        port: u16,
        limit: std::time::Duration,
    ) -> std::result::Result<(), crate::Error> {
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
    pub fn function<A: crate::Argument, R: std::process::Termination>(
        function: fn(A) -> R,
        argument: A,
    ) -> Self {
        crate::elsewhere::nowhere()
    }
}

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
