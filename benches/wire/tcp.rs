//! How much of a stream gets through, against the plain pair.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use netns_test::{Host, Impairment, Net, Result};

const ROUNDS: usize = 5;
const TIME: Duration = Duration::from_secs(1);
/// Until the window has opened.
const RAMP: Duration = Duration::from_millis(500);
const CHUNK: usize = 256 << 10;

pub(crate) fn measure(json: bool) -> Result {
    for (delay, loss) in [(0, 0.0), (10, 0.0), (0, 0.001), (10, 0.001), (0, 0.01), (10, 0.01)] {
        let mut ratios = Vec::new();
        let mut rates = Vec::new();
        for _ in 0..ROUNDS {
            // A net of its own: a wire that was lifted goes on carrying what is not quiet for a while.
            let [server, client] = Net::new().hosts(["server", "client"])?;
            let plain = transfer(&client, &server)?;
            let wire = Impairment::delay(Duration::from_millis(delay));
            let wire = if loss > 0.0 { wire.loss(loss).to_peer() } else { wire };
            let wire = client.impair(&server, wire)?;
            let impaired = transfer(&client, &server)?;
            wire.lift()?;
            ratios.push(impaired / plain);
            rates.push(impaired);
        }
        let [ratio, rate] = [ratios, rates].map(median);
        if json {
            println!(
                "{{\"bench\":\"tcp\",\"delay_ms\":{delay},\"loss\":{loss},\"ratio\":{ratio:.4},\
                 \"gbit_s\":{:.3}}}",
                rate / 1e9
            );
        } else {
            println!(
                "tcp, delay {delay:>2} ms, loss {loss:<6} ratio {ratio:.3}  {:.2} Gbit/s",
                rate / 1e9
            );
        }
    }
    Ok(())
}

/// How many bits a second get through.
fn transfer(client: &Host, server: &Host) -> Result<f64> {
    let to = SocketAddr::from((server.ipv4(), 7000));
    let listener = server.run(|| TcpListener::bind(to))?;
    let mut sending = client.run(|| TcpStream::connect(to))?;
    let mut receiving = listener.accept()?.0;
    thread::scope(|scope| -> Result<f64> {
        scope.spawn(move || {
            let chunk = vec![7; CHUNK];
            // Until the receiver has enough and closes.
            while sending.write_all(&chunk).is_ok() {}
        });
        let mut buffer = vec![0; CHUNK];
        let ramp = Instant::now();
        let mut received = 0;
        while ramp.elapsed() < RAMP {
            received += receiving.read(&mut buffer)?;
        }
        let (begun, before) = (Instant::now(), received);
        while begun.elapsed() < TIME {
            received += receiving.read(&mut buffer)?;
        }
        let rate = (received - before) as f64 * 8.0 / begun.elapsed().as_secs_f64();
        drop(receiving);
        Ok(rate)
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
