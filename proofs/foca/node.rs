use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foca::{BincodeCodec, Config, Foca, Identity, Notification, PeriodicParams, Runtime, Timer};
use netns_test::Host;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};
use tokio::net::UdpSocket;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

const PORT: u16 = 7946;

/// Who is a member, as foca's own example of an agent has it: one that was declared down comes back with
/// another number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    addr: SocketAddr,
    bump: u64,
}

impl Identity for Member {
    #[cfg(feature = "repaired")]
    type Addr = SocketAddr;

    fn renew(&self) -> Option<Self> {
        Some(Self { addr: self.addr, bump: self.bump + 1 })
    }

    #[cfg(feature = "repaired")]
    fn addr(&self) -> SocketAddr {
        self.addr
    }

    #[cfg(feature = "repaired")]
    fn win_addr_conflict(&self, other: &Self) -> bool {
        self.bump > other.bump
    }

    #[cfg(not(feature = "repaired"))]
    fn has_same_prefix(&self, other: &Self) -> bool {
        self.addr == other.addr
    }
}

/// The configuration for a LAN, with everything that may be periodic, in seconds rather than minutes.
fn config() -> Config {
    let often = || {
        Some(PeriodicParams { frequency: Duration::from_secs(1), num_members: NonZeroUsize::MIN })
    };
    let mut config = Config::new_lan(NonZeroU32::new(4).expect("four"));
    config.probe_period = Duration::from_millis(300);
    config.probe_rtt = Duration::from_millis(100);
    config.suspect_to_down_after = Duration::from_secs(1);
    config.periodic_announce = often();
    config.periodic_gossip = often();
    #[cfg(feature = "repaired")]
    {
        config.periodic_announce_to_down_members = often();
    }
    config
}

struct Io {
    socket: Arc<UdpSocket>,
    timers: UnboundedSender<Timer<Member>>,
}

impl Runtime<Member> for Io {
    fn notify(&mut self, _: Notification<Member>) {}

    fn send_to(&mut self, to: Member, data: &[u8]) {
        let _ = self.socket.try_send_to(data, to.addr);
    }

    fn submit_after(&mut self, timer: Timer<Member>, after: Duration) {
        let timers = self.timers.clone();
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            let _ = timers.send(timer);
        });
    }
}

/// A node of the cluster, which runs in a host.
pub struct Node {
    members: Arc<Mutex<BTreeSet<SocketAddr>>>,
}

impl Node {
    /// Starts it, and has it join `first`.
    pub fn start(host: &Host, first: &Host) -> Self {
        let members = Arc::new(Mutex::new(BTreeSet::new()));
        let me = Member { addr: host.addr(PORT), bump: 0 };
        let first = Member { addr: first.addr(PORT), bump: 0 };
        host.spawn(run(me, first, members.clone())).detach();
        Self { members }
    }

    /// How many others it considers alive.
    pub fn sees(&self) -> usize {
        self.members.lock().expect("nothing panics with it").len()
    }
}

async fn run(me: Member, first: Member, members: Arc<Mutex<BTreeSet<SocketAddr>>>) {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT)).await.expect("a free port");
    // What is sent without waiting is not sent before this.
    socket.writable().await.expect("an open socket");
    let (timers, mut due) = unbounded_channel();
    let mut io = Io { socket: Arc::new(socket), timers };
    let codec = BincodeCodec(bincode::DefaultOptions::new());
    let mut foca = Foca::new(me.clone(), config(), StdRng::from_entropy(), codec);
    if me != first {
        let _ = foca.announce(first, &mut io);
    }
    let mut packet = [0; 1500];
    loop {
        let socket = io.socket.clone();
        let _ = tokio::select! {
            received = socket.recv_from(&mut packet) => match received {
                Ok((length, _)) => foca.handle_data(&packet[..length], &mut io),
                Err(_) => Ok(()),
            },
            Some(timer) = due.recv() => foca.handle_timer(timer, &mut io),
        };
        *members.lock().expect("nothing panics with it") =
            foca.iter_members().map(|member| member.id().addr).collect();
    }
}
