use std::io::ErrorKind;
use std::time::Duration;

use netns_test::{Host, Result, netns_test};

use crate::pool::echo;

#[netns_test]
fn a_frozen_server_accepts_and_does_not_answer(server: Host, client: Host) -> Result {
    let process = server.start_fn(echo, 7000)?;
    process.wait_for_port(7000)?;

    let freeze = process.freeze()?;
    let mut conn = client.connect(server.addr(7000))?; // its kernel shakes hands
    conn.send(b"hello")?; // and acknowledges
    conn.set_deadline(Duration::from_millis(300));
    let error = conn.recv().expect_err("the program does not run");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(conn.info()?.unacked, 0, "to the kernel nothing is wrong");

    freeze.thaw()?;
    conn.set_deadline(Duration::from_secs(2));
    assert_eq!(conn.recv()?, b"hello", "late, and not lost");
    Ok(())
}
