use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError, atomic::AtomicU8, atomic::Ordering::Relaxed};
use std::time::{Duration, Instant};
use std::{io, thread};

const PERIOD: Duration = Duration::from_millis(25);
const PATIENCE: Duration = Duration::from_millis(150);
const NOBODY: u8 = u8::MAX;

/// The code under test: a node leads while two of three vote for it; a vote holds for `PATIENCE`.
pub(super) struct Node(Arc<Mutex<[Option<Instant>; 3]>>);

fn fresh(at: &Option<Instant>) -> bool {
    at.is_some_and(|at| at.elapsed() < PATIENCE)
}

impl Node {
    pub(super) fn leads(&self) -> bool {
        let votes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        votes.iter().filter(|at| fresh(at)).count() > 1
    }

    pub(super) fn start(me: usize, all: [SocketAddr; 3]) -> io::Result<Self> {
        let socket = UdpSocket::bind(("0.0.0.0", all[me].port()))?;
        let (votes, vote) = (Arc::new(Mutex::new([None; 3])), Arc::new(AtomicU8::new(NOBODY)));
        let node = Self(votes.clone());
        let (sender, mine) = (socket.try_clone()?, vote.clone());
        thread::spawn(move || {
            loop {
                let message = [me as u8, mine.load(Relaxed)];
                all.iter().for_each(|peer| drop(sender.send_to(&message, peer)));
                thread::sleep(PERIOD);
            }
        });
        thread::spawn(move || {
            let (mut heard, mut choice, mut since) = ([None; 3], None, Instant::now());
            let mut message = [0; 2];
            // It hears itself as well, so it looks at least once a period.
            while socket.recv(&mut message).is_ok() {
                let [from, its_vote] = message.map(usize::from);
                heard[from] = Some(Instant::now());
                if its_vote == me {
                    votes.lock().unwrap_or_else(PoisonError::into_inner)[from] = heard[from];
                }
                // The first that is alive; but nobody until the last vote for another has expired.
                let first = heard.iter().position(fresh);
                if first != choice {
                    (choice, since) = (first, Instant::now());
                }
                let settled = choice.filter(|_| since.elapsed() > 2 * PATIENCE);
                vote.store(settled.map_or(NOBODY, |node| node as u8), Relaxed);
            }
        });
        Ok(node)
    }
}
