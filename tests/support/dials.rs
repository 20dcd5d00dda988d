//! Connections in both families, and dials that nobody answers.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use netns_test::{Connection, Dial, Host, Listener, Result, TcpState, eventually};

use super::families::families;
use super::times::LIMIT;

/// Where a listener is found in one of the families.
pub(crate) fn family(listener: &Listener, ipv6: bool) -> SocketAddr {
    if ipv6 { listener.addr_v6() } else { listener.addr() }
}

/// One connection in each family for each side that can dial, the end at `a` first.
pub(crate) fn connections(a: &Host, b: &Host) -> Result<Vec<[Connection; 2]>> {
    let mut connections = Vec::new();
    for ipv6 in families() {
        let (at_a, at_b) = (a.listen(0)?, b.listen(0)?);
        let dialled = a.connect(family(&at_b, ipv6))?;
        connections.push([dialled, at_b.accept()?]);
        let dialled = b.connect(family(&at_a, ipv6))?;
        connections.push([at_a.accept()?, dialled]);
    }
    Ok(connections)
}

/// Nothing answers the dial. A SYN is repeated, a second after the first one, only if nothing did.
#[track_caller]
pub(crate) fn assert_repeats_its_syn(dial: &mut Dial) {
    let limit = Duration::from_secs(10);
    let repeated = eventually(limit, || dial.info().is_ok_and(|info| info.retransmits >= 1));
    assert!(repeated.is_ok(), "{}: {:?}", dial.peer_addr(), dial.info());
    assert_eq!(dial.info().expect("it is open").state, TcpState::SynSent);
    let error = dial.wait(Duration::ZERO).expect_err("nobody answered");
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{}: {error}", dial.peer_addr());
    assert_eq!(error.raw_os_error(), None, "the kernel says nothing: {error}");
}

/// Nothing has arrived, and no error either.
#[track_caller]
pub(crate) fn assert_hears_nothing(end: &mut Connection) {
    end.set_deadline(Duration::ZERO);
    let error = end.recv().expect_err("nothing has come");
    assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::TimedOut, None), "{error}");
    end.set_deadline(LIMIT);
}
