use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::task::yield_now;
use tokio::time::{sleep_until, timeout_at};

use super::probe::Probe;
use super::trial::Trial;
use crate::Error;
use crate::traffic::Limited;

impl Trial {
    /// Tries until it is decided, without blocking the runtime.
    pub(super) async fn run_async<P: Probe>(
        self,
        mut probe: impl AsyncFnMut() -> P,
    ) -> Result<Duration, Error> {
        wait_until(self.first()).await;
        loop {
            self.ask();
            let asked = limited(self.cut, async { probe().await.refusal() });
            let Some(refusal) = until(self.last_answer(), asked).await else {
                return self.unanswered();
            };
            match self.answered(refusal) {
                Ok(next) => wait_until(next).await,
                Err(end) => return end,
            }
        }
    }
}

/// Polls `work` as what a claim waits for: what it does is cut short with the claim.
async fn limited<T>(cut: Option<Instant>, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    poll_fn(|context| {
        let _limited = Limited::to(cut);
        work.as_mut().poll(context)
    })
    .await
}

/// The output of `work`, or nothing if it is not done by then: it is dropped. What ends at the same
/// time by itself, as traffic in a probe does, gets to say why.
async fn until<T>(end: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    let Some(end) = end else { return Some(work.await) };
    let mut work = pin!(work);
    if let Ok(output) = timeout_at(end.into(), work.as_mut()).await {
        return Some(output);
    }
    yield_now().await;
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Lets the other tasks of the runtime run in any case.
async fn wait_until(at: Option<Instant>) {
    match at {
        Some(at) if at > Instant::now() => sleep_until(at.into()).await,
        Some(_) => yield_now().await,
        None => std::future::pending().await,
    }
}
