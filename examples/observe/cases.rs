//! What the two hosts do under a fault, and what each of them sees. `a` is the host that blocks, and
//! whose end is cut.

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{
    Connection, Host, Impairment, Net, Policy, Result, TcpState, UdpConnection, UdpEndpoint,
    eventually,
};

pub(crate) const PORT: u16 = 7000;
/// Longer than the first repetition of a SYN: an ICMPv6 error may only be seen then.
const DIAL: Duration = Duration::from_millis(1600);
/// Longer than two repetitions of a segment, after 0.2 s and 0.6 s.
const SEND: Duration = Duration::from_millis(800);
const IDLE: Duration = Duration::from_millis(200);
/// Longer than the next repetition after all that.
const RECOVERY: Duration = Duration::from_secs(6);
const MESSAGE: &[u8] = b"message";
const DATA: &str = "the data";
const SOME: &str = "some of the data";

/// What one side saw, and when.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) case: &'static str,
    pub(crate) side: &'static str,
    pub(crate) outcome: String,
    pub(crate) after: Duration,
}

/// How to make the policy to observe; it may need an existing connection.
pub(crate) type MakePolicy = dyn Fn(&Connection) -> Policy + Sync;

/// What is wrong between the hosts.
pub(crate) enum Fault {
    Block(Box<MakePolicy>),
    Cut,
    Delay(Duration),
    Loss(f64),
}

/// How long to wait for what may come, and how much to send to find out.
#[derive(Clone, Copy)]
struct Pace {
    dial: Duration,
    /// How much longer to wait until a segment has been acknowledged, and the receiver has it.
    repetitions: Duration,
    datagrams: usize,
}

/// For faults under which packets either get through or do not.
const PROMPT: Pace = Pace { dial: DIAL, repetitions: Duration::ZERO, datagrams: 2 };
/// For faults under which some packets get through: TCP repeats often enough, and of this many datagrams
/// neither all nor none get through. One dial in thousands takes longer than that.
const PATIENT: Pace =
    Pace { dial: Duration::from_secs(60), repetitions: Duration::from_secs(60), datagrams: 100 };
/// The same packets are lost in each run, as long as they are sent in the same order.
const SEED: u64 = 1;

/// Two hosts with what they have set up before the fault.
struct Stage {
    a: Host,
    b: Host,
    at_a: SocketAddr,
    at_b: SocketAddr,
    /// Connections from before the fault; the first of each pair is the end at `a`.
    a_sends: [Connection; 2],
    b_sends: [Connection; 2],
    idle: [Connection; 2],
    udp_a: UdpConnection,
    udp_b: UdpConnection,
    inbox_a: UdpEndpoint,
    inbox_b: UdpEndpoint,
}

/// Stages all cases under one fault.
pub(crate) fn observe(fault: &Fault, ipv6: bool) -> Result<Vec<Seen>> {
    let (mut stage, _listeners) = Stage::set(ipv6)?;
    let mut seen = match fault {
        Fault::Block(make) => {
            let block = stage.a.block_with(&stage.b, make(&stage.a_sends[0]))?;
            let seen = stage.during(PROMPT)?;
            block.unblock()?;
            seen
        }
        Fault::Cut => {
            let cut = stage.a.links()[0].cut(&stage.a)?;
            let seen = stage.during(PROMPT)?;
            cut.restore()?;
            seen
        }
        Fault::Delay(delay) => {
            let wire = stage.a.impair(&stage.b, Impairment::delay(*delay))?;
            let seen = stage.during(PROMPT)?;
            wire.lift()?;
            seen
        }
        Fault::Loss(share) => {
            let wire = stage.a.impair(&stage.b, Impairment::new().loss(*share).seed(SEED))?;
            let seen = stage.during(PATIENT)?;
            wire.lift()?;
            seen
        }
    };
    let lifted = stage.after(&seen)?;
    seen.extend(lifted);
    Ok(seen)
}

impl Stage {
    fn set(ipv6: bool) -> Result<(Self, [netns_test::Listener; 2])> {
        let [a, b] = Net::new().hosts(["a", "b"])?;
        let (listener_a, listener_b) = (a.listen(PORT)?, b.listen(PORT)?);
        let (inbox_a, inbox_b) = (a.bind_udp(PORT)?, b.bind_udp(PORT)?);
        let (at_a, at_b) = match ipv6 {
            true => (listener_a.addr_v6(), listener_b.addr_v6()),
            false => (listener_a.addr(), listener_b.addr()),
        };
        let dial = || -> Result<[Connection; 2]> {
            let dialled = b.connect(at_a)?;
            Ok([listener_a.accept()?, dialled])
        };
        let (a_sends, b_sends, idle) = (dial()?, dial()?, dial()?);
        let (udp_a, udp_b) = (a.connect_udp(at_b)?, b.connect_udp(at_a)?);
        let stage =
            Self { a, b, at_a, at_b, a_sends, b_sends, idle, udp_a, udp_b, inbox_a, inbox_b };
        Ok((stage, [listener_a, listener_b]))
    }

