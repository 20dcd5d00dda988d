use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::expect::Expect;
use super::guard::Guard;
use super::questions::Asked;
use super::trial::Trial;
use crate::observe::tcp_sockets_with;
use crate::{
    Error, Failure, Host, IcmpKind, Impairment, Notified, Policy, Process, RejectWith, Result, Rule,
};

/// A fault to try a detector against: a name, and what puts it into effect.
///
/// [`catalogue`](Self::catalogue) has those that this crate can make. Make others by a closure that
/// returns a [`Guard`]:
///
/// ```
/// use netns_test::{Policy, matrix::Fault};
///
/// let outside = Fault::new("both cut off from the third", |trial| {
///     let third = trial.net().host("third")?;
///     let blocks = (trial.host().block(&third)?, trial.peer().block(&third)?);
///     Ok(move || {
///         blocks.0.unblock()?;
///         blocks.1.unblock()?;
///         Ok(())
///     })
/// });
/// let only_dns = Fault::policy(Policy::drop().udp().port(53)).harmless();
/// # let _ = (outside, only_dns);
/// ```
#[derive(Clone)]
pub struct Fault {
    name: String,
    begin: Arc<Begin>,
    only_if: Option<Arc<Condition>>,
    kind: Kind,
    /// What is expected of questions, by their names.
    expects: BTreeMap<String, Expect>,
}

/// How slow and how lossy a wire of the catalogue is.
const SLOW: Duration = Duration::from_secs(1);
const LOSSY: f64 = 0.3;

type Begin = dyn Fn(&Trial) -> Result<InEffect> + Send + Sync;
type Condition = dyn Fn(&Trial) -> Result<bool> + Send + Sync;

/// What is expected of the detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It must notice.
    Outage,
    /// It may notice or not.
    Optional,
    /// It must not notice, however long it is in effect.
    Harmless,
    /// It must not notice, because it is over so soon.
    Blip(Duration),
    /// It is over as soon as it has begun. It may be noticed, and then must be recovered from.
    Momentary,
}

/// A fault that is in effect. Dropping it lifts it quietly.
pub(super) struct InEffect {
    pub(super) since: Instant,
    pub(super) lift: Box<dyn FnOnce() -> Result>,
}

