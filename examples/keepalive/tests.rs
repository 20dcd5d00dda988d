//! What the session must notice, and what it must not.

use std::fmt::Debug;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

use netns_test::{Failure, Host, Result, TcpState, consistently, eventually, netns_test};
use tokio::time::timeout;

use crate::service::Service;
use crate::session::{Session, Watch};
use crate::{KEEPALIVE, PORT, USER_TIMEOUT};

/// For what is due soon, where nothing depends on how soon.
const SOON: Duration = Duration::from_secs(5);
/// Longer than either mechanism takes in the tests where it is the right one.
const SILENCE: Duration = Duration::from_millis(3200);

async fn service_in(server: &Host) -> Result<SocketAddr> {
    let addr = SocketAddr::from((server.ipv4(), PORT));
    // Its listener and all its tasks are on the host's own runtime, and therefore in the host.
    let service = server.spawn(Service::bind(addr)).await?;
    server.spawn(service.serve()).detach();
    Ok(addr)
}

/// A session that has just been used, so we know that it works. It is idle from now on.
async fn session_in(client: &Host, service: SocketAddr, watch: Watch) -> Result<Session> {
    let mut session = client.spawn(Session::connect(service, watch)).await?;
    assert_eq!(session.ask("hello").await?, "HELLO");
    Ok(session)
}

/// The async counterpart of [`netns_test::within`]: `event` happens, not too early and not too
/// late.
async fn happens<T>(time: Range<Duration>, event: impl Future<Output = T>) -> Result<T> {
    let begun = Instant::now();
    let happened = timeout(time.end, event).await?;
    let after = begun.elapsed();
    if after < time.start {
        return Err(Failure::new(format!("it happened after {after:?}, not in {time:?}")));
    }
    println!("it happened after {after:?}");
    Ok(happened)
}

/// The async counterpart of [`netns_test::consistently`]: `event` does not happen.
async fn stays_silent<T: Debug>(time: Duration, event: impl Future<Output = T>) -> Result {
    match timeout(time, event).await {
        Ok(happened) => Err(Failure::new(format!("it is over already: {happened:?}"))),
        Err(_) => Ok(()),
    }
}

#[track_caller]
fn assert_timed_out(noticed: io::Result<String>) {
    let error = noticed.expect_err("nobody can have answered");
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    assert!(error.raw_os_error().is_some(), "the kernel itself has given up: {error}");
}

#[netns_test]
async fn keepalive_notices_on_an_idle_connection(server: Host, client: Host) -> Result {
    let service = service_in(&server).await?;
    let before = Instant::now();
    let mut session = session_in(&client, service, Watch::nothing().idle(KEEPALIVE)).await?;

    let block = client.block(&server)?;
    // Due 3 s after the last answer: a second of silence, and a second for each of two probes. One
    // probe alone would take 2 s. The answer came after `before`, and before the block, so that
    // neither bound depends on how long the machine took in between.
    let earliest = Duration::from_millis(2500).saturating_sub(before.elapsed());
    let noticed = happens(earliest..Duration::from_secs(5), session.listen()).await?;
    assert_timed_out(noticed);
    assert!(block.packets() >= 2, "two probes were lost");
    Ok(())
}

#[netns_test]
async fn user_timeout_notices_with_data_in_flight(server: Host, client: Host) -> Result {
    let service = service_in(&server).await?;
    let watch = Watch::nothing().in_flight(USER_TIMEOUT);
    let mut session = session_in(&client, service, watch).await?;

    let block = client.block(&server)?;
    // Not before one second, which is the timeout; usually 0.4 s later, because the kernel looks
    // only when it repeats: 0.2, 0.6 and 1.4 s after the question. Another doubling would be 3 s.
    let question = session.ask("still there?");
    let noticed = happens(USER_TIMEOUT..Duration::from_secs(3), question).await?;
    assert_timed_out(noticed);
    assert!(block.packets() > 0);
    Ok(())
}

#[netns_test]
async fn a_connection_without_either_stays_as_it_is(server: Host, client: Host) -> Result {
    let service = service_in(&server).await?;
    let mut session = session_in(&client, service, Watch::nothing()).await?;
    // A second connection, whose kernel side the test can see.
    let mut conn = client.connect_async(service).await?;

    let block = client.block(&server)?;
    conn.send(b"still there?\n").await?;
    let asking = client.spawn(async move { session.ask("still there?").await });
    // Meanwhile the session goes on in its host, whose runtime has its own thread.
    consistently(Duration::from_millis(2500), || {
        conn.info().is_ok_and(|info| info.state == TcpState::Established)
    })?;
    let info = conn.info()?;
    assert!(info.retransmits >= 2, "the kernel keeps repeating the question: {info:?}");
    assert!(block.packets() > 0);

    // Nobody has noticed anything, and in the end nothing has happened: the question that was asked
    // during the block is answered, at the next repetition.
    block.unblock()?;
    assert_eq!(timeout(SOON, asking).await??, "STILL THERE?");
    assert_eq!(conn.recv().await?, b"STILL THERE?\n");
    Ok(())
}

#[netns_test]
async fn each_watch_sees_its_own_half_only(server: Host, client: Host) -> Result {
    let service = service_in(&server).await?;
    let user_timeout = Watch::nothing().in_flight(USER_TIMEOUT);
    let keepalive = Watch::nothing().idle(KEEPALIVE);
    let mut idle = session_in(&client, service, user_timeout).await?;
    let mut asking = session_in(&client, service, keepalive).await?;

    let _block = client.block(&server)?;
    let idle = client.spawn(async move { idle.listen().await });
    let asking = client.spawn(async move { asking.ask("still there?").await });
    // One finds nothing in flight that is unacknowledged; the other sends no probe while something
    // is. Each would have noticed the other's connection by now.
    stays_silent(SILENCE, idle).await?;
    stays_silent(Duration::ZERO, asking).await?;
    Ok(())
}

#[netns_test]
async fn a_question_survives_a_short_outage(server: Host, client: Host) -> Result {
    let service = service_in(&server).await?;
    let watch = Watch::nothing().idle(KEEPALIVE).in_flight(2 * USER_TIMEOUT);
    let mut session = session_in(&client, service, watch).await?;

    let block = client.block(&server)?;
    let asking = client.spawn(async move { session.ask("still there?").await });
    // The question is lost, and so is its first repetition, 0.2 s later. The next two come 0.6 and
    // 1.4 s after it was asked, before the time is over.
    eventually(SOON, || block.packets() >= 2)?;
    block.unblock()?;
    assert_eq!(timeout(SOON, asking).await??, "STILL THERE?");
    Ok(())
}

#[netns_test]
async fn an_idle_connection_survives_a_short_outage(server: Host, client: Host) -> Result {
    let service = service_in(&server).await?;
    let watch = Watch::nothing().idle(KEEPALIVE);
    let mut session = session_in(&client, service, watch).await?;

    let block = client.block(&server)?;
    // The first probe, after a second, is lost. The second one, a second later, is answered.
    let outage = Duration::from_millis(1200);
    stays_silent(outage, session.listen()).await?;
    assert!(block.packets() > 0);
    block.unblock()?;
    stays_silent(SILENCE - outage, session.listen()).await?;
    assert_eq!(session.ask("still there?").await?, "STILL THERE?");
    Ok(())
}
