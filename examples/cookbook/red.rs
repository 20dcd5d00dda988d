use std::time::Duration;

use netns_test::{Claim, Error, Host, Net, Result, TcpState, eventually, netns_test};

#[netns_test]
fn a_test_can_say_what_happened(net: Net, server: Host, client: Host) -> Result {
    println!("{net}"); // the hosts and the links between them
    net.mark("the server is blocked"); // appears in the timeline, and on the page
    let block = server.block(&client)?;
    let _dial = client.dial(server.addr(80))?;

    // Who sent what, and did it arrive? As tcpdump would show it.
    let dropped = || Ok::<_, Error>(net.capture()?.from(&client).syn().dropped().len());
    eventually(Duration::from_secs(3), || Ok::<_, Error>(dropped()? > 1))?;

    // What do the kernels believe? As ss would show it.
    let sockets = client.sockets()?.to(&server);
    assert_eq!(sockets.state(TcpState::SynSent).len(), 1, "{sockets}");

    // What was done, in which order?
    println!("{}", net.timeline().since(block.in_effect_at()));
    assert!(server.capture()?.from(&server).is_empty(), "the server has said nothing");
    Ok(())
}

/// It fails, so that there is a report to look at:
/// `cargo test --example cookbook red::a_client -- --ignored`
#[netns_test]
#[ignore = "fails on purpose, so that there is a report to look at"]
fn a_client_that_cannot_be_reached_is_evicted(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut agent = client.connect(listener.addr())?;
    let mut registered = listener.accept()?;
    for _heartbeat in 0..3 {
        agent.send(b"alive")?;
        registered.recv()?;
    }
    let _block = client.block(&server)?;
    agent.send(b"alive")?;
    // A registry that waits for its connection to fail: nothing tells it, so no error ever comes.
    let gone = || server.established(&client).is_ok_and(|connections| connections == 0);
    Claim::new("the client is evicted").eventually(Duration::from_secs(2), gone)?;
    Ok(())
}
