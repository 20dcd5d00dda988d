use std::cell::RefCell;
use std::fs::OpenOptions;

use crate::Error;

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
///
/// # Errors
///
/// If the file of a lock cannot be opened; then `job` has not run.
pub(super) fn while_locked(
    keys: &'static [&'static str],
    job: impl FnOnce() + 'static,
) -> Result<(), Error> {
    if keys.is_empty() {
        job();
        return Ok(());
    }
    let job: Job = if std::env::var_os("NEXTEST").is_some() {
        keys.iter().try_for_each(|key| check_file(key))?;
        Box::new(move || {
            holding(Box::new(job), |job| serial_test::fs_serial_core(keys.to_vec(), None, job))
        })
    } else {
        Box::new(job)
    };
    holding(job, |job| serial_test::local_serial_core(keys.to_vec(), None, job));
    Ok(())
}

/// Opens the file as serial_test will, which panics if it cannot: a panic that a test with
/// `#[should_panic]` must not take for its own.
fn check_file(key: &str) -> Result<(), Error> {
    let path = std::env::temp_dir().join(format!("serial-test-{key}"));
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    opened.map(drop).map_err(|error| {
        Error::os(format!("open the lock file {}", path.display()), error)
            .with_help("if it is another user's, remove it or let TMPDIR name a folder of your own")
    })
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
