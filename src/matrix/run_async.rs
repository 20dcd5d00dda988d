use std::future::Future;
use std::panic::Location;

use super::builder::Matrix;
use super::part;
use super::table::Table;
use crate::Error;
use crate::process::aside;

/// The same for async tests: the matrix runs on one of the runtime's threads for blocking work, and the
/// runtime carries on meanwhile.
impl Matrix {
    /// As [`run`](Self::run), without blocking the runtime. The detector does not use the test's tokio
    /// runtime: each trial is a process of its own.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    ///
    /// ```no_run
    /// use netns_test::matrix::{Fault, Matrix};
    /// use netns_test::{Result, netns_test};
    ///
    /// #[netns_test]
    /// async fn an_optimist_gives_no_false_alarm() -> Result {
    ///     let optimist = Matrix::new(|_| Ok(|| true)).against([Fault::nothing()]);
    ///     println!("{}", optimist.trials(1).run_async().await?);
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn run_async(self) -> impl Future<Output = Result<Table, Error>> {
        // By its line and by how often that was come to, so now.
        let key = part::begin(Location::caller());
        async move { aside("run a matrix", move || self.run_as(&key)).await }
    }

    /// As [`measure`](Self::measure), without blocking the runtime.
    ///
    /// # Errors
    ///
    /// As [`measure`](Self::measure).
    #[track_caller]
    pub fn measure_async(self) -> impl Future<Output = Result<Table, Error>> {
        let key = part::begin(Location::caller());
        async move { aside("run a matrix", move || self.measure_as(&key)).await }
    }
}
