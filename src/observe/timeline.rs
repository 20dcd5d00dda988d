use std::fmt;
use std::ops::Index;
use std::slice;
use std::time::Instant;

use crate::record::clock;
use crate::record::{self, Entry, Event};
use crate::{Host, Net};

impl Net {
    /// What has happened so far, in this net and beside it.
    ///
    /// It is always recorded, and holds the last 100,000 entries of the test.
    ///
    /// ```no_run
    /// use netns_test::{Host, Net, Result, netns_test};
    ///
    /// #[netns_test]
    /// fn the_block_came_after_the_election(net: Net, server: Host, client: Host) -> Result {
    ///     net.mark("leader elected");
    ///     client.block(&server)?.unblock()?;
    ///     let timeline = net.timeline();
    ///     println!("{timeline}");
    ///     assert!(timeline.faults()[0].at > timeline.marks()[0].at);
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
/// From [`Net::timeline`], as it was at that moment. Its filters return what remains, so that they can
/// be chained, and leave what they are called on as it is. Printing it prints the entries, a line each.
#[derive(Clone, Debug)]
pub struct Timeline {
    entries: Vec<Entry>,
    discarded: u64,
}

impl Timeline {
    pub(crate) fn of(nets: impl Fn(u64) -> bool) -> Self {
        let (entries, discarded) = record::entries(nets);
        Self { entries, discarded }
    }

    /// The entries as a slice, in the order of their time.
    pub fn as_slice(&self) -> &[Entry] {
        &self.entries
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries, one after the other.
    pub fn iter(&self) -> slice::Iter<'_, Entry> {
        self.entries.iter()
    }

    /// How many older entries were evicted to make room: a timeline has at most 100,000.
    pub fn discarded(&self) -> u64 {
        self.discarded
    }

    /// Those about a host, alone or together with others.
    #[must_use]
    pub fn of_host(&self, host: &Host) -> Self {
        self.filter(|entry| entry.event.is_about(host.name()))
    }

    /// Those from a moment on, for instance from
    /// [`Block::in_effect_at`](crate::Block::in_effect_at).
    #[must_use]
    pub fn since(&self, at: Instant) -> Self {
        let at = clock::since_start(at);
        self.filter(|entry| entry.at >= at)
    }

    /// Those before a moment.
    #[must_use]
    pub fn until(&self, at: Instant) -> Self {
        let at = clock::since_start(at);
        self.filter(|entry| entry.at < at)
    }

    /// Those about faults.
    #[must_use]
    pub fn faults(&self) -> Self {
        self.filter(|entry| matches!(entry.event, Event::Fault { .. }))
    }

    /// Those about what the traffic fixtures did.
    #[must_use]
    pub fn traffic(&self) -> Self {
        self.filter(|entry| matches!(entry.event, Event::Traffic { .. }))
    }

    /// Those about claims.
    #[must_use]
    pub fn claims(&self) -> Self {
        self.filter(|entry| matches!(entry.event, Event::Claim { .. }))
    }

    /// Those about processes.
    #[must_use]
    pub fn processes(&self) -> Self {
        self.filter(|entry| matches!(entry.event, Event::Process { .. }))
    }

    /// The marks of the test itself.
    #[must_use]
    pub fn marks(&self) -> Self {
        self.filter(|entry| matches!(entry.event, Event::Mark { .. }))
    }

    /// All entries as JSON, a line each; see [`Entry::to_json`].
    pub fn to_json_lines(&self) -> String {
        self.entries.iter().map(|entry| entry.to_json() + "\n").collect()
    }

    /// Those for which `wanted` returns true.
    #[must_use]
    pub fn filter(&self, mut wanted: impl FnMut(&Entry) -> bool) -> Self {
        let entries = self.entries.iter().filter(|entry| wanted(entry)).cloned().collect();
        Self { entries, discarded: self.discarded }
    }
}

impl Index<usize> for Timeline {
    type Output = Entry;

    fn index(&self, index: usize) -> &Entry {
        &self.entries[index]
    }
}

impl IntoIterator for Timeline {
    type Item = Entry;
    type IntoIter = std::vec::IntoIter<Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'a> IntoIterator for &'a Timeline {
    type Item = &'a Entry;
    type IntoIter = slice::Iter<'a, Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.discarded > 0 {
            writeln!(f, "({} older entries were evicted)", self.discarded)?;
        }
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}
