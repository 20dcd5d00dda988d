//! Several backends in one host.

use super::*;

pub(crate) fn backends_come_off_independently(
    backends: &[Backend],
    orders: &[&[usize]],
    server: &Host,
    client: &Host,
) -> Result {
    let ways = Way::all(client, server)?;
    for order in orders {
        let policy = |backend| Policy::firewall([Rule::input().udp().drop()]).via(backend);
        let made = backends.iter().map(|backend| server.block_with(client, policy(*backend)));
        let mut blocks = made.map(|made| made.map(Some)).collect::<Result<Vec<_>, _>>()?;
        for lifted in *order {
            for way in &ways {
                way.vanishes(&blocks.iter().flatten().collect::<Vec<_>>());
            }
            blocks[*lifted].take().unwrap().unblock()?;
        }
        for way in &ways {
            way.passes();
        }
    }
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program iptables-nft"]
pub(crate) fn nftables_and_iptables_nft_come_off_independently(
    server: Host,
    client: Host,
) -> Result {
    let backends = [Backend::Nftables, Backend::IptablesNft];
    backends_come_off_independently(&backends, &[&[0, 1], &[1, 0]], &server, &client)
}

#[netns_test]
#[ignore = "NOT RUN: needs the programs iptables-nft and iptables-legacy"]
pub(crate) fn all_backends_come_off_independently(server: Host, client: Host) -> Result {
    let orders: [&[usize]; 3] = [&[0, 1, 2], &[1, 2, 0], &[2, 0, 1]];
    backends_come_off_independently(Backend::ALL, &orders, &server, &client)
}
