use super::trial::Trial;
use crate::Result;

/// What the matrix asks: is the peer alive, as far as the code under test knows?
///
/// A closure that returns `bool` is a detector, and dropping it stops the code under test. A type that
/// implements the trait can also report that the code could not be stopped.
///
/// It is made, asked and dropped on one thread, which is in none of the hosts. Code gets into a host by
/// [`Host::run`](crate::Host::run), [`Host::spawn`](crate::Host::spawn) and the like.
///
/// ```
/// use std::process::Child;
/// use netns_test::{Result, matrix::Detector};
///
/// /// A program that makes a file as long as it considers its peer alive.
/// struct Program(Child);
///
/// impl Detector for Program {
///     fn considers_alive(&mut self) -> bool {
///         std::path::Path::new("/tmp/peer-is-alive").exists()
///     }
///
///     fn stop(&mut self) -> Result {
///         self.0.kill()?;
///         self.0.wait()?;
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether the peer is considered alive",
    note = "return a closure: `Ok(move || monitor.knows(\"client\"))`"
)]
pub trait Detector {
    /// Whether the peer is considered alive now. It is asked every millisecond, and must not wait.
    fn considers_alive(&mut self) -> bool;

    /// Stops the code under test, after the last question and before it is dropped. After a failed trial
    /// it is not called; the detector is only dropped.
    ///
    /// # Errors
    ///
    /// Makes the trial one that failed.
    fn stop(&mut self) -> Result {
        Ok(())
    }
}

impl<F: FnMut() -> bool> Detector for F {
    fn considers_alive(&mut self) -> bool {
        self()
    }
}

/// Starts the code under test in a trial's network.
pub(super) type Start = dyn Fn(&Trial) -> Result<Box<dyn Detector>> + Send + Sync;
