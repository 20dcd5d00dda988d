//! What this kernel's nftables have. It does not change while it runs.

use std::sync::OnceLock;

use rtnetlink::packet_core::NLM_F_CREATE;

use crate::net::Namespace;
use crate::netlink::Request;
use crate::nftables::{
    Family, Hook, Message, NETLINK_NETFILTER, batches, chain, delete_table, table,
};

/// What can be done without, at some loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kernel {
    /// Tables that belong to a socket (Linux 5.12). Without, a program can flush them.
    pub(super) owners: bool,
    /// Hooks of all devices, whatever their names are or will be (6.18). Without, a block at the
    /// end of a pair is over when the end is renamed, from 6.16 on; before, hooks keep to devices.
    pub(super) all_devices: bool,
}

static FOUND: OnceLock<Kernel> = OnceLock::new();

impl Kernel {
    /// What is known so far: everything, until it was looked for.
    pub(super) fn known() -> Self {
        let everything = Self { owners: true, all_devices: true };
        FOUND.get().copied().unwrap_or(everything)
    }

    /// Looks for it, after the kernel has refused something. Tells whether something is missing
    /// that was not known to be.
    pub(super) fn look(namespace: &Namespace) -> bool {
        let before = Self::known();
        let found = FOUND.get_or_init(|| Self {
            owners: accepts(namespace, true, Vec::new()),
            all_devices: accepts(namespace, false, vec![hook()]),
        });
        *found != before
    }
}

const TABLE: &str = "netns-test-look";
const FAMILY: Family = Family::NetDev;

/// Whether the kernel takes a table with this in it. It is gone in the same transaction.
fn accepts(namespace: &Namespace, owner: bool, parts: Vec<Message>) -> bool {
    let mut messages = vec![table(FAMILY, TABLE, owner)];
    messages.extend(parts);
    let request = |message| Request::new("look what nftables have", message, NLM_F_CREATE);
    let mut requests: Vec<_> = messages.into_iter().map(request).collect();
    requests.push(Request::new("look what nftables have", delete_table(FAMILY, TABLE), 0));
    batches(requests).into_iter().all(|batch| {
        namespace.netlink(NETLINK_NETFILTER, |netlink| netlink.execute_batch(batch)).is_ok()
    })
}

fn hook() -> Message {
    chain(FAMILY, TABLE, "gate", &Hook::IngressOfAll { priority: 0 })
}
