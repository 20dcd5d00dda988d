//! The async forms.

use super::*;

#[netns_test]
async fn an_async_claim_does_not_block_the_runtime(_server: Host) -> Result {
    let counted = Arc::new(AtomicU64::new(0));
    let counts = Arc::clone(&counted);
    let task = tokio::spawn(async move {
        loop {
            counts.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    });
    let after = eventually_async(LATE, async || counted.load(Ordering::Relaxed) > 100).await?;
    assert!(after < LATE);
    // A pace without a pause lets others run as well.
    let before = counted.load(Ordering::Relaxed);
    let claim = Claim::new("others run").every(Duration::ZERO);
    claim.eventually_async(LATE, async || counted.load(Ordering::Relaxed) > before + 100).await?;
    task.abort();
    Ok(())
}

/// Tells when it is dropped.
struct Dropped<'a>(&'a Cell<Option<Instant>>);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.set(Some(Instant::now()));
    }
}

#[netns_test]
async fn an_async_probe_that_is_pending_is_dropped_in_time(_server: Host) -> Result {
    let (begun, dropped) = (Instant::now(), Cell::new(None));
    let missed = eventually_async(ms(50), async || -> bool {
        let _dropped = Dropped(&dropped);
        pending().await
    });
    let text = missed.await.unwrap_err().to_string();
    between(&text, "within 50ms: the probe has not finished in ", ", in the first try");
    let dropped = dropped.get().expect("it was dropped") - begun;
    assert!(dropped >= ms(50) && dropped < ms(50) + LATE, "{dropped:?}");
    Ok(())
}

#[netns_test]
async fn async_claims_demand_what_the_others_do(_server: Host) -> Result {
    let begun = Instant::now();
    let holds = async || begun.elapsed() >= ms(200);
    let after = within_async(ms(20)..LATE, holds).await?;
    assert!(after >= ms(190));
    let text = missed(within_async(LATE..2 * LATE, async || true).await);
    assert!(text.contains(": it already held after "), "{text}");
    consistently_async(ms(20), async || true).await?;
    let text = missed(consistently_async(ms(20), async || Err::<(), _>("gone")).await);
    assert!(text.ends_with(" it is Err: gone (1 try)"), "{text}");
    let claim = Claim::new("the peer is gone").since(begun);
    let text = missed(claim.eventually_async(ms(1), async || false).await);
    assert!(text.starts_with("cannot see `the peer is gone` within 1ms, counted from "));
    Ok(())
}

#[netns_test]
async fn async_traffic_in_a_probe_says_what_it_waited_for(server: Host, client: Host) -> Result {
    let listener = server.listen_async(7000).await?;
    let conn = client.connect_async(listener.addr()).await?;
    let conn = tokio::sync::Mutex::new(conn);
    let missed = eventually_async(ms(50), async || conn.lock().await.recv().await);
    let text = missed.await.unwrap_err().to_string();
    assert!(
        text.contains("cannot receive from 10.0.0.1:7000: the time limit of the claim has passed"),
        "{text}"
    );
    Ok(())
}

#[netns_test]
async fn an_async_claim_may_be_made_in_a_task_of_a_host(server: Host) -> Result {
    let task = server.spawn(async {
        let seen = Arc::new(AtomicBool::new(false));
        let probe = move || {
            let seen = Arc::clone(&seen);
            async move { seen.swap(true, Ordering::Relaxed) }
        };
        eventually_async(LATE, probe).await
    });
    task.await?;
    Ok(())
}

#[netns_test]
async fn an_async_claim_may_be_given_up(_server: Host) -> Result {
    let claim = eventually_async(Duration::from_secs(30), async || pending::<bool>().await);
    assert!(tokio::time::timeout(ms(50), claim).await.is_err());
    // Longer than a claim that still stood would be watched over, had it the same limit.
    consistently_async(ms(50), async || true).await?;
    Ok(())
}
