use netns_test::{Host, Process, Result};

fn agent(client: Host, port: u16) -> Result<Process> {
    Ok(client.start_fn(|()| println!("{port}"), ())?)
}

fn main() {}
