//! How often a probe is asked.

use super::*;

#[test]
fn a_pace_of_ones_own_is_kept_and_the_bounds_are_asked_at_all_the_same() {
    let begun = Instant::now();
    let mut asked = Vec::new();
    let claim = Claim::new("it never holds").every(Duration::from_secs(3600));
    let missed = claim.within(ms(20)..ms(60), || {
        asked.push(begun.elapsed());
        false
    });
    assert!(missed.is_err());
    assert!(begun.elapsed() < ms(60) + LATE);
    // At once, just before the lower bound, at it, and at the upper one. A busy machine may be late
    // for one bound until the next.
    assert!((2..=4).contains(&asked.len()), "{asked:?}");
    assert!(asked.last() >= Some(&ms(60)), "{asked:?}");
}

/// A token of `unpark` is the test's own; a wait that uses park(3) would take it.
#[test]
fn waiting_takes_no_token_of_the_thread() {
    thread::current().unpark();
    assert!(eventually(ms(20), || false).is_err());
    let begun = Instant::now();
    thread::park_timeout(LATE);
    assert!(begun.elapsed() < LATE);
}
