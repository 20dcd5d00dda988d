use std::panic::resume_unwind;

use crate::Error;
use crate::traffic::{Limited, limit};

/// Does what blocks on a thread of the runtime's for blocking work: the runtime goes on meanwhile. The
/// claim in whose probe this is awaited is one around the work as well.
///
/// # Panics
///
/// If `work` does.
pub(crate) async fn aside<T: Send + 'static>(
    operation: &str,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let claim = limit();
    let limited = move || {
        let _limited = Limited::to(claim);
        work()
    };
    match tokio::task::spawn_blocking(limited).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        Err(error) => Err(Error::new(operation, format!("the runtime ended: {error}"))),
    }
}
