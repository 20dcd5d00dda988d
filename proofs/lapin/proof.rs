//! A connection of lapin's whose broker stands still: its kernel acknowledges, and no heartbeat comes.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use lapin::{Connection, ConnectionProperties};
use netns_test::{Claim, Host, Program, Result, netns_test};

const METHOD: u8 = 1;
const HEARTBEAT: u8 = 8;
const PORT: u16 = 5672;
const SECOND: Duration = Duration::from_secs(1);

/// Just enough of a broker: it opens a connection, with a heartbeat of one second, and sends heartbeats.
fn broker(port: u16) -> io::Result<()> {
    let (mut conn, _) = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?.accept()?;
    conn.read_exact(&mut [0; 8])?; // The protocol and its version.
    send(&mut conn, METHOD, b"\0\x0a\0\x0a\0\x09\0\0\0\0\0\0\0\x05PLAIN\0\0\0\x05en_US")?; // start
    receive(&mut conn)?; // start-ok
    send(&mut conn, METHOD, b"\0\x0a\0\x1e\x07\xff\0\x02\0\0\0\x01")?; // tune
    receive(&mut conn)?; // tune-ok
    receive(&mut conn)?; // open
    send(&mut conn, METHOD, b"\0\x0a\0\x29\0")?; // open-ok
    loop {
        send(&mut conn, HEARTBEAT, b"")?;
        thread::sleep(SECOND / 2);
    }
}

fn send(conn: &mut TcpStream, kind: u8, payload: &[u8]) -> io::Result<()> {
    let length = (payload.len() as u32).to_be_bytes();
    conn.write_all(&[&[kind, 0, 0], &length[..], payload, b"\xce"].concat())
}

fn receive(conn: &mut TcpStream) -> io::Result<()> {
    let mut head = [0; 7];
    conn.read_exact(&mut head)?;
    let length = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
    conn.read_exact(&mut vec![0; length as usize + 1])
}

#[netns_test]
async fn a_broker_that_stands_still_is_lost(server: Host, client: Host) -> Result {
    let broker = server.start(Program::function(broker, PORT).named("broker"))?;
    broker.wait_for_port_async(PORT).await?;
    let url = format!("amqp://{}/%2f", server.addr(PORT));
    let connecting =
        async move { Connection::connect(&url, ConnectionProperties::default()).await };
    let conn = client.spawn(connecting).await?;
    let connected = async || conn.status().connected();
    Claim::new("a broker that sends heartbeats is kept")
        .consistently_async(3 * SECOND, connected)
        .await?;
    let _freeze = broker.freeze()?;
    Claim::new("the connection is lost")
        .eventually_async(15 * SECOND, async || !connected().await)
        .await?;
    Ok(())
}
