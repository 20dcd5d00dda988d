//! The four conclusions: what is done for each, and what must be seen.

use std::io;
use std::time::{Duration, Instant};

use netns_test::{
    Backend, Block, Connection, Host, Listener, Policy, RejectWith, Result, Rule, TcpState,
    consistently, eventually,
};

use crate::fact::Outcome;

/// Longer than the kernel takes to repeat a SYN once or a segment twice.
const PATIENCE: Duration = Duration::from_millis(1300);
/// What counts as "at once" on a busy machine.
const AT_ONCE: Duration = Duration::from_millis(500);
const REQUEST: &[u8] = b"are you alive?";

/// A conclusion that the team came to.
pub(crate) struct Conclusion {
    pub(crate) claim: &'static str,
    pub(crate) done: &'static [&'static str],
    pub(crate) stage: fn(&Stage) -> Result<Outcome>,
}

pub(crate) const CONCLUSIONS: [Conclusion; 4] = [
    Conclusion {
        claim: "Block, then connect: the connection is not established.",
        done: &[
            "server# iptables -I INPUT  -s client -j REJECT",
            "server# iptables -I OUTPUT -d client -j REJECT",
            "client$ connect to server",
        ],
        stage: block_then_connect,
    },
    Conclusion {
        claim: "Connect, then block with the same rules: the connection is not broken.",
        done: &[
            "client$ connect to server",
            "server# iptables -I INPUT  -s client -j REJECT",
            "server# iptables -I OUTPUT -d client -j REJECT",
            "client$ send; lift the block a while later",
        ],
        stage: connect_then_block,
    },
    Conclusion {
        claim: "tcp-reset on INPUT alone: the client's next segment is answered by a reset.",
        done: &[
            "client$ connect to server",
            "server# iptables -I INPUT -s client -p tcp -j REJECT --reject-with tcp-reset",
            "client$ send",
        ],
        stage: reset_on_input,
    },
    Conclusion {
        claim: "tcp-reset on INPUT and on OUTPUT: no reset ever arrives.",
        done: &[
            "client$ connect to server",
            "server# iptables -I INPUT  -s client -p tcp -j REJECT --reject-with tcp-reset",
            "server# iptables -I OUTPUT -d client -p tcp -j REJECT --reject-with tcp-reset",
            "client$ send; lift the block a while later",
        ],
        stage: reset_on_input_and_output,
    },
];

/// Two hosts, a listener on the server, and what makes the rules.
pub(crate) struct Stage {
    server: Host,
    client: Host,
    listener: Listener,
    backend: Backend,
}

impl Stage {
    pub(crate) fn new(server: Host, client: Host, backend: Backend) -> Result<Self> {
        let listener = server.listen(7000)?;
        Ok(Self { server, client, listener, backend })
    }

    /// The server blocks the client with its own firewall.
    fn block(&self, rules: impl IntoIterator<Item = Rule>) -> Result<Block> {
        let policy = Policy::firewall(rules).via(self.backend);
        Ok(self.server.block_with(&self.client, policy)?)
    }

    fn connect(&self) -> Result<(Connection, Connection)> {
        let dialled = self.client.connect(self.listener.addr())?;
        Ok((dialled, self.listener.accept()?))
    }
}

fn reject_both() -> [Rule; 2] {
    [Rule::input().reject(), Rule::output().reject()]
}

fn reset(rule: Rule) -> Rule {
    rule.tcp().reject_with(RejectWith::TcpReset)
}

fn block_then_connect(stage: &Stage) -> Result<Outcome> {
    let block = stage.block(reject_both())?;
    let begun = Instant::now();
    let mut dial = stage.client.dial(stage.listener.addr())?;
    let result = dial.wait(PATIENCE);
    let after = begun.elapsed();
    let info = dial.info()?;
    let refused = block.packets();
    block.unblock()?;
    drop(dial);
    let reconnected = stage.connect().is_ok();
    Ok(Outcome::default()
        .text("client_connect", words(&result))
        .time("client_connect_after", after)
        .text("client_socket", info.state)
        .number("syn_repeated", info.retransmits)
        .number("packets_refused", refused)
        .truth("connects_after_lifting", reconnected)
        .holds(
            result.is_err()
                && info.state == TcpState::SynSent
                && info.retransmits > 0
                && refused > 0
                && reconnected,
        ))
}

