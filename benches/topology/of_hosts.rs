use std::time::Duration;

use super::conversation::Spoken;

/// Times of one thing, of as many hosts.
pub(crate) struct OfHosts {
    bench: &'static str,
    hosts: usize,
    made: Vec<Duration>,
    times: Vec<Duration>,
    stalls: usize,
}

impl OfHosts {
    pub(crate) fn new(bench: &'static str, hosts: usize) -> Self {
        Self { bench, hosts, made: Vec::new(), times: Vec::new(), stalls: 0 }
    }

    pub(crate) fn push(&mut self, spoken: Spoken) {
        self.made.push(spoken.made);
        self.times.push(spoken.after);
        self.stalls += spoken.stalls;
    }

    pub(crate) fn print(self, json: bool) {
        let Self { bench, hosts, made, times, stalls } = self;
        let n = times.len();
        let (made, median) = (median_us(made), median_us(times));
        let a_host = median / hosts as u128;
        if json {
            println!(
                "{{\"bench\":\"{bench}\",\"hosts\":{hosts},\"n\":{n},\"median_us\":{median},\
                 \"made_us\":{made},\"a_host_us\":{a_host},\"stalls\":{stalls}}}"
            );
        } else {
            println!(
                "{bench:<10} {hosts:>3} hosts  n {n:>3}  median {median:>8} µs  made {made:>8}  \
                 a host {a_host:>6}  stalls {stalls}"
            );
        }
    }
}

fn median_us(mut times: Vec<Duration>) -> u128 {
    times.sort_unstable();
    times[(times.len() - 1) / 2].as_micros()
}
