use std::time::Duration;

use netns_test::{Folder, Host, Program, Result, eventually, netns_test};

#[netns_test]
#[ignore = "NOT RUN: needs the program redis-server"]
fn redis_is_frozen_and_started_again(server: Host, client: Host) -> Result {
    let data = Folder::new()?; // the test's own, and gone with it
    let redis = Program::new("redis-server").args(["--protected-mode", "no"]).in_folder(&data);
    let redis = server.start(redis)?;
    redis.wait_for_port(6379)?;

    let mut conn = client.connect(server.addr(6379))?;
    conn.send(b"PING\r\n")?;
    assert_eq!(conn.recv()?, b"+PONG\r\n");

    let freeze = redis.freeze()?;
    conn.send(b"PING\r\n")?;
    conn.set_deadline(Duration::from_millis(300));
    assert!(conn.recv().is_err(), "your client's own timeout is what helps here");
    freeze.thaw()?;

    redis.kill()?;
    redis.restart()?;
    eventually(Duration::from_secs(5), || client.connect(server.addr(6379)))?;
    Ok(())
}
