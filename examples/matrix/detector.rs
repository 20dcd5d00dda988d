//! What the matrix has to know about the code under test: how to start it, and what to ask it.

use std::net::SocketAddr;

use netns_test::Result;
use netns_test::matrix::Trial;

use super::agent;
use super::monitor::{Monitor, Strategy};

const PORT: u16 = 7000;

/// An agent as a process of the peer, which the trial is about, and a monitor in the host that watches
/// it. The answer is whether the monitor considers the peer alive.
pub(crate) fn start(trial: &Trial, strategy: Strategy) -> Result<impl FnMut() -> bool + use<>> {
    let addr = SocketAddr::from((trial.peer().ipv4(), PORT));
    let agent = trial.peer().start_fn(agent::run, PORT)?;
    agent.wait_for_port(PORT)?;
    trial.set_process(&agent);
    let monitor = trial.host().run(|| Monitor::start(addr, strategy));
    let mut seen = 0;
    // If a monitor reconnects quickly, nobody sees that it considered its peer dead; but it counts it.
    Ok(move || {
        let before = std::mem::replace(&mut seen, monitor.deaths());
        seen == before && monitor.considers_alive()
    })
}
