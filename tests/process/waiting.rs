//! How long somebody waits for a process, what ends the wait, and that nothing stands still meanwhile.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::time::{Duration, Instant};

use netns_test::{Error, Folder, Host, Program, Result, eventually, eventually_async, netns_test};

use super::programs::{server as serves, server_after as serves_after};
use super::{SOON, sh};

// In async code.

/// What a program does that ends by a signal alone.
const ENDLESS: &str = "while :; do sleep 0.01; done";

/// Goes on when a file says so.
const HELD: &str = "until [ -e go ]; do sleep 0.01; done";

/// Has a task say so. The runtime of the test has one thread: if the wait blocked that, the task would
/// not run before the wait has failed.
fn let_go(folder: &Folder) {
    let go = folder.path().join("go");
    tokio::spawn(async move { std::fs::write(go, "").expect("it can be written") });
}

#[netns_test]
async fn a_wait_that_is_awaited_lets_the_runtime_go_on(host: Host) -> Result {
    let ends = Folder::new()?;
    let process = host.start_async(sh(&format!("{HELD}; exit 3")).in_folder(&ends)).await?;
    let_go(&ends);
    assert_eq!(process.wait_within_async(SOON).await?.code(), Some(3));

    let prints = Folder::new()?;
    let process = host.start_async(sh(&format!("{HELD}; echo now")).in_folder(&prints)).await?;
    let_go(&prints);
    process.wait_for_output_within_async("now", SOON).await?;

    let listens = Folder::new()?;
    let server = serves_after(HELD).in_folder(&listens);
    let process = host.start_async(server).await?;
    let_go(&listens);
    process.wait_for_port_within_async(80, SOON).await?;

    let runs = Folder::new()?;
    let script = format!("cd \"$0\"; {HELD}; echo done");
    let_go(&runs);
    let path = runs.path().as_os_str();
    let arguments = [OsStr::new("-c"), OsStr::new(&script), path];
    assert_eq!(host.exec_async("sh", arguments).await?, "done\n");
    Ok(())
}

/// It ends when the test has seen that it was asked to.
#[netns_test]
async fn a_stop_that_is_awaited_lets_the_runtime_go_on(host: Host) -> Result {
    let folder = Folder::new()?;
    let script = format!("trap 'echo closing; {HELD}; exit 4' TERM; echo ready; {ENDLESS}");
    let process = host.start_async(sh(&script).in_folder(&folder)).await?;
    process.wait_for_output_async("ready").await?;
    let (asked, go) = (process.clone(), folder.path().join("go"));
    tokio::spawn(async move {
        asked.wait_for_output_async("closing").await.expect("it was asked");
        std::fs::write(go, "").expect("it can be written");
    });
    assert_eq!(process.stop_async(SOON).await?.code(), Some(4));
    Ok(())
}

#[netns_test]
async fn a_wait_that_is_awaited_has_a_limit(host: Host) -> Result {
    let process = host.start_async(Program::new("sleep").arg("1000")).await?;
    let limit = Duration::from_millis(20);
    let error = process.wait_within_async(limit).await.expect_err("it sleeps").to_string();
    assert_eq!(error, "cannot wait for `sleep` of `host`: it has not ended within 20ms");
    let error = process.wait_for_port_within_async(80, limit).await.expect_err("it sleeps");
    let text = "cannot see `sleep` of `host` listen on port 80: it does not, after 20ms";
    assert_eq!(error.to_string(), text);
    let error = process.wait_for_output_within_async("now", limit).await.expect_err("it sleeps");
    let text = "cannot see `now` in the output of `sleep` of `host`: not within 20ms";
    assert_eq!(error.to_string(), text);
    Ok(())
}

/// Where one blocks the runtime in vain, it is told which one does not.
#[netns_test]
async fn a_wait_that_blocks_the_runtime_names_its_other_form(host: Host) -> Result {
    let process = host.start_async(Program::new("sleep").arg("1000")).await?;
    let limit = Duration::from_millis(5);
    let waits = [
        (process.wait_within(limit).map(drop), "wait_within_async"),
        (process.wait_for_output_within("now", limit), "wait_for_output_within_async"),
        (process.wait_for_port_within(80, limit), "wait_for_port_within_async"),
    ];
    for (wait, form) in waits {
        let error = wait.expect_err("it sleeps").to_string();
        assert!(error.ends_with(&format!("stopped its tasks: await `{form}`")), "{error}");
    }
    Ok(())
}

fn greet(name: String) {
    println!("hello, {name}");
}

#[netns_test]
async fn programs_are_started_and_awaited_in_async_code(host: Host, client: Host) -> Result {
    let server = host.start_async(serves("late", 80)).await?;
    server.wait_for_port_within_async(80, SOON).await?;
    client.connect_async(host.addr(80)).await?;

    let greeting = host.start_fn_async(greet, "world".to_owned()).await?;
    greeting.wait_for_output_within_async("hello, world", SOON).await?;
    assert!(greeting.wait_within_async(SOON).await?.success());
    assert!(greeting.name().contains("waiting.rs"), "it is called by the line that started it");

    let missing = host.start_async("no-such-program").await.expect_err("it is not there");
    let text = "cannot start `no-such-program` in `host`: `no-such-program` is not installed";
    assert_eq!(missing.to_string(), text);
    Ok(())
}

