//! Sockets of MPTCP, which the kernel lists beside the TCP connections that they consist of. A
//! kernel without MPTCP refuses to make one, and these tests fail there with its error.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may")]

mod support;

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use netns_test::{Host, Net, Netid, Notified, Policy, Result, TcpState, netns_test};
use socket2::{Domain, Protocol, Socket, Type};
use support::families::families;
use support::times::LIMIT;

fn mptcp(host: &Host, to: SocketAddr) -> Result<Socket> {
    let domain = if to.is_ipv4() { Domain::IPV4 } else { Domain::IPV6 };
    Ok(host.run(|| Socket::new(domain, Type::STREAM, Some(Protocol::MPTCP)))?)
}

fn listen(host: &Host, at: SocketAddr) -> Result<TcpListener> {
    let socket = mptcp(host, at)?;
    socket.bind(&at.into())?;
    socket.listen(8)?;
    Ok(socket.into())
}

/// The ends of a connection: the dialled one, the accepted one.
fn connected(server: &Host, client: &Host, to: SocketAddr) -> Result<[TcpStream; 2]> {
    connected_to(&listen(server, to)?, client, to)
}

/// The second subflow may only be made once the first one has brought something (RFC 8684, section
/// 3.1), so something is said.
fn connected_to(listener: &TcpListener, client: &Host, to: SocketAddr) -> Result<[TcpStream; 2]> {
    let socket = mptcp(client, to)?;
    socket.connect(&to.into())?;
    let (mut dialled, mut accepted) = (TcpStream::from(socket), listener.accept()?.0);
    dialled.write_all(b"?")?;
    accepted.read_exact(&mut [0])?;
    for end in [&dialled, &accepted] {
        end.set_read_timeout(Some(LIMIT))?;
    }
    Ok([dialled, accepted])
}

/// Both ends are told at once, in either family; by which words the kernel chooses.
fn is_told(end: &mut TcpStream) {
    let begun = Instant::now();
    let read = end.read(&mut [0]).unwrap_err().kind();
    // By itself the kernel keeps a socket for a minute that has no TCP connection left.
    assert!(begun.elapsed() < LIMIT / 2, "{read:?} after {:?}", begun.elapsed());
    assert!(matches!(read, ErrorKind::NotConnected | ErrorKind::ConnectionAborted), "{read:?}");
    let written = end.write(b"!").unwrap_err().kind();
    assert!(matches!(written, ErrorKind::BrokenPipe), "{written:?}");
}

/// Whether an MPTCP socket can be told. A kernel on which it would only be told a minute later is an
/// error that says so, and the connection stays.
fn can_sever(server: &Host, client: &Host) -> Result<bool> {
    if Path::new("/proc/sys/net/mptcp/close_timeout").exists() {
        return Ok(true);
    }
    // The client's socket is one of MPTCP and the server's is not, which stays as well.
    let listener = server.listen(0)?;
    let socket = mptcp(client, listener.addr())?;
    socket.connect(&listener.addr().into())?;
    let _accepted = listener.accept()?;
    let error = server.block_with(client, Policy::sever(Notified::Both)).unwrap_err();
    assert!(error.is_unsupported(), "{error}");
    assert_eq!((server.established(client)?, client.established(server)?), (1, 1));
    eprintln!("NOT RUN: this kernel keeps MPTCP sockets for a minute");
    Ok(false)
}

