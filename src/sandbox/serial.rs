use std::cell::RefCell;

use super::lock::Lock;
use crate::Error;

type Job = Box<dyn FnOnce()>;

thread_local! {
    /// What the lock's holder is to do: serial_test takes plain functions only.
    static JOB: RefCell<Option<Job>> = const { RefCell::new(None) };
}

/// Runs `job` while the locks of all `keys` are held; without keys, at once.
///
/// Within a process the locks are serial_test's, so tests marked `#[serial_test::serial(key)]`
/// exclude ours and are excluded. Under nextest every test is a process, where those exclude
/// nothing: there a lock between processes is taken as well. It is not that of `#[file_serial]`,
/// whose file stays, and is of no use to other users.
///
/// The keys come sorted, so that no two tests wait for each other.
///
/// # Errors
///
/// If a lock between processes cannot be had; then `job` has not run.
pub(super) fn while_locked(
    keys: &'static [&'static str],
    job: impl FnOnce() + 'static,
) -> Result<(), Error> {
    if keys.is_empty() {
        job();
        return Ok(());
    }
    let between_processes: &[&str] = if std::env::var_os("NEXTEST").is_some() { keys } else { &[] };
    let _held: Vec<Lock> =
        between_processes.iter().map(|key| Lock::take(key)).collect::<Result<_, _>>()?;
    holding(Box::new(job), |job| serial_test::local_serial_core(keys.to_vec(), None, job));
    Ok(())
}

/// Hands `job` to a lock that calls a plain function on this same thread.
fn holding(job: Job, lock: impl FnOnce(fn())) {
    JOB.with_borrow_mut(|slot| *slot = Some(job));
    lock(|| {
        if let Some(job) = JOB.with_borrow_mut(Option::take) {
            job();
        }
    });
}