// In the probe of a claim.

/// Far above the claims' time, and far below the ten seconds of a wait.
const BOUND: Duration = Duration::from_secs(3);
const CLAIM: Duration = Duration::from_millis(50);

#[netns_test]
fn a_wait_ends_with_the_claim_around_it(host: Host) -> Result {
    let process = host.start(Program::new("sleep").arg("1000"))?;
    let begun = Instant::now();
    let claims = [
        eventually(CLAIM, || process.wait()),
        eventually(CLAIM, || process.wait_within(Duration::MAX).map(drop)),
        eventually(CLAIM, || process.wait_for_output("now")),
        eventually(CLAIM, || process.wait_for_port(80)),
    ];
    assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
    for claim in claims {
        let error = claim.expect_err("it sleeps").to_string();
        assert!(error.contains("the time limit of the claim has passed"), "{error}");
    }
    // One that is shorter than the claim's time ends by itself.
    let short = || process.wait_within(Duration::from_millis(1)).expect_err("it sleeps");
    eventually(SOON, || short().to_string().ends_with(": it has not ended within 1ms"))?;
    Ok(())
}

/// The error of a wait that a claim begins to await. The claim may give up its future first, on a busy
/// machine; the wait is awaited to its end.
async fn error_in_claim<T>(wait: impl Future<Output = std::result::Result<T, Error>>) -> String {
    let told = RefCell::new(None);
    let mut wait = pin!(async { *told.borrow_mut() = Some(wait.await.err()) });
    let claim = eventually_async(CLAIM, async || {
        if told.borrow().is_none() {
            wait.as_mut().await;
        }
        false
    });
    claim.await.expect_err("it never holds");
    if told.borrow().is_none() {
        wait.await;
    }
    told.take().flatten().expect("it sleeps").to_string()
}

/// It ends with the claim although it waits on another thread than the probe is on.
#[netns_test]
async fn a_wait_that_is_awaited_ends_with_the_claim_around_it(host: Host) -> Result {
    let process = host.start_async(Program::new("sleep").arg("1000")).await?;
    let errors = [
        error_in_claim(process.wait_async()).await,
        error_in_claim(process.wait_for_output_async("now")).await,
        error_in_claim(process.wait_for_port_async(80)).await,
    ];
    for error in errors {
        assert!(error.ends_with("the time limit of the claim has passed"), "{error}");
    }
    Ok(())
}

/// The claim is missed, as it should be; the program has ended by itself all the same.
#[netns_test]
fn a_claim_does_not_shorten_the_grace_of_a_stop(host: Host) -> Result {
    let script = format!("trap 'sleep 0.05; exit 4' TERM; echo ready; {ENDLESS}");
    let process = host.start(sh(&script))?;
    process.wait_for_output("ready")?;
    let stopped = eventually(Duration::from_millis(10), || process.stop(SOON));
    stopped.expect_err("it takes longer than the claim allows");
    let status = process.status().expect("it has ended");
    assert_eq!((status.code(), status.signal()), (Some(4), None));
    Ok(())
}

// For output.

/// Three megabytes are three times what is kept of the end of the output, and come at once: the text is
/// gone from there before the wait begins.
#[netns_test]
fn a_text_is_found_whatever_is_printed_after_it(host: Host) -> Result {
    let flood = "head -c 3000000 /dev/zero | tr '\\0' x";
    let process = host.start(sh(&format!("echo ready; {flood}; exec sleep 1000")))?;
    eventually(SOON, || process.output().len() == 1 << 20)?;
    eventually(SOON, || !process.output().contains("ready"))?;
    process.wait_for_output("ready")?;
    Ok(())
}

/// Neither at the beginning nor at the end: whoever asks too late is told that not all is there. The
/// number is what was printed, without the megabyte that is kept of either end.
#[netns_test]
fn a_wait_for_what_is_not_kept_says_so(host: Host) -> Result {
    let flood = "head -c 2000000 /dev/zero | tr '\\0' x";
    let process =
        host.start(sh(&format!("{flood}; echo ready; {flood}; echo end; exec sleep 1000")))?;
    process.wait_for_output("end")?;
    let late = process.wait_for_output_within("ready", Duration::from_millis(10));
    let error = late.expect_err("it is given up").to_string();
    let bytes = 2 * 2_000_000 + "ready\nend\n".len() - 2 * (1 << 20);
    let text = format!(
        "cannot see `ready` in the output of `sh` of `host`: not within 10ms, and {bytes} bytes from before this wait were discarded"
    );
    assert_eq!(error, text);
    Ok(())
}
