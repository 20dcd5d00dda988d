//! What happens to a connection that is idle for longer than its router remembers it.

use std::io::ErrorKind;
use std::time::Duration;

use netns_test::{BehindNat, Connection, Forget, Listener, Nat, Result, netns_test};

use crate::subscriber::Subscriber;
use crate::{FORGETS, IDLE, PORT, SOON};

/// For what has already arrived, if anything has.
const AT_ONCE: Duration = Duration::from_millis(1);

/// A subscriber in the client, and the server's end of its connection.
fn subscribe(net: &BehindNat, publisher: &Listener) -> Result<(Subscriber, Connection)> {
    let subscriber = net.client.run(|| Subscriber::connect(publisher.addr()))?;
    Ok((subscriber, publisher.accept()?))
}

/// A probe passes the router each second, before the router forgets the connection.
#[netns_test]
fn after_a_silence_news_reach_a_client_with_keepalive_alone(net: BehindNat) -> Result {
    net.router.set_nat(&net.outside, Nat::masquerade().tcp_timeout(FORGETS))?;
    let publisher = net.server.listen(PORT)?;
    let (mut silent, mut to_silent) = subscribe(&net, &publisher)?;
    let (probing, mut to_probing) = subscribe(&net, &publisher)?;
    let mut probing = probing.keep_alive()?;
    assert_eq!(silent.news_within(IDLE)?, None);

    to_silent.send(b"news")?;
    to_probing.send(b"news")?;
    assert_eq!(probing.news_within(SOON)?.as_deref(), Some("news"));
    // Neither side is told: one waits, and the other repeats what the router drops.
    assert_eq!(silent.news_within(SOON)?, None);
    assert!(to_silent.info()?.retransmits > 0);
    Ok(())
}

/// As after a power failure. The first probe is due after one second, the second after two, and the
/// kernel gives up a second later: three seconds in all.
#[netns_test]
fn with_keepalive_a_client_notices_a_router_that_has_forgotten_it(net: BehindNat) -> Result {
    let publisher = net.server.listen(PORT)?;
    let (mut silent, _to_silent) = subscribe(&net, &publisher)?;
    let (probing, _to_probing) = subscribe(&net, &publisher)?;
    let mut probing = probing.keep_alive()?;
    net.router.forget_connections(Forget::Silently)?;
    let noticed = probing.news_within(Duration::from_secs(10));
    assert_eq!(noticed.expect_err("nobody answers its probes").kind(), ErrorKind::TimedOut);
    // During all that time nobody has told the other side.
    assert_eq!(silent.news_within(AT_ONCE)?, None);
    Ok(())
}
