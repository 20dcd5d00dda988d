//! Beside rules that programs made.

use super::*;

/// What `iptables -S` shows in a host, for both families.
pub(crate) fn rules_of(host: &Host, programs: [&str; 2]) -> Result<String> {
    Ok(programs.map(|program| host.exec(program, ["-S"])).into_iter().collect::<Result<_, _>>()?)
}

pub(crate) const NFT: [&str; 2] = ["iptables-nft", "ip6tables-nft"];
pub(crate) const LEGACY: [&str; 2] = ["iptables-legacy", "ip6tables-legacy"];

pub(crate) fn rules_of_a_program_are_left_alone(
    programs: [&str; 2],
    backends: &[Backend],
    server: &Host,
    client: &Host,
) -> Result {
    let port = 9999;
    for program in programs {
        let rule = ["-A", "INPUT", "-p", "tcp", "--dport", "9999", "-j", "DROP"];
        server.exec(program, rule)?;
        server.exec(program, ["-N", "own"])?;
        server.exec(program, ["-I", "OUTPUT", "-j", "own"])?;
    }
    let before = rules_of(server, programs)?;
    assert!(before.contains("-A INPUT -p tcp -m tcp --dport 9999 -j DROP"), "{before}");
    let listener = server.listen(port)?;
    for backend in backends {
        let rules = [Rule::input().udp().drop(), Rule::output().udp().reject()];
        let block = server.block_with(client, Policy::firewall(rules).via(*backend))?;
        // The block is in force beside them.
        Way::new(client, server, false)?.vanishes(&[&block]);
        block.unblock()?;
        assert_eq!(rules_of(server, programs)?, before, "{backend}");
    }
    // They still do what they did.
    assert_repeats_its_syn(&mut client.dial(listener.addr())?);
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-nft"]
pub(crate) fn rules_of_iptables_nft_are_left_alone(server: Host, client: Host) -> Result {
    let backends = [Backend::Nftables, Backend::IptablesNft];
    rules_of_a_program_are_left_alone(NFT, &backends, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-legacy"]
pub(crate) fn rules_of_iptables_legacy_are_left_alone(server: Host, client: Host) -> Result {
    let backends = [Backend::Nftables, Backend::IptablesLegacy];
    rules_of_a_program_are_left_alone(LEGACY, &backends, &server, &client)
}

pub(crate) fn nothing_is_left_when_all_is_lifted(
    programs: [&str; 2],
    backend: Backend,
    server: &Host,
    client: &Host,
) -> Result {
    let before = rules_of(server, programs)?;
    assert_eq!(before, "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n".repeat(2));
    let policy = || {
        let rules = [Rule::input().reject(), Rule::output().tcp().reject(), Rule::input().drop()];
        Policy::firewall(rules).via(backend)
    };
    let blocks = [server.block_with(client, policy())?, server.block_with(client, policy())?];
    let during = rules_of(server, programs)?;
    assert_ne!(during, before, "the program sees its own kind of rules");
    let [first, second] = blocks;
    first.unblock()?;
    drop(second);
    assert_eq!(rules_of(server, programs)?, before);
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-nft"]
pub(crate) fn nothing_is_left_of_iptables_nft(server: Host, client: Host) -> Result {
    nothing_is_left_when_all_is_lifted(NFT, Backend::IptablesNft, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-legacy"]
pub(crate) fn nothing_is_left_of_iptables_legacy(server: Host, client: Host) -> Result {
    nothing_is_left_when_all_is_lifted(LEGACY, Backend::IptablesLegacy, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
pub(crate) fn nothing_is_left_of_nftables(server: Host, client: Host) -> Result {
    let policy = || Policy::firewall([Rule::input().drop(), Rule::output().reject()]);
    let blocks = [server.block_with(&client, policy())?, server.block(&client)?];
    let during = server.exec("nft", ["list", "ruleset"])?;
    assert!(during.contains("drop") && during.contains("reject"), "{during}");
    for block in blocks {
        block.unblock()?;
    }
    for host in [&server, &client] {
        assert_eq!(host.exec("nft", ["list", "ruleset"])?, "", "{}", host.name());
    }
    Ok(())
}
