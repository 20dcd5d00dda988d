//! Tests that fail on purpose, and are run by those beside them.

use std::time::Duration;

use netns_test::{Host, Net, Result, eventually, netns_test};

/// As in the story: the block swallows the answer, and the test ends by the error of a `?`.
#[netns_test]
#[ignore = "fails on purpose"]
fn returns_an_error_during_a_block(net: Net, server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let mut dialled = client.connect(listener.addr())?;
    let mut accepted = listener.accept()?;
    net.mark("the block begins");
    let block = client.block(&server)?;
    dialled.send(b"during the block")?;
    eventually(Duration::from_secs(5), || block.packets() > 1)?;
    accepted.set_timeout(Duration::from_millis(50));
    accepted.recv()?;
    block.unblock()?;
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
fn panics_during_a_block(server: Host, client: Host) {
    let _block = client.block(&server).expect("it can be blocked");
    let _dial = client.dial((server.ipv4(), 7000)).expect("it can be dialled");
    panic!("the server is gone");
}

#[netns_test(timeout = "300ms")]
#[ignore = "fails on purpose"]
fn never_ends(server: Host, client: Host) {
    let _block = client.block(&server).expect("it can be blocked");
    loop {
        std::thread::park();
    }
}

#[netns_test]
#[ignore = "fails on purpose"]
fn breaks_a_claim(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let _dialled = client.connect(listener.addr())?;
    eventually(Duration::from_millis(50), || false)?;
    Ok(())
}

#[netns_test]
#[ignore = "run by a test beside it"]
fn passes(server: Host, client: Host) -> Result {
    client.block(&server)?.unblock()?;
    Ok(())
}

#[netns_test]
#[should_panic]
#[ignore = "run by a test beside it"]
fn panics_as_expected(_server: Host) {
    panic!("as expected");
}

#[netns_test]
#[ignore = "fails on purpose"]
fn has_hostile_words(net: Net, _server: Host) {
    net.mark("</script><img src=x onerror=alert(1)>");
    panic!("\"quoted\" \\ </script>");
}

/// The listener goes when the body panics, and its connection that nobody has accepted is reset: into
/// the block, which stays.
#[netns_test]
#[ignore = "fails on purpose"]
fn resets_into_a_kept_block(server: Host, client: Host) {
    let listener = server.listen(7000).expect("the port is free");
    let _dialled = client.connect(listener.addr()).expect("somebody listens");
    client.block(&server).expect("there is no other").keep();
    panic!("nobody was told");
}
