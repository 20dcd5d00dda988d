//! The cluster as its tests see it: a process in each host, and questions about all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use netns_test::{Folder, Host, Process, Result};

use super::message::{Message, Node, What};
use super::{node, record};

const PORT: u16 = 7000;
/// How long a node may take to report its state. A frozen one does not answer.
const ANSWERS: Duration = Duration::from_millis(100);

/// The nodes. Dropping it ends their processes.
#[derive(Debug)]
pub(crate) struct Cluster {
    hosts: Vec<Host>,
    processes: Vec<Process>,
    folder: Folder,
}

/// Whom a node follows in which term.
pub(crate) type State = (u64, Option<Node>);

impl Cluster {
    /// Starts a node in each host. A leader needs this many votes.
    pub(crate) fn start(hosts: &[Host], votes: usize) -> Result<Self> {
        let folder = Folder::new()?;
        let addresses: Vec<SocketAddr> = hosts.iter().map(|host| host.addr(PORT)).collect();
        let mut processes = Vec::new();
        for (host, number) in hosts.iter().zip(0..) {
            let config = (number, addresses.clone(), votes, folder.path().to_owned());
            processes.push(host.start_fn(node::run, config)?);
        }
        Ok(Self { hosts: hosts.to_vec(), processes, folder })
    }

    pub(crate) fn processes(&self) -> &[Process] {
        &self.processes
    }

    /// Who has led in which term, from the beginning. Each node wrote it down before it led.
    pub(crate) fn leaders(&self) -> Result<BTreeMap<u64, BTreeSet<&str>>> {
        let mut leaders: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
        for (host, number) in self.hosts.iter().zip(0..) {
            for term in record::led(self.folder.path(), number)? {
                leaders.entry(term).or_default().insert(host.name());
            }
        }
        Ok(leaders)
    }

    /// The terms in which more than one node has led. There must be none, whatever happens.
    pub(crate) fn terms_of_two(&self) -> Result<Vec<(u64, BTreeSet<&str>)>> {
        Ok(self.leaders()?.into_iter().filter(|(_, leaders)| leaders.len() > 1).collect())
    }

    /// Whom each node follows. Each is asked from inside its own host, so no network fault is in between.
    /// `None` if it does not answer.
    pub(crate) fn states(&self) -> Vec<Option<State>> {
        let asked: Vec<_> = self.hosts.iter().map(ask).collect();
        asked.into_iter().map(|asked| answer(&asked.ok()?)).collect()
    }

    /// The node that most nodes follow, in one term.
    pub(crate) fn leader(&self) -> Option<&Host> {
        let states = self.states();
        let most = node::majority_of(states.len());
        let followed = states.iter().flatten().find(|state| {
            let followers = states.iter().flatten().filter(|other| other == state).count();
            state.1.is_some() && followers >= most
        });
        Some(&self.hosts[usize::from(followed?.1?)])
    }

    /// The leader, if all nodes follow it.
    #[cfg(test)]
    pub(crate) fn leader_of_all(&self) -> Option<&Host> {
        let states = self.states();
        let first = (*states.first()?)?;
        let alike = states.iter().all(|state| *state == Some(first));
        alike.then(|| first.1.map(|leader| &self.hosts[usize::from(leader)]))?
    }

    /// The nodes that claim to lead.
    pub(crate) fn claimants(&self) -> Vec<&Host> {
        let claims =
            |(state, number): (Option<State>, Node)| (state?.1? == number).then_some(number);
        let claimants = self.states().into_iter().zip(0..).filter_map(claims);
        claimants.map(|number| &self.hosts[usize::from(number)]).collect()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for process in &self.processes {
            // A node that has already ended need not be killed.
            let _ = process.kill();
        }
    }
}

fn ask(host: &Host) -> Result<UdpSocket> {
    let socket = host.run(|| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)))?;
    socket.set_read_timeout(Some(ANSWERS))?;
    let question = Message { from: Node::MAX, term: 0, what: What::AskState };
    socket.send_to(&question.to_bytes(), (Ipv4Addr::LOCALHOST, PORT))?;
    Ok(socket)
}

fn answer(asked: &UdpSocket) -> Option<State> {
    let mut bytes = [0; 64];
    let length = asked.recv(&mut bytes).ok()?;
    match Message::of(&bytes[..length])? {
        Message { term, what: What::State { leader }, .. } => Some((term, leader)),
        _ => None,
    }
}