    /// Runs all cases at the same time: each has its own connection.
    fn during(&mut self, pace: Pace) -> Result<Vec<Seen>> {
        let Self { a, b, at_a, at_b, .. } = self;
        let [a_ours, a_theirs] = &mut self.a_sends;
        let [b_theirs, b_ours] = &mut self.b_sends;
        let [idle_ours, idle_theirs] = &mut self.idle;
        let (udp_a, udp_b, inbox_a, inbox_b) =
            (&mut self.udp_a, &mut self.udp_b, &mut self.inbox_a, &mut self.inbox_b);
        let results = thread::scope(|scope| {
            let threads = [
                scope.spawn(|| pace.dial(a, *at_b, "a_dials_b", "a")),
                scope.spawn(|| pace.dial(b, *at_a, "b_dials_a", "b")),
                scope.spawn(|| pace.sends(a_ours, "a_sends", "a")),
                scope.spawn(|| pace.receives(a_theirs, "a_sends", "b")),
                scope.spawn(|| pace.sends(b_ours, "b_sends", "b")),
                scope.spawn(|| pace.receives(b_theirs, "b_sends", "a")),
                scope.spawn(|| pace.idles_then_sends(idle_ours, "a")),
                scope.spawn(|| pace.receives(idle_theirs, "idle_then_a_sends", "b")),
                scope.spawn(|| pace.sends_udp(udp_a, "udp_a_to_b", "a")),
                scope.spawn(|| pace.receives_udp(inbox_b, "udp_a_to_b", "b")),
                scope.spawn(|| pace.sends_udp(udp_b, "udp_b_to_a", "b")),
                scope.spawn(|| pace.receives_udp(inbox_a, "udp_b_to_a", "a")),
            ];
            threads.map(|thread| thread.join())
        });
        let mut seen = Vec::new();
        for result in results {
            seen.push(result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(seen)
    }

    /// New connections, and what was sent during the block.
    fn after(&mut self, during: &[Seen]) -> io::Result<Vec<Seen>> {
        let Self { a, b, at_a, at_b, .. } = self;
        let arrived = |case| during.iter().any(|seen| seen.case == case && seen.outcome == DATA);
        let (a_sent, b_sent) = (arrived("a_sends"), arrived("b_sends"));
        let (from_a, from_b) = (&mut self.a_sends, &mut self.b_sends);
        thread::scope(|scope| {
            let a_sent = scope.spawn(move || recovers(from_a, a_sent, "lifted_what_a_sent", "b"));
            from_b.reverse();
            let b_sent = scope.spawn(move || recovers(from_b, b_sent, "lifted_what_b_sent", "a"));
            let dials = [
                PROMPT.dial(a, *at_b, "lifted_a_dials_b", "a")?,
                PROMPT.dial(b, *at_a, "lifted_b_dials_a", "b")?,
            ];
            let recovered = [a_sent, b_sent].map(|thread| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            Ok(dials.into_iter().chain(recovered).collect())
        })
    }
}

fn seen(case: &'static str, side: &'static str, begun: Instant, outcome: impl ToString) -> Seen {
    Seen { case, side, outcome: outcome.to_string(), after: begun.elapsed() }
}

/// The name of an error: the kernel's errno, or that none came in time.
fn name(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(errno) => format!("{:?}", nix::errno::Errno::from_raw(errno)),
        None => "no answer".to_owned(),
    }
}

impl Pace {
    fn dial(
        self,
        host: &Host,
        to: SocketAddr,
        case: &'static str,
        side: &'static str,
    ) -> io::Result<Seen> {
        let begun = Instant::now();
        let outcome = match host.connect_within(to, self.dial) {
            Ok(_) => "connects".to_owned(),
            Err(error) => name(&error),
        };
        Ok(seen(case, side, begun, outcome))
    }

    /// Sends, and waits for what this side observes.
    fn sends(
        self,
        conn: &mut Connection,
        case: &'static str,
        side: &'static str,
    ) -> io::Result<Seen> {
        let begun = Instant::now();
        if let Err(error) = conn.send(MESSAGE) {
            return Ok(seen(case, side, begun, name(&error)));
        }
        conn.set_deadline(SEND);
        let outcome = match conn.recv() {
            Ok(bytes) if bytes.is_empty() => "the end".to_owned(),
            Ok(_) => "data".to_owned(),
            Err(error) if error.raw_os_error().is_some() => name(&error),
            Err(_) => self.progress(conn)?.to_owned(),
        };
        Ok(seen(case, side, begun, outcome))
    }

    /// What happened to a segment for which no error came.
    fn progress(self, conn: &Connection) -> io::Result<&'static str> {
        if !self.repetitions.is_zero() {
            // A segment that is not acknowledged by then is seen below.
            let acknowledged = || conn.info().is_ok_and(|info| info.unacked == 0);
            let _ = eventually(self.repetitions, acknowledged);
        }
        let info = conn.info()?;
        Ok(match (info.state, info.unacked, info.notsent) {
            (TcpState::Established, 0, 0) => "acknowledged",
            (TcpState::Established, 0, _) => "silence, probes",
            (TcpState::Established, ..) => "silence, repeats",
            _ => "closed",
        })
    }

    fn receives(
        self,
        conn: &mut Connection,
        case: &'static str,
        side: &'static str,
    ) -> io::Result<Seen> {
        let begun = Instant::now();
        // The sender on the idle connection begins later; one second is enough for either.
        conn.set_deadline(SEND + SEND + self.repetitions);
        let outcome = match conn.recv() {
            Ok(bytes) if bytes.is_empty() => "the end".to_owned(),
            Ok(_) => DATA.to_owned(),
            Err(error) if error.raw_os_error().is_some() => name(&error),
            Err(_) => "nothing".to_owned(),
        };
        Ok(seen(case, side, begun, outcome))
    }

    /// Waits on an idle connection, then sends.
    fn idles_then_sends(self, conn: &mut Connection, side: &'static str) -> io::Result<Seen> {
        let begun = Instant::now();
        conn.set_deadline(IDLE);
        let case = "idle_then_a_sends";
        match conn.recv() {
            Err(error) if error.raw_os_error().is_some() => {
                Ok(seen(case, side, begun, name(&error)))
            }
            _ => self.sends(conn, case, side),
        }
    }

    /// Sends twice: the next call returns the error that the first datagram caused. Further datagrams
    /// follow, if there are to be more.
    fn sends_udp(
        self,
        socket: &mut UdpConnection,
        case: &'static str,
        side: &'static str,
    ) -> io::Result<Seen> {
        let begun = Instant::now();
        socket.set_deadline(SEND / 2);
        let told = || {
            for _ in 0..2 {
                socket.send(MESSAGE)?;
                match socket.recv() {
                    Err(error) if error.raw_os_error().is_some() => return Err(error),
                    _ => {}
                }
            }
            (2..self.datagrams).try_for_each(|_| socket.send(MESSAGE))
        };
        let outcome = told().map_or_else(|error| name(&error), |()| "sent".to_owned());
        Ok(seen(case, side, begun, outcome))
    }

    /// Receives the first of two datagrams; if there are more, all that arrive.
    fn receives_udp(
        self,
        socket: &mut UdpEndpoint,
        case: &'static str,
        side: &'static str,
    ) -> io::Result<Seen> {
        let begun = Instant::now();
        let wanted = if self.datagrams > 2 { self.datagrams } else { 1 };
        // The others follow the first two after the same time.
        socket.set_deadline(if wanted > 1 { SEND + SEND } else { SEND });
        let received = (0..wanted).take_while(|_| socket.recv_from().is_ok()).count();
        let outcome = match received {
            0 => "nothing",
            some if some < wanted => SOME,
            _ => DATA,
        };
        Ok(seen(case, side, begun, outcome))
    }
}

/// Whether what the first end sent during the block arrives at the second one now.
fn recovers(
    [sender, receiver]: &mut [Connection; 2],
    arrived: bool,
    case: &'static str,
    side: &'static str,
) -> Seen {
    let begun = Instant::now();
    if arrived {
        return seen(case, side, begun, "had arrived");
    }
    let alive = |end: &Connection| end.info().is_ok_and(|info| info.state == TcpState::Established);
    if !alive(sender) || !alive(receiver) {
        return seen(case, side, begun, "lost");
    }
    receiver.set_deadline(RECOVERY);
    let outcome = match receiver.recv() {
        Ok(bytes) if bytes == MESSAGE => "delivered".to_owned(),
        Ok(_) => "the end".to_owned(),
        Err(error) => name(&error),
    };
    seen(case, side, begun, outcome)
}
