use std::time::Duration;

use super::Timers;
use super::sysctl;

/// Sources: the kernel's Documentation/networking/ip-sysctl.rst, and tcp(7). The times are for
/// the kernel's other values.
impl Timers {
    /// How often a SYN is repeated before the dial fails with `ETIMEDOUT`; 1 to 127. The default is 6:
    /// 127 s, and 67 s since Linux 6.5.
    ///
    /// The kernel sends one SYN at once, then one after 1 s, 2 s, 4 s and so on; the dial ends when the
    /// next one would be due. Since 6.5
    /// [`tcp_syn_linear_timeouts`](Self::tcp_syn_linear_timeouts) come on top.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // A dial is given up after the third SYN.
    /// client.set_timers(&Timers::new().tcp_syn_retries(2))?;
    /// # drop(server);
    /// # Ok(()) }
    /// ```
    pub fn tcp_syn_retries(self, times: u32) -> Self {
        self.number(&sysctl::TCP_SYN_RETRIES, times)
    }

    /// How many SYNs are repeated one second apart before the pauses double; 0 to 127, by default
    /// 4. Since Linux 6.5.
    pub fn tcp_syn_linear_timeouts(self, times: u32) -> Self {
        self.number(&sysctl::TCP_SYN_LINEAR_TIMEOUTS, times)
    }

    /// How often a listener repeats its SYN-ACK before it forgets the dial; 0 to 255, by default
    /// 5: 63 s.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // Half-open connections, of clients that have vanished, are gone after two repetitions.
    /// server.set_timers(&Timers::new().tcp_synack_retries(1))?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn tcp_synack_retries(self, times: u32) -> Self {
        self.number(&sysctl::TCP_SYNACK_RETRIES, times)
    }

    /// After how many repetitions of a segment the kernel looks for another route; 0 to 255, by
    /// default 3.
    pub fn tcp_retries1(self, times: u32) -> Self {
        self.number(&sysctl::TCP_RETRIES1, times)
    }

    /// After how many repetitions of a segment the connection fails with `ETIMEDOUT`; 0 to 255,
    /// by default 15: 924.6 s at least.
    ///
    /// It is a bound in time, not a count: the time that so many repetitions take if the first pause is
    /// 200 ms and each pause is twice the one before, up to [`tcp_rto_max`](Self::tcp_rto_max). The
    /// connection ends at its first repetition after that. A lower `tcp_rto_min` does not shorten it.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // A connection on which nothing is acknowledged ends after three repetitions.
    /// server.set_timers(&Timers::new().tcp_retries2(3).tcp_rto_max(Duration::from_secs(1)))?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn tcp_retries2(self, times: u32) -> Self {
        self.number(&sysctl::TCP_RETRIES2, times)
    }

    /// The shortest pause before a segment is repeated, in microseconds; 1 or more, by default
    /// 200 ms. Since Linux 6.11, for sockets made after it.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // What is lost is repeated as soon as in a data centre, and not after 200 ms.
    /// client.set_timers(&Timers::new().tcp_rto_min(Duration::from_millis(10)))?;
    /// # drop(server);
    /// # Ok(()) }
    /// ```
    #[doc(alias = "tcp_rto_min_us")]
    pub fn tcp_rto_min(self, time: Duration) -> Self {
        self.time(&sysctl::TCP_RTO_MIN, time)
    }

    /// The longest pause before a segment is repeated, in milliseconds; 1 s to 120 s, by default
    /// 120 s. Since Linux 6.15, for sockets made after it.
    ///
    /// It bounds how long a connection may stay silent after a block has ended. It also changes the time
    /// that [`tcp_retries2`](Self::tcp_retries2) stands for.
    #[doc(alias = "tcp_rto_max_ms")]
    pub fn tcp_rto_max(self, time: Duration) -> Self {
        self.time(&sysctl::TCP_RTO_MAX, time)
    }

    /// How long a connection with `SO_KEEPALIVE` is idle before the first probe, in seconds; 1 to
    /// 32767, by default 7200.
    ///
    /// A socket's own `TCP_KEEPIDLE` wins, as do `TCP_KEEPINTVL` and `TCP_KEEPCNT` over the next two.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // For a program that switches SO_KEEPALIVE on, and leaves the times to the system.
    /// let keepalive = Timers::new()
    ///     .tcp_keepalive_time(Duration::from_secs(1))
    ///     .tcp_keepalive_intvl(Duration::from_secs(1))
    ///     .tcp_keepalive_probes(2);
    /// server.set_timers(&keepalive)?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn tcp_keepalive_time(self, time: Duration) -> Self {
        self.time(&sysctl::TCP_KEEPALIVE_TIME, time)
    }

    /// The time between two keepalive probes, in seconds; 1 to 32767, by default 75.
    pub fn tcp_keepalive_intvl(self, time: Duration) -> Self {
        self.time(&sysctl::TCP_KEEPALIVE_INTVL, time)
    }

    /// How many keepalive probes may go unanswered before the connection fails with `ETIMEDOUT`;
    /// 0 to 255, by default 9.
    pub fn tcp_keepalive_probes(self, times: u32) -> Self {
        self.number(&sysctl::TCP_KEEPALIVE_PROBES, times)
    }

    /// How long a closed connection waits in `FIN-WAIT-2` for its peer to close as well, in
    /// seconds; by default 60.
    ///
    /// `TIME-WAIT` is always 60 s: the kernel has no setting for it.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // Sockets that are half closed are gone soon: for a test that counts them.
    /// server.set_timers(&Timers::new().tcp_fin_timeout(Duration::from_secs(1)))?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn tcp_fin_timeout(self, time: Duration) -> Self {
        self.time(&sysctl::TCP_FIN_TIMEOUT, time)
    }

    /// What [`tcp_retries2`](Self::tcp_retries2) is for a connection that its program has closed;
    /// 0 to 255, by default 0, which means 8.
    pub fn tcp_orphan_retries(self, times: u32) -> Self {
        self.number(&sysctl::TCP_ORPHAN_RETRIES, times)
    }
}
