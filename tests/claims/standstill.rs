//! A machine that stands still.

use super::*;

/// The whole process is stopped while the claim is tried (signal(7)).
#[netns_test]
fn that_the_machine_stood_still_is_said_in_the_message(server: Host) -> Result {
    let stop = "read go; kill -STOP $PPID; sleep 0.3; kill -CONT $PPID";
    let stopped = || -> Result<String> {
        let mut stopper = server.command("sh");
        let mut stopper = stopper.args(["-c", stop]).stdin(Stdio::piped()).spawn()?;
        // Closed by the first try: before it, nothing would be missed.
        let mut go = stopper.stdin.take();
        let mut asked = Instant::now();
        let went_on = || {
            drop(go.take());
            std::mem::replace(&mut asked, Instant::now()).elapsed() < ms(200)
        };
        let claim = Claim::new("the test goes on").every(ms(10));
        let text = claim.consistently(Duration::from_secs(30), went_on).unwrap_err().to_string();
        stopper.wait()?;
        Ok(text)
    };
    let says_so = |text: &str| {
        let told = text.lines().nth(1).unwrap_or_default();
        told.starts_with("the probe could not be called from ")
            && told.ends_with(": a busy machine or a blocked runtime")
    };
    // Once in a while it is stopped while the probe is asked, and that is the probe's own time.
    let mut text = String::new();
    for _ in 0..5 {
        text = stopped()?;
        if says_so(&text) {
            return Ok(());
        }
    }
    panic!("{text}");
}

#[netns_test]
async fn that_the_runtime_was_blocked_is_said_in_the_message(_server: Host) -> Result {
    let blocking = tokio::spawn(async { thread::sleep(ms(300)) });
    let text = eventually_async(ms(100), async || false).await.unwrap_err().to_string();
    assert!(text.contains("\nthe probe could not be called from "), "{text}");
    blocking.await?;
    Ok(())
}
