use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::{thread, time::Duration};

use netns_test::{Host, Notified, Policy, Result, netns_test};

/// The code under test: it pings an idle connection before handing it out.
struct Pool(SocketAddr, Vec<TcpStream>);

impl Pool {
    fn get(&mut self) -> io::Result<TcpStream> {
        let idle = std::iter::from_fn(|| self.1.pop()).find(|stream| ping(stream).is_ok());
        idle.map_or_else(|| TcpStream::connect_timeout(&self.0, Duration::from_secs(1)), Ok)
    }
}

fn ping(mut stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_millis(300)))?;
    stream.write_all(b"ping")?;
    stream.read_exact(&mut [0; 4])
}

pub(crate) fn echo(port: u16) -> io::Result<()> {
    for stream in TcpListener::bind(("0.0.0.0", port))?.incoming() {
        let stream = stream?;
        thread::spawn(move || io::copy(&mut &stream, &mut &stream));
    }
    Ok(())
}

#[netns_test]
#[case::that_the_server_has_lost(Policy::sever(Notified::Host))]
#[case::that_both_have_lost(Policy::sever(Notified::Both))]
fn a_pool_keeps_no_connection(server: Host, client: Host, #[case] fault: Policy) -> Result {
    server.start_fn(echo, 7000)?.wait_for_port(7000)?;
    let mut pool = Pool(server.addr(7000), Vec::new());
    let first = client.run(|| pool.get())?;
    pool.1.push(first);
    server.block_with(&client, fault)?.unblock()?;
    ping(&client.run(|| pool.get())?)?;
    assert_eq!(client.capture()?.from(&client).syn().len(), 2, "a new one was dialled");
    Ok(())
}
