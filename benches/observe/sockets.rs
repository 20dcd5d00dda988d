//! What it takes to list the sockets of a host.

use std::time::Instant;

use netns_test::{Net, Result};

use crate::sample::Sample;

/// How many connections the host has, and how often its sockets are listed.
const CONNECTIONS: usize = 1000;
const LISTS: u32 = 200;

/// Prints how long a list of 1,000 connections with all that is known of them takes, and the count
/// of those that are established.
pub(crate) fn run(json: bool) -> Result {
    let net = Net::new();
    let [server, client] = net.hosts(["server", "client"])?;
    let listener = server.listen(7000)?;
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS {
        held.push((client.connect(listener.addr())?, listener.accept()?));
    }
    let mut list = Sample::new("sockets_1000");
    let mut count = Sample::new("established_1000");
    for _ in 0..LISTS {
        let begun = Instant::now();
        assert_eq!(client.sockets()?.to(&server).len(), CONNECTIONS);
        list.push(begun.elapsed());
        let begun = Instant::now();
        assert_eq!(client.established(&server)?, CONNECTIONS);
        count.push(begun.elapsed());
    }
    list.print(json);
    count.print(json);
    Ok(())
}
