//! A pool of r2d2's with a timeout, of connections to a Redis server that is not reached any more.

use std::thread;
use std::time::Duration;

use netns_test::{Claim, Host, Program, Result, netns_test};
use r2d2::{CustomizeConnection, Pool};
use redis::{Client, Connection, RedisError};

const SECOND: Duration = Duration::from_secs(1);

/// Limits how long each connection waits for an answer.
#[derive(Debug)]
struct ReadTimeout(Option<Duration>);

impl CustomizeConnection<Connection, RedisError> for ReadTimeout {
    fn on_acquire(&self, conn: &mut Connection) -> Result<(), RedisError> {
        conn.set_read_timeout(self.0)
    }
}

#[netns_test]
#[case::failing(None)]
#[case::avoiding(Some(SECOND))]
fn get_ends_by_its_timeout(
    server: Host,
    client: Host,
    #[case] read_timeout: Option<Duration>,
) -> Result {
    let redis = Program::new("redis-server").args(["--protected-mode", "no", "--save", ""]);
    let redis = server.start(redis)?;
    redis.wait_for_port(6379)?;
    let manager = Client::open(format!("redis://{}", server.addr(6379)))?;
    let builder = Pool::builder().max_size(1).connection_timeout(SECOND);
    let builder = builder.connection_customizer(Box::new(ReadTimeout(read_timeout)));
    let pool = client.run(|| builder.build(manager))?;
    drop(pool.get()?);
    let _block = client.block(&server)?;
    let getting = thread::spawn(move || pool.get().map(drop));
    Claim::new("get ends").eventually(10 * SECOND, || getting.is_finished())?;
    assert!(getting.join().is_ok_and(|got| got.is_err()), "it ends by its timeout");
    Ok(())
}
