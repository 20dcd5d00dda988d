//! What the wire answers in the place of a host, beside all hosts, is in the capture of the one that
//! gets it.
#![cfg(target_os = "linux")]

mod support;

use std::net::Ipv4Addr;
use std::time::Duration;

use netns_test::{Host, Net, Policy, Result, eventually, netns_test};

use support::frame::send_unseen;

/// For what the kernel does at once, on a machine that may be busy.
const SOON: Duration = Duration::from_secs(30);
/// linux/tcp.h
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

/// A TCP segment as an Ethernet frame between two hosts of the first link, known by their last number.
fn segment([from, to]: [u8; 2], flags: u8) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from, 8, 0];
    frame.extend([0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0]);
    frame.extend(Ipv4Addr::new(10, 0, 0, from).octets());
    frame.extend(Ipv4Addr::new(10, 0, 0, to).octets());
    let sum: u32 =
        frame[14..34].chunks(2).map(|two| u32::from(two[0]) << 8 | u32::from(two[1])).sum();
    let sum = !((sum & 0xffff) as u16 + (sum >> 16) as u16);
    frame[24..26].copy_from_slice(&sum.to_be_bytes());
    frame.extend([0x1b, 0x58, 0x9c, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 0x50, flags, 0, 0, 0, 0, 0, 0]);
    frame
}

#[netns_test]
fn a_reset_that_no_host_has_sent_is_there_once(net: Net) -> Result {
    let [server, client, other] = net.hosts(["server", "client", "other"])?;
    // So that arrivals are recorded.
    let _block = client.block_with(&server, Policy::drop().port(9999))?;
    // As a rule between the two does it: no packet socket of the server sees it leave.
    server.run(|| send_unseen("eth0", &segment([1, 2], RST | ACK)))?;
    // And what is no answer, and has been sent by nobody, is none.
    server.run(|| send_unseen("eth0", &segment([1, 2], ACK)))?;
    eventually(SOON, || {
        client.capture().is_ok_and(|all| all.from(server.ipv4()).rst().len() == 1)
    })?;
    for all in [client.capture()?, server.capture()?, net.capture()?] {
        let answers = all.tcp().from(&server);
        assert_eq!(answers.len(), 1, "{answers}");
        let answer = &answers[0];
        assert_eq!((answer.receiver(), answer.is_retransmission()), (Some("client"), false));
        assert!(answer.arrived_at().is_some() && !answer.is_dropped());
    }
    assert!(other.capture()?.tcp().is_empty());
    Ok(())
}

/// One that a host has sent is there once all the same.
#[netns_test]
fn a_reset_that_a_host_has_sent_is_there_once(net: Net) -> Result {
    let [server, client, other] = net.hosts(["server", "client", "other"])?;
    let _blocks =
        [&client, &other].map(|host: &Host| server.block_with(host, Policy::drop().port(9999)));
    for _ in 0..200 {
        // Nobody listens.
        assert!(client.connect((server.ipv4(), 7000)).is_err());
        client.capture()?;
    }
    for all in [client.capture()?, server.capture()?, net.capture()?] {
        let resets = all.rst();
        assert_eq!(resets.len(), 200);
        assert!(resets.iter().all(|packet| packet.host() == "server"));
    }
    assert!(other.capture()?.tcp().is_empty());
    Ok(())
}
