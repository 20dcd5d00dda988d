//! The thread that empties the taps of all hosts of this process.
//!
//! While frames come it looks by the clock, so that the kernel has nobody to wake for a frame.
//! When none have come for a while it waits for the next one.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::thread;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags};
use nix::sched::{CloneFlags, setns};

use super::closing;
use super::{Found, Tap};
use crate::mutex::lock;
use crate::sandbox::go_home;
use crate::sys::priority::run_soon;
use crate::sys::readiness::await_readiness;

/// The pause between two looks, and the one while a host has a queue, which is short.
const PAUSE: Duration = Duration::from_millis(10);
const HURRY: Duration = Duration::from_millis(2);
/// After so many looks that found nothing it waits for a frame.
const QUIET: u32 = 5;
/// How long it waits for one before it looks whether anybody needs it.
const WAIT: Duration = Duration::from_secs(1);

static DRAINER: Mutex<Drainer> =
    Mutex::new(Drainer { taps: Vec::new(), wake: None, news: 0, rests: false });

struct Drainer {
    taps: Vec<Weak<Tap>>,
    /// Wakes the thread, while there is one.
    wake: Option<PipeWriter>,
    /// How often there was a reason to look.
    news: u64,
    /// Whether the thread has to be woken to look soon.
    rests: bool,
}

impl Drainer {
    /// Has the thread look soon. To wake it takes longer than all else that a new tap does.
    fn nudge(&mut self) -> io::Result<()> {
        self.news += 1;
        match &mut self.wake {
            Some(wake) if std::mem::take(&mut self.rests) => wake.write_all(&[0]),
            _ => Ok(()),
        }
    }
}

/// Empties a tap from now on. This thread is inside of its namespace.
pub(crate) fn watch(tap: &Arc<Tap>) -> io::Result<()> {
    let mut drainer = drainer();
    drainer.taps.push(Arc::downgrade(tap));
    if drainer.wake.is_some() {
        return drainer.nudge();
    }
    let (woken, wake) = io::pipe()?;
    // Not from here: until it runs it would be a thread of the host without a name of its own.
    go_home();
    let started =
        thread::Builder::new().name("netns-test tap".to_owned()).spawn(move || run(woken));
    setns(&tap.namespace, CloneFlags::CLONE_NEWNET)?;
    started?;
    drainer.wake = Some(wake);
    Ok(())
}

/// Lets go of a tap that has ended: its sockets may be waited for.
pub(crate) fn forget() {
    // A thread that gets a byte less looks a second later.
    let _ = drainer().nudge();
}

fn drainer() -> MutexGuard<'static, Drainer> {
    lock(&DRAINER)
}

fn run(mut woken: PipeReader) {
    go_home();
    run_soon();
    let mut quiet = 0;
    loop {
        let (taps, news) = living();
        let found = look(&taps);
        quiet = if found.frames > 0 { 0 } else { quiet + 1 };
        let watched: Vec<_> = if quiet < QUIET {
            Vec::new()
        } else {
            taps.iter().flat_map(|tap| tap.sockets()).collect()
        };
        // From here on the taps may end with their hosts.
        drop(taps);
        let unclosed = closing::close_due();
        let limit = match quiet {
            QUIET.. if !unclosed => WAIT,
            _ if found.hurry => HURRY,
            _ => PAUSE,
        };
        wait(&mut woken, &watched, if rests(limit, news) { limit } else { HURRY });
        if quiet >= QUIET && !unclosed && retire() {
            return;
        }
    }
}

/// The taps that there are, and what was new by then.
fn living() -> (Vec<Arc<Tap>>, u64) {
    let mut drainer = drainer();
    drainer.rests = false;
    drainer.taps.retain(|tap| tap.strong_count() > 0);
    (drainer.taps.iter().filter_map(Weak::upgrade).collect(), drainer.news)
}

/// Whether the thread may wait so long: there is nothing new since it looked. Whoever has something wakes
/// it then.
fn rests(limit: Duration, news: u64) -> bool {
    let mut drainer = drainer();
    drainer.rests = limit > HURRY && drainer.news == news;
    limit <= HURRY || drainer.rests
}

fn look(taps: &[Arc<Tap>]) -> Found {
    taps.iter().map(Tap::look).fold(Found::default(), |all, one| Found {
        frames: all.frames + one.frames,
        hurry: all.hurry || one.hurry,
    })
}

/// Waits until the time is over, a new tap has come, or one of the sockets has a frame.
fn wait(woken: &mut PipeReader, sockets: &[Arc<OwnedFd>], limit: Duration) {
    let sockets = sockets.iter().map(|socket| socket.as_fd());
    let mut watched: Vec<PollFd<'_>> = std::iter::once(woken.as_fd())
        .chain(sockets)
        .map(|fd| PollFd::new(fd, PollFlags::POLLIN))
        .collect();
    // An error makes the wait shorter, and nothing else.
    let _ = await_readiness(&mut watched, limit);
    if watched[0].any().unwrap_or(false) {
        drop(watched);
        let _ = woken.read(&mut [0; 64]);
    }
}

/// Ends the thread if nobody needs it.
fn retire() -> bool {
    let mut drainer = drainer();
    let idle = drainer.taps.iter().all(|tap| tap.strong_count() == 0);
    if idle {
        drainer.wake = None;
    }
    idle
}
