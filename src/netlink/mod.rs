//! Requests to the kernel over netlink(7), each with its acknowledgement demanded.
//!
//! What the messages say is their families' matter ([`netlink_route`](crate::netlink_route),
//! [`nftables`](crate::nftables)). The exchange is blocking: the kernel answers before its `send` returns,
//! and several requests go out in one send, which is as fast as pipelining. A request without its
//! acknowledgement never counts as done, and the kernel's own words are part of the error.

mod attributes;
mod message;

pub(crate) use attributes::{Attributes, each};
pub(crate) use message::Message;

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::sys::socket::{MsgFlags, send};

use crate::Error;
use crate::sys::netlink as socket;

// netlink(7): what is to be done with a request.
pub(crate) const NLM_F_CREATE: u16 = libc::NLM_F_CREATE as u16;
pub(crate) const NLM_F_EXCL: u16 = libc::NLM_F_EXCL as u16;
pub(crate) const NLM_F_REPLACE: u16 = libc::NLM_F_REPLACE as u16;
pub(crate) const NLM_F_APPEND: u16 = libc::NLM_F_APPEND as u16;
pub(crate) const NLM_F_ECHO: u16 = libc::NLM_F_ECHO as u16;
pub(crate) const NLM_F_DUMP: u16 = libc::NLM_F_DUMP as u16;
const NLM_F_REQUEST: u16 = libc::NLM_F_REQUEST as u16;
const NLM_F_ACK: u16 = libc::NLM_F_ACK as u16;
// And of an answer.
const NLM_F_CAPPED: u16 = libc::NLM_F_CAPPED as u16;
const NLM_F_ACK_TLVS: u16 = libc::NLM_F_ACK_TLVS as u16;

/// linux/netlink.h
const NLMSGERR_ATTR_MSG: u16 = 1;
/// `struct nlmsghdr`
const HEADER: usize = 16;

/// As many requests as one send takes: their acknowledgements fit into the default buffer.
const BATCH: usize = 100;

/// No answer is longer: the kernel puts what it lists into datagrams of at most as many bytes.
const LONGEST: usize = 32 * 1024;

/// A socket to one of netlink's families, in the namespace of the thread that opened it.
pub(crate) struct Netlink {
    socket: OwnedFd,
    sequence: u32,
}

impl AsFd for Netlink {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// One request: what is done, in words, and the message that does it.
pub(crate) struct Request {
    operation: String,
    message: Message,
    flags: u16,
}

impl Request {
    /// A request that is to be acknowledged.
    pub(crate) fn new(operation: impl Into<String>, message: Message, flags: u16) -> Self {
        Self { operation: operation.into(), message, flags: flags | NLM_F_REQUEST | NLM_F_ACK }
    }

    pub(crate) fn message(&self) -> &Message {
        &self.message
    }

    /// A request that the kernel does not acknowledge, such as the ends of a transaction.
    pub(crate) fn unacknowledged(message: Message) -> Self {
        Self { operation: String::new(), message, flags: NLM_F_REQUEST }
    }
}

impl Netlink {
    /// Opens a socket in the network namespace of the calling thread.
    pub(crate) fn open(protocol: i32) -> io::Result<Self> {
        Ok(Self { socket: socket::open(protocol)?, sequence: 0 })
    }

    /// Listens to announcements of a multicast group.
    pub(crate) fn join(&self, group: u32) -> io::Result<()> {
        socket::join(self.socket.as_fd(), group)
    }

