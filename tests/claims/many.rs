//! Many at once, and on a busy machine.

use super::*;

#[test]
fn claims_of_many_threads_do_not_disturb_each_other() {
    thread::scope(|scope| {
        for number in 1..40 {
            scope.spawn(move || {
                let time = ms(number * 5);
                let mut probe = from(time);
                assert!(eventually(time + LATE, &mut probe).is_ok());
                assert!(eventually(ms(number), || false).is_err());
            });
        }
    });
}

/// Keeps all processors busy as long as it lives: by processes in a session of their own, as those
/// of another program would be.
///
/// Where the kernel shares processors out by session (sched(7), autogroup), one that has both
/// threads that never wait and threads that wait for a millisecond over and over keeps all others
/// waiting for seconds (seen with Linux 6.18), and the kernel's own threads as well.
struct Busy(Vec<Child>);

impl Busy {
    fn begin() -> io::Result<Self> {
        let processors = 0..thread::available_parallelism().map_or(2, usize::from);
        let spin = ["sh", "-c", "while :; do :; done"];
        let start = |_| Command::new("setsid").args(spin).spawn();
        Ok(Self(processors.map(start).collect::<io::Result<_>>()?))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        for process in &mut self.0 {
            // It is there until it is waited for.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Two hundred times each, in as many threads as the processors can serve. What holds a second after the lower bound, and seconds before the upper
/// one, is met unless the machine stands still for as long; what holds 20 ms too early never is,
/// however late the claim gets to ask.
#[netns_test]
fn on_a_busy_machine_no_bound_is_missed_and_nothing_is_red_that_is_in_time() -> Result {
    let _busy = Busy::begin()?;
    let wrong = Mutex::new(Vec::new());
    let threads = 20 * thread::available_parallelism()?.get().min(2);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..200 / threads {
                    let in_time = within(ms(20)..ms(1020) + LATE, from(ms(1020)));
                    let too_early = within(ms(30)..LATE, from(ms(10)));
                    let too_late = eventually(ms(10), from(ms(1010)));
                    let mut wrong = wrong.lock().expect("nobody panicked");
                    wrong.extend(in_time.err().map(|error| error.to_string()));
                    wrong.extend(too_early.ok().map(|time| format!("too early: {time:?}")));
                    wrong.extend(too_late.ok().map(|time| format!("too late: {time:?}")));
                }
            });
        }
    });
    assert_eq!(wrong.into_inner().expect("nobody panicked"), Vec::<String>::new());
    Ok(())
}
