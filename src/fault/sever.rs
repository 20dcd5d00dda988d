use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::close_timeout::CloseTimeout;
use super::effect::Told;
use super::policy::Policy;
use super::recipe::Flow;
use super::scope::Flows;
use crate::observe::{Socket, destroy, mptcp_sockets_with, tcp_sockets_with};
use crate::traffic::until;
use crate::{Error, Host, TcpState};

/// How often the sockets are listed again: one that was just being made when they were listed
/// first is there the next time.
const ROUNDS: usize = 5;

/// How long it may take until the kernel has told the programs whose subflows are gone. It does so
/// on a thread of its own, in a few milliseconds; on a busy machine that may have to wait.
const SOON: Duration = Duration::from_secs(5);

/// The TCP connections between two hosts that the policy's scope names, as packets that `host`
/// takes from the wire.
///
/// # Errors
///
/// If the scope names existing connections and there are none: the block would do nothing.
pub(super) fn flows(
    host: &Host,
    peer: &Host,
    policy: &Policy,
    operation: &str,
) -> Result<Vec<Flow>, Error> {
    match policy.scope.flows {
        None | Some(Flows::New) => Ok(Vec::new()),
        Some(Flows::One(one, other)) => {
            let ours = host.kernel_addresses()?;
            let flow = Flow { from: other, to: one };
            let flow = if ours.contains(&one.ip()) { flow } else { flow.reversed() };
            let theirs = peer.kernel_addresses()?;
            if !ours.contains(&flow.to.ip()) || !theirs.contains(&flow.from.ip()) {
                let cause = format!("the connection {one} {other} is not between these two");
                return Err(Error::new(operation, cause));
            }
            Ok(vec![flow])
        }
        Some(Flows::Existing) => {
            let flows = existing([host, peer], policy)?;
            if flows.is_empty() {
                return Err(Error::new(operation, "there is no connection between them now"));
            }
            Ok(flows)
        }
    }
}

/// The connections that either of two hosts knows of. Where one of them translates addresses or ports
/// (NAT), only the other one's sockets have those that are on the wire.
fn existing([host, peer]: [&Host; 2], policy: &Policy) -> Result<Vec<Flow>, Error> {
    let ours = sockets(host, &peer.kernel_addresses()?, policy, &[])?;
    let theirs = sockets(peer, &host.kernel_addresses()?, policy, &[])?;
    let mut flows: Vec<Flow> = ours.iter().map(Socket::flow).collect();
    flows.extend(theirs.iter().map(|socket| socket.flow().reversed()));
    flows.sort_unstable_by_key(|flow| (flow.from, flow.to));
    flows.dedup();
    Ok(flows)
}

/// Destroys the sockets between the two hosts on the sides that `told` names, and checks that they
/// are gone.
pub(super) fn sever(
    host: &Host,
    peer: &Host,
    policy: &Policy,
    told: Told,
    flows: &[Flow],
) -> Result<(), Error> {
    let theirs: Vec<Flow> = flows.iter().copied().map(Flow::reversed).collect();
    // One host after the other: where the scope lets a reset through, the second one's
    // applications learn by it, and not now so and now otherwise.
    if matches!(told, Told::Both | Told::Host) {
        destroy_all(host, peer, policy, flows)?;
    }
    if matches!(told, Told::Both | Told::Peer) {
        destroy_all(peer, host, policy, &theirs)?;
    }
    Ok(())
}

fn destroy_all(host: &Host, peer: &Host, policy: &Policy, flows: &[Flow]) -> Result<(), Error> {
    let addresses = peer.kernel_addresses()?;
    let whole = mptcp_sockets_with(host, &addresses)?;
    if whole.is_empty() {
        return destroy_tcp(host, peer, policy, flows);
    }
    let operation = format!("tell the MPTCP sockets of `{}` with `{}`", host.name(), peer.name());
    // They go by their subflows: the kernel destroys none of them itself.
    let timeout = CloseTimeout::none(host, &operation)?;
    destroy_tcp(host, peer, policy, flows)?;
    let begun = |socket: &Socket| whole.iter().any(|one| one.pair() == socket.pair());
    let told = until(SOON, || {
        let left = mptcp_sockets_with(host, &addresses)?;
        // One that has another subflow lives on by it.
        Ok::<_, Error>(!left.iter().any(|socket| socket.subflows.is_empty() && begun(socket)))
    })?;
    timeout.restore()?;
    match told {
        Some(_) => Ok(()),
        None => Err(Error::new(operation, format!("after {SOON:?} they do not know it"))),
    }
}

fn destroy_tcp(host: &Host, peer: &Host, policy: &Policy, flows: &[Flow]) -> Result<(), Error> {
    let addresses = peer.kernel_addresses()?;
    let mut left = sockets(host, &addresses, policy, flows)?;
    if left.is_empty() {
        return Ok(());
    }
    for _ in 0..ROUNDS {
        destroy(host, &left)?;
        left = sockets(host, &addresses, policy, flows)?;
        // A client that dials without a pause has a new dial by now. The block is in effect, so
        // nothing comes of it.
        left.retain(|socket| socket.state != TcpState::SynSent);
        if left.is_empty() {
            return Ok(());
        }
    }
    let operation = format!("destroy the TCP sockets of `{}` with `{}`", host.name(), peer.name());
    Err(Error::new(operation, format!("after {ROUNDS} rounds {} are still there", left.len())))
}

fn sockets(
    host: &Host,
    peer: &[IpAddr],
    policy: &Policy,
    flows: &[Flow],
) -> Result<Vec<Socket>, Error> {
    let mut all = tcp_sockets_with(host, peer)?;
    all.retain(|socket| {
        let flow = socket.flow();
        let named = flows.is_empty() || flows.contains(&flow);
        // The scope's ports are those of packets in either direction.
        named && (policy.scope.admits(&flow) || policy.scope.admits(&flow.reversed()))
    });
    Ok(all)
}

impl Socket {
    fn pair(&self) -> [SocketAddr; 2] {
        [self.local, self.peer]
    }

    /// What the socket's host takes from the wire for it.
    fn flow(&self) -> Flow {
        Flow { from: self.peer, to: self.local }
    }
}
