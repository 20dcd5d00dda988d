use std::io::{self, ErrorKind, Read};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::thread;

use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::PeerCredentials;
use nix::unistd::geteuid;

use crate::Error;
use crate::quoted::Quoted;

/// A lock between the processes of one user, held as long as the value lives.
///
/// It is a name in the abstract namespace of unix(7) sockets, which one socket at a time can have.
/// Unlike the file of a lock it leaves nothing, needs no folder that can be written to, belongs to no
/// other user, and is free at once when its holder ends, however that ends.
pub(super) struct Lock {
    /// The kernel takes the name back when it is closed.
    _name: UnixListener,
}

impl Lock {
    /// Takes the lock, and waits as long as another process holds it.
    ///
    /// # Errors
    ///
    /// If the process may have no such socket.
    pub(super) fn take(key: &str) -> Result<Self, Error> {
        let ours = |error| Error::os(format!("take the lock {}", Quoted(key)), error);
        let address = SocketAddr::from_abstract_name(name(key)).map_err(ours)?;
        let mut told = false;
        loop {
            match UnixListener::bind_addr(&address) {
                Ok(name) => return Ok(Self { _name: name }),
                Err(error) if error.kind() != ErrorKind::AddrInUse => return Err(ours(error)),
                Err(_) => {}
            }
            let waits = |holder| {
                if !std::mem::replace(&mut told, true) {
                    eprintln!("netns-test: waiting for the lock {}, held by {holder}", Quoted(key));
                }
            };
            await_end_of_holder(&address, waits).map_err(ours)?;
        }
    }
}

/// The name of a lock. One that would be too long is replaced by its hash: should two keys have the
/// same, their tests wait for each other without need.
fn name(key: &str) -> String {
    /// `sun_path` without its first byte, which makes the name an abstract one.
    const LONGEST: usize = 107;
    let name = format!("netns-test/serial/{}/{key}", geteuid());
    if name.len() <= LONGEST {
        return name;
    }
    // FNV-1a: the same in every build, which std promises of none of its own.
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("netns-test/serial/{}#{hash:016x}", geteuid())
}

/// Waits until the holder closes its socket, by a connection to it that it never accepts.
fn await_end_of_holder(address: &SocketAddr, waits: impl FnOnce(String)) -> io::Result<()> {
    let mut holder = match UnixStream::connect_addr(address) {
        Ok(holder) => holder,
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            // Just gone, or it has the name and does not listen yet.
            thread::yield_now();
            return Ok(());
        }
        Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
        Err(error) => return Err(error),
    };
    waits(match getsockopt(&holder, PeerCredentials) {
        Ok(who) => format!("process {} of user {}", who.pid(), who.uid()),
        Err(_) => "another process".to_owned(),
    });
    // Its end is the end of the stream, or a reset; a signal is no harm, as the name is tried again.
    match holder.read(&mut [0]) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(()),
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_name_that_fits_and_no_other_has() {
        let long = "k".repeat(200);
        let keys = ["", "a", "b c", "ü", &long, &format!("{long}k")];
        let names = keys.map(name);
        for (at, name) in names.iter().enumerate() {
            assert!(SocketAddr::from_abstract_name(name).is_ok(), "{name}");
            assert!(!names[..at].contains(name), "{name}");
        }
    }
}
