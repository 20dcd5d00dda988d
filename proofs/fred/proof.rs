//! A Redis client of fred, which is to connect again by its policy, after an outage.

use std::time::Duration;

use fred::prelude::*;
use fred::types::config::UnresponsiveConfig;
use netns_test::{Claim, Host, Program, Result, netns_test};

const SECOND: Duration = Duration::from_secs(1);

/// A client with a limit for whatever can be limited, which connects again as often as it takes.
fn client_of(url: &str) -> Result<Client, Error> {
    let mut builder = Builder::from_config(Config::from_url(url)?);
    builder.set_policy(ReconnectPolicy::new_constant(0, 100));
    builder.with_performance_config(|config| config.default_command_timeout = SECOND);
    builder.with_connection_config(|config| {
        config.connection_timeout = SECOND;
        config.internal_command_timeout = SECOND;
        let unresponsive =
            UnresponsiveConfig { max_timeout: Some(2 * SECOND), interval: SECOND / 2 };
        config.unresponsive = unresponsive;
    });
    builder.build()
}

#[netns_test]
async fn a_client_works_again_after_an_outage(server: Host, client: Host) -> Result {
    let redis = Program::new("redis-server").args(["--protected-mode", "no", "--save", ""]);
    let redis = server.start(redis)?;
    redis.wait_for_port_async(6379).await?;
    let redis = client_of(&format!("redis://{}", server.addr(6379)))?;
    let connecting = redis.clone();
    client.spawn(async move { connecting.init().await }).await?;
    let ask = async || redis.get::<Option<String>, _>("key").await;
    ask().await?;
    let block = client.block(&server)?;
    Claim::new("a command fails")
        .eventually_async(5 * SECOND, async || ask().await.is_err())
        .await?;
    Claim::new("the client gives up its connection")
        .eventually_async(10 * SECOND, async || client.established(&server).is_ok_and(|n| n == 0))
        .await?;
    block.unblock()?;
    Claim::new("a command is answered again").eventually_async(15 * SECOND, ask).await?;
    Ok(())
}
