use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use super::answer::Answer;
use crate::mutex::lock;
use crate::quoted::Quoted;
use crate::{Error, Host, Net, Process};

/// One trial's network, for the detector that runs in it and the fault that hits it.
///
/// Each trial runs in a process of its own, and so has its own globals. What the detector and the fault
/// share is put into the trial:
///
/// ```
/// use netns_test::Result;
/// use netns_test::matrix::{Fault, Matrix, Trial};
/// # struct Agent;
/// # impl Agent { fn start(_: &Trial) -> Result<Self> { Ok(Self) } fn leave(&self) {} fn join(&self) {} }
///
/// let matrix = Matrix::new(|trial| {
///     trial.put(Agent::start(trial)?);
///     Ok(|| true)
/// });
/// let leaves = Fault::new("the agent leaves", |trial: &Trial| {
///     let agent = trial.get::<Agent>().expect("the detector has put one there");
///     agent.leave();
///     Ok(move || {
///         agent.join();
///         Ok(())
///     })
/// });
/// # let _ = matrix.against([leaves]);
/// ```
#[derive(Debug)]
pub struct Trial {
    net: Net,
    host: Host,
    peer: Host,
    fault: String,
    number: usize,
    shared: Arc<Mutex<Shared>>,
}

/// What the detector and the fault share, one value of each type.
type Shared = BTreeMap<TypeId, Arc<dyn Any + Send + Sync>>;

/// The processes that the trial is about, one of each host.
struct Processes(Vec<Process>);

/// What was answered to the questions before the fault.
struct Before(Vec<(String, Answer)>);

impl Trial {
    /// The host that should notice: the first of the two. By convention the detector runs in it, and the
    /// faults of the catalogue are called on it.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The host that is cut off: the second of the two.
    pub fn peer(&self) -> &Host {
        &self.peer
    }

    /// The whole network, for more hosts than the two.
    pub fn net(&self) -> &Net {
        &self.net
    }

    /// The name of this trial's fault.
    pub fn fault(&self) -> &str {
        &self.fault
    }

    /// The number of the trial against that fault: 1 for the first.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Keeps a value for the trial, for whoever asks for its type. It replaces an earlier one.
    pub fn put<T: Send + Sync + 'static>(&self, value: T) {
        self.shared().insert(TypeId::of::<T>(), Arc::new(value));
    }

    /// The value of this type that was put there last.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.shared().get(&TypeId::of::<T>()).cloned()?.downcast().ok()
    }

    /// Names the process of a host that the trial is about: [`Fault::frozen`](super::Fault::frozen) and
    /// the like act on it if that host is the peer. In a cluster, name one for each host.
    pub fn set_process(&self, process: &Process) {
        let mut processes = self.get::<Processes>().map_or_else(Vec::new, |known| known.0.clone());
        processes.retain(|known| known.host() != process.host());
        processes.push(process.clone());
        self.put(Processes(processes));
    }

    /// The process of the peer that the trial is about, if it was named.
    pub fn process(&self) -> Option<Process> {
        let processes = self.get::<Processes>()?;
        processes.0.iter().find(|process| *process.host() == self.peer).cloned()
    }

    /// The answer to a question before the fault, as its word or as `yes` and `no`: who leads, for a fault
    /// that should hit the leader.
    ///
    /// # Errors
    ///
    /// If there is no such question, or it has not been answered yet.
    pub fn answer(&self, question: &str) -> Result<String, Error> {
        let answers = self.get::<Before>();
        let mut answers = answers.iter().flat_map(|answers| &answers.0);
        let answer = answers.find(|(name, _)| name == question);
        answer.map(|(_, answer)| answer.said().to_owned()).ok_or_else(|| {
            let operation = format!("find the answer to {}", Quoted(question));
            Error::new(operation, "no such question was answered before the fault")
        })
    }

    /// Keeps what was answered before the fault.
    pub(super) fn set_answers(&self, answers: Vec<(String, Answer)>) {
        self.put(Before(answers));
    }

    /// The same trial, with the fault between these two.
    pub(super) fn between(&self, [host, peer]: [Host; 2]) -> Self {
        let (net, fault, shared) = (self.net.clone(), self.fault.clone(), Arc::clone(&self.shared));
        Self { net, host, peer, fault, number: self.number, shared }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }
}

/// What each trial's network consists of.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) hosts: Vec<String>,
    /// The two between which the faults are; `None` for the first two.
    pub(super) between: Option<[String; 2]>,
}

impl Setting {
    pub(super) fn make(&self, fault: &str, number: usize) -> Result<Trial, Error> {
        let net = Net::new();
        let hosts = net.add_hosts(&self.hosts)?;
        let [host, peer] = match (&self.between, hosts.as_slice()) {
            (Some([host, peer]), _) => [net.host(host)?, net.host(peer)?],
            (None, [host, peer, ..]) => [host.clone(), peer.clone()],
            (None, _) => {
                return Err(Error::new("make a trial's network", "it needs two hosts or more"));
            }
        };
        let (fault, shared) = (fault.to_owned(), Arc::default());
        Ok(Trial { net, host, peer, fault, number: number + 1, shared })
    }
}

impl Default for Setting {
    fn default() -> Self {
        Self { hosts: vec!["server".to_owned(), "client".to_owned()], between: None }
    }
}
