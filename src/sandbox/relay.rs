use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, poll};

/// How long a sandbox may take to come into being, in milliseconds: the kernel makes and unmakes
/// namespaces one at a time, and hundreds may be waiting.
const PATIENCE: u16 = 30_000;

/// The runner's end of a pipe, read whenever there is something.
pub(super) struct Stream {
    pipe: Option<io::PipeReader>,
    /// What has been read and not been taken.
    pub(super) bytes: Vec<u8>,
}

impl Stream {
    /// Takes a pipe's reading end and makes it non-blocking.
    pub(super) fn new(pipe: io::PipeReader) -> io::Result<Self> {
        fcntl(&pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        Ok(Self { pipe: Some(pipe), bytes: Vec::new() })
    }

    /// What poll(2) is to watch, until everyone at the other end is gone.
    pub(super) fn watched(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// Reads all that is there.
    pub(super) fn drain(&mut self) -> io::Result<()> {
        let Some(pipe) = &mut self.pipe else { return Ok(()) };
        match pipe.read_to_end(&mut self.bytes) {
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
        let whole = match std::str::from_utf8(&self.bytes) {
            Ok(_) => self.bytes.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.bytes.len(),
        };
        let rest = self.bytes.split_off(whole);
        let text = std::mem::replace(&mut self.bytes, rest);
        String::from_utf8_lossy(&text).into_owned()
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
        writer.write_all(b"\xbc\xc3\x9fe")?;
        drop(writer);
        stream.drain()?;
        assert_eq!(stream.take_text(), "üße");
        assert!(stream.watched().is_none());
        Ok(())
    }
}
