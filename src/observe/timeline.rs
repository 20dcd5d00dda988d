use std::fmt;
use std::time::Instant;

use crate::record::clock;
use crate::record::{self, Entry, Event};
use crate::{Host, Net};

impl Net {
    /// What has happened so far, in this net and beside it.
    ///
    /// The record is always kept. It has the last 100,000 entries of the test.
    ///
    /// ```no_run
    /// use netns_test::{Host, Net, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn the_block_came_after_the_election(net: Net, server: Host, client: Host) -> Result {
    ///     net.mark("leader elected");
    ///     client.block(&server)?.unblock()?;
    ///     println!("{}", net.timeline());
    ///     let faults = net.timeline().faults();
    ///     assert!(faults.entries()[0].at > net.timeline().marks().entries()[0].at);
    ///     Ok(())
    /// }
    /// ```
    pub fn timeline(&self) -> Timeline {
        let number = self.number();
        Timeline::of(|net| net == number)
    }

    /// Puts a mark into the timeline, for instance "leader elected".
    pub fn mark(&self, text: impl Into<String>) {
        record::note(self.number(), Event::Mark { text: text.into() });
    }
}

/// The ordered record of a test: faults, traffic of the fixtures, states of sockets, claims,
/// processes and marks, by monotonic time from the beginning of the test.
///
/// From [`Net::timeline`], as it was at that moment. Printing it prints the entries, a line each.
#[derive(Clone, Debug)]
pub struct Timeline {
    entries: Vec<Entry>,
    given_up: u64,
}

impl Timeline {
    pub(crate) fn of(nets: impl Fn(u64) -> bool) -> Self {
        let (entries, given_up) = record::entries(nets);
        Self { entries, given_up }
    }

    /// The entries, in the order of their time.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many older entries were given up, since a timeline has at most 100,000.
    pub fn given_up(&self) -> u64 {
        self.given_up
    }

    /// Those about a host, alone or with another.
    pub fn of_host(self, host: &Host) -> Self {
        self.keep(|entry| entry.event.is_about(host.name()))
    }

    /// Those from a moment on, for instance from
    /// [`Block::in_effect_at`](crate::Block::in_effect_at).
    pub fn since(self, at: Instant) -> Self {
        let at = clock::since_start(at);
        self.keep(|entry| entry.at >= at)
    }

    /// Those about faults.
    pub fn faults(self) -> Self {
        self.keep(|entry| matches!(entry.event, Event::Fault { .. }))
    }

    /// Those about what the traffic fixtures did.
    pub fn traffic(self) -> Self {
        self.keep(|entry| matches!(entry.event, Event::Traffic { .. }))
    }

    /// Those about claims.
    pub fn claims(self) -> Self {
        self.keep(|entry| matches!(entry.event, Event::Claim { .. }))
    }

    /// The marks of the test itself.
    pub fn marks(self) -> Self {
        self.keep(|entry| matches!(entry.event, Event::Mark { .. }))
    }

    /// All entries as JSON, a line each; see [`Entry::to_json`].
    pub fn to_json_lines(&self) -> String {
        self.entries.iter().map(|entry| entry.to_json() + "\n").collect()
    }

    fn keep(mut self, wanted: impl Fn(&Entry) -> bool) -> Self {
        self.entries.retain(wanted);
        self
    }
}

impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.given_up > 0 {
            writeln!(f, "({} older entries were given up)", self.given_up)?;
        }
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}
