//! A client of rumqttc that publishes by MQTT 5 to a broker that is frozen.

use std::time::Duration;

use netns_test::{Claim, Folder, Host, Process, Program, Result, netns_test};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::{AsyncClient, EventLoop, MqttOptions};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::timeout;

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

async fn publish(mqtt: AsyncClient) {
    let news = vec![0; 8192];
    while mqtt.publish("news", QoS::AtMostOnce, false, news.clone()).await.is_ok() {}
}

/// Says of each event whether it is one; an event that does not come in time is none.
async fn poll(mut events: EventLoop, in_time: Duration, tell: UnboundedSender<bool>) {
    while tell.send(timeout(in_time, events.poll()).await.is_ok_and(|event| event.is_ok())).is_ok()
    {
    }
}

/// There is an event for each ping at least. A broker may take half as long again (MQTT 5, 3.1.2.10).
#[netns_test]
#[case::failing(Duration::MAX)]
#[case::avoiding(KEEP_ALIVE * 3 / 2)]
async fn a_publisher_notices_a_frozen_broker(
    server: Host,
    client: Host,
    #[case] in_time: Duration,
) -> Result {
    let (broker, _folder) = mosquitto(&server).await?;
    let mut options = MqttOptions::new("sensor", server.ipv4().to_string(), 1883);
    options.set_keep_alive(KEEP_ALIVE);
    let (mqtt, events) = AsyncClient::new(options, 10);
    let (tell, mut told) = unbounded_channel();
    client.spawn(publish(mqtt)).detach();
    client.spawn(poll(events, in_time, tell)).detach();
    for _ in 0..20 {
        assert_eq!(told.recv().await, Some(true));
    }
    let _freeze = broker.freeze_async().await?;
    let claim = Claim::new("poll reports an error");
    let error = async || {
        while told.recv().await == Some(true) {}
        true
    };
    claim.eventually_async(KEEP_ALIVE * 4, error).await?;
    Ok(())
}
