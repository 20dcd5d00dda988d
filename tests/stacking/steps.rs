//! What can be done in a sequence.

use super::*;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Effect {
    Drop,
    Reset,
    Refuse,
    Sever(Notified),
    /// Of the blocking host's own firewall.
    InputDrop,
    InputReject,
    InputReset,
    OutputDrop,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scope {
    All,
    FromPeer,
    ToPeer,
    Ipv4,
    Ipv6,
    Tcp,
    Udp,
    Icmp,
    Port,
    Dport,
    NewConnections,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) effect: Effect,
    pub(crate) scope: Scope,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The host that blocks, and its peer.
    Block([usize; 2], Plan),
    // The others name one of the blocks that there are, if there are any.
    Unblock(usize),
    Drop(usize),
    Suspend(usize),
    Swap(usize, Plan),
}

/// Every effect with every scope that it can have.
pub(crate) fn plans() -> Vec<Plan> {
    use {Effect as E, Scope as S};
    let everywhere = [S::All, S::Ipv4, S::Ipv6, S::Tcp, S::Port, S::Dport];
    let one_way = [S::FromPeer, S::ToPeer, S::NewConnections];
    let mut plans = Vec::new();
    let mut add = |effect, scopes: &[Scope]| {
        plans.extend(scopes.iter().map(|scope| Plan { effect, scope: *scope }));
    };
    for effect in [E::Drop, E::Refuse, E::Reset] {
        add(effect, &everywhere);
        add(effect, &one_way);
    }
    for effect in [E::Drop, E::Refuse] {
        add(effect, &[S::Udp, S::Icmp]);
    }
    for told in [Notified::Both, Notified::Host, Notified::Peer, Notified::Neither] {
        add(E::Sever(told), &everywhere);
    }
    for effect in [E::InputDrop, E::InputReject, E::InputReset, E::OutputDrop] {
        add(effect, &[S::All]);
    }
    plans
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let plan = || prop::sample::select(plans());
    let pair = prop::sample::select(PAIRS.to_vec());
    let step = prop_oneof![
        5 => (pair, plan()).prop_map(|(pair, plan)| Step::Block(pair, plan)),
        2 => any::<u8>().prop_map(|which| Step::Unblock(which.into())),
        1 => any::<u8>().prop_map(|which| Step::Drop(which.into())),
        2 => any::<u8>().prop_map(|which| Step::Suspend(which.into())),
        2 => (any::<u8>(), plan()).prop_map(|(which, plan)| Step::Swap(which.into(), plan)),
    ];
    prop::collection::vec(step, STEPS)
}

impl Plan {
    pub(crate) fn policy(self) -> Policy {
        let policy = match self.effect {
            Effect::Drop => Policy::drop(),
            Effect::Reset => Policy::reset(),
            Effect::Refuse => Policy::refuse(IcmpKind::HostUnreachable),
            Effect::Sever(told) => Policy::sever(told),
            Effect::InputDrop => Policy::firewall([Rule::input().drop()]),
            Effect::InputReject => Policy::firewall([Rule::input().reject()]),
            Effect::InputReset => {
                Policy::firewall([Rule::input().tcp().reject_with(RejectWith::TcpReset)])
            }
            Effect::OutputDrop => Policy::firewall([Rule::output().drop()]),
        };
        match self.scope {
            Scope::All => policy,
            Scope::FromPeer => policy.from_peer(),
            Scope::ToPeer => policy.to_peer(),
            Scope::Ipv4 => policy.ipv4(),
            Scope::Ipv6 => policy.ipv6(),
            Scope::Tcp => policy.tcp(),
            Scope::Udp => policy.udp(),
            Scope::Icmp => policy.icmp(),
            Scope::Port => policy.port(SERVICE),
            Scope::Dport => policy.dport(SERVICE),
            Scope::NewConnections => policy.new_connections(),
        }
    }
}
