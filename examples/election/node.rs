//! The code under test: a node of a cluster that elects a leader, as in the first half of Raft.
//!
//! Time is divided into terms. In each term a node has one vote, and a node with the votes of a majority
//! leads. A leader sends heartbeats. A node that does not hear a leader for a while asks for votes in the
//! next term. A vote is on disk before it is given, so a node that was killed does not vote twice.
//!
//! There is no log here: a node votes for whoever asks first.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::message::{Message, Node, What};
use super::record::Record;

/// The unit of time.
const TICK: Duration = Duration::from_millis(20);
/// How often a leader sends a heartbeat.
const HEARTBEAT: Duration = TICK.saturating_mul(2);
/// After how many ticks of silence a node asks for votes: at least the first number, and at most the
/// second on top.
const PATIENCE: u32 = 5;
const SPREAD: u64 = 5;

/// Which of the nodes it is, how many votes a leader needs, and where it keeps its record.
pub(crate) type Config = (Node, Vec<SocketAddr>, usize, PathBuf);

/// How many votes a leader needs.
pub(crate) fn majority_of(nodes: usize) -> usize {
    nodes / 2 + 1
}

/// Runs a node until its process ends.
pub(crate) fn run((me, nodes, needed, folder): Config) -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, nodes[usize::from(me)].port()))?;
    let record = Record::open(&folder, me)?;
    let (term, vote) = record.vote()?.map_or((0, None), |(term, node)| (term, Some(node)));
    let now = Instant::now();
    let (role, leader, deadline) = (Role::Follower, None, now + patience());
    Member { me, nodes, needed, socket, record, term, vote, role, leader, deadline, beat: now }
        .live()
}

struct Member {
    me: Node,
    nodes: Vec<SocketAddr>,
    needed: usize,
    socket: UdpSocket,
    record: Record,
    term: u64,
    /// For whom it has voted in this term.
    vote: Option<Node>,
    role: Role,
    leader: Option<Node>,
    /// By when it must have heard from a leader or, if it leads, from a majority.
    deadline: Instant,
    /// When the next heartbeat is due.
    beat: Instant,
}

enum Role {
    Follower,
    /// With those who have voted for it.
    Candidate(BTreeSet<Node>),
    /// With those who have heard it since the last deadline.
    Leader(BTreeSet<Node>),
}

impl Member {
    fn live(&mut self) -> io::Result<()> {
        let mut bytes = [0; 64];
        loop {
            let now = Instant::now();
            if now >= self.deadline {
                self.lose_patience()?;
            }
            let mut next = self.deadline;
            if let Role::Leader(_) = self.role {
                if now >= self.beat {
                    self.say_to_all(What::Heartbeat);
                    self.beat = now + HEARTBEAT;
                }
                next = next.min(self.beat);
            }
            // Zero would be for ever.
            let left = next.saturating_duration_since(now).max(Duration::from_millis(1));
            self.socket.set_read_timeout(Some(left))?;
            match self.socket.recv_from(&mut bytes) {
                Ok((length, from)) => {
                    if let Some(message) = Message::of(&bytes[..length]) {
                        self.hear(message, from)?;
                    }
                }
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// It has not heard from a leader or, as a leader, from a majority.
    fn lose_patience(&mut self) -> io::Result<()> {
        self.deadline = Instant::now() + patience();
        let needed = self.needed;
        match &mut self.role {
            Role::Leader(heard) if heard.len() + 1 >= needed => heard.clear(),
            Role::Leader(_) => {
                self.role = Role::Follower;
                self.leader = None;
            }
            Role::Follower | Role::Candidate(_) => {
                self.term += 1;
                self.vote_for(self.me)?;
                self.leader = None;
                self.role = Role::Candidate(BTreeSet::from([self.me]));
                self.say_to_all(What::AskVote);
            }
        }
        Ok(())
    }

    fn hear(&mut self, message: Message, from: SocketAddr) -> io::Result<()> {
        if message.what == What::AskState {
            let leader = self.leader;
            self.say(What::State { leader }, from);
            return Ok(());
        }
        if message.term > self.term {
            self.term = message.term;
            (self.vote, self.role, self.leader) = (None, Role::Follower, None);
        }
        let of_now = message.term == self.term;
        match message.what {
            What::AskVote => {
                let granted = of_now && self.vote.is_none_or(|vote| vote == message.from);
                if granted {
                    self.vote_for(message.from)?;
                    self.deadline = Instant::now() + patience();
                }
                self.say(What::Vote { granted }, from);
            }
            What::Vote { granted: true } if of_now => {
                if let Role::Candidate(votes) = &mut self.role {
                    votes.insert(message.from);
                    if votes.len() >= self.needed {
                        self.lead()?;
                    }
                }
            }
            What::Heartbeat => {
                if of_now && !matches!(self.role, Role::Leader(_)) {
                    (self.role, self.leader) = (Role::Follower, Some(message.from));
                    self.deadline = Instant::now() + patience();
                }
                // Also to a leader of an earlier term, which learns from this that there is a later one.
                self.say(What::Ack, from);
            }
            What::Ack if of_now => {
                if let Role::Leader(heard) = &mut self.role {
                    heard.insert(message.from);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn vote_for(&mut self, node: Node) -> io::Result<()> {
        if self.vote != Some(node) || node == self.me {
            self.record.set_vote(self.term, node)?;
            self.vote = Some(node);
        }
        Ok(())
    }

    fn lead(&mut self) -> io::Result<()> {
        self.record.lead(self.term)?;
        self.role = Role::Leader(BTreeSet::new());
        self.leader = Some(self.me);
        self.beat = Instant::now();
        self.deadline = self.beat + patience();
        Ok(())
    }

    /// Sends to its neighbours first, so that not all nodes ask the same one first.
    fn say_to_all(&self, what: What) {
        let count = self.nodes.len();
        for step in 1..count {
            self.say(what, self.nodes[(usize::from(self.me) + step) % count]);
        }
    }

    fn say(&self, what: What, to: SocketAddr) {
        let message = Message { from: self.me, term: self.term, what };
        // What cannot be sent is lost, as any message may be.
        let _ = self.socket.send_to(&message.to_bytes(), to);
    }
}

/// How long the next silence may last: whole ticks, drawn again each time so that not all nodes lose
/// patience at once.
fn patience() -> Duration {
    let drawn = RandomState::new().hash_one(Instant::now()) % SPREAD;
    TICK * (PATIENCE + drawn as u32)
}
