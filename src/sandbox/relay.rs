use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, poll};

/// How long a sandbox may take to come into being, in milliseconds: the kernel makes and unmakes
/// namespaces one at a time, and hundreds may be waiting.
const PATIENCE: u16 = 30_000;

/// More than a pipe holds, so that what is left in it at the end is read in one go.
const AT_ONCE: u64 = 1 << 20;

/// The runner's end of a pipe, read whenever there is something.
pub(super) struct Stream {
    pipe: Option<io::PipeReader>,
    /// What has been read and not been taken.
    pub(super) bytes: Vec<u8>,
}

impl Stream {
    /// Takes a pipe's reading end and makes it non-blocking.
    fn new(pipe: io::PipeReader) -> io::Result<Self> {
        fcntl(&pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        Ok(Self { pipe: Some(pipe), bytes: Vec::new() })
    }

    /// Makes a pipe, whose reading end we keep.
    pub(super) fn pipe() -> io::Result<(Self, io::PipeWriter)> {
        let (reader, writer) = io::pipe()?;
        Ok((Self::new(reader)?, writer))
    }

    /// What poll(2) is to watch, until everyone at the other end is gone.
    pub(super) fn watched(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// Reads what is there, to a bound: a test that writes without end must not keep the runner
    /// from looking at the clock.
    pub(super) fn drain(&mut self) -> io::Result<()> {
        let Some(pipe) = &mut self.pipe else { return Ok(()) };
        match pipe.take(AT_ONCE).read_to_end(&mut self.bytes) {
            Ok(read) if read as u64 == AT_ONCE => {}
            Ok(_) => self.pipe = None,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Waits until `size` bytes are there, or nobody is left to write them.
    pub(super) fn await_bytes(&mut self, size: usize) -> io::Result<()> {
        loop {
            self.drain()?;
            let Some(pipe) = self.watched() else { return Ok(()) };
            if self.bytes.len() >= size {
                return Ok(());
            }
            let mut watched = [PollFd::new(pipe, PollFlags::POLLIN)];
            match poll(&mut watched, PATIENCE) {
                Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Takes the text that is complete; a character that is cut off waits for its rest.
    pub(super) fn take_text(&mut self) -> String {
        let rest = self.bytes.split_off(self.bytes.len() - cut_off(&self.bytes));
        let text = std::mem::replace(&mut self.bytes, rest);
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Takes all the text, when nothing more can come.
    pub(super) fn take_rest(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.bytes)).into_owned()
    }
}

/// How many bytes at the end are the beginning of a character.
fn cut_off(bytes: &[u8]) -> usize {
    let invalid = bytes.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
    match std::str::from_utf8(invalid) {
        Err(error) if error.error_len().is_none() => invalid.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_character_in_two_pieces_arrives_whole() -> io::Result<()> {
        let (reader, mut writer) = io::pipe()?;
        let mut stream = Stream::new(reader)?;
        writer.write_all(b"gr\xc3")?;
        stream.drain()?;
        assert_eq!(stream.take_text(), "gr");
        assert_eq!(stream.take_text(), "");
        writer.write_all(b"\xbc\xc3\x9fe")?;
        drop(writer);
        stream.drain()?;
        assert_eq!(stream.take_text(), "üße");
        assert!(stream.watched().is_none());
        Ok(())
    }

    #[test]
    fn what_is_no_text_is_not_lost() -> io::Result<()> {
        let (reader, mut writer) = io::pipe()?;
        let mut stream = Stream::new(reader)?;
        writer.write_all(b"\xff \xe2\x82")?;
        stream.drain()?;
        assert_eq!(stream.take_text(), "\u{fffd} ");
        writer.write_all(b"\xac \xe2\x82")?;
        stream.drain()?;
        assert_eq!(stream.take_text(), "€ ");
        assert_eq!(stream.take_rest(), "\u{fffd}");
        Ok(())
    }

    #[test]
    fn a_writer_that_never_stops_does_not_keep_the_reader() -> io::Result<()> {
        let (reader, mut writer) = io::pipe()?;
        let mut stream = Stream::new(reader)?;
        let writer =
            std::thread::spawn(move || while writer.write_all(&[b'y'; 1 << 16]).is_ok() {});
        for round in 1..4 {
            stream.drain()?;
            assert!(stream.bytes.len() as u64 <= round * AT_ONCE);
        }
        drop(stream);
        writer.join().expect("it ends with the reader");
        Ok(())
    }
}
