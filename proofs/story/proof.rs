//! What a team's firewall rules did to their connections, against what they believed. The failing sides
//! are the rules that they had; the other ones do what they wanted.

use std::io::ErrorKind;
use std::time::Duration;

use netns_test::{Claim, Host, Policy, RejectWith, Result, Rule, netns_test};

/// Longer than the kernel takes to repeat a SYN once, or a segment twice: an answer has had its chances.
const PATIENCE: Duration = Duration::from_secs(2);

/// `-I INPUT -s client -j REJECT`, and the same for `-I OUTPUT -d client`.
fn reject(rule: Rule) -> Rule {
    rule.reject()
}

/// `-I INPUT -s client -p tcp -j REJECT --reject-with tcp-reset`, and the same for OUTPUT.
fn reset(rule: Rule) -> Rule {
    rule.tcp().reject_with(RejectWith::TcpReset)
}

/// The second rule swallows the answer of the first one.
#[netns_test]
#[case::failing(vec![reject(Rule::input()), reject(Rule::output())])]
#[case::avoiding(vec![reject(Rule::input())])]
fn a_dial_is_refused(server: Host, client: Host, #[case] rules: Vec<Rule>) -> Result {
    let listener = server.listen(7000)?;
    let _block = server.block_with(&client, Policy::firewall(rules))?;
    let mut dial = client.dial(listener.addr())?;
    Claim::new("the dial is refused").eventually(PATIENCE, || {
        dial.wait(PATIENCE).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
    })?;
    Ok(())
}

/// ICMP does not end a connection that is established: what is sent meanwhile is repeated, and arrives
/// when the rules are gone.
#[netns_test]
#[case::failing(vec![reject(Rule::input()), reject(Rule::output())])]
#[case::avoiding(vec![reset(Rule::input())])]
fn a_request_is_lost(server: Host, client: Host, #[case] rules: Vec<Rule>) -> Result {
    let listener = server.listen(7000)?;
    let mut dialled = client.connect(listener.addr())?;
    let mut accepted = listener.accept()?;
    let block = server.block_with(&client, Policy::firewall(rules))?;
    dialled.send(b"are you alive?")?;
    block.wait_for_hit(PATIENCE)?;
    block.unblock()?;
    accepted.set_deadline(PATIENCE / 10);
    Claim::new("the request is lost").consistently(PATIENCE, || accepted.recv().is_err())?;
    Ok(())
}

/// The second rule swallows the resets of the first one.
#[netns_test]
#[case::failing(vec![reset(Rule::input()), reset(Rule::output())])]
#[case::avoiding(vec![reset(Rule::input())])]
fn a_client_is_reset(server: Host, client: Host, #[case] rules: Vec<Rule>) -> Result {
    let listener = server.listen(7000)?;
    let mut dialled = client.connect(listener.addr())?;
    let _accepted = listener.accept()?;
    let _block = server.block_with(&client, Policy::firewall(rules))?;
    dialled.send(b"are you alive?")?;
    dialled.set_deadline(PATIENCE);
    Claim::new("the client is reset").eventually(PATIENCE, || {
        dialled.recv().is_err_and(|error| error.kind() == ErrorKind::ConnectionReset)
    })?;
    Ok(())
}
