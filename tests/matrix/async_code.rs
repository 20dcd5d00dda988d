//! Matrices in async tests.

use std::time::Duration;

use netns_test::matrix::{Fault, Matrix};
use netns_test::{Folder, Result, eventually, netns_test};

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

/// The trial waits for a task of the runtime's, which runs if the matrix has not blocked that. It waits
/// in the trial's process, which runs this test again: for the task of its own.
#[netns_test]
async fn a_matrix_that_is_awaited_lets_the_runtime_go_on() -> Result {
    let folder = Folder::new()?;
    let go = folder.path().join("go");
    let awaited = go.clone();
    let matrix = Matrix::new(move |_| {
        eventually(Duration::from_secs(5), || awaited.exists())?;
        Ok(|| true)
    });
    tokio::spawn(async move { std::fs::write(go, "").expect("it can be written") });
    let table = quick(matrix).trials(1).against([Fault::nothing()]).run_async().await?;
    assert!(table.row("nothing")?.is_ok());
    Ok(())
}

#[netns_test]
async fn a_matrix_that_is_awaited_says_the_same() -> Result {
    let unseen = || optimist("outage").against([Fault::new("outage", |_| Ok(|| Ok(())))]);
    let failed = unseen().run_async().await.expect_err("it sees nothing").to_string();
    assert!(failed.contains("1 of 1 rows are not as claimed: `outage`\n"), "{failed}");
    let table = unseen().measure_async().await?;
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
