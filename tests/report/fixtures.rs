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
    accepted.set_deadline(Duration::from_millis(50));
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
#[ignore = "fails on purpose"]
fn breaks_a_claim_and_expects_it(server: Host, client: Host) {
    let listener = server.listen(7000).expect("the port is free");
    let _dialled = client.connect(listener.addr()).expect("somebody listens");
    eventually(Duration::from_millis(50), || false).expect("never at all");
}

#[netns_test]
#[ignore = "fails on purpose"]
fn hangs_in_a_probe(server: Host, client: Host) -> Result {
    let listener = server.listen(7000)?;
    let _dialled = client.connect(listener.addr())?;
    eventually(Duration::from_millis(50), || -> bool { park() })?;
    Ok(())
}

fn park() -> ! {
    loop {
        std::thread::park();
    }
}

#[netns_test]
#[ignore = "fails on purpose"]
fn panics_in_a_thread(server: Host) {
    let ended = server.run(|| std::thread::spawn(|| panic!("in a thread"))).join();
    assert!(ended.is_err());
}

/// The program ends at once, and what it should listen on is asked for until the time is over.
#[netns_test]
#[ignore = "fails on purpose"]
fn polls_a_daemon_that_has_ended(server: Host, client: Host) -> Result {
    let mut daemon = server.command("sh").args(["-c", "exit 1"]).spawn()?;
    eventually(Duration::from_millis(300), || client.connect(server.addr(80)))?;
    daemon.wait()?;
    Ok(())
}

#[netns_test]
#[ignore = "fails on purpose"]
fn given_a_server_and_a_client_that_are_connected_and_exchange_heartbeats_every_second_when_the_network_between_them_is_cut_for_longer_than_the_timeout_and_then_repaired_then_the_server_evicts_the_client_and_takes_it_back_within_two_seconds_of_the_repair(
    _server: Host,
) {
    panic!("on purpose");
}

#[netns_test]
#[ignore = "fails on purpose"]
fn given_a_server_and_a_client_that_are_connected_and_exchange_heartbeats_every_second_when_the_network_between_them_is_cut_for_longer_than_the_timeout_and_then_repaired_then_the_server_evicts_the_client_and_takes_it_back_within_nine_seconds_of_the_repair(
    _server: Host,
) {
    panic!("on purpose");
}

#[netns_test]
#[ignore = "fails on purpose"]
fn r#struct(_server: Host) {
    panic!("on purpose");
}

#[netns_test]
#[ignore = "fails on purpose"]
fn der_größte_サーバー_हिन्दी(_server: Host) {
    panic!("on purpose");
}

#[netns_test]
#[ignore = "run by a test beside it"]
fn goes_elsewhere(_server: Host) -> Result {
    std::env::set_current_dir("/")?;
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

/// The network ends with the body.
fn says_hello_in_a_net_of_its_own() -> Result<Net> {
    let net = Net::new();
    let [server, client] = net.hosts(["server", "client"])?;
    let receiver = server.bind_udp(7000)?;
    client.bind_udp(0)?.send_to(b"hello", receiver.addr())?;
    receiver.recv_from()?;
    Ok(net)
}

#[netns_test]
#[ignore = "fails on purpose"]
fn returns_an_error_with_a_net_of_its_own() -> Result {
    let _net = says_hello_in_a_net_of_its_own()?;
    Err(std::io::Error::other("it is over"))?
}

#[netns_test]
#[ignore = "fails on purpose"]
fn panics_with_a_net_of_its_own() {
    let _net = says_hello_in_a_net_of_its_own().unwrap();
    panic!("it is over");
}
