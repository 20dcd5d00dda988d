//! The threads of the test's own process that are inside a host.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use super::host::Host;
#[cfg(not(feature = "tokio"))]
use crate::Error;

impl Host {
    /// The names of this process's threads in the host, without that of its runtime and this crate's
    /// own, as far as `/proc` shows them: the first 15 bytes of each.
    pub(crate) fn other_threads(&self) -> Vec<String> {
        let runtime: String = runtime_thread(self.name()).chars().take(15).collect();
        let Ok(ours) = fs::metadata(format!("/proc/self/fd/{}", self.descriptor())) else {
            return Vec::new();
        };
        let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        let is_here = |thread: &PathBuf| {
            let namespace = fs::metadata(thread.join("ns/net"));
            namespace.is_ok_and(|theirs| (theirs.dev(), theirs.ino()) == (ours.dev(), ours.ino()))
        };
        let here = threads.map(|thread| thread.path()).filter(is_here);
        let name = |thread: PathBuf| fs::read_to_string(thread.join("comm")).ok();
        let names = here.filter_map(name).map(|name| name.trim_end().to_owned());
        names.filter(|name| *name != runtime && !name.starts_with("netns-test ")).collect()
    }
}

/// What the thread of a host's runtime is called.
pub(super) fn runtime_thread(host: &str) -> String {
    format!("host {host}")
}

/// The runtime that a host has not, and that does nothing.
#[cfg(not(feature = "tokio"))]
pub(crate) struct Parked;

#[cfg(not(feature = "tokio"))]
impl Parked {
    pub(crate) fn keep(self) {}
}

#[cfg(not(feature = "tokio"))]
impl Host {
    pub(crate) fn park_runtime(&self) -> Result<Parked, Error> {
        Ok(Parked)
    }
}
