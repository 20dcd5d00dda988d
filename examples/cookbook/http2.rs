use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::{thread, time::Duration};

use netns_test::{Host, Result, consistently, netns_test, within};

const INTERVAL: Duration = Duration::from_millis(200);
const TIMEOUT: Duration = Duration::from_millis(500);
/// The length, the type, the flags (ACK is 1), the stream, and eight bytes of payload.
const PING: [u8; 17] = [0, 0, 8, 6, 0, 0, 0, 0, 0, b'k', b'e', b'e', b'p', b'i', b't', b'u', b'p'];

/// The code under test: a client that sends PINGs, and ends when one is not acknowledged in time.
fn keep_alive(server: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    loop {
        stream.write_all(&PING)?;
        stream.read_exact(&mut [0; PING.len()])?;
        thread::sleep(INTERVAL);
    }
}

/// A server without preface and requests: it sends each PING back with the flag ACK.
fn acknowledge(port: u16) -> io::Result<()> {
    let (mut stream, _) = TcpListener::bind(("0.0.0.0", port))?.accept()?;
    let mut frame = PING;
    loop {
        stream.read_exact(&mut frame)?;
        frame[4] = 1;
        stream.write_all(&frame)?;
    }
}

#[netns_test]
#[case::that_is_lost(true)]
#[case::that_is_frozen(false)]
fn a_server_is_not_waited_for(server: Host, client: Host, #[case] lost: bool) -> Result {
    let process = server.start_fn(acknowledge, 80)?;
    process.wait_for_port(80)?;
    let addr = server.addr(80);
    let connection = client.run(|| thread::spawn(move || keep_alive(addr)));
    consistently(INTERVAL * 3, || !connection.is_finished())?;

    let _fault = if lost { Ok(client.block(&server)?) } else { Err(process.freeze()?) };
    // To the kernel a frozen server is healthy: TCP keepalive would see nothing.
    within(TIMEOUT / 2..INTERVAL + TIMEOUT + Duration::from_secs(1), || connection.is_finished())?;
    Ok(())
}
