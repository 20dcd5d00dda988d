//! What this kernel's nftables have. It does not change while it runs.

use std::sync::OnceLock;

use rtnetlink::packet_core::NLM_F_CREATE;

use crate::net::Namespace;
use crate::netlink::Request;
use crate::nftables::{Family, NETLINK_NETFILTER, batches, delete_table, table};

/// What can be done without, at some loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kernel {
    /// Tables that belong to a socket (Linux 5.12). Without, a program can flush them.
    pub(super) owners: bool,
}

static FOUND: OnceLock<Kernel> = OnceLock::new();

impl Kernel {
    /// What is known so far: everything, until it was looked for.
    pub(super) fn known() -> Self {
        FOUND.get().copied().unwrap_or(Self { owners: true })
    }

    /// Looks for it, after the kernel has refused something. Tells whether something is missing
    /// that was not known to be.
    pub(super) fn look(namespace: &Namespace) -> bool {
        let before = Self::known();
        let found = FOUND.get_or_init(|| Self { owners: has_owners(namespace) });
        *found != before
    }

    /// Has this process take the kernel for an older one.
    #[cfg(test)]
    pub(super) fn pretend(kernel: Self) {
        assert!(FOUND.set(kernel).is_ok(), "it was looked for before");
    }
}

/// Whether the kernel takes a table with an owner. It is gone in the same transaction.
fn has_owners(namespace: &Namespace) -> bool {
    const NAME: &str = "netns-test-look";
    let operation = "look what nftables have";
    let requests = vec![
        Request::new(operation, table(Family::NetDev, NAME, true), NLM_F_CREATE),
        Request::new(operation, delete_table(Family::NetDev, NAME), 0),
    ];
    batches(requests).into_iter().all(|batch| {
        namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch)).is_ok()
    })
}
