use std::process::ExitStatus;
use std::time::Duration;

use super::aside::aside;
use super::process::Process;
use crate::Error;

/// The same for async tests. They wait on a thread of the runtime's for blocking work: the runtime
/// goes on meanwhile. What was begun is done also if the future is dropped.
impl Process {
    /// As [`wait`](Self::wait), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub async fn wait_async(&self) -> Result<ExitStatus, Error> {
        self.aside(Self::wait).await
    }

    /// As [`wait_within`](Self::wait_within), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`wait_within`](Self::wait_within).
    pub async fn wait_within_async(&self, limit: Duration) -> Result<ExitStatus, Error> {
        self.aside(move |process| process.wait_within(limit)).await
    }

    /// As [`wait_for_output`](Self::wait_for_output), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`wait_for_output`](Self::wait_for_output).
    pub async fn wait_for_output_async(&self, text: &str) -> Result<(), Error> {
        let text = text.to_owned();
        self.aside(move |process| process.wait_for_output(&text)).await
    }

    /// As [`wait_for_output_within`](Self::wait_for_output_within), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`wait_for_output_within`](Self::wait_for_output_within).
    pub async fn wait_for_output_within_async(
        &self,
        text: &str,
        limit: Duration,
    ) -> Result<(), Error> {
        let text = text.to_owned();
        self.aside(move |process| process.wait_for_output_within(&text, limit)).await
    }

    /// As [`wait_for_port`](Self::wait_for_port), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`wait_for_port`](Self::wait_for_port).
    pub async fn wait_for_port_async(&self, port: u16) -> Result<(), Error> {
        self.aside(move |process| process.wait_for_port(port)).await
    }

    /// As [`wait_for_port_within`](Self::wait_for_port_within), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`wait_for_port_within`](Self::wait_for_port_within).
    pub async fn wait_for_port_within_async(
        &self,
        port: u16,
        limit: Duration,
    ) -> Result<(), Error> {
        self.aside(move |process| process.wait_for_port_within(port, limit)).await
    }

    /// As [`kill`](Self::kill), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`kill`](Self::kill).
    pub async fn kill_async(&self) -> Result<ExitStatus, Error> {
        self.aside(Self::kill).await
    }

    /// As [`stop`](Self::stop), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`stop`](Self::stop).
    pub async fn stop_async(&self, grace: Duration) -> Result<ExitStatus, Error> {
        self.aside(move |process| process.stop(grace)).await
    }

    /// As [`restart`](Self::restart), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`restart`](Self::restart).
    pub async fn restart_async(&self) -> Result<(), Error> {
        self.aside(Self::restart).await
    }

    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let process = self.clone();
        aside(&format!("wait for {self}"), move || work(&process)).await
    }
}
