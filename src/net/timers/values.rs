use std::fmt;

use super::sysctl::Sysctl;

/// The [`Timers`](crate::Timers) of a host, as its kernel reports them.
///
/// Values are the kernel's own text, in its own units, under the names that sysctl(8) uses.
/// It prints like `sysctl`, with an extra line for each setting that this kernel does not have:
///
/// ```text
/// net.ipv4.tcp_retries2 = 2
/// net.ipv4.tcp_rto_max_ms: not in this kernel
/// ```
///
/// ```no_run
/// # use netns_test::*;
/// # use std::time::Duration;
/// # fn t(server: Host, client: Host) -> Result {
/// let set = server.set_timers(&Timers::new().tcp_rto_max(Duration::from_secs(2)))?;
/// for name in set.missing() {
///     println!("{name} is not in this kernel: a repetition may take two minutes");
/// }
/// # drop(client);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimerValues {
    values: Vec<(&'static str, String)>,
    missing: Vec<&'static str>,
}

impl TimerValues {
    /// The value of this name; `net.ipv4.` may be left out. `None` if it was not read, this
    /// kernel does not have it, or it does not exist.
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, Timers, netns_test};
    ///
    /// #[netns_test]
    /// fn a_value_is_read_back(host: Host) -> Result {
    ///     let applied = host.set_timers(&Timers::new().tcp_retries2(3))?;
    ///     assert_eq!(applied.get("tcp_retries2"), Some("3"));
    ///     assert_eq!(applied.get("net.ipv4.tcp_retries2"), Some("3"));
    ///     assert!(applied.missing().is_empty());
    ///     Ok(())
    /// }
    /// ```
    pub fn get(&self, name: &str) -> Option<&str> {
        let is = |full: &str| full == name || full.strip_prefix("net.ipv4.") == Some(name);
        self.iter().find(|(full, _)| is(full)).map(|(_, value)| value)
    }

    /// The settings that were asked for and that this kernel does not have.
    pub fn missing(&self) -> &[&'static str] {
        &self.missing
    }

    /// The full names with the values.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// for (name, value) in server.timers()?.iter().filter(|(name, _)| name.contains("keepalive")) {
    ///     println!("{name} = {value}");
    /// }
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values.iter().map(|(name, value)| (*name, value.as_str()))
    }

    pub(super) fn add(&mut self, sysctl: &'static Sysctl, value: Option<String>) {
        match value {
            Some(value) => self.values.push((sysctl.name, value)),
            None => self.missing.push(sysctl.name),
        }
    }
}

impl fmt::Display for TimerValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self.iter() {
            writeln!(f, "{name} = {value}")?;
        }
        for name in self.missing() {
            writeln!(f, "{name}: not in this kernel")?;
        }
        Ok(())
    }
}
