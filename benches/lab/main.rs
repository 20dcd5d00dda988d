//! What a network, a block and a test cost: `cargo bench --bench lab [-- --json]`.
//!
//! Figures of one run belong together: the machine's floor is measured between them.

#[path = "../bare.rs"]
mod bare;
mod floor;
#[path = "../sample.rs"]
mod sample;
mod tests;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Instant;

use netns_test::{Host, Net, Result, program};
use sample::Sample;

const LABS: usize = 1000;
const BLOCKS: usize = 1000;

fn main() -> ExitCode {
    if std::env::args().any(|word| word == "--list") {
        return ExitCode::SUCCESS;
    }
    let json = std::env::args().any(|word| word == "--json");
    program(move || -> Result {
        let mut floor = Sample::new("floor");
        let mut lab = Sample::new("pair_ready_echo");
        for _ in 0..LABS {
            floor.push(floor::two_hosts_echo()?);
            let begun = Instant::now();
            let net = Net::new();
            let [server, client] = net.hosts(["server", "client"])?;
            lab.push(echo(&server, &client)?.duration_since(begun));
        }
        floor.print(json);
        lab.print(json);
        for sample in blocks()? {
            sample.print(json);
        }
        for sample in tests::samples()? {
            sample.print(json);
        }
        Ok(())
    })
}

/// The first TCP round trip of a network, and when it was over: as in the floor, no socket is closed by
/// then.
fn echo(server: &Host, client: &Host) -> Result<Instant> {
    let listener = server.run(|| TcpListener::bind((server.ipv4(), 1234)))?;
    let mut dialled = client.run(|| TcpStream::connect((server.ipv4(), 1234)))?;
    let mut accepted = listener.accept()?.0;
    let mut bytes = [0; 3];
    dialled.write_all(b"hey")?;
    accepted.read_exact(&mut bytes)?;
    accepted.write_all(&bytes)?;
    dialled.read_exact(&mut bytes)?;
    Ok(Instant::now())
}

fn blocks() -> Result<[Sample; 2]> {
    let mut block = Sample::new("block");
    let mut unblock = Sample::new("unblock");
    let net = Net::new();
    let [server, client] = net.hosts(["server", "client"])?;
    for _ in 0..BLOCKS {
        let begun = Instant::now();
        let guard = client.block(&server)?;
        block.push(begun.elapsed());
        let begun = Instant::now();
        guard.unblock()?;
        unblock.push(begun.elapsed());
    }
    Ok([block, unblock])
}
