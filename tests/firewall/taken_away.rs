//! Rules that something takes away.

use super::*;
use crate::programs::{LEGACY, NFT};

/// What the error says when a block has ended before its time.
#[track_caller]
pub(crate) fn assert_gone_before(error: &netns_test::Error) {
    let text = error.to_string();
    assert!(text.contains("already gone") && error.is_lost_fault(), "{text}");
    assert!(text.contains("`server`"), "it names the host: {text}");
}

/// A program flushes what the block consists of. The guard says so, and a new block works.
#[track_caller]
pub(crate) fn a_flush_is_reported(
    policy: &Policy,
    server: &Host,
    client: &Host,
    flush: impl Fn() -> Result,
) -> Result {
    let way = Way::new(client, server, false)?;
    // Several, so that each of them finds it out: asked, lifted and dropped.
    let blocks = [
        server.block_with(client, policy.clone())?,
        server.block_with(client, policy.clone())?,
        server.block_with(client, policy.clone())?,
    ];
    way.vanishes(&blocks.each_ref());
    flush()?;
    way.passes();
    for block in &blocks {
        assert_gone_before(&block.try_packets().unwrap_err());
    }
    let [first, second, third] = blocks;
    assert_gone_before(&first.unblock().unwrap_err());
    let again = server.block_with(client, policy.clone())?;
    way.vanishes(&[&again]);
    // Those from before the flush take nothing away from the new one.
    assert_gone_before(&second.unblock().unwrap_err());
    drop(third);
    way.vanishes(&[&again]);
    again.unblock()?;
    way.passes();
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
pub(crate) fn rules_of_nftables_that_were_flushed_say_so(server: Host, client: Host) -> Result {
    let policy = Policy::firewall([Rule::input().udp().drop()]);
    a_flush_is_reported(&policy, &server, &client, || {
        server.exec("nft", ["flush", "ruleset"])?;
        Ok(())
    })
}

/// The rules are gone, and the table is still there.
#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
pub(crate) fn rules_of_nftables_whose_table_was_flushed_say_so(
    server: Host,
    client: Host,
) -> Result {
    let policy = Policy::firewall([Rule::input().udp().drop()]);
    a_flush_is_reported(&policy, &server, &client, || flush_tables(&server))
}

#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
pub(crate) fn rules_that_are_kept_say_when_they_were_flushed(server: Host, client: Host) -> Result {
    let policy = Policy::firewall([Rule::input().udp().drop()]);
    let kept = server.block_with(&client, policy)?.keep();
    assert_eq!(kept.try_packets()?, 0);
    flush_tables(&server)?;
    assert_gone_before(&kept.try_packets().unwrap_err());
    Ok(())
}

pub(crate) fn flush_tables(host: &Host) -> Result {
    for table in host.exec("nft", ["list", "tables"])?.lines() {
        let words: Vec<_> = table.split_whitespace().skip(1).collect();
        host.exec("nft", ["flush", "table", words[0], words[1]])?;
    }
    Ok(())
}

pub(crate) fn flushed_by_iptables(
    programs: [&'static str; 2],
    options: &[&str],
    backend: Backend,
    server: &Host,
    client: &Host,
) -> Result {
    let policy = Policy::firewall([Rule::input().udp().drop()]).via(backend);
    a_flush_is_reported(&policy, server, client, || {
        for program in programs {
            for option in options {
                server.exec(program, [option])?;
            }
        }
        Ok(())
    })
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-nft"]
pub(crate) fn rules_of_iptables_nft_that_were_flushed_say_so(server: Host, client: Host) -> Result {
    flushed_by_iptables(NFT, &["-F", "-X"], Backend::IptablesNft, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-nft"]
pub(crate) fn rules_of_iptables_nft_whose_chains_were_flushed_say_so(
    server: Host,
    client: Host,
) -> Result {
    flushed_by_iptables(NFT, &["-F"], Backend::IptablesNft, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-legacy"]
pub(crate) fn rules_of_iptables_legacy_that_were_flushed_say_so(
    server: Host,
    client: Host,
) -> Result {
    flushed_by_iptables(LEGACY, &["-F", "-X"], Backend::IptablesLegacy, &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-legacy"]
pub(crate) fn rules_of_iptables_legacy_whose_chains_were_flushed_say_so(
    server: Host,
    client: Host,
) -> Result {
    flushed_by_iptables(LEGACY, &["-F"], Backend::IptablesLegacy, &server, &client)
}

/// `iptables -F INPUT` leaves the block's own chain, to which nothing leads any more.
#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-nft"]
pub(crate) fn rules_of_iptables_that_are_no_longer_reached_say_so(
    server: Host,
    client: Host,
) -> Result {
    let policy = Policy::firewall([Rule::input().udp().drop()]).via(Backend::IptablesNft);
    a_flush_is_reported(&policy, &server, &client, || {
        for program in NFT {
            server.exec(program, ["-F", "INPUT"])?;
        }
        Ok(())
    })
}
