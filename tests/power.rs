//! A host that goes off and comes back, as a machine whose power fails: what its peers see, what is lost
//! in it, and what it has again afterwards.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use netns_test::{BehindNat, Connection, Host, Program, Result, Routed, TcpState, netns_test};
use support::families::{addresses, families};
use support::interface::set_down;
use support::times::LIMIT;

/// Linux asks three times for a neighbour, a second apart (arp(7)).
const UNREACHABLE: Duration = Duration::from_secs(9);

fn connected(server: &Host, client: &Host, at: SocketAddr) -> Result<[Connection; 2]> {
    let listener = server.listen(at.port())?;
    let dialled = client.connect(at)?;
    Ok([dialled, listener.accept()?])
}

/// Whether its interface was set up, by whomever.
fn is_up(host: &Host) -> bool {
    let flags = host.run(|| {
        let all = nix::ifaddrs::getifaddrs().unwrap();
        all.filter(|one| one.interface_name == "eth0").map(|one| one.flags).next()
    });
    flags.is_some_and(|flags| flags.contains(nix::net::if_::InterfaceFlags::IFF_UP))
}

/// Nobody is told that it went, and the first word to it after that is answered by a reset.
fn peers_find_out_when_they_speak(server: &Host, client: &Host) -> Result {
    for address in server.addrs() {
        let [mut dialled, accepted] = connected(server, client, (address, 7000).into())?;
        let off = server.power_off()?;
        // The program in it has lost its socket.
        assert_eq!(accepted.info()?.state, TcpState::Unconnected);
        dialled.set_deadline(Duration::from_millis(300));
        let silent = dialled.recv().unwrap_err();
        assert_eq!(silent.kind(), ErrorKind::TimedOut, "{address}");
        assert_eq!(dialled.info()?.state, TcpState::Established);
        off.power_on()?;
        dialled.set_deadline(LIMIT);
        dialled.send(b"are you there?")?;
        let told = dialled.recv().unwrap_err();
        assert_eq!(told.kind(), ErrorKind::ConnectionReset, "{address}");
    }
    Ok(())
}

#[netns_test]
fn peers_on_a_pair_find_out_when_they_speak(server: Host, client: Host) -> Result {
    peers_find_out_when_they_speak(&server, &client)
}

#[netns_test]
fn peers_on_a_bridge_find_out_when_they_speak(server: Host, client: Host, _c: Host) -> Result {
    peers_find_out_when_they_speak(&server, &client)
}

/// The others talk on, and who dials is told by its own kernel: nobody answers for the address.
#[netns_test]
fn a_host_that_is_off_is_unreachable(server: Host, client: Host, other: Host) -> Result {
    let listener = server.listen(80)?;
    let off = server.power_off()?;
    for to in addresses(&listener) {
        let dialled = client.connect_within(to, UNREACHABLE);
        assert_eq!(dialled.unwrap_err().kind(), ErrorKind::HostUnreachable, "{to}");
    }
    connected(&other, &client, other.addr(7000))?;
    off.power_on()?;
    Ok(())
}

/// Beyond a router it is that which finds nobody, and says so.
#[netns_test]
fn a_host_that_is_off_beyond_a_router_is_unreachable(net: Routed) -> Result {
    let listener = net.server.listen(80)?;
    let off = net.server.power_off()?;
    let dialled = net.client.connect_within(listener.addr(), UNREACHABLE);
    assert_eq!(dialled.unwrap_err().kind(), ErrorKind::HostUnreachable);
    off.power_on()?;
    Ok(())
}

/// As with a cable whose other end is dead.
#[netns_test]
fn the_other_end_of_a_pair_has_no_carrier(server: Host, client: Host) -> Result {
    let carrier = || client.exec("cat", ["/sys/class/net/eth0/carrier"]);
    if carrier().is_err() {
        println!("NOT RUN: needs a /sys of the sandbox's own");
        return Ok(());
    }
    let off = server.power_off()?;
    assert_eq!(carrier()?.trim(), "0");
    off.power_on()?;
    assert_eq!(carrier()?.trim(), "1");
    Ok(())
}

#[netns_test]
fn a_host_comes_back_with_its_addresses_and_without_its_services(
    server: Host,
    client: Host,
    _c: Host,
) -> Result {
    let listener = server.listen(80)?;
    let before = (server.addrs(), client.addrs());
    server.power_off()?.power_on()?;
    assert_eq!((server.addrs(), client.addrs()), before);
    for to in addresses(&listener) {
        assert_eq!(client.connect(to).unwrap_err().kind(), ErrorKind::ConnectionRefused, "{to}");
    }
    // What is started now is reached as before.
    for address in server.addrs() {
        connected(&server, &client, (address, 7001).into())?;
    }
    Ok(())
}

/// A program that is killed closes its sockets; nothing of that leaves a machine without power.
#[netns_test]
fn programs_end_and_nobody_hears_of_it(server: Host, client: Host, _c: Host) -> Result {
    let program = server.start(Program::new("sleep").args(["1000"]))?;
    let [mut dialled, _accepted] = connected(&server, &client, server.addr(7000))?;
    let off = server.power_off()?;
    assert!(!program.is_running());
    let heard = client.capture()?.to(&client).tcp();
    assert!(heard.rst().is_empty() && heard.fin().is_empty(), "{heard}");
    dialled.set_deadline(Duration::from_millis(100));
    assert_eq!(dialled.recv().unwrap_err().kind(), ErrorKind::TimedOut);
    off.power_on()?;
    assert!(!program.is_running(), "nobody starts it again");
    program.restart()?;
    Ok(())
}

