//! A Redis client of fred, whose connection a router on the way has forgotten.

use std::time::Duration;

use fred::prelude::*;
use fred::types::config::UnresponsiveConfig;
use netns_test::{Claim, Host, Policy, Program, Result, netns_test};

const SECOND: Duration = Duration::from_secs(1);

/// A client that gives up a connection on which a command has not been answered for two seconds.
async fn connect(url: String) -> Result<Client, Error> {
    let mut builder = Builder::from_config(Config::from_url(&url)?);
    builder.set_policy(ReconnectPolicy::new_constant(0, 100));
    builder.with_performance_config(|config| config.default_command_timeout = SECOND);
    builder.with_connection_config(|config| {
        config.connection_timeout = SECOND;
        config.unresponsive =
            UnresponsiveConfig { max_timeout: Some(2 * SECOND), interval: SECOND / 2 };
    });
    let client = builder.build()?;
    client.init().await?;
    Ok(client)
}

#[netns_test]
#[case::failing(SECOND / 2)]
#[case::avoiding(4 * SECOND)]
async fn a_busy_client_works_again(server: Host, client: Host, #[case] pause: Duration) -> Result {
    let redis = Program::new("redis-server").args(["--protected-mode", "no", "--save", ""]);
    let redis = server.start(redis)?;
    redis.wait_for_port_async(6379).await?;
    let connecting = connect(format!("redis://{}", server.addr(6379)));
    let redis = client.spawn(connecting).await?;
    let ask = async || redis.get::<Option<String>, _>("key").await;
    ask().await?;
    // New connections pass.
    let forgotten = client.block_with(&server, Policy::drop().existing_flows())?;
    Claim::new("a command is answered")
        .since(forgotten.in_effect_at())
        .every(pause)
        .eventually_async(15 * SECOND, ask)
        .await?;
    Ok(())
}
