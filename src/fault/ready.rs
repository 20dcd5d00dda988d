//! Keeps the kernel ready for hooks, from one block to the next.
//!
//! The kernel skips hooks by code that it rewrites when the first one of a kind comes, anywhere on the
//! machine, and again when the last one goes (`nf_hooks_needed`); each time, all processors wait. That
//! would be most of the time of lifting a block, and a third of that of making the next one. So before the
//! first hook goes, one that does nothing is added in the sandbox's own namespace, and stays until the
//! sandbox ends. No host sees it.

use std::sync::OnceLock;

use crate::netlink::{Message, NLM_F_CREATE, Netlink, Request};

use crate::Error;
use crate::net::at_home;
use crate::nftables::{Hook, NETLINK_NETFILTER, TableFamily, batches, chain, table};

const TABLE: &str = "netns-test-ready";

/// A kind of hooks that blocks have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Ingress,
    Egress,
    /// INPUT and OUTPUT of a host's own firewall.
    Firewall,
}

static HELD: [OnceLock<()>; 3] = [const { OnceLock::new() }; 3];

/// Keeps hooks of a kind on the machine when the present ones go. If that fails, blocks only take longer.
pub(super) fn stay(kind: Kind) {
    HELD[kind as usize].get_or_init(|| drop(change(hooks(kind))));
}

/// Chains without rules.
fn hooks(kind: Kind) -> Vec<Message> {
    let devices = &["lo".to_owned()];
    let priority = 0;
    let (family, hooks) = match kind {
        Kind::Ingress => {
            (TableFamily::NetDev, vec![("ingress", Hook::Ingress { devices, priority })])
        }
        Kind::Egress => (TableFamily::NetDev, vec![("egress", Hook::Egress { devices, priority })]),
        Kind::Firewall => {
            let both = [("input", Hook::Input { priority }), ("output", Hook::Output { priority })];
            (TableFamily::Inet, both.into())
        }
    };
    let mut messages = vec![table(family, TABLE, false)];
    messages.extend(hooks.iter().map(|(name, hook)| chain(family, TABLE, name, hook)));
    messages
}

fn change(messages: Vec<Message>) -> Result<(), Error> {
    let operation = "keep hooks ready";
    let create = |message| Request::new(operation, message, NLM_F_CREATE);
    let requests = messages.into_iter().map(create).collect();
    let changed = at_home(|| {
        let opened = Netlink::open(NETLINK_NETFILTER);
        let mut netlink = opened.map_err(|error| Error::os(operation, error))?;
        batches(requests).into_iter().try_for_each(|batch| netlink.execute_batch(batch).map(drop))
    });
    changed.unwrap_or_else(|| Err(Error::new(operation, "there is no sandbox")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nftables::delete_chain;
    use crate::{Host, Policy, Result, Rule, netns_test};

    /// Removes a hook that stays. It fails if there is none.
    fn take(family: TableFamily, name: &str) -> Result<(), Error> {
        change(vec![delete_chain(family, TABLE, name)])
    }

    #[netns_test]
    fn a_hook_stays_when_the_last_block_goes(server: Host, client: Host) -> Result {
        let block = client.block(&server)?;
        take(TableFamily::NetDev, "ingress").expect_err("nothing has gone yet");
        block.unblock()?;
        take(TableFamily::NetDev, "ingress")?;
        Ok(())
    }

    #[netns_test]
    fn both_hooks_stay_at_a_bridge(server: Host, client: Host, _other: Host) -> Result {
        client.block(&server)?.unblock()?;
        take(TableFamily::NetDev, "ingress")?;
        take(TableFamily::NetDev, "egress")?;
        Ok(())
    }

    #[netns_test]
    fn the_hooks_of_a_firewall_stay(server: Host, client: Host) -> Result {
        let policy = Policy::firewall([Rule::input().drop()]);
        client.block_with(&server, policy)?.unblock()?;
        take(TableFamily::Inet, "input")?;
        take(TableFamily::Inet, "output")?;
        Ok(())
    }
}
