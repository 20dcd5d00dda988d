//! A probe that panics.

use super::*;

#[netns_test]
fn a_panic_of_a_probe_passes_through_and_leaves_nothing_behind(_server: Host) -> Result {
    for _ in 0..3 {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            eventually(ms(100), || -> bool { panic!("the probe crashed") })
        }));
        let said = panicked.expect_err("it panicked");
        assert_eq!(said.downcast_ref(), Some(&"the probe crashed"));
    }
    // Longer than the first claims would have been watched over.
    consistently(ms(1500), || true)?;
    Ok(())
}
