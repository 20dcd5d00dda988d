use super::family::TableFamily;
use crate::netlink::{Attributes, Request, raw_message};

/// netlink(7)
pub(crate) const NETLINK_NETFILTER: isize = libc::NETLINK_NETFILTER as isize;

/// linux/netfilter/nfnetlink.h
const NFNL_SUBSYS_NFTABLES: u16 = 10;
const NFNL_MSG_BATCH_BEGIN: u16 = 16;
const NFNL_MSG_BATCH_END: u16 = 17;
/// `struct nfgenmsg`: family, version, resource.
const HEADER: usize = 4;

/// As much goes to the kernel in one piece. A piece may be no larger than the socket's buffer for
/// sending, which for an ordinary user is `net.core.wmem_max`, by default 212,992 bytes (socket(7)).
const PIECE: usize = 128 * 1024;

/// A message of nftables, or of its transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    kind: u16,
    bytes: Vec<u8>,
}

pub(crate) type NftRequest = Request<Message>;

impl Message {
    pub(super) fn new(kind: u16, family: TableFamily, attributes: &Attributes) -> Self {
        let bytes = [&[family.number(), 0, 0, 0], attributes.as_bytes()].concat();
        Self { kind: NFNL_SUBSYS_NFTABLES << 8 | kind, bytes }
    }

    fn mark(kind: u16) -> Self {
        let mut bytes = vec![0, 0];
        bytes.extend(NFNL_SUBSYS_NFTABLES.to_be_bytes());
        Self { kind, bytes }
    }

    /// What it is about, without the subsystem.
    pub(super) fn kind(&self) -> u16 {
        self.kind & 0xff
    }

    pub(super) fn attributes(&self) -> &[u8] {
        self.bytes.get(HEADER..).unwrap_or_default()
    }

    fn len(&self) -> usize {
        // With the header of netlink, and rounded up.
        self.bytes.len() + 20
    }
}

/// Whether all of it goes to the kernel in one piece.
pub(crate) fn fits(some: &[NftRequest], others: &[NftRequest]) -> bool {
    some.iter().chain(others).map(|request| request.message().len()).sum::<usize>() <= PIECE
}

/// Puts requests between the marks that make them transactions: as few as their size permits, in
/// order. What must take effect in one step is one small request at the end.
pub(crate) fn batches(requests: Vec<NftRequest>) -> Vec<Vec<NftRequest>> {
    let begin = || vec![Request::unacknowledged(Message::mark(NFNL_MSG_BATCH_BEGIN))];
    let mut all = Vec::new();
    let (mut batch, mut size) = (begin(), 0);
    for request in requests {
        size += request.message().len();
        if size > PIECE && batch.len() > 1 {
            all.push(std::mem::replace(&mut batch, begin()));
            size = request.message().len();
        }
        batch.push(request);
    }
    all.push(batch);
    for batch in &mut all {
        batch.push(Request::unacknowledged(Message::mark(NFNL_MSG_BATCH_END)));
    }
    all
}

raw_message!(Message);

#[cfg(test)]
mod tests {
    use super::*;

    fn request(size: usize) -> NftRequest {
        let attributes = Attributes::new().bytes(1, &vec![0; size]);
        Request::new("add", Message::new(0, TableFamily::Inet, &attributes), 0)
    }

    #[test]
    fn a_transaction_has_its_marks() {
        let all = batches(vec![request(4), request(4)]);
        let kinds: Vec<_> = all[0].iter().map(|request| request.message().kind).collect();
        assert_eq!(kinds, [NFNL_MSG_BATCH_BEGIN, 0xa00, 0xa00, NFNL_MSG_BATCH_END]);
        assert_eq!(all.len(), 1);
    }

    #[test]
    fn no_piece_is_larger_than_an_ordinary_user_may_send() {
        let all = batches((0..20).map(|_| request(30_000)).collect());
        assert!(all.len() > 4);
        for batch in &all {
            let size: usize = batch.iter().map(|request| request.message().len()).sum();
            assert!(size < PIECE + 100, "{size}");
        }
        let requests: usize = all.iter().map(|batch| batch.len() - 2).sum();
        assert_eq!(requests, 20);
    }
}