    /// Throws away what has arrived.
    pub(crate) fn discard(&self) -> io::Result<()> {
        loop {
            match self.receive() {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends all requests at once, and waits until the kernel has done them.
    ///
    /// # Errors
    ///
    /// The first that failed, in the order of the requests. Those before it are done, and those
    /// behind it may be, unless the family works in transactions.
    pub(crate) fn execute(&mut self, requests: Vec<Request>) -> Result<(), Error> {
        let mut requests = requests;
        while requests.len() > BATCH {
            let rest = requests.split_off(BATCH);
            self.exchange(acknowledged_once(requests))?;
            requests = rest;
        }
        self.exchange(acknowledged_once(requests)).map(drop)
    }

    /// Sends all requests in one datagram, however many: a transaction must not be cut. Returns
    /// what the kernel echoed (`NLM_F_ECHO`).
    pub(crate) fn execute_batch(&mut self, requests: Vec<Request>) -> Result<Vec<Message>, Error> {
        self.exchange(acknowledged_once(requests))
    }

    /// Sends the requests, awaits all acknowledgements, and returns what else came.
    fn exchange(&mut self, requests: Vec<Request>) -> Result<Vec<Message>, Error> {
        let first = self.sequence + 1;
        let size = |one: &Request| HEADER + one.message.bytes.len().next_multiple_of(4);
        let mut buffer = Vec::with_capacity(requests.iter().map(size).sum());
        let mut operations = Vec::with_capacity(requests.len());
        let mut awaited = Vec::with_capacity(requests.len());
        for Request { operation, message, flags } in requests {
            self.append(&mut buffer, &message, flags);
            operations.push(operation);
            awaited.push(flags & NLM_F_ACK != 0);
        }
        let what = || operations.iter().find(|operation| !operation.is_empty()).cloned();
        let what = || what().unwrap_or_default();
        self.send(&buffer).map_err(|error| Error::os(what(), error))?;
        let mut echoes = Vec::new();
        let mut errors: Vec<(u32, Error)> = Vec::new();
        while awaited.contains(&true) {
            let datagram = match self.receive() {
                // The kernel may give up at a failure, and say nothing of the rest.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && !errors.is_empty() => {
                    break;
                }
                received => received.map_err(|error| Error::os(what(), error))?,
            };
            for answer in Answers(&datagram) {
                let at = answer.sequence.wrapping_sub(first);
                let Some(waiting) = awaited.get_mut(at as usize) else { continue };
                if answer.kind != libc::NLMSG_ERROR {
                    echoes.push(answer.message());
                    continue;
                }
                *waiting = false;
                if let Some(error) = answer.error() {
                    let operation = operations[at as usize].clone();
                    errors.push((at, Error::netlink(operation, error, answer.explanation())));
                }
            }
        }
        match errors.into_iter().min_by_key(|(at, _)| *at) {
            Some((_, error)) => Err(error),
            None => Ok(echoes),
        }
    }

    /// Asks for one object, or with `NLM_F_DUMP` for all, and returns the answers.
    pub(crate) fn query(&mut self, request: Request) -> Result<Vec<Message>, Error> {
        let Request { operation, message, flags } = request;
        let ours = |error| Error::os(operation.clone(), error);
        let mut buffer = Vec::new();
        let sequence = self.append(&mut buffer, &message, flags);
        self.send(&buffer).map_err(ours)?;
        let mut found = Vec::new();
        loop {
            let datagram = self.receive().map_err(ours)?;
            for answer in Answers(&datagram).filter(|answer| answer.sequence == sequence) {
                match answer.kind {
                    libc::NLMSG_DONE => return Ok(found),
                    libc::NLMSG_ERROR => match answer.error() {
                        Some(error) => {
                            return Err(Error::netlink(operation, error, answer.explanation()));
                        }
                        None => return Ok(found),
                    },
                    _ => found.push(answer.message()),
                }
            }
        }
    }

    /// Writes a message with the next sequence number, which it returns.
    fn append(&mut self, buffer: &mut Vec<u8>, message: &Message, flags: u16) -> u32 {
        self.sequence += 1;
        let length = HEADER + message.bytes.len();
        let end = buffer.len() + length.next_multiple_of(4);
        buffer.extend((length as u32).to_ne_bytes());
        buffer.extend(message.kind.to_ne_bytes());
        buffer.extend(flags.to_ne_bytes());
        buffer.extend(self.sequence.to_ne_bytes());
        // The sender's address, which the kernel knows.
        buffer.extend([0; 4]);
        buffer.extend(&message.bytes);
        buffer.resize(end, 0);
        self.sequence
    }

    fn send(&self, buffer: &[u8]) -> io::Result<()> {
        send(self.socket.as_raw_fd(), buffer, MsgFlags::empty())?;
        Ok(())
    }

    /// The next datagram. The kernel answers before its `send` returns, so this does not wait.
    fn receive(&self) -> io::Result<Vec<u8>> {
        socket::receive(self.socket.as_fd(), LONGEST)
    }
}

/// Has the last of the requests acknowledged alone, which the kernel does after all of them. A failure
/// is told for each, and all acknowledgements of a large transaction would not fit into the socket's
/// buffer.
fn acknowledged_once(mut requests: Vec<Request>) -> Vec<Request> {
    let mut last_first = requests.iter_mut().rev().filter(|one| one.flags & NLM_F_ACK != 0);
    last_first.next();
    last_first.for_each(|one| one.flags &= !NLM_F_ACK);
    requests
}

/// The messages of one datagram.
struct Answers<'a>(&'a [u8]);

struct Answer<'a> {
    kind: i32,
    flags: u16,
    sequence: u32,
    bytes: &'a [u8],
}

impl<'a> Iterator for Answers<'a> {
    type Item = Answer<'a>;

    fn next(&mut self) -> Option<Answer<'a>> {
        let length = u32_at(self.0, 0)? as usize;
        let bytes = self.0.get(..length).filter(|_| length >= HEADER)?;
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(Answer {
            kind: i32::from(u16_at(bytes, 4)?),
            flags: u16_at(bytes, 6)?,
            sequence: u32_at(bytes, 8)?,
            bytes,
        })
    }
}

impl Answer<'_> {
    fn message(&self) -> Message {
        Message { kind: self.kind as u16, bytes: self.bytes[HEADER..].to_vec() }
    }

    /// The errno of an acknowledgement, if it is one of a failure.
    fn error(&self) -> Option<io::Error> {
        if self.kind != libc::NLMSG_ERROR {
            return None;
        }
        let code = u32_at(self.bytes, HEADER)? as i32;
        (code != 0).then(|| io::Error::from_raw_os_error(code.wrapping_neg()))
    }

    /// The kernel's own words (`NLMSGERR_ATTR_MSG`).
    fn explanation(&self) -> Option<String> {
        if self.flags & NLM_F_ACK_TLVS == 0 {
            return None;
        }
        let echoed = match self.flags & NLM_F_CAPPED {
            0 => (u32_at(self.bytes, HEADER + 4)? as usize).next_multiple_of(4),
            _ => HEADER,
        };
        let mut attributes = each(self.bytes.get(HEADER + 4 + echoed..)?);
        let (_, text) = attributes.find(|(kind, _)| *kind == NLMSGERR_ATTR_MSG)?;
        Some(String::from_utf8_lossy(text.strip_suffix(b"\0")?).into_owned())
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}
