//! The threads of the test's own process that are inside a host.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::slice;

use super::host::Host;
#[cfg(not(feature = "tokio"))]
use crate::Error;
use crate::sandbox::is_body;

impl Host {
    /// The names of this process's threads in the host, without those of its runtime and of this
    /// crate, as far as `/proc` shows them: the first 15 bytes of each.
    pub(crate) fn other_threads(&self) -> Vec<String> {
        threads_in(slice::from_ref(self)).remove(0).into_iter().map(|thread| thread.name).collect()
    }
}

/// A thread of this process that is in a host.
pub(crate) struct HostThread {
    id: i32,
    pub(crate) name: String,
}

impl HostThread {
    /// Whether the body of the test runs on it, which is in a host no longer than
    /// [`Host::run`] lasts.
    pub(crate) fn is_body(&self) -> bool {
        is_body(self.id)
    }

    fn at(path: &Path) -> Option<Self> {
        let id = path.file_name()?.to_str()?.parse().ok()?;
        let name = fs::read_to_string(path.join("comm")).ok()?.trim_end().to_owned();
        Some(Self { id, name })
    }
}

/// What the threads of this crate are called that work for no host: where one is, is where the thread
/// was that had something done.
const OURS: &str = "netns-test ";

/// Those of each of these hosts, without their runtimes' and this crate's own. Each thread is looked at
/// once, however many hosts there are.
pub(crate) fn threads_in(hosts: &[Host]) -> Vec<Vec<HostThread>> {
    let identity = |namespace: Metadata| (namespace.dev(), namespace.ino());
    let ours = |host: &Host| {
        fs::metadata(format!("/proc/self/fd/{}", host.descriptor())).ok().map(identity)
    };
    let ours: Vec<_> = hosts.iter().map(ours).collect();
    let mut found: Vec<Vec<HostThread>> = hosts.iter().map(|_| Vec::new()).collect();
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    for thread in threads.map(|thread| thread.path()) {
        let Ok(theirs) = fs::metadata(thread.join("ns/net")).map(identity) else { continue };
        let Some(at) = ours.iter().position(|ours| *ours == Some(theirs)) else { continue };
        let runtime: String = runtime_thread(hosts[at].name()).chars().take(15).collect();
        let is_own = |thread: &HostThread| thread.name == runtime || thread.name.starts_with(OURS);
        found[at].extend(HostThread::at(&thread).filter(|thread| !is_own(thread)));
    }
    found
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
