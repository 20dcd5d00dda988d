//! What a node must remember after it was killed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::message::Node;

/// A node's files, in the folder that it was given.
pub(crate) struct Record {
    vote: PathBuf,
    led: File,
}

impl Record {
    pub(crate) fn open(folder: &Path, node: Node) -> io::Result<Self> {
        let led = OpenOptions::new().create(true).append(true).open(led_file(folder, node))?;
        Ok(Self { vote: folder.join(format!("{node}.vote")), led })
    }

    /// The last term in which it has voted, and for whom.
    pub(crate) fn vote(&self) -> io::Result<Option<(u64, Node)>> {
        let text = match fs::read_to_string(&self.vote) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let words = text.split_once(' ');
        let vote = words.and_then(|(term, node)| Some((term.parse().ok()?, node.parse().ok()?)));
        vote.map(Some).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, text))
    }

    /// Writes its vote atomically, before anybody is told.
    pub(crate) fn set_vote(&self, term: u64, node: Node) -> io::Result<()> {
        let new = self.vote.with_extension("new");
        let mut file = File::create(&new)?;
        write!(file, "{term} {node}")?;
        file.sync_all()?;
        fs::rename(new, &self.vote)
    }

    /// Records that it leads in this term, before it does.
    pub(crate) fn lead(&mut self, term: u64) -> io::Result<()> {
        self.led.write_all(format!("{term}\n").as_bytes())?;
        self.led.sync_all()
    }
}

fn led_file(folder: &Path, node: Node) -> PathBuf {
    folder.join(format!("{node}.led"))
}

/// The terms in which a node has led, whatever has happened to it since.
pub(crate) fn led(folder: &Path, node: Node) -> io::Result<Vec<u64>> {
    match fs::read_to_string(led_file(folder, node)) {
        // A line without an end is still being written.
        Ok(text) => Ok(text
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n')?.parse().ok())
            .collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
