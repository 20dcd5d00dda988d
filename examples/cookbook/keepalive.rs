use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use netns_test::{Host, Result, netns_test};
use socket2::{SockRef, TcpKeepalive};

const SECOND: Duration = Duration::from_secs(1);

/// The code under test: a client that sets both options.
fn connect(server: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(server)?;
    let socket = SockRef::from(&stream);
    let probes = TcpKeepalive::new().with_time(SECOND).with_interval(SECOND).with_retries(2);
    socket.set_tcp_keepalive(&probes)?;
    socket.set_tcp_user_timeout(Some(SECOND * 3 / 2))?;
    Ok(stream)
}

#[netns_test]
#[case::that_is_idle(b"")]
#[case::with_a_request_under_way(b"GET")]
fn a_lost_server_ends_a_connection(server: Host, client: Host, #[case] request: &[u8]) -> Result {
    let listener = server.listen(80)?;
    let mut stream = client.run(|| connect(listener.addr()))?;
    let block = client.block(&server)?;
    stream.write_all(request)?;
    let error = stream.read(&mut [0]).expect_err("nobody answers");
    assert_eq!(error.kind(), ErrorKind::TimedOut);

    // When idle, the second probe is due after two seconds; a request is given up after one and a half.
    let noticed = block.in_effect_at().elapsed();
    assert!((SECOND..SECOND * 4).contains(&noticed), "{noticed:?}");
    let probes = server.capture()?.from(&client).keepalives();
    assert_eq!(probes.is_empty(), !request.is_empty(), "{probes}");
    Ok(())
}
