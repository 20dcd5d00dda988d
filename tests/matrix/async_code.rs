//! Matrices in async tests.

use netns_test::matrix::{Fault, Matrix};
use netns_test::{Result, netns_test};

use super::quick;

/// One that takes its peer for alive whatever happens.
fn optimist(fault: &str) -> Matrix {
    let expected = fault.to_owned();
    let matrix = Matrix::new(move |trial| {
        assert_eq!(trial.fault(), expected);
        Ok(|| true)
    });
    quick(matrix).trials(1)
}

/// A task that is not run while the one thread of the runtime is blocked has run when the table is
/// there.
#[netns_test]
async fn a_matrix_is_awaited_and_the_runtime_goes_on() -> Result {
    let ran = tokio::spawn(async {});
    let table = optimist("nothing").against([Fault::nothing()]).run_async().await?;
    assert!(ran.is_finished() && table.row("nothing")?.is_ok());

    let unseen = || optimist("outage").against([Fault::new("outage", |_| Ok(|| Ok(())))]);
    let failed = unseen().run_async().await.expect_err("it sees nothing").to_string();
    assert!(failed.contains("1 of 1 rows are not as claimed: `outage`\n"), "{failed}");
    let ran = tokio::spawn(async {});
    let table = unseen().measure_async().await?;
    assert!(ran.is_finished());
    assert_eq!(table.row("outage")?.detection().count(), 0);
    Ok(())
}

/// Each in its trials' processes finds itself, though the line is one.
#[netns_test]
async fn matrices_run_beside_each_other() -> Result {
    let run = |name: &str| optimist(name).against([Fault::nothing().named(name)]).run_async();
    let tasks = ["first", "second"].map(run).map(tokio::spawn);
    let mut rows = Vec::new();
    for task in tasks {
        rows.push(task.await??.to_json());
    }
    assert!(rows[0].contains("first") && rows[1].contains("second"), "{rows:?}");
    Ok(())
}
