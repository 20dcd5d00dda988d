//! Several hosts, several questions, and partitions as rows.

use std::net::{SocketAddr, UdpSocket};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use netns_test::matrix::{Expect, Fault, Matrix, Questions, Trial};
use netns_test::{Host, Policy, Result, Split, netns_test};

use super::{LIMIT, ms};

const NODES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Five nodes that agree at once: the first of them that a majority hears and that hears a majority
/// leads. They find out by datagrams, each of which tells its round.
struct Cluster {
    nodes: Vec<(UdpSocket, SocketAddr)>,
    round: Mutex<u64>,
}

/// What is not there after this time does not come, unless the machine stands still for so long.
const ARRIVES: Duration = Duration::from_millis(250);

impl Cluster {
    fn start(trial: &Trial) -> Result<Self> {
        let bind = |host: &Host| -> Result<(UdpSocket, SocketAddr)> {
            let socket = host.run(|| UdpSocket::bind((host.ipv4(), 7000)))?;
            socket.set_nonblocking(true)?;
            Ok((socket, host.addr(7000)))
        };
        let nodes = trial.net().all_hosts().iter().map(bind).collect::<Result<_>>()?;
        Ok(Self { nodes, round: Mutex::new(0) })
    }

    /// Who hears whom: by the one that hears, and by the one that is heard.
    fn heard(&self) -> [[bool; 5]; 5] {
        let mut round = self.round.lock().unwrap_or_else(PoisonError::into_inner);
        *round += 1;
        let mut heard = [[false; 5]; 5];
        for (from, (socket, _)) in self.nodes.iter().enumerate() {
            for (to, (_, addr)) in self.nodes.iter().enumerate() {
                let word = [*round, from as u64].map(u64::to_ne_bytes).concat();
                heard[to][from] = to == from;
                // What is refused is not heard.
                let _ = if to == from { Ok(0) } else { socket.send_to(&word, addr) };
            }
        }
        let sent = Instant::now();
        while heard.iter().flatten().any(|heard| !heard) && sent.elapsed() < ARRIVES {
            for (to, (socket, _)) in self.nodes.iter().enumerate() {
                let mut word = [0; 16];
                while let Ok(16) = socket.recv(&mut word) {
                    let [of, from] =
                        [0, 8].map(|at| word[at..at + 8].try_into().map(u64::from_ne_bytes));
                    if let (Ok(of), Ok(from)) = (of, from)
                        && of == *round
                    {
                        heard[to][from as usize] = true;
                    }
                }
            }
            std::thread::park_timeout(ms(1));
        }
        heard
    }

    fn leader(&self) -> Option<&'static str> {
        let heard = self.heard();
        let both =
            |one: usize| (0..5).filter(|other| heard[one][*other] && heard[*other][one]).count();
        (0..5).find(|node| both(*node) >= 3).map(|node| NODES[node])
    }

    /// Whether `c` hears all others, and they hear it.
    fn all_see_c(&self) -> bool {
        let heard = self.heard();
        (0..5).all(|other| heard[2][other] && heard[other][2])
    }
}

fn leader(trial: &Trial) -> Result<Host> {
    Ok(trial.net().host(&trial.answer("who leads")?)?)
}

/// The user's test: a cluster of five against each shape of a partition, and faults of single hosts.
#[netns_test(timeout = "5m")]
fn a_cluster_keeps_and_moves_its_leader_as_it_should() -> Result {
    let questions = Questions::of(Cluster::start)
        .ask("who leads", Cluster::leader)
        .ask("all see c", Cluster::all_see_c)
        .always("somebody leads", |cluster| cluster.leader().is_some());
    let partitions = Fault::partitions_around("leader", leader).into_iter().map(|row| {
        let (who, all) = match row.name() {
            "leader in a majority" | "leader as a bridge" | "ring" => (Expect::Kept, Expect::Lost),
            "leader in a minority" => (Expect::Moved, Expect::Lost),
            _ => (Expect::Moved, Expect::Lost),
        };
        row.expects("who leads", who).expects("all see c", all)
    });
    let beside = |trial: &Trial| Ok([trial.net().host("d")?, trial.net().host("e")?]);
    let at_b = |trial: &Trial| Ok(trial.net().host("b")?);
    let table = Matrix::asking(questions)
        .host_names(NODES)
        .against([Fault::nothing()])
        .against(partitions)
        .against([
            Fault::policy(Policy::reset()).named("d and e by reset").between(beside).harmless(),
            Fault::cut().named("plug of b").at(at_b).expects("who leads", Expect::Kept),
            Fault::partition("leader and b apart", |trial| {
                let rest = ["c", "d", "e"].map(|name| trial.net().host(name));
                let [c, d, e] = rest;
                let (leader, b) = (leader(trial)?, trial.net().host("b")?);
                Ok(Split::of([[&leader], [&b]]).bridged_by(&c?).bridged_by(&d?).bridged_by(&e?))
            })
            .harmless(),
        ])
        .trials(1)
        // They mostly wait for what does not arrive.
        .parallel(6)
        .detects_within(ms(600))
        .recovers_within(LIMIT)
        .no_false_alarm_for(ms(20))
        .run()?;
    println!("{table}");
    let alone = table.row("leader alone")?.answers_to("who leads")?;
    let said: Vec<_> = alone.said()[0].iter().map(|answer| answer.word()).collect();
    assert_eq!(said, [Some("a"), Some("b"), Some("a")]);
    Ok(())
}
