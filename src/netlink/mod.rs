//! Requests to the kernel over netlink(7), each with its acknowledgement demanded.
//!
//! The messages come from `rtnetlink`, and from [`nftables`](crate::nftables); the exchange is
//! blocking and our own. rtnetlink's asynchronous connection needs a runtime in synchronous tests,
//! answers `Ok` when its task is gone and nothing was done, and has no place for the kernel's own
//! words. Several requests go out in one send, which is as fast as pipelining.

mod attributes;
mod raw;
mod route;

pub(crate) use attributes::{Attributes, each};
pub(crate) use raw::raw_message;
pub(crate) use route::{NETLINK_ROUTE, RouteRequest};

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rtnetlink::packet_core::{
    NLM_F_ACK, NLM_F_REQUEST, NetlinkDeserializable, NetlinkHeader, NetlinkMessage, NetlinkPayload,
    NetlinkSerializable,
};
use rtnetlink::sys::{Socket, SocketAddr};

use crate::Error;

/// As many requests as one send takes: their acknowledgements fit into the default buffer.
const BATCH: usize = 100;

// linux/netlink.h; these are not in any of the libraries.
const NLM_F_CAPPED: u16 = 0x100;
const NLM_F_ACK_TLVS: u16 = 0x200;
const NLMSGERR_ATTR_MSG: u16 = 1;
const HEADER: usize = 16;

/// A socket to one of netlink's families, in the namespace of the thread that opened it.
pub(crate) struct Netlink {
    socket: Socket,
    sequence: u32,
}

impl AsFd for Netlink {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// One request: what is done, in words, and the message that does it.
pub(crate) struct Request<M> {
    operation: String,
    message: M,
    flags: u16,
}

impl<M> Request<M> {
    /// A request that is to be acknowledged.
    pub(crate) fn new(operation: impl Into<String>, message: M, flags: u16) -> Self {
        Self { operation: operation.into(), message, flags: flags | NLM_F_REQUEST | NLM_F_ACK }
    }

    pub(crate) fn message(&self) -> &M {
        &self.message
    }

    /// A request that the kernel does not acknowledge, such as the ends of a transaction.
    pub(crate) fn unacknowledged(message: M) -> Self {
        Self { operation: String::new(), message, flags: NLM_F_REQUEST }
    }
}

impl Netlink {
    /// Opens a socket in the network namespace of the calling thread.
    pub(crate) fn open(protocol: isize) -> io::Result<Self> {
        let mut socket = Socket::new(protocol)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        // Words for failures, and no copy of the request in each answer. Older kernels have
        // neither and lose only the words.
        let _ = socket.set_ext_ack(true);
        let _ = socket.set_cap_ack(true);
        Ok(Self { socket, sequence: 0 })
    }

    /// Listens to announcements of a multicast group.
    pub(crate) fn join(&mut self, group: u32) -> io::Result<()> {
        self.socket.add_membership(group)
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
    pub(crate) fn execute<M: NetlinkSerializable>(
        &mut self,
        requests: Vec<Request<M>>,
    ) -> Result<(), Error> {
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
    pub(crate) fn execute_batch<M>(&mut self, requests: Vec<Request<M>>) -> Result<Vec<M>, Error>
    where
        M: NetlinkSerializable + NetlinkDeserializable,
    {
        let mut echoes = Vec::new();
        for bytes in self.exchange(acknowledged_once(requests))? {
            let echo = Answers(&bytes).find_map(|answer| answer.message().transpose());
            let echo = echo.transpose().map_err(|cause| Error::new("read an echo", cause))?;
            echoes.extend(echo);
        }
        Ok(echoes)
    }

    /// Sends the requests, awaits all acknowledgements, and returns what else came.
    fn exchange<M: NetlinkSerializable>(
        &mut self,
        requests: Vec<Request<M>>,
    ) -> Result<Vec<Vec<u8>>, Error> {
        let first = self.sequence + 1;
        let size = |one: &Request<M>| HEADER + one.message.buffer_len().next_multiple_of(4);
        let mut buffer = Vec::with_capacity(requests.iter().map(size).sum());
        let mut operations = Vec::with_capacity(requests.len());
        let mut awaited = Vec::with_capacity(requests.len());
        for Request { operation, message, flags } in requests {
            self.append(&mut buffer, message, flags);
            operations.push(operation);
            awaited.push(flags & NLM_F_ACK != 0);
        }
        let what = || operations.iter().find(|operation| !operation.is_empty()).cloned();
        let what = || what().unwrap_or_default();
        let sent = self.socket.send(&buffer, 0);
        sent.map_err(|error| Error::os(what(), error))?;
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
                    echoes.push(answer.bytes.to_vec());
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
    pub(crate) fn query<M>(&mut self, request: Request<M>) -> Result<Vec<M>, Error>
    where
        M: NetlinkSerializable + NetlinkDeserializable,
    {
        let Request { operation, message, flags } = request;
        let ours = |error| Error::os(operation.clone(), error);
        let mut buffer = Vec::new();
        let sequence = self.append(&mut buffer, message, flags);
        self.socket.send(&buffer, 0).map_err(ours)?;
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
                    _ => found.extend(
                        answer.message().map_err(|error| Error::new(operation.clone(), error))?,
                    ),
                }
            }
        }
    }

    /// Serialises a message with the next sequence number, which it returns.
    fn append<M: NetlinkSerializable>(
        &mut self,
        buffer: &mut Vec<u8>,
        message: M,
        flags: u16,
    ) -> u32 {
        self.sequence += 1;
        let mut header = NetlinkHeader::default();
        header.flags = flags;
        header.sequence_number = self.sequence;
        let mut message = NetlinkMessage::new(header, NetlinkPayload::InnerMessage(message));
        message.finalize();
        let start = buffer.len();
        buffer.resize(start + message.buffer_len().next_multiple_of(4), 0);
        message.serialize(&mut buffer[start..]);
        self.sequence
    }

    /// The next datagram. The kernel answers before its `send` returns, so this does not wait.
    fn receive(&self) -> io::Result<Vec<u8>> {
        let mut buffer = Vec::with_capacity(32 * 1024);
        let length = self.socket.recv(&mut buffer, libc::MSG_DONTWAIT | libc::MSG_TRUNC)?;
        if length > buffer.len() {
            return Err(io::Error::other("an answer of the kernel is longer than 32 KiB"));
        }
        Ok(buffer)
    }
}

/// Has the last of the requests acknowledged alone, which the kernel does after all of them. A failure
/// is told for each, and all acknowledgements of a large transaction would not fit into the socket's
/// buffer.
fn acknowledged_once<M>(mut requests: Vec<Request<M>>) -> Vec<Request<M>> {
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
    /// The object that it carries, if it carries one.
    fn message<M: NetlinkDeserializable>(&self) -> Result<Option<M>, String> {
        let message =
            NetlinkMessage::<M>::deserialize(self.bytes).map_err(|error| error.to_string())?;
        Ok(match message.payload {
            NetlinkPayload::InnerMessage(message) => Some(message),
            _ => None,
        })
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
