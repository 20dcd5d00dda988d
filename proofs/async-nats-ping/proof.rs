//! async-nats' client, which pings its server to find out whether it is there, while it publishes.

use std::time::Duration;

use async_nats::{ConnectOptions, Event};
use netns_test::{Claim, Host, Program, Result, netns_test};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::interval;

const SECOND: Duration = Duration::from_secs(1);

#[netns_test]
async fn a_partition_is_noticed_while_publishing(server: Host, client: Host) -> Result {
    let nats = server.start(Program::new("nats-server").args(["--addr", "0.0.0.0"]))?;
    nats.wait_for_port_async(4222).await?;
    let (tell, mut told) = unbounded_channel();
    let tell = move |event| std::future::ready(tell.send(event).unwrap_or(()));
    let options = ConnectOptions::new().ping_interval(SECOND).event_callback(tell);
    let url = server.addr(4222).to_string();
    let nats = client.spawn(async move { options.connect(url).await }).await?;
    let publish = async move {
        let mut ticks = interval(SECOND / 10);
        loop {
            ticks.tick().await;
            nats.publish("news", "new".into()).await.unwrap();
        }
    };
    client.spawn(publish).detach();
    let block = client.block(&server)?;
    Claim::new("the client is told that it is disconnected")
        .since(block.in_effect_at())
        .eventually_async(15 * SECOND, async || told.recv().await == Some(Event::Disconnected))
        .await?;
    Ok(())
}
