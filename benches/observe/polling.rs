//! What it takes to ask for a capture again and again, as a test does that waits for a packet.

use std::time::{Duration, Instant};

use netns_test::{Net, Result, eventually};

use crate::sample::Sample;

/// How many packets are recorded, and how often the capture is asked for then.
const PACKETS: usize = 100_000;
const ASKED: u32 = 30;
/// So many more are sent between two questions.
const MORE: usize = 10;

/// Prints how long the capture of a host takes the first time, and each further time: nothing new,
/// and some more packets each time.
pub(crate) fn run(json: bool) -> Result {
    let net = Net::new();
    let [server, client] = net.hosts(["server", "client"])?;
    let _receiver = server.bind_udp(9)?;
    let from = client.connect_udp((server.ipv4(), 9))?;
    let send = |count: usize| -> Result {
        for number in 0..count {
            from.send(b"hello")?;
            // Slowly enough for a queue, until a ring has taken its place.
            if number % 50 == 0 {
                std::thread::sleep(Duration::from_micros(500));
            }
        }
        Ok(())
    };
    send(PACKETS)?;
    let mut first = Sample::new("capture_first_100000");
    let begun = Instant::now();
    assert!(client.capture()?.len() >= PACKETS);
    first.push(begun.elapsed());
    let mut again = Sample::new("capture_again_100000");
    let mut more = Sample::new("capture_and_more_100000");
    for _ in 0..ASKED {
        again.push(asked(|| Ok(client.capture()?.len()))?);
        send(MORE)?;
        more.push(asked(|| Ok(client.capture()?.udp().retransmissions().len()))?);
    }
    eventually(Duration::from_secs(10), || client.capture().is_ok_and(|all| all.lost() == 0))?;
    [first, again, more].into_iter().for_each(|sample| sample.print(json));
    Ok(())
}

fn asked(question: impl Fn() -> Result<usize>) -> Result<Duration> {
    let begun = Instant::now();
    question()?;
    Ok(begun.elapsed())
}
