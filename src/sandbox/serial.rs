use std::cell::RefCell;

type Job = Box<dyn FnOnce()>;

thread_local! {
    /// What the lock's holder is to do: serial_test takes plain functions only.
    static JOB: RefCell<Option<Job>> = const { RefCell::new(None) };
}

/// Runs `job` while the locks of all `keys` are held; without keys, at once.
///
/// The locks are serial_test's, so tests marked `#[serial_test::serial(key)]` exclude ours and
/// are excluded. Under nextest every test is a process, where only `#[file_serial]` excludes:
/// there its file locks are taken as well.
pub(super) fn while_locked(keys: &'static [&'static str], job: impl FnOnce() + 'static) {
    if keys.is_empty() {
        return job();
    }
    let job: Job = if std::env::var_os("NEXTEST").is_some() {
        Box::new(move || {
            holding(Box::new(job), |job| serial_test::fs_serial_core(keys.to_vec(), None, job))
        })
    } else {
        Box::new(job)
    };
    holding(job, |job| serial_test::local_serial_core(keys.to_vec(), None, job));
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
