use super::firewall::{Backend, Rule};

/// What a block does to the traffic between two hosts.
///
/// | policy | new connections | established connections |
/// |---|---|---|
/// | [`drop`](Self::drop) | time out, in both directions | silence: both sides retransmit, and what was sent is delivered after lifting |
/// | [`firewall`](Self::firewall) | as the rules say | as the rules say |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(crate) effect: Effect,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Drop,
    Firewall { rules: Vec<Rule>, backend: Backend },
}

impl Policy {
    /// Packets vanish on the wire, in both directions: all protocols, both families, all
    /// addresses that the two hosts have when the block begins.
    ///
    /// They vanish where the *receiver* takes them from the wire, so no sender is told anything:
    /// no `EPERM` for UDP, no probes instead of retransmissions for TCP. Neighbour discovery
    /// (ARP, and its kin in ICMPv6) goes on: without it a dial would fail with `EHOSTUNREACH`
    /// after three seconds instead of timing out, as it does across any router.
    pub fn drop() -> Self {
        Self { effect: Effect::Drop }
    }

    /// Rules of the blocking host's own firewall about the other host.
    ///
    /// They act as they would when typed: what one rule generates, another one can swallow. The
    /// rules stand before those that are there already, the first one first.
    ///
    /// ```no_run
    /// use netns_test::{Host, Policy, RejectWith, Result, Rule, netns_test};
    ///
    /// #[netns_test]
    /// fn a_reset_on_input_reaches_the_peer(server: Host, client: Host) -> Result {
    ///     let reset = Rule::input().tcp().reject_with(RejectWith::TcpReset);
    ///     let block = server.block_with(&client, Policy::firewall([reset]))?;
    ///     block.unblock()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn firewall(rules: impl IntoIterator<Item = Rule>) -> Self {
        let rules = rules.into_iter().collect();
        Self { effect: Effect::Firewall { rules, backend: Backend::default() } }
    }

    /// Chooses what makes the rules of a [`firewall`](Self::firewall) policy; without effect on
    /// others, which only nftables can make.
    #[must_use]
    pub fn via(mut self, chosen: Backend) -> Self {
        if let Effect::Firewall { backend, .. } = &mut self.effect {
            *backend = chosen;
        }
        self
    }
}

impl Default for Policy {
    /// [`Policy::drop`].
    fn default() -> Self {
        Self::drop()
    }
}
