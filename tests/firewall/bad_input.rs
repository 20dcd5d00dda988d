//! Rules that no kernel can have.

use super::*;

#[netns_test]
pub(crate) fn a_policy_without_a_rule_that_can_match_is_refused(server: Host, client: Host) {
    let refusal = |rules: Vec<Rule>| {
        server.block_with(&client, Policy::firewall(rules)).unwrap_err().to_string()
    };
    let nothing = refusal(vec![]);
    assert!(nothing.starts_with("cannot block `client` from `server`"), "{nothing}");
    assert!(nothing.ends_with(": a firewall without rules blocks nothing"), "{nothing}");
    let port = refusal(vec![Rule::input().drop(), Rule::input().dport(80)]);
    assert!(port.starts_with("cannot block `client` from `server`"), "{port}");
    assert!(port.contains("-I INPUT -s PEER --dport 80"), "it names the rule: {port}");
    assert!(port.ends_with("a port belongs to a protocol: add `.tcp()` or `.udp()`"), "{port}");
    let reset = refusal(vec![Rule::input().reject_with(RejectWith::TcpReset)]);
    assert!(reset.ends_with("tcp-reset can answer TCP only: add `.tcp()`"), "{reset}");
    let family = refusal(vec![Rule::output().reject_with(IcmpKind::PolicyFail)]);
    assert!(family.contains("exists for IPv6 only: limit the rule with `.ipv6()`"), "{family}");
    // A refusal blocks nothing.
    Way::new(&client, &server, false).unwrap().passes();
}
