//! A packet socket's ring (packet(7), `PACKET_RX_RING`): frames that the kernel puts into memory
//! which it shares with us, without a system call and without a copy in a queue.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::packet::{self, CUT, Recorded};

/// The ring's memory is made of blocks of this size, and no frame crosses two.
const BLOCK: usize = 64 << 10;
/// Where the frame begins at the latest in its slot, after the kernel's words about it.
const HEAD: usize = 80;

/// The ring of a socket.
pub(crate) struct Ring {
    socket: Arc<OwnedFd>,
    memory: NonNull<u8>,
    length: usize,
    /// The size of a frame's slot.
    slot: usize,
    slots: usize,
    next: usize,
    /// Whether the kernel tells how frames are to be cut.
    cut: bool,
}

// SAFETY: the memory belongs to this value alone, and nothing in it depends on a thread.
unsafe impl Send for Ring {}

impl Ring {
    /// Gives a socket that is not bound yet a ring with room for at least `frames` frames, of each
    /// of which the first `snaplen` bytes are kept. `cut` says whether the socket tells how they are to
    /// be cut ([`packet::tell_segments`]).
    ///
    /// The kernel takes its time, some ten milliseconds: it waits until no processor can be in the
    /// midst of a delivery to the socket.
    pub(crate) fn make(
        socket: OwnedFd,
        frames: usize,
        snaplen: usize,
        cut: bool,
    ) -> io::Result<Self> {
        let slot = (HEAD + snaplen).next_multiple_of(libc::TPACKET_ALIGNMENT);
        let blocks = frames.div_ceil(BLOCK / slot);
        let slots = blocks * (BLOCK / slot);
        let version = libc::tpacket_versions::TPACKET_V2 as i32;
        packet::set(socket.as_fd(), libc::SOL_PACKET, libc::PACKET_VERSION, &version)?;
        let request = libc::tpacket_req {
            tp_block_size: BLOCK as u32,
            tp_block_nr: blocks as u32,
            tp_frame_size: slot as u32,
            tp_frame_nr: slots as u32,
        };
        packet::set(socket.as_fd(), libc::SOL_PACKET, libc::PACKET_RX_RING, &request)?;
        let length = blocks * BLOCK;
        let memory = map(socket.as_fd(), length)?;
        Ok(Self { socket: Arc::new(socket), memory, length, slot, slots, next: 0, cut })
    }

    /// Takes all frames that are there, in their order, and gives their slots back. At most one
    /// round, so that it ends however fast new ones come.
    pub(crate) fn take(&mut self, mut visit: impl FnMut(Recorded, &[u8])) {
        for _ in 0..self.slots {
            let status = self.status();
            if status.load(Ordering::Acquire) & libc::TP_STATUS_USER == 0 {
                return;
            }
            let (recorded, bytes) = self.frame();
            visit(recorded, bytes);
            self.status().store(libc::TP_STATUS_KERNEL, Ordering::Release);
            self.next = (self.next + 1) % self.slots;
        }
    }

    /// Its socket.
    pub(crate) fn socket(&self) -> &Arc<OwnedFd> {
        &self.socket
    }

    fn start(&self) -> NonNull<u8> {
        let in_block = BLOCK / self.slot;
        let offset = self.next / in_block * BLOCK + self.next % in_block * self.slot;
        // SAFETY: `next` is less than the number of slots, all of which are within the memory.
        unsafe { self.memory.add(offset) }
    }

    /// Whose the next slot is, ours or the kernel's.
    fn status(&self) -> &AtomicU32 {
        // SAFETY: a slot begins with this word, aligned because slots are, in memory that lives as
        // long as `self`; the kernel and we change it only as a whole.
        unsafe { AtomicU32::from_ptr(self.start().as_ptr().cast()) }
    }

    /// The frame in the next slot, which is ours.
    fn frame(&self) -> (Recorded, &[u8]) {
        let start = self.start();
        // SAFETY: a slot begins with this header, aligned, and the kernel leaves it alone until
        // we give the slot back.
        let header = unsafe { start.cast::<libc::tpacket2_hdr>().read() };
        // SAFETY: the address follows the header, within the slot.
        let address = unsafe { start.add(ADDRESS) };
        // SAFETY: as above; the kernel wrote it, aligned as the header is.
        let address = unsafe { address.cast::<libc::sockaddr_ll>().read() };
        // The kernel keeps to it; a slice beyond the slot must not be made for anybody.
        let begin = usize::from(header.tp_mac).min(self.slot);
        let length = (header.tp_snaplen as usize).min(self.slot - begin);
        // SAFETY: `begin` is at most the size of the slot.
        let bytes = unsafe { start.add(begin) };
        // SAFETY: the bytes are within the slot, which is ours until the status is changed, and
        // that takes `&mut self`.
        let bytes = unsafe { std::slice::from_raw_parts(bytes.as_ptr(), length) };
        let recorded = Recorded {
            time: Duration::new(u64::from(header.tp_sec), header.tp_nsec),
            length: header.tp_len,
            interface: address.sll_ifindex as u32,
            segment: self.segment(begin),
        };
        (recorded, bytes)
    }
}

impl Ring {
    /// The size of the pieces of the frame in the next slot, which is ours and begins there.
    fn segment(&self, begin: usize) -> u16 {
        let Some(at) = begin.checked_sub(CUT).filter(|_| self.cut) else { return 0 };
        // SAFETY: `at` is less than the size of the slot.
        let cut = unsafe { self.start().add(at) };
        // SAFETY: the kernel writes these bytes right before the frame, and leaves them alone until
        // we give the slot back.
        let cut = unsafe { cut.cast::<[u8; CUT]>().read() };
        packet::segment(&cut)
    }
}

/// Where the address is in a slot: after the header.
const ADDRESS: usize = size_of::<libc::tpacket2_hdr>().next_multiple_of(libc::TPACKET_ALIGNMENT);

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, of this length, and nothing points into it any more. That
        // it fails would be our own fault, and harms nobody: the memory stays until the end.
        unsafe { libc::munmap(self.memory.as_ptr().cast(), self.length) };
    }
}

fn map(socket: BorrowedFd<'_>, length: usize) -> io::Result<NonNull<u8>> {
    // SAFETY: a new mapping at an address that the kernel chooses touches no memory of ours.
    let memory = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            length,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED,
            socket.as_raw_fd(),
            0,
        )
    };
    if memory == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    NonNull::new(memory.cast()).ok_or_else(|| io::Error::other("a ring at address zero"))
}
