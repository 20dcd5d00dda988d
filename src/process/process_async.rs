use std::process::ExitStatus;
use std::time::Duration;

use super::aside::aside;
use super::process::Process;
use crate::Error;

/// The same for async tests. They wait on one of the runtime's threads for blocking work, so the runtime
/// goes on meanwhile. An operation that has begun is completed even if the future is dropped.
impl Process {
    /// As [`wait`](Self::wait), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let migration = server.start_async("my-migration").await?;
    /// assert!(migration.wait_async().await?.success());
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub async fn wait_async(&self) -> Result<ExitStatus, Error> {
        self.aside(Self::wait).await
    }

    /// As [`wait_within`](Self::wait_within), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`wait_within`](Self::wait_within).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let migration = server.start_async("my-migration").await?;
    /// assert!(migration.wait_within_async(Duration::from_secs(30)).await?.success());
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub async fn wait_within_async(&self, limit: Duration) -> Result<ExitStatus, Error> {
        self.aside(move |process| process.wait_within(limit)).await
    }

    /// As [`wait_for_output`](Self::wait_for_output), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`wait_for_output`](Self::wait_for_output).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let node = server.start_async("my-node").await?;
    /// node.wait_for_output_async("ready").await?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
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
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let nats = server.start_async("nats-server").await?;
    /// nats.wait_for_port_async(4222).await?;
    /// client.connect_async(server.addr(4222)).await?;
    /// # Ok(()) }
    /// ```
    pub async fn wait_for_port_async(&self, port: u16) -> Result<(), Error> {
        self.aside(move |process| process.wait_for_port(port)).await
    }

    /// As [`wait_for_port_within`](Self::wait_for_port_within), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`wait_for_port_within`](Self::wait_for_port_within).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let database = server.start_async("my-database").await?;
    /// database.wait_for_port_within_async(5432, Duration::from_secs(60)).await?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
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
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let leader = server.start_async("my-node").await?;
    /// leader.kill_async().await?;
    /// eventually_async(Duration::from_secs(5), async || client.connect_async("leader:80").await.is_ok()).await?;
    /// # Ok(()) }
    /// ```
    pub async fn kill_async(&self) -> Result<ExitStatus, Error> {
        self.aside(Self::kill).await
    }

    /// As [`stop`](Self::stop), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`stop`](Self::stop).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let service = server.start_async("my-service").await?;
    /// // SIGTERM; it has five seconds to close its connections.
    /// let status = service.stop_async(Duration::from_secs(5)).await?;
    /// assert!(status.success(), "{}", service.output());
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub async fn stop_async(&self, grace: Duration) -> Result<ExitStatus, Error> {
        self.aside(move |process| process.stop(grace)).await
    }

    /// As [`restart`](Self::restart), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`restart`](Self::restart).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let service = server.start_async("my-service").await?;
    /// service.kill_async().await?;
    /// service.restart_async().await?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
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
