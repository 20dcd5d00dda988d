//! A publisher of amqprs', and a broker that it no longer reaches.

use std::io;
use std::time::Duration;

use amqprs::BasicProperties;
use amqprs::channel::{BasicPublishArguments, Channel};
use amqprs::connection::{Connection, OpenConnectionArguments};
use netns_test::{Claim, Host, Result, netns_test};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

const METHOD: u8 = 1;
const HEARTBEAT: u8 = 8;
const SECOND: Duration = Duration::from_secs(1);

/// Just enough of a broker: it opens a connection, with a heartbeat of two seconds, and a channel, sends heartbeats,
/// and takes everything that is published.
async fn broker(listener: TcpListener) -> io::Result<()> {
    let (mut conn, _) = listener.accept().await?;
    conn.read_exact(&mut [0; 8]).await?; // The protocol and its version.
    let start = b"\0\x0a\0\x0a\0\x09\0\0\0\0\0\0\0\x05PLAIN\0\0\0\x05en_US";
    send(&mut conn, METHOD, 0, start).await?;
    receive(&mut conn).await?; // start-ok
    send(&mut conn, METHOD, 0, b"\0\x0a\0\x1e\x07\xff\0\x02\0\0\0\x02").await?; // tune
    receive(&mut conn).await?; // tune-ok
    receive(&mut conn).await?; // open
    send(&mut conn, METHOD, 0, b"\0\x0a\0\x29\0").await?; // open-ok
    receive(&mut conn).await?; // channel.open
    send(&mut conn, METHOD, 1, b"\0\x14\0\x0b\0\0\0\0").await?; // channel.open-ok
    let (mut published, mut conn) = conn.into_split();
    tokio::spawn(async move { copy(&mut published, &mut sink()).await });
    loop {
        send(&mut conn, HEARTBEAT, 0, b"").await?;
        sleep(SECOND).await;
    }
}

async fn send(
    conn: &mut (impl AsyncWriteExt + Unpin),
    kind: u8,
    channel: u8,
    payload: &[u8],
) -> io::Result<()> {
    let length = (payload.len() as u32).to_be_bytes();
    conn.write_all(&[&[kind, 0, channel], &length[..], payload, b"\xce"].concat()).await
}

async fn receive(conn: &mut TcpStream) -> io::Result<()> {
    let mut head = [0; 7];
    conn.read_exact(&mut head).await?;
    let length = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
    conn.read_exact(&mut vec![0; length as usize + 1]).await.map(drop)
}

async fn open(broker: String) -> Connection {
    Connection::open(&OpenConnectionArguments::new(&broker, 5672, "guest", "guest")).await.unwrap()
}

/// Publishes messages of `size` bytes, ten times a second, until that fails.
async fn publish(channel: Channel, size: usize) {
    let to = BasicPublishArguments::new("", "news");
    while channel.basic_publish(BasicProperties::default(), vec![0; size], to.clone()).await.is_ok()
    {
        sleep(SECOND / 10).await;
    }
}

#[netns_test]
#[case::failing(1_000_000)]
#[case::avoiding(1)]
async fn publishing_to_a_lost_broker_fails(
    server: Host,
    client: Host,
    #[case] size: usize,
) -> Result {
    let listener = server.spawn(TcpListener::bind("0.0.0.0:5672")).await?;
    server.spawn(broker(listener)).detach();
    let conn = client.spawn(open(server.ipv4().to_string())).await;
    let channel = conn.open_channel(None).await?;
    let publishing = tokio::spawn(publish(channel, size));
    Claim::new("a broker that sends heartbeats is kept")
        .consistently_async(5 * SECOND, async || conn.is_open() && !publishing.is_finished())
        .await?;
    let block = client.block(&server)?;
    Claim::new("the connection is lost")
        .since(block.in_effect_at())
        .eventually_async(6 * SECOND, async || !conn.is_open())
        .await?;
    Claim::new("publishing fails")
        .since(block.in_effect_at())
        .eventually_async(15 * SECOND, async || publishing.is_finished())
        .await?;
    Ok(())
}