/// A router that was off has forgotten whose connections it had.
#[netns_test]
fn a_router_forgets_its_connections(net: BehindNat) -> Result {
    let listener = net.server.listen(7000)?;
    let mut dialled = net.client.connect(listener.addr())?;
    let mut accepted = listener.accept()?;
    net.router.power_off()?.power_on()?;
    accepted.send(b"hello")?;
    accepted.set_deadline(Duration::from_millis(500));
    dialled.set_deadline(Duration::from_millis(500));
    for end in [&mut accepted, &mut dialled] {
        assert_eq!(end.recv().unwrap_err().kind(), ErrorKind::TimedOut);
    }
    net.client.connect(listener.addr())?;
    Ok(())
}

/// What is in the test's own process cannot be switched off, and is named.
#[netns_test]
fn what_cannot_be_switched_off_is_named(server: Host, client: Host) -> Result {
    let datagrams = server.bind_udp(5353)?;
    let asking = client.connect_udp(datagrams.addr())?;
    let off = server.power_off()?;
    assert!(off.left_out().iter().any(|one| one == "udp port 5353"), "{:?}", off.left_out());
    off.power_on()?;
    asking.send(b"when it is back")?;
    let lost = datagrams.recv_from().unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::ConnectionAborted);
    assert_eq!(datagrams.recv_from()?.0, b"when it is back");
    Ok(())
}

#[netns_test]
fn a_host_is_off_once(server: Host, client: Host) -> Result {
    let off = server.power_off()?;
    assert_eq!(off.to_string(), "power off `server`");
    let twice = server.power_off().unwrap_err().to_string();
    assert_eq!(twice, "cannot power off `server`: it is already off");
    // Both ends of a pair are off, and the first one comes back alone.
    let other = client.power_off()?;
    off.power_on()?;
    other.power_on()?;
    for _ in families() {
        drop(server.power_off()?);
        connected(&server, &client, server.addr(7000))?;
    }
    Ok(())
}

/// A plug that is pulled and a power failure end in any order, and all is as before.
fn ends_in_any_order(server: &Host, client: &Host) -> Result {
    let addrs = server.addrs();
    let link = &server.links()[0];
    for cut_first in [true, false] {
        for cut_ends_first in [true, false] {
            let early = cut_first.then(|| link.cut(server)).transpose()?;
            let off = server.power_off()?;
            let cut = match early {
                Some(cut) => cut,
                None => link.cut(server)?,
            };
            if cut_ends_first {
                cut.restore()?;
                off.power_on()?;
            } else {
                off.power_on()?;
                cut.restore()?;
            }
            assert_eq!(server.addrs(), addrs);
            for address in &addrs {
                connected(server, client, (*address, 7000).into())?;
                connected(client, server, client.addr(7001))?;
            }
        }
    }
    Ok(())
}

#[netns_test]
fn a_cut_and_a_power_failure_of_a_pair_end_in_any_order(server: Host, client: Host) -> Result {
    ends_in_any_order(&server, &client)
}

#[netns_test]
fn a_cut_and_a_power_failure_on_a_bridge_end_in_any_order(
    server: Host,
    client: Host,
    _c: Host,
) -> Result {
    ends_in_any_order(&server, &client)
}

/// What holds an interface down holds it until all that do are over: another cut, the power of its host.
#[netns_test]
fn faults_of_one_interface_end_with_the_last_one(server: Host, client: Host) -> Result {
    let link = &server.links()[0];
    for cut_first in [true, false] {
        let early = cut_first.then(|| link.cut(&client)).transpose()?;
        let off = server.power_off()?;
        let cut = early.map_or_else(|| link.cut(&client), Ok)?;
        assert!(!is_up(&server));
        cut.restore()?;
        assert!(!is_up(&server), "it is off");
        off.power_on()?;
        assert!(is_up(&server));
    }
    let (one, other) = (link.cut(&client)?, link.cut(&client)?);
    one.restore()?;
    assert!(!is_up(&server), "the other one is there");
    other.restore()?;
    for address in server.addrs() {
        connected(&server, &client, (address, 7000).into())?;
    }
    assert_eq!(server.addrs().len(), 1 + usize::from(client.has_ipv6()));
    Ok(())
}

/// And who has set it down by himself finds it so.
#[netns_test]
fn an_interface_that_was_down_stays_down(server: Host, client: Host) -> Result {
    server.run(|| set_down("eth0"))?;
    server.links()[0].cut(&client)?.restore()?;
    assert!(!is_up(&server));
    server.power_off()?.power_on()?;
    assert!(!is_up(&server));
    Ok(())
}

#[cfg(feature = "tokio")]
#[netns_test]
async fn a_runtime_goes_on_while_a_host_is_switched_off(server: Host, client: Host) -> Result {
    let off = server.power_off_async().await?;
    let dialled = client.connect_within_async(server.addr(80), UNREACHABLE).await;
    assert_eq!(dialled.unwrap_err().kind(), ErrorKind::HostUnreachable);
    off.power_on()?;
    connected(&server, &client, server.addr(7000))?;
    Ok(())
}