impl Fault {
    /// A fault made by a closure, which returns when the fault is in effect, with the guard that lifts it.
    pub fn new<G: Guard + 'static>(
        name: impl Into<String>,
        begin: impl Fn(&Trial) -> Result<G> + Send + Sync + 'static,
    ) -> Self {
        let begin = move |trial: &Trial| {
            let guard = begin(trial)?;
            let since = guard.in_effect_at().unwrap_or_else(Instant::now);
            Ok(InEffect { since, lift: Box::new(move || guard.lift()) })
        };
        Self {
            name: name.into(),
            begin: Arc::new(begin),
            only_if: None,
            kind: Kind::Outage,
            expects: BTreeMap::new(),
        }
    }

    /// A block between the two hosts, named after its policy. It is called on the host that should notice.
    pub fn policy(policy: Policy) -> Self {
        Self::new(policy.to_string(), move |trial| {
            Ok(trial.host().block_with(trial.peer(), policy.clone())?)
        })
    }

    /// An impaired wire between the two hosts, named after the impairment. A detector may notice it or not
    /// ([`optional`](Self::optional)), but must recover if it has.
    pub fn impaired(impairment: Impairment) -> Self {
        Self::new(impairment.to_string(), move |trial| {
            Ok(trial.host().impair(trial.peer(), impairment.clone())?)
        })
        .optional()
    }

    /// The cable at the peer's end of their link is pulled.
    pub fn cut() -> Self {
        Self::new("cut", |trial| {
            let links = trial.host().links();
            let link = links.iter().find(|link| link.joins(trial.peer()));
            let link = link.ok_or_else(|| Error::other("cut their link", "they share none"))?;
            Ok(link.cut(trial.peer())?)
        })
    }

    /// No fault at all, for as long as one may take to be detected: the control.
    pub fn nothing() -> Self {
        Self::new("nothing", |_| Ok(|| Ok(()))).harmless()
    }

    /// Every packet vanishes, but too briefly for anybody to be considered dead.
    pub fn blip(lasting: Duration) -> Self {
        let name = format!("drop for {lasting:?}");
        Self::policy(Policy::drop()).named(name).harmless_for(lasting)
    }

    /// The peer's process is frozen, with everything that it has started: its kernel carries on.
    ///
    /// The trial names that process ([`Trial::set_process`]); if none does, this fault does not apply.
    /// Keepalive does not notice it; see [`Process::freeze`](crate::Process::freeze).
    pub fn frozen() -> Self {
        Self::new("frozen", |trial| Ok(process(trial)?.freeze()?)).only_if(has_process)
    }

    /// The peer's process is killed with everything that it has started, and started again when the fault
    /// is lifted. Applies as [`frozen`](Self::frozen) does.
    pub fn killed() -> Self {
        let begin = |trial: &Trial| {
            let process = process(trial)?;
            process.kill()?;
            Ok(move || Ok(process.restart()?))
        };
        Self::new("killed", begin).only_if(has_process)
    }

    /// The peer's process is killed and started again at once, as by a supervisor. It may be noticed or
    /// not, within the time for detection; a detector that has noticed it must recover. Applies as
    /// [`frozen`](Self::frozen) does.
    pub fn killed_and_restarted() -> Self {
        let begin = |trial: &Trial| {
            let process = process(trial)?;
            process.restart()?;
            Ok(|| Ok(()))
        };
        let mut fault = Self::new("killed and restarted", begin).only_if(has_process);
        fault.kind = Kind::Momentary;
        fault
    }

    /// Every kind of outage that this crate can make, preceded by [`nothing`](Self::nothing).
    ///
    /// | name | what it is |
    /// |---|---|
    /// | `nothing` | the control |
    /// | `drop` | every packet vanishes |
    /// | `drop (from peer)`, `drop (to peer)` | packets of one direction vanish |
    /// | `drop (existing flows)` | packets of existing TCP connections vanish; skipped if there are none |
    /// | `reset` | TCP is answered by RST, whoever sends |
    /// | `refuse icmp-host-unreachable` | every packet is answered by ICMP |
    /// | `sever, both notified` | as `drop`, and the TCP sockets on both sides are destroyed |
    /// | `sever, host notified`, `sever, peer notified` | as `drop`, and the sockets on one side are destroyed |
    /// | `REJECT on INPUT and OUTPUT` | the host's firewall rejects, and swallows its own answers |
    /// | `tcp-reset on INPUT` | the host's firewall answers the peer's TCP with RST |
    /// | `frozen`, `killed`, `killed and restarted` | the peer's process is frozen or killed, if the trial [names it](Trial::set_process) |
    /// | `hold` | every packet waits, and arrives after lifting |
    /// | `cut` | the peer's cable is pulled |
    /// | `slow (1 s)` | every packet takes a second longer: it may be noticed or not |
    /// | `lossy (30 %)` | three of ten packets are lost, each way: it may be noticed or not |
    ///
    /// The list may grow. It is a plain `Vec`: leave out what does not matter, add what does.
    ///
    /// ```
    /// use netns_test::matrix::Fault;
    ///
    /// let mut faults = Fault::catalogue();
    /// faults.retain(|fault| !fault.name().starts_with("sever"));
    /// # assert_eq!(faults.len(), 16);
    /// ```
    pub fn catalogue() -> Vec<Self> {
        let both = [Rule::input().reject(), Rule::output().reject()];
        let reset = Rule::input().tcp().reject_with(RejectWith::TcpReset);
        vec![
            Self::nothing(),
            Self::policy(Policy::drop()),
            Self::policy(Policy::drop().from_peer()),
            Self::policy(Policy::drop().to_peer()),
            Self::policy(Policy::drop().existing_flows()).only_if(has_connections),
            Self::policy(Policy::reset()),
            Self::policy(Policy::refuse(IcmpKind::HostUnreachable)),
            Self::policy(Policy::sever(Notified::Both)),
            Self::policy(Policy::sever(Notified::Host)),
            Self::policy(Policy::sever(Notified::Peer)),
            Self::policy(Policy::firewall(both)).named("REJECT on INPUT and OUTPUT"),
            Self::policy(Policy::firewall([reset])).named("tcp-reset on INPUT"),
            Self::frozen(),
            Self::killed(),
            Self::killed_and_restarted(),
            Self::policy(Policy::hold()),
            Self::cut(),
            Self::impaired(Impairment::delay(SLOW)).named("slow (1 s)"),
            Self::impaired(Impairment::new().loss(LOSSY)).named("lossy (30 %)"),
        ]
    }

    /// Renames it: the name is that of its row in the table.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Says that it may be detected or not, because it only makes things worse. A detector that has
    /// detected it must recover all the same.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.kind = Kind::Optional;
        self
    }

    /// Makes it a fault that must *not* be detected, for as long as another would have to be.
    #[must_use]
    pub fn harmless(mut self) -> Self {
        self.kind = Kind::Harmless;
        self
    }

    /// Makes it a fault that is lifted after this time and must *not* be detected. The detector is watched
    /// after lifting as well, because it may notice late.
    #[must_use]
    pub fn harmless_for(mut self, time: Duration) -> Self {
        self.kind = Kind::Blip(time);
        self
    }

    /// Runs this fault only in trials where the condition holds. It is checked in each trial, once the
    /// peer is considered alive; a skipped trial is not a failure.
    #[must_use]
    pub fn only_if(
        mut self,
        condition: impl Fn(&Trial) -> Result<bool> + Send + Sync + 'static,
    ) -> Self {
        self.only_if = Some(Arc::new(condition));
        self
    }

    /// Says what should happen to the answer to a question while the fault lasts, in a matrix that [asks
    /// several](super::Matrix::asking). By default an outage loses each answer, a harmless fault keeps it,
    /// and an optional fault may do either. A question that is [always](super::Questions::always) to be
    /// answered well cannot be expected to be lost, moved or regained: the matrix refuses to run.
    #[must_use]
    pub fn expects(mut self, question: impl Into<String>, answer: Expect) -> Self {
        self.expects.insert(question.into(), answer);
        self
    }

    /// Puts the fault between these two hosts, the one that should notice and its peer, instead of the
    /// trial's two.
    ///
    /// The closure is called just before the fault, so it can depend on who leads then.
    ///
    /// ```
    /// use netns_test::{Policy, matrix::Fault};
    ///
    /// let apart = Fault::policy(Policy::reset()).named("a and b by reset").between(|trial| {
    ///     Ok([trial.net().host("a")?, trial.net().host("b")?])
    /// });
    /// # let _ = apart;
    /// ```
    #[must_use]
    pub fn between(
        mut self,
        hosts: impl Fn(&Trial) -> Result<[Host; 2]> + Send + Sync + 'static,
    ) -> Self {
        let (begin, hosts) = (self.begin, Arc::new(hosts));
        if let Some(condition) = self.only_if {
            let hosts = Arc::clone(&hosts);
            self.only_if = Some(Arc::new(move |trial| condition(&trial.between(hosts(trial)?))));
        }
        self.begin = Arc::new(move |trial| begin(&trial.between(hosts(trial)?)));
        self
    }

    /// Makes this host the trial's peer for this fault: for faults of a single host or its process, such
    /// as [`frozen`](Self::frozen) and [`cut`](Self::cut). The host that should notice is then the trial's
    /// host or, if that is the same one, its peer.
    #[must_use]
    pub fn at(self, host: impl Fn(&Trial) -> Result<Host> + Send + Sync + 'static) -> Self {
        self.between(move |trial| {
            let peer = host(trial)?;
            let other = if *trial.host() == peer { trial.peer() } else { trial.host() };
            Ok([other.clone(), peer])
        })
    }

    /// The name of its row.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it must not be detected.
    pub fn is_harmless(&self) -> bool {
        matches!(self.kind, Kind::Harmless | Kind::Blip(_))
    }

    /// Whether it may be detected or not.
    pub fn is_optional(&self) -> bool {
        matches!(self.kind, Kind::Optional | Kind::Momentary)
    }

    /// What is expected of a question.
    pub(super) fn expectation(&self, asked: &Asked) -> Expect {
        match (self.expects.get(&asked.name), self.kind) {
            (Some(expected), _) => *expected,
            (None, _) if asked.always => Expect::Kept,
            (None, Kind::Outage) => Expect::Lost,
            (None, Kind::Harmless | Kind::Blip(_)) => Expect::Kept,
            (None, Kind::Optional | Kind::Momentary) => Expect::Any,
        }
    }

    /// The names of the questions of which something is expected.
    pub(super) fn questions(&self) -> impl Iterator<Item = &String> {
        self.expects.keys()
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn applies(&self, trial: &Trial) -> Result<bool> {
        self.only_if.as_ref().map_or(Ok(true), |condition| condition(trial))
    }

    /// Puts it into effect; `None` if it does not apply any more.
    pub(super) fn begin(&self, trial: &Trial) -> Result<Option<InEffect>> {
        match (self.begin)(trial) {
            Ok(in_effect) => Ok(Some(in_effect)),
            // The detector goes on living: the connection that was there may be gone.
            Err(_) if !self.applies(trial)? => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

fn has_process(trial: &Trial) -> Result<bool> {
    Ok(trial.process().is_some())
}

fn process(trial: &Trial) -> Result<Process> {
    trial.process().ok_or_else(|| Failure::new("the trial has not said what its process is"))
}

fn has_connections(trial: &Trial) -> Result<bool> {
    let addresses = trial.peer().kernel_addresses()?;
    Ok(!tcp_sockets_with(trial.host(), &addresses)?.is_empty())
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault").field("name", &self.name).field("kind", &self.kind).finish()
    }
}
