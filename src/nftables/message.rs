use super::family::TableFamily;
use crate::netlink::{Attributes, Message, Request};

/// netlink(7)
pub(crate) const NETLINK_NETFILTER: i32 = libc::NETLINK_NETFILTER;

/// linux/netfilter/nfnetlink.h
const NFNL_SUBSYS_NFTABLES: u16 = 10;
const NFNL_MSG_BATCH_BEGIN: u16 = 16;
const NFNL_MSG_BATCH_END: u16 = 17;
/// `struct nfgenmsg`: family, version, resource.
const HEADER: usize = 4;

/// As much goes to the kernel in one piece. A piece may be no larger than the socket's buffer for
/// sending, which for an ordinary user is `net.core.wmem_max`, by default 212,992 bytes (socket(7)).
const PIECE: usize = 128 * 1024;

/// A message of nftables.
pub(super) fn message(kind: u16, family: TableFamily, attributes: &Attributes) -> Message {
    Message::new(NFNL_SUBSYS_NFTABLES << 8 | kind, &[family.number(), 0, 0, 0], attributes)
}

/// A message of transactions: where one begins, or ends.
fn mark(kind: u16) -> Message {
    let [high, low] = NFNL_SUBSYS_NFTABLES.to_be_bytes();
    Message::new(kind, &[0, 0, high, low], &Attributes::new())
}

/// What it is about, without the subsystem.
pub(super) fn kind(message: &Message) -> u16 {
    message.kind & 0xff
}

pub(super) fn attributes(message: &Message) -> &[u8] {
    message.attributes(HEADER)
}

/// Its length with the header of netlink, and rounded up.
fn length(request: &Request) -> usize {
    request.message().bytes.len() + 20
}

/// Whether all of it goes to the kernel in one piece.
pub(crate) fn fits(some: &[Request], others: &[Request]) -> bool {
    some.iter().chain(others).map(length).sum::<usize>() <= PIECE
}

/// Puts requests between the marks that make them transactions: as few as their size permits, in
/// order. What must take effect in one step is one small request at the end.
pub(crate) fn batches(requests: Vec<Request>) -> Vec<Vec<Request>> {
    let begin = || vec![Request::unacknowledged(mark(NFNL_MSG_BATCH_BEGIN))];
    let mut all = Vec::new();
    let (mut batch, mut size) = (begin(), 0);
    for request in requests {
        size += length(&request);
        if size > PIECE && batch.len() > 1 {
            all.push(std::mem::replace(&mut batch, begin()));
            size = length(&request);
        }
        batch.push(request);
    }
    all.push(batch);
    for batch in &mut all {
        batch.push(Request::unacknowledged(mark(NFNL_MSG_BATCH_END)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(size: usize) -> Request {
        let attributes = Attributes::new().bytes(1, &vec![0; size]);
        Request::new("add", message(0, TableFamily::Inet, &attributes), 0)
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
            let size: usize = batch.iter().map(length).sum();
            assert!(size < PIECE + 100, "{size}");
        }
        let requests: usize = all.iter().map(|batch| batch.len() - 2).sum();
        assert_eq!(requests, 20);
    }
}