#[netns_test]
fn both_ends_of_a_severed_connection_are_told(server: Host, client: Host) -> Result {
    if !can_sever(&server, &client)? {
        return Ok(());
    }
    for to in families().map(|ipv6| if ipv6 { server.addr_v6(7000) } else { server.addr(7000) }) {
        let mut ends = connected(&server, &client, to)?;
        assert_eq!((server.established(&client)?, client.established(&server)?), (1, 1));
        let block = server.block_with(&client, Policy::sever(Notified::Both))?;
        assert_eq!((server.established(&client)?, client.established(&server)?), (0, 0));
        ends.iter_mut().for_each(is_told);
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn the_side_that_is_not_told_goes_on_waiting(server: Host, client: Host) -> Result {
    if !can_sever(&server, &client)? {
        return Ok(());
    }
    let [mut dialled, mut accepted] = connected(&server, &client, server.addr(7000))?;
    let _block = server.block_with(&client, Policy::sever(Notified::Host))?;
    is_told(&mut accepted);
    dialled.set_read_timeout(Some(Duration::from_millis(50)))?;
    let read = dialled.read(&mut [0]).unwrap_err();
    assert_eq!(read.kind(), ErrorKind::WouldBlock);
    assert_eq!((server.established(&client)?, client.established(&server)?), (0, 1));
    Ok(())
}

/// A power failure waits for nobody: the kernel keeps such a socket for a minute, and it is named.
#[netns_test]
fn a_power_failure_names_whom_it_does_not_tell(server: Host, client: Host) -> Result {
    let [_dialled, mut accepted] = connected(&server, &client, server.addr(7000))?;
    let off = server.power_off()?;
    assert_eq!(off.left_out(), ["mptcp port 7000"]);
    accepted.set_read_timeout(Some(Duration::from_millis(50)))?;
    assert_eq!(accepted.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    off.power_on()?;
    Ok(())
}

/// What the host is told to do for the block's sake it does not go on doing.
#[netns_test]
fn sever_leaves_the_hosts_settings_as_they_were(server: Host, client: Host) -> Result {
    if !can_sever(&server, &client)? {
        return Ok(());
    }
    let timeout = || fs::read_to_string("/proc/sys/net/mptcp/close_timeout");
    let _ends = connected(&server, &client, server.addr(7000))?;
    server.run(|| fs::write("/proc/sys/net/mptcp/close_timeout", "17"))?;
    let _block = server.block_with(&client, Policy::sever(Notified::Both))?;
    assert_eq!(server.run(timeout)?.trim(), "17");
    Ok(())
}

/// A connection of TCP alone, and one of MPTCP with somebody who does not know it: the kernel has an
/// MPTCP socket at one end, and a TCP socket at the other.
#[netns_test]
fn what_falls_back_to_tcp_is_severed_and_counted_once(server: Host, client: Host) -> Result {
    if !can_sever(&server, &client)? {
        return Ok(());
    }
    let listener = server.listen(7000)?;
    let socket = mptcp(&client, listener.addr())?;
    socket.connect(&listener.addr().into())?;
    let mut dialled = TcpStream::from(socket);
    let mut accepted = listener.accept()?;
    assert_eq!((server.established(&client)?, client.established(&server)?), (1, 1));
    let _block = server.block_with(&client, Policy::sever(Notified::Both))?;
    assert_eq!((server.established(&client)?, client.established(&server)?), (0, 0));
    dialled.set_read_timeout(Some(LIMIT))?;
    assert_eq!(dialled.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionAborted);
    assert_eq!(accepted.recv().unwrap_err().kind(), ErrorKind::ConnectionAborted);
    Ok(())
}

#[netns_test]
fn a_socket_is_listed_once_with_its_subflows(server: Host, client: Host) -> Result {
    let [_dialled, _accepted] = connected(&server, &client, server.addr(7000))?;
    let plain = server.listen(7001)?;
    let _plain = client.connect(plain.addr())?;
    let sockets = client.sockets()?.to(&server);
    assert_eq!((sockets.len(), sockets.tcp().len(), sockets.mptcp().len()), (2, 2, 1), "{sockets}");
    let socket = &sockets.mptcp()[0];
    assert_eq!((socket.netid, socket.state), (Netid::Mptcp, TcpState::Established));
    assert_eq!(socket.subflows.len(), 1, "{socket}");
    let subflow = &socket.subflows[0];
    assert_eq!(
        (subflow.netid, subflow.local, subflow.peer),
        (Netid::Tcp, socket.local, socket.peer)
    );
    assert!(subflow.info.as_ref().is_some_and(|info| info.bytes_acked > 0), "{subflow}");
    // A row each, as with `ss -atuioM`.
    let printed = sockets.to_string();
    assert!(
        printed.contains("\nmptcp ESTAB ") && printed.matches("ESTAB").count() == 3,
        "{printed}"
    );
    Ok(())
}

/// Somebody else's connection is left alone by a block that is limited to another port, and one
/// with a subflow that the block does not reach lives on by it.
#[netns_test]
fn sever_tells_nobody_whom_its_scope_does_not_reach(server: Host, client: Host) -> Result {
    if !can_sever(&server, &client)? {
        return Ok(());
    }
    let [mut dialled, mut accepted] = connected(&server, &client, server.addr(7000))?;
    let mut others = connected(&server, &client, server.addr(7001))?;
    let _block = server.block_with(&client, Policy::sever(Notified::Both).port(7001))?;
    others.iter_mut().for_each(is_told);
    dialled.write_all(b"still there")?;
    accepted.read_exact(&mut [0; 11])?;
    assert_eq!((server.established(&client)?, client.established(&server)?), (1, 1));
    Ok(())
}

/// Two links, a subflow over each: it is one connection.
#[netns_test]
#[ignore = "NOT RUN: needs the program ip"]
fn a_connection_with_two_subflows_is_one(net: Net, server: Host, client: Host) -> Result {
    net.link("eth1", &[&server, &client])?;
    let second = client.addrs()[2].to_string();
    client.exec("ip", ["mptcp", "limits", "set", "subflow", "2"])?;
    server.exec("ip", ["mptcp", "limits", "set", "subflow", "2"])?;
    client.exec("ip", ["mptcp", "endpoint", "add", &second, "dev", "eth1", "subflow"])?;
    server.run(|| fs::write("/proc/sys/net/ipv4/conf/all/rp_filter", "0"))?;
    client.exec("ip", ["route", "add", "10.0.0.1", "dev", "eth1", "table", "7"])?;
    client.exec("ip", ["rule", "add", "from", &second, "lookup", "7"])?;
    // The listener takes the second subflow as well.
    let listener = listen(&server, server.addr(7000))?;
    let mut ends = connected_to(&listener, &client, server.addr(7000))?;
    client.wait_for_sockets(LIMIT, |sockets| {
        let subflows = |sockets: &netns_test::Sockets| sockets[0].subflows.len();
        sockets.mptcp().len() == 1 && subflows(&sockets.mptcp()) == 2
    })?;
    assert_eq!(client.established(&server)?, 1);
    let _block = server.block_with(&client, Policy::sever(Notified::Both))?;
    ends.iter_mut().for_each(is_told);
    Ok(())
}
