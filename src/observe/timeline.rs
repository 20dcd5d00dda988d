use std::fmt;
use std::ops::Index;
use std::slice;
use std::time::Instant;

use crate::record::clock;
use crate::record::{self, Entry, Event};
use crate::{Host, Net};

impl Net {
    /// What has happened so far, in this net and outside it.
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
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// net.mark("the old leader is asked to step down");
    /// # let _ = (server, client);
    /// # Ok(()) }
    /// ```
    pub fn mark(&self, text: impl Into<String>) {
        record::note(self.number(), Event::Mark { text: text.into() });
    }
}

/// The ordered record of a test: faults, traffic of the fixtures, states of sockets, claims,
/// processes and marks, by monotonic time from the beginning of the test.
///
/// From [`Net::timeline`], as it was at that moment. Its filters return what remains, so they can be
/// chained, and do not change the original. It prints one entry per line.
///
/// ```no_run
/// # use netns_test::*;
/// # fn t(net: Net, server: Host, client: Host) -> Result {
/// net.mark("before");
/// client.block(&server)?.unblock()?;
/// let timeline = net.timeline();
/// println!("{}", timeline.faults());
/// assert!(timeline.iter().all(|entry| !entry.event.is_failure()), "{timeline}");
/// # Ok(()) }
/// ```
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

    /// The entries as a slice, in order of time.
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

    /// Entries about a host, alone or together with others.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// println!("what `server` has to do with:\n{}", net.timeline().of_host(&server));
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn of_host(&self, host: &Host) -> Self {
        self.filter(|entry| entry.event.is_about(host.name()))
    }

    /// Entries from a moment on, for instance from [`Block::in_effect_at`](crate::Block::in_effect_at).
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let block = client.block(&server)?;
    /// // ... traffic
    /// println!("{}", net.timeline().traffic().since(block.in_effect_at()));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn since(&self, at: Instant) -> Self {
        let at = clock::since_start(at);
        self.filter(|entry| entry.at >= at)
    }

    /// Entries before a moment.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let block = client.block(&server)?;
    /// let before = net.timeline().traffic().until(block.in_effect_at());
    /// assert!(before.iter().all(|entry| !entry.event.is_failure()), "{before}");
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn until(&self, at: Instant) -> Self {
        let at = clock::since_start(at);
        self.filter(|entry| entry.at < at)
    }

    /// Entries about faults.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// client.block(&server)?.unblock()?;
    /// println!("{}", net.timeline().faults());                // asked for, in effect, lifted
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn faults(&self) -> Self {
        self.filter(|entry| matches!(entry.event, Event::Fault { .. }))
    }

    /// Entries about what the traffic fixtures did.
    #[must_use]
    pub fn traffic(&self) -> Self {
        self.filter(|entry| matches!(entry.event, Event::Traffic { .. }))
    }

    /// Entries about claims.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let claims = net.timeline().claims();
    /// println!("how long each has taken:\n{claims}");
    /// # let _ = (server, client);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn claims(&self) -> Self {
        self.filter(|entry| matches!(entry.event, Event::Claim { .. }))
    }

    /// Entries about processes.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let worker = server.start("my-worker")?;
    /// worker.kill()?;
    /// assert_eq!(net.timeline().processes().of_host(&server).len(), 3);       // started, signalled, ended
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn processes(&self) -> Self {
        self.filter(|entry| matches!(entry.event, Event::Process { .. }))
    }

    /// The marks of the test itself.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// net.mark("leader elected");
    /// assert_eq!(net.timeline().marks().len(), 1);
    /// # let _ = (server, client);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn marks(&self) -> Self {
        self.filter(|entry| matches!(entry.event, Event::Mark { .. }))
    }

    /// All entries as JSON, one per line; see [`Entry::to_json`].
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// std::fs::write("timeline.jsonl", net.timeline().to_json_lines())?;
    /// # let _ = (server, client);
    /// # Ok(()) }
    /// ```
    pub fn to_json_lines(&self) -> String {
        self.entries.iter().map(|entry| entry.to_json() + "\n").collect()
    }

    /// Entries for which `wanted` returns true.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// let failed = net.timeline().filter(|entry| entry.event.is_failure());
    /// assert!(failed.is_empty(), "{failed}");
    /// # let _ = (server, client);
    /// # Ok(()) }
    /// ```
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
