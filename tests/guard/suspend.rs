//! A block that is suspended.

use super::*;

#[netns_test]
fn traffic_passes_while_a_block_is_suspended_and_not_after(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    for policy in policies() {
        let mut block = server.block_with(&client, policy)?;
        for round in 1..=3 {
            way.is_blocked_by(&block);
            let counted = block.counters()?;
            let value = block.suspend(|| {
                way.passes();
                round
            })?;
            assert_eq!(value, round, "what the work returns comes back");
            assert_eq!(block.counters()?, counted, "what passed is not counted: {block}");
        }
        way.is_blocked_by(&block);
        let all = families().count() as u64 * 4;
        assert_eq!(block.packets(), all, "a datagram of each family, four times: {block}");
        block.unblock()?;
        way.passes();
    }
    Ok(())
}

#[netns_test]
fn connections_pass_while_a_block_is_suspended(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    for policy in policies() {
        let mut block = client.block_with(&server, policy)?;
        let mut conn = block.suspend(|| client.connect_within(listener.addr(), AT_ONCE))??;
        let mut accepted = listener.accept()?;
        block.suspend(|| conn.send(b"hello"))??;
        // It was on the wire when `send` returned, and so before the block was in effect again.
        assert_eq!(accepted.recv_exact(5)?, b"hello");
        block.unblock()?;
    }
    Ok(())
}

#[netns_test]
fn a_panic_in_a_suspension_puts_the_block_in_effect_again(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    for policy in policies() {
        let mut block = server.block_with(&client, policy)?;
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            block.suspend(|| {
                way.passes();
                panic!("on purpose");
            })
        }));
        assert!(panicked.is_err());
        way.is_blocked_by(&block);
        block.unblock()?;
        way.passes();
    }
    Ok(())
}

#[netns_test]
fn a_suspension_of_one_block_leaves_the_others_in_effect(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    let other = client.block(&server)?;
    for policy in policies() {
        let mut block = server.block_with(&client, policy)?;
        block.suspend(|| way.is_blocked_by(&other))?;
        block.unblock()?;
    }
    other.unblock()?;
    way.passes();
    Ok(())
}

#[netns_test]
fn an_error_of_the_work_leaves_the_block_in_effect(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    let mut block = server.block(&client)?;
    let failed = block.suspend(|| client.connect((server.ipv4(), 9)).map(drop))?;
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    way.is_blocked_by(&block);
    block.unblock()?;
    Ok(())
}

#[netns_test]
async fn async_work_passes_while_a_block_is_suspended(server: Host, client: Host) -> Result {
    let listener = server.listen_async(7000).await?;
    let way = Way::new(&client, &server)?;
    for policy in policies() {
        let mut block = server.block_with(&client, policy)?;
        let dial = async || client.connect_within_async(listener.addr(), AT_ONCE).await;
        let mut conn = block.suspend_async(dial).await??;
        let mut accepted = listener.accept().await?;
        block.suspend_async(async || conn.send(b"hello").await).await??;
        assert_eq!(accepted.recv_exact(5).await?, b"hello");
        way.is_blocked_by(&block);
        block.unblock()?;
    }
    Ok(())
}

/// As by a timeout around it.
#[netns_test]
async fn a_suspension_that_is_cancelled_is_over(server: Host, client: Host) -> Result {
    let way = Way::new(&client, &server)?;
    for policy in policies() {
        let mut block = server.block_with(&client, policy)?;
        let mut suspended = Box::pin(block.suspend_async(async || {
            way.passes();
            std::future::pending::<()>().await;
        }));
        let polled = std::future::poll_fn(|context| {
            std::task::Poll::Ready(Future::poll(suspended.as_mut(), context))
        });
        assert!(polled.await.is_pending());
        way.passes();
        drop(suspended);
        way.is_blocked_by(&block);
        block.unblock()?;
    }
    Ok(())
}
