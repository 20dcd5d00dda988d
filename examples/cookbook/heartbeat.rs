use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, atomic::AtomicBool, atomic::Ordering::Relaxed};
use std::{io, thread, time::Duration};

use netns_test::{Host, Result, eventually, netns_test, within};

pub(crate) const PERIOD: Duration = Duration::from_millis(100);
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);
pub(crate) const SOON: Duration = Duration::from_secs(2);

/// The code under test: a client that has been silent for `PATIENCE` is gone.
pub(crate) fn monitor(port: u16) -> io::Result<Arc<AtomicBool>> {
    let socket = UdpSocket::bind(("0.0.0.0", port))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let alive = Arc::new(AtomicBool::new(false));
    let heard = alive.clone();
    let listen = move || loop {
        heard.store(socket.recv(&mut [0; 8]).is_ok(), Relaxed)
    };
    thread::spawn(listen);
    Ok(alive)
}

pub(crate) fn send_heartbeats(to: SocketAddr) -> io::Result<()> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    loop {
        socket.send_to(b"alive", to)?;
        thread::sleep(PERIOD);
    }
}

#[netns_test]
fn a_silent_client_is_evicted_and_taken_back(server: Host, client: Host) -> Result {
    let alive = server.run(|| monitor(7000))?;
    client.start_fn(send_heartbeats, server.addr(7000))?;
    eventually(SOON, || alive.load(Relaxed))?;

    let block = client.block(&server)?;
    within(PATIENCE / 2..PATIENCE + SOON, || !alive.load(Relaxed))?;
    assert!(block.packets() > 0, "the heartbeats were lost, not late");
    block.unblock()?;
    eventually(SOON, || alive.load(Relaxed))?;
    Ok(())
}
