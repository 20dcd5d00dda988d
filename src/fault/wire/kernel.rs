//! What this kernel's nftables have. It does not change while it runs.

use std::sync::OnceLock;

use crate::netlink::{Message, NLM_F_CREATE, Request};

use crate::net::Namespace;
use crate::nftables::{
    NETLINK_NETFILTER, TableFamily, batches, delete_table, plain_chain, reject, rule, table,
};

/// What can be done without, at some loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kernel {
    /// Tables that belong to a socket (Linux 5.12). Without, a program can flush them.
    pub(super) owners: bool,
    /// Answers in the netdev family (`CONFIG_NFT_REJECT_NETDEV`, which Debian's lack). Without, those
    /// at a bridge come from a second one, and those at the end of a pair from the host's own stack.
    pub(super) answers: bool,
}

static FOUND: OnceLock<Kernel> = OnceLock::new();

impl Kernel {
    /// What is known so far: everything, until it was looked for.
    pub(super) fn known() -> Self {
        FOUND.get().copied().unwrap_or(Self { owners: true, answers: true })
    }

    /// Looks for it, after the kernel has refused something. Tells whether something is missing
    /// that was not known to be.
    pub(super) fn look(namespace: &Namespace) -> bool {
        let before = Self::known();
        let found = FOUND.get_or_init(|| Self {
            owners: accepts(namespace, true, Vec::new()),
            answers: accepts(
                namespace,
                false,
                vec![
                    plain_chain(FAMILY, TABLE, "answer"),
                    rule(FAMILY, TABLE, "answer", &[reject(None)]),
                ],
            ),
        });
        *found != before
    }

    /// Has this process take the kernel for another one.
    #[cfg(test)]
    pub(super) fn pretend(kernel: Self) {
        assert!(FOUND.set(kernel).is_ok(), "it was looked for before");
    }
}

/// The family of all tables with blocks.
pub(super) const FAMILY: TableFamily = TableFamily::NetDev;
const TABLE: &str = "netns-test-look";

/// Whether the kernel takes a table with this in it. It is gone in the same transaction.
fn accepts(namespace: &Namespace, owner: bool, parts: Vec<Message>) -> bool {
    let operation = "find out what nftables supports";
    let mut messages = vec![table(FAMILY, TABLE, owner)];
    messages.extend(parts);
    let create = |message| Request::new(operation, message, NLM_F_CREATE);
    let mut requests: Vec<_> = messages.into_iter().map(create).collect();
    requests.push(Request::new(operation, delete_table(FAMILY, TABLE), 0));
    batches(requests).into_iter().all(|batch| {
        namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch)).is_ok()
    })
}

/// Whether something that a request names does not exist: an object, or a kind of expression.
pub(super) fn lacks(error: &crate::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::EOPNOTSUPP))
}
