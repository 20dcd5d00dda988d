//! A request of async-nats with a timeout, in an outage, with a full queue and with an empty one.

use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, RequestErrorKind};
use netns_test::{Claim, Host, Program, Result, netns_test};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::timeout;

const SECOND: Duration = Duration::from_secs(1);

/// As much as the client takes: what it cannot send waits in a channel for 2,048 (`client_capacity`).
async fn publish(nats: &Client) {
    while timeout(SECOND / 2, nats.publish("news", "x".into())).await.is_ok() {}
}

#[netns_test]
#[case::failing(true)]
#[case::avoiding(false)]
async fn a_request_ends_by_its_timeout(
    server: Host,
    client: Host,
    #[case] others_publish: bool,
) -> Result {
    let broker = Program::new("nats-server").args(["--addr", "0.0.0.0"]);
    server.start_async(broker).await?.wait_for_port_async(4222).await?;
    let (tell, mut told) = unbounded_channel();
    let options = ConnectOptions::new().ping_interval(SECOND / 2).connection_timeout(SECOND);
    let options = options.request_timeout(Some(SECOND)).event_callback(move |event| {
        let _ = tell.send(event);
        async {}
    });
    let url = server.addr(4222).to_string();
    let nats = client.spawn(async move { options.connect(url).await }).await?;
    let _block = client.block(&server)?;
    let gone = async || {
        while told.recv().await != Some(Event::Disconnected) {}
        true
    };
    Claim::new("the client knows that it is alone").eventually_async(10 * SECOND, gone).await?;
    if others_publish {
        publish(&nats).await;
    }
    let ends = async || {
        let reply = nats.request("service", "x".into()).await;
        reply.is_err_and(|error| error.kind() == RequestErrorKind::TimedOut)
    };
    Claim::new("the request ends").eventually_async(10 * SECOND, ends).await?;
    Ok(())
}
