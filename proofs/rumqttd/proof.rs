//! A broker of rumqttd's, and a subscriber that it no longer reaches.

use std::io;
use std::thread;
use std::time::Duration;

use netns_test::{Claim, Connection, Host, Program, Result, netns_test};
use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings};

const PORT: u16 = 1883;
const SECOND: Duration = Duration::from_secs(1);

/// By the values of rumqttd's own example, where it has any.
fn broker(port: u16) {
    let connections = ConnectionSettings {
        connection_timeout_ms: 60_000,
        max_payload_size: 20_480,
        max_inflight_count: 100,
        auth: None,
        external_auth: None,
        dynamic_filters: false,
    };
    let settings = ServerSettings {
        name: "v4".into(),
        listen: ([0; 4], port).into(),
        tls: None,
        next_connection_delay_ms: 1,
        connections,
    };
    let router = RouterConfig {
        max_connections: 100,
        max_outgoing_packet_count: 200,
        max_segment_size: 100 << 20,
        max_segment_count: 10,
        ..RouterConfig::default()
    };
    let v4 = Some([("v4".to_owned(), settings)].into());
    Broker::new(Config { router, v4, ..Config::default() }).start().unwrap();
}

/// A client by MQTT 3.1.1, with a name of one letter, and a keep-alive in seconds.
fn connect(host: &Host, broker: &Host, name: u8, keep_alive: u8) -> io::Result<Connection> {
    let mut conn = host.connect(broker.addr(PORT))?;
    let connect = [b"\x10\x0d\0\x04MQTT\x04\x02\0", &[keep_alive, 0, 1, name][..]].concat();
    conn.send(&connect)?;
    assert_eq!(conn.recv()?, b"\x20\x02\0\0", "CONNACK");
    Ok(conn)
}

#[netns_test]
#[case::failing(SECOND / 2)]
#[case::avoiding(Duration::MAX)]
fn a_subscriber_that_was_lost_is_dropped(
    server: Host,
    subscriber: Host,
    publisher: Host,
    #[case] pause: Duration,
) -> Result {
    let broker = server.start(Program::function(broker, PORT).named("rumqttd"))?;
    broker.wait_for_port(PORT)?;
    let mut subscribing = connect(&subscriber, &server, b's', 2)?;
    subscribing.send(b"\x82\x06\0\x01\0\x01t\0")?;
    assert_eq!(subscribing.recv()?, b"\x90\x03\0\x01\0", "SUBACK");
    let mut publishing = connect(&publisher, &server, b'p', 60)?;
    thread::spawn(move || {
        loop {
            publishing.send(b"\x30\x05\0\x01tis").unwrap();
            thread::sleep(pause);
        }
    });
    assert_eq!(subscribing.recv()?, b"\x30\x05\0\x01tis", "PUBLISH");
    let block = subscriber.block(&server)?;
    Claim::new("the broker drops the subscriber")
        .since(block.in_effect_at())
        .eventually(15 * SECOND, || server.established(&subscriber).is_ok_and(|n| n == 0))?;
    Ok(())
}