fn connect_then_block(stage: &Stage) -> Result<Outcome> {
    let (mut client, mut server) = stage.connect()?;
    let block = stage.block(reject_both())?;
    client.send(REQUEST)?;
    let repeated = eventually(PATIENCE, || client.info().is_ok_and(|info| info.retransmits >= 2));
    let (at_client, at_server) = (client.info()?, server.info()?);
    let refused = block.packets();
    block.unblock()?;
    let lifted = Instant::now();
    let delivered = server.recv_exact(REQUEST.len());
    let delivered_after = lifted.elapsed();
    let acknowledged = eventually(PATIENCE, || client.info().is_ok_and(|info| info.unacked == 0));
    let is_delivered = delivered.is_ok_and(|bytes| bytes == REQUEST);
    Ok(Outcome::default()
        .text("client_socket", at_client.state)
        .text("server_socket", at_server.state)
        .number("segment_repeated", at_client.retransmits)
        .number("segments_unacknowledged", at_client.unacked)
        .number("packets_refused", refused)
        .truth("delivered_after_lifting", is_delivered)
        .time("delivered_after", delivered_after)
        .truth("acknowledged", acknowledged.is_ok())
        .holds(
            repeated.is_ok()
                && at_client.state == TcpState::Established
                && at_server.state == TcpState::Established
                && refused > 0
                && is_delivered
                && acknowledged.is_ok(),
        ))
}

fn reset_on_input(stage: &Stage) -> Result<Outcome> {
    let (mut client, server) = stage.connect()?;
    let block = stage.block([reset(Rule::input())])?;
    client.send(REQUEST)?;
    let begun = Instant::now();
    let seen = client.recv();
    let after = begun.elapsed();
    let at_server = server.info()?;
    let refused = block.packets();
    block.unblock()?;
    let is_reset = seen.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset);
    Ok(Outcome::default()
        .text("client_sees", words(&seen))
        .time("client_sees_it_after", after)
        .text("client_socket", client.info()?.state)
        .text("server_socket", at_server.state)
        .number("packets_refused", refused)
        .holds(
            is_reset && after < AT_ONCE && at_server.state == TcpState::Established && refused > 0,
        ))
}

fn reset_on_input_and_output(stage: &Stage) -> Result<Outcome> {
    let (mut client, mut server) = stage.connect()?;
    let block = stage.block([reset(Rule::input()), reset(Rule::output())])?;
    client.send(REQUEST)?;
    let quiet = consistently(Duration::from_millis(700), || {
        client.info().is_ok_and(|info| info.state == TcpState::Established)
    });
    let (at_client, at_server) = (client.info()?, server.info()?);
    let refused = block.packets();
    block.unblock()?;
    let delivered = server.recv_exact(REQUEST.len()).is_ok_and(|bytes| bytes == REQUEST);
    Ok(Outcome::default()
        .text("client_sees", if quiet.is_ok() { "nothing" } else { "an end" })
        .text("client_socket", at_client.state)
        .text("server_socket", at_server.state)
        .number("segment_repeated", at_client.retransmits)
        .number("packets_refused", refused)
        .truth("delivered_after_lifting", delivered)
        .holds(
            quiet.is_ok()
                && at_server.state == TcpState::Established
                && at_client.retransmits > 0
                && refused > 1
                && delivered,
        ))
}

/// A result in one word: the name of the errno, or what happened instead.
fn words<T>(result: &io::Result<T>) -> String {
    match result {
        Ok(_) => "success".to_owned(),
        Err(error) => match error.raw_os_error() {
            Some(errno) => format!("{:?}", nix::errno::Errno::from_raw(errno)),
            None => "no answer".to_owned(),
        },
    }
}
