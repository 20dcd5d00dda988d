use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::close_timeout::CloseTimeout;
use super::effect::Notified;
use super::policy::Policy;
use super::recipe::Flow;
use super::scope::Flows;
use crate::observe::{Socket, destroy, mptcp_sockets_with, tcp_sockets_with};
use crate::traffic::until;
use crate::{Error, Host, TcpState};

/// How often the sockets are listed again: a socket that was just being made at the first listing is in
/// the next one.
const ROUNDS: usize = 5;

/// How long the kernel may take to tell the programs whose subflows are gone. It does so on a thread of
/// its own, within a few milliseconds, but on a busy machine that thread may have to wait.
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

/// The connections that either of two hosts knows of. If one of them translates addresses or ports (NAT),
/// only the other's sockets have those that are on the wire.
pub(super) fn existing([host, peer]: [&Host; 2], policy: &Policy) -> Result<Vec<Flow>, Error> {
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
    told: Notified,
    flows: &[Flow],
) -> Result<(), Error> {
    let theirs: Vec<Flow> = flows.iter().copied().map(Flow::reversed).collect();
    let mut sides = Vec::new();
    if matches!(told, Notified::Both | Notified::Host) {
        sides.push((MptcpSockets::between(host, peer)?, host, peer, flows));
    }
    if matches!(told, Notified::Both | Notified::Peer) {
        sides.push((MptcpSockets::between(peer, host)?, peer, host, &theirs));
    }
    // Now that none of them is refused, one host after the other: where the scope lets a reset
    // through, the second one's applications learn by it, and not now so and now otherwise.
    for (whole, host, peer, flows) in sides {
        destroy_tcp(host, peer, policy, flows)?;
        whole.map_or(Ok(()), MptcpSockets::await_told)?;
    }
    Ok(())
}

/// The MPTCP sockets of a host with another one. They go by their subflows: the kernel destroys none
/// of them itself.
struct MptcpSockets<'a> {
    host: &'a Host,
    addresses: Vec<IpAddr>,
    sockets: Vec<Socket>,
    timeout: CloseTimeout<'a>,
    operation: String,
}

impl<'a> MptcpSockets<'a> {
    /// Those that there are, if any, whose programs the kernel tells from now on at once.
    fn between(host: &'a Host, peer: &Host) -> Result<Option<Self>, Error> {
        let addresses = peer.kernel_addresses()?;
        let sockets = mptcp_sockets_with(host, &addresses)?;
        if sockets.is_empty() {
            return Ok(None);
        }
        let (host_name, peer_name) = (host.name(), peer.name());
        let operation = format!("notify the MPTCP sockets of `{host_name}` with `{peer_name}`");
        let timeout = CloseTimeout::none(host, &operation)?;
        Ok(Some(Self { host, addresses, sockets, timeout, operation }))
    }

    /// Waits until the programs know that the subflows are gone.
    fn await_told(self) -> Result<(), Error> {
        let begun = |socket: &Socket| self.sockets.iter().any(|one| one.pair() == socket.pair());
        let told = until(SOON, || {
            let left = mptcp_sockets_with(self.host, &self.addresses)?;
            // One that has another subflow lives on by it.
            Ok::<_, Error>(!left.iter().any(|socket| socket.subflows.is_empty() && begun(socket)))
        })?;
        self.timeout.restore()?;
        match told {
            Some(_) => Ok(()),
            None => Err(Error::new(self.operation, format!("none noticed within {SOON:?}"))),
        }
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
