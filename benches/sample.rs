use std::time::Duration;

/// From here on a time is a stall: something waited for a retransmission.
const STALL: Duration = Duration::from_millis(500);

/// Times of one thing, measured many times.
pub(crate) struct Sample {
    name: String,
    times: Vec<Duration>,
}

impl Sample {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), times: Vec::new() }
    }

    pub(crate) fn push(&mut self, time: Duration) {
        self.times.push(time);
    }

    pub(crate) fn print(mut self, json: bool) {
        self.times.sort_unstable();
        let at = |share: usize| self.times[(self.times.len() - 1) * share / 100].as_micros();
        let (median, p90, p99, max) = (at(50), at(90), at(99), at(100));
        let stalls = self.times.iter().filter(|time| **time >= STALL).count();
        let (name, n) = (&self.name, self.times.len());
        if json {
            println!(
                "{{\"bench\":\"{name}\",\"n\":{n},\"median_us\":{median},\"p90_us\":{p90},\
                 \"p99_us\":{p99},\"max_us\":{max},\"stalls\":{stalls}}}"
            );
        } else {
            println!(
                "{name:<36} n {n:>5}  median {median:>8} µs  p90 {p90:>8}  p99 {p99:>8}  \
                 max {max:>8}  stalls {stalls}"
            );
        }
    }
}
