//! Claims that are not met because their probe hangs or panics. The tests in `claims.rs` run them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use netns_test::{
    Claim, Host, Result, consistently, consistently_async, eventually, eventually_async,
    netns_test, within,
};

const LIMIT: Duration = Duration::from_millis(100);

/// Blocks for ever.
fn park() -> ! {
    loop {
        thread::park();
    }
}

#[netns_test]
#[ignore = "fails on purpose"]
fn parks_for_ever(_server: Host) -> Result {
    Claim::new("the peer is gone").eventually(LIMIT, || -> bool { park() })?;
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
fn loops_for_ever(_server: Host) -> Result {
    eventually(LIMIT, || -> bool {
        loop {
            std::hint::spin_loop();
        }
    })?;
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
fn locks_what_is_locked(_server: Host) -> Result {
    let lock = Mutex::new(1);
    let _locked = lock.lock();
    within(LIMIT / 2..LIMIT, || lock.lock().is_ok())?;
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
fn reads_a_socket_of_std(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut conn: TcpStream = client.connect(listener.addr())?.into_std()?;
    let _accepted = listener.accept()?;
    eventually(LIMIT, || conn.read(&mut [0; 16]))?;
    Ok(())
}

/// The message must get out although the body holds the locks of both streams, and what it has
/// written before must not be lost.
#[netns_test]
#[ignore = "fails on purpose"]
fn holds_the_standard_streams(_server: Host) -> Result {
    println!("a line before");
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    writeln!(out, "a line on stdout")?;
    writeln!(err, "a line on stderr")?;
    eventually(LIMIT, || -> bool { park() })?;
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
fn hangs_at_the_second_try(_server: Host) -> Result {
    let mut asked = 0;
    eventually(LIMIT, || {
        asked += 1;
        if asked == 2 {
            park();
        }
        Err::<(), _>("connection refused")
    })?;
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
fn hangs_while_it_is_to_hold_all_the_time(_server: Host) -> Result {
    consistently(LIMIT, || -> bool { park() })?;
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
fn hangs_in_another_thread(server: Host) -> Result {
    server.run(|| thread::spawn(|| eventually(LIMIT, || -> bool { park() })));
    park();
}

#[netns_test]
#[ignore = "fails on purpose"]
fn hangs_in_a_claim_inside_a_claim(_server: Host) -> Result {
    eventually(LIMIT, || eventually(Duration::from_secs(30), || -> bool { park() }))?;
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
async fn blocks_the_runtime(_server: Host) -> Result {
    eventually_async(LIMIT, async || -> bool { park() }).await?;
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
async fn is_pending_for_ever(_server: Host) -> Result {
    eventually_async(LIMIT, async || std::future::pending::<bool>().await).await?;
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
async fn is_pending_while_it_is_to_hold_all_the_time(_server: Host) -> Result {
    consistently_async(LIMIT, async || std::future::pending::<bool>().await).await?;
    Ok(())
}

#[netns_test]
#[should_panic]
#[ignore = "fails on purpose"]
fn should_panic_and_parks_for_ever(_server: Host) -> Result {
    eventually(LIMIT, || -> bool { park() })?;
    Ok(())
}

#[netns_test]
#[should_panic]
#[ignore = "fails on purpose"]
fn should_panic_and_the_claim_fails(_server: Host) -> Result {
    eventually(LIMIT, || false)?;
    Ok(())
}

#[netns_test]
#[should_panic(expected = "the probe crashed")]
#[ignore = "run by a test beside it"]
fn should_panic_and_the_probe_does(_server: Host) -> Result {
    eventually(LIMIT, || -> bool { panic!("the probe crashed") })?;
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
fn panics_at_the_third_try(_server: Host) -> Result {
    let mut asked = 0;
    Claim::new("the peer is gone").eventually(LIMIT, || {
        asked += 1;
        assert!(asked < 3, "the probe crashed");
        false
    })?;
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
async fn panics_in_an_async_probe(_server: Host) -> Result {
    eventually_async(LIMIT, async || -> bool { panic!("the probe crashed") }).await?;
    Ok(())
}

#[test]
#[ignore = "fails on purpose"]
fn hangs_outside_of_a_sandbox() {
    let _ = eventually(LIMIT, || -> bool { park() });
}

#[netns_test]
#[ignore = "fails where a test beside it sets a variable"]
fn three_claims(_server: Host) -> Result {
    // So far apart that a busy machine does not take one for the other.
    let short = Duration::from_millis(600);
    let begun = std::time::Instant::now();
    // By one stream, so that nothing else gets in between.
    panic!(
        "to be shown:\n{:?}\n{:?}\n{:?}\n{:?}",
        eventually(short, || begun.elapsed() >= short * 3 / 2),
        within(short..2 * short, || true),
        Claim::new("the peer is gone").within(short / 2..short, || false),
        consistently(short, || true)
    );
}
