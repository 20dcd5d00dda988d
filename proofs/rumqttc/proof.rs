//! A client of rumqttc (MQTT 5) whose broker freezes, while it publishes and when it has stopped.

use std::time::Duration;

use netns_test::{Claim, Folder, Host, Process, Program, Result, netns_test};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, StateError};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// The least that rumqttc takes.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

async fn mosquitto(server: &Host) -> Result<(Process, Folder)> {
    let folder = Folder::new()?;
    let config = "listener 1883\nallow_anonymous true\n";
    std::fs::write(folder.path().join("mosquitto.conf"), config)?;
    let broker = Program::new("mosquitto").args(["-c", "mosquitto.conf"]).in_folder(&folder);
    let broker = server.start_async(broker.user("mosquitto")).await?;
    broker.wait_for_port_async(1883).await?;
    Ok((broker, folder))
}

async fn publish(mqtt: AsyncClient, messages: usize) {
    for _ in 0..messages {
        let _ = mqtt.publish("news", QoS::AtMostOnce, false, vec![0; 8192]).await;
    }
}

/// Hands on what each `poll` returns.
async fn poll(mut events: EventLoop, tell: UnboundedSender<Result<Event, ConnectionError>>) {
    while tell.send(events.poll().await).is_ok() {}
}

/// A ping is due after a keep-alive, and the next one finds that it was not answered: that is two of the four.
#[netns_test]
#[case::failing(usize::MAX)]
#[case::avoiding(20)]
async fn a_publisher_notices_a_frozen_broker(
    server: Host,
    client: Host,
    #[case] messages: usize,
) -> Result {
    let (broker, _folder) = mosquitto(&server).await?;
    let mut options = MqttOptions::new("sensor", server.ipv4().to_string(), 1883);
    options.set_keep_alive(KEEP_ALIVE);
    let (mqtt, events) = AsyncClient::new(options, 10);
    let (tell, mut told) = unbounded_channel();
    client.spawn(publish(mqtt.clone(), messages)).detach();
    client.spawn(poll(events, tell)).detach();
    for _ in 0..20 {
        assert!(matches!(told.recv().await, Some(Ok(_))));
    }
    let _freeze = broker.freeze_async().await?;
    let claim = Claim::new("poll reports an error");
    let error = async || {
        let mut event = told.recv().await;
        while let Some(Ok(_)) = event {
            event = told.recv().await;
        }
        matches!(event, Some(Err(ConnectionError::MqttState(StateError::AwaitPingResp))))
    };
    claim.eventually_async(KEEP_ALIVE * 4, error).await?;
    Ok(())
}
