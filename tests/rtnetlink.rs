//! The crate rtnetlink in hosts: what it makes is used, and faults find it; what this crate makes, it reads.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use netns_test::rtnetlink::packet_route::address::AddressAttribute;
use netns_test::rtnetlink::packet_route::link::{LinkAttribute, LinkFlags, MacVlanMode};
use netns_test::rtnetlink::packet_route::neighbour::{NeighbourAttribute, NeighbourState};
use netns_test::rtnetlink::packet_route::route::{RouteAttribute, RouteType};
use netns_test::rtnetlink::{LinkBridge, LinkMacVlan, RouteMessageBuilder};
use netns_test::{Host, Net, Result, Routed, netns_test};

const SOON: Duration = Duration::from_millis(500);
const SERVICE: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 1);

fn index_of(host: &Host, name: &str) -> Result<u32> {
    Ok(host.run(|| nix::net::if_::if_nametoindex(name))?)
}

#[netns_test]
async fn a_service_has_an_address_on_a_device_of_its_own(server: Host, client: Host) -> Result {
    let ip = server.rtnetlink()?;
    ip.link().add(LinkBridge::new("service").up().build()).execute().await?;
    let device = index_of(&server, "service")?;
    ip.address().add(device, SERVICE.into(), 32).execute().await?;
    client.set_default_route(server.ipv4().into())?;

    let listener = server.listen_async(80).await?;
    client.connect_async((SERVICE, 80)).await?;
    listener.accept().await?;

    let block = client.block(&server)?;
    assert!(client.connect_within_async((SERVICE, 80), SOON).await.is_err());
    assert!(block.packets() > 0);
    Ok(())
}

/// In a test that is not async, the host's own runtime runs what has to be awaited.
#[netns_test]
fn a_block_covers_a_macvlan(server: Host, client: Host) -> Result {
    let (ip, eth0) = (client.rtnetlink()?, index_of(&client, "eth0")?);
    let made = client.spawn(async move {
        let macvlan = LinkMacVlan::new("macvlan0", eth0, MacVlanMode::Bridge).up().build();
        ip.link().add(macvlan).execute().await?;
        let macvlan0 = nix::net::if_::if_nametoindex("macvlan0").map_err(std::io::Error::from);
        let macvlan0 = macvlan0.expect("it was made");
        ip.address().add(macvlan0, [10, 0, 0, 102].into(), 24).execute().await
    });
    made.join()?;
    let probe = |from: &Host, to: (Ipv4Addr, u16)| from.connect_within(to, SOON).is_ok();
    let inbox = client.listen(7000)?;
    let there = (Ipv4Addr::new(10, 0, 0, 102), 7000);
    assert!(probe(&server, there));
    let block = client.block(&server)?;
    assert!(!probe(&server, there), "{block}");
    block.unblock()?;
    assert!(probe(&server, there));
    drop(inbox);
    Ok(())
}

/// Another's decoder and the kernel agree on what each host has.
async fn is_read(host: &Host) -> Result {
    let ip = host.rtnetlink()?;
    let links: Vec<_> = ip.link().get().execute().try_collect().await?;
    let links = links.into_iter().filter(|link| !link.header.flags.contains(LinkFlags::Loopback));
    for link in links {
        assert!(link.header.flags.contains(LinkFlags::Up | LinkFlags::LowerUp), "{link:?}");
        assert!(link.attributes.contains(&LinkAttribute::Mtu(1500)), "{link:?}");
        assert!(link.attributes.contains(&LinkAttribute::NumTxQueues(1)), "{link:?}");
    }
    let addresses: Vec<_> = ip.address().get().execute().try_collect().await?;
    let mut held = BTreeSet::new();
    for message in &addresses {
        let of = |wanted: &AddressAttribute| match wanted {
            AddressAttribute::Address(address) => Some(*address),
            _ => None,
        };
        let address = message.attributes.iter().find_map(of).expect("it has one");
        let means_something = match address {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                let broadcast = AddressAttribute::Broadcast([a, b, c, 255].into());
                let whole = message.header.prefix_len == 24;
                assert!(v4.is_loopback() || whole && message.attributes.contains(&broadcast));
                !v4.is_loopback()
            }
            IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
        };
        held.extend(means_something.then_some(address));
    }
    assert_eq!(held, host.addrs().into_iter().collect());
    Ok(())
}

#[netns_test]
async fn rtnetlink_reads_what_hosts_of_a_pair_have(server: Host, client: Host) -> Result {
    is_read(&server).await?;
    is_read(&client).await?;
    // The default route leads into nowhere: to a neighbour that is known once and for all, and is nobody.
    let ip = client.rtnetlink()?;
    let all = ip.route().get(RouteMessageBuilder::<Ipv4Addr>::new().build()).execute();
    let routes: Vec<_> = all.try_collect().await?;
    let mut defaults = routes.iter().filter(|route| {
        route.header.destination_prefix_length == 0 && route.header.kind == RouteType::Unicast
    });
    let default = defaults.next().expect("there is one");
    assert!(defaults.next().is_none());
    let eth0 = index_of(&client, "eth0")?;
    let nobody = Ipv4Addr::new(10, 0, 0, 254);
    assert!(default.attributes.contains(&RouteAttribute::Oif(eth0)), "{default:?}");
    assert!(default.attributes.contains(&RouteAttribute::Gateway(nobody.into())), "{default:?}");
    let neighbours: Vec<_> = ip.neighbours().get().execute().try_collect().await?;
    let known = neighbours
        .iter()
        .find(|entry| entry.attributes.contains(&NeighbourAttribute::Destination(nobody.into())));
    assert_eq!(known.map(|entry| entry.header.state), Some(NeighbourState::Permanent));
    Ok(())
}

#[netns_test]
async fn rtnetlink_reads_what_hosts_of_a_lan_have(
    net: Net,
    _a: Host,
    _b: Host,
    _c: Host,
) -> Result {
    for host in net.all_hosts() {
        is_read(&host).await?;
    }
    Ok(())
}

#[netns_test]
async fn rtnetlink_reads_what_a_router_has(routed: Routed) -> Result {
    is_read(&routed.router).await?;
    is_read(&routed.client).await
}

#[netns_test]
async fn requests_wait_while_the_host_is_frozen(server: Host, client: Host) -> Result {
    let ip = server.rtnetlink()?;
    let frozen = server.freeze()?;
    let request = tokio::spawn(ip.link().add(LinkBridge::new("late").build()).execute());
    // Its answer comes by the runtime that is frozen; that of another host's comes meanwhile.
    client.rtnetlink()?.link().add(LinkBridge::new("soon").build()).execute().await?;
    index_of(&client, "soon")?;
    assert!(!request.is_finished() && index_of(&server, "late").is_err());
    frozen.thaw()?;
    request.await??;
    index_of(&server, "late")?;
    Ok(())
}
