use std::net::UdpSocket;

/// A process that sends whatever it receives on a UDP port back to the sender.
pub(crate) fn node(port: u16) {
    let socket = UdpSocket::bind(("0.0.0.0", port)).expect("the port is free");
    let mut buffer = [0; 16];
    while let Ok((length, asker)) = socket.recv_from(&mut buffer) {
        // Who has left has no use for it.
        let _ = socket.send_to(&buffer[..length], asker);
    }
}
