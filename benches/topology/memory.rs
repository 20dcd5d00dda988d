use std::fs;

use netns_test::{Failure, Net, Result};

use super::gone::wait_until_gone;
use super::lan::names;

/// Of a LAN, and how many are made, beside each other.
const HOSTS: usize = 32;
const ROUNDS: usize = 5;

/// What a host of a LAN takes: of the process, whose memory grows in steps, so over all rounds; and of the
/// kernel in all of the machine, where others work as well, so in the median round. Soon after another run
/// the kernel takes less: it uses again what that has given up.
pub(crate) fn measure(json: bool) -> Result {
    let mut nets = Vec::new();
    let mut kernel = Vec::new();
    // What others have given up is taken away first.
    wait_until_gone()?;
    // The first one also has what is made once in a process.
    one_more(&mut nets)?;
    let process = of_process()?;
    for _ in 0..ROUNDS {
        let before = of_kernel()?;
        one_more(&mut nets)?;
        kernel.push((of_kernel()? - before) / HOSTS as i64);
    }
    let process = (of_process()? - process) / (ROUNDS * HOSTS) as i64;
    kernel.sort_unstable();
    let kernel = kernel[kernel.len() / 2];
    if json {
        println!(
            "{{\"bench\":\"memory\",\"hosts\":{HOSTS},\"n\":{ROUNDS},\
             \"process_kb_a_host\":{process},\"kernel_kb_a_host\":{kernel}}}"
        );
    } else {
        println!("memory       {HOSTS:>3} hosts  a host: process {process} kB, kernel {kernel} kB");
    }
    Ok(())
}

fn one_more(nets: &mut Vec<Net>) -> Result {
    let net = Net::new();
    net.add_hosts(&names(HOSTS))?;
    nets.push(net);
    Ok(())
}

/// What the process holds of the machine's memory, in kB.
fn of_process() -> Result<i64> {
    sum("/proc/self/status", &["VmRSS:"])
}

/// What the kernel has taken for itself, in kB (proc_meminfo(5)).
fn of_kernel() -> Result<i64> {
    sum("/proc/meminfo", &["Slab:", "Percpu:", "KernelStack:", "PageTables:", "VmallocUsed:"])
}

fn sum(path: &str, wanted: &[&str]) -> Result<i64> {
    let text = fs::read_to_string(path)?;
    let mut total = 0;
    for name in wanted {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|rest| rest.split_whitespace().next()?.parse::<i64>().ok());
        total += number.ok_or_else(|| Failure::new(format!("{path} has no number of {name}")))?;
    }
    Ok(total)
}
