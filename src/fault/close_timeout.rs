use std::fs;
use std::io::ErrorKind;

use crate::{Error, Feature, Host};

/// Below `net` it is that of the network namespace of the thread which opens it.
const FILE: &str = "/proc/sys/net/mptcp/close_timeout";

/// How long a host's kernel keeps an MPTCP socket whose last subflow is gone before it tells the program:
/// a minute, by default. While this value lives it is zero.
pub(super) struct CloseTimeout<'a> {
    host: &'a Host,
    operation: String,
    before: String,
}

impl<'a> CloseTimeout<'a> {
    /// Has the host's kernel tell programs at once.
    ///
    /// # Errors
    ///
    /// If the kernel does not let it be set (Linux before 6.7).
    pub(super) fn none(host: &'a Host, operation: &str) -> Result<Self, Error> {
        let before = host.inside(|| fs::read_to_string(FILE)).and_then(|read| read);
        let before = before.map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::unsupported(
                operation,
                format!("this kernel keeps closed MPTCP sockets for a minute: it has no {FILE}"),
            )
            .for_lack_of(Feature::MptcpCloseTimeout)
            .with_help("use `Policy::drop()`, or have the program listen and dial by TCP"),
            _ => Error::os(operation, error),
        })?;
        let timeout = Self { host, operation: operation.to_owned(), before };
        timeout.write("0")?;
        Ok(timeout)
    }

    /// Sets what was set before.
    pub(super) fn restore(self) -> Result<(), Error> {
        self.write(&self.before)
    }

    fn write(&self, value: &str) -> Result<(), Error> {
        let written = self.host.inside(|| fs::write(FILE, value)).and_then(|written| written);
        written.map_err(|error| Error::os(&self.operation, error))
    }
}

/// Has a host's kernel tell programs at once, and takes it back.
pub(crate) fn probe_close_timeout(host: &Host) -> Result<(), Error> {
    CloseTimeout::none(host, "notify closed MPTCP sockets at once")?.restore()
}

impl Drop for CloseTimeout<'_> {
    fn drop(&mut self) {
        // Whoever cares has called `restore`.
        let _ = self.write(&self.before);
    }
}
