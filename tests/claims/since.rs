//! Since when.

use super::*;

#[test]
fn a_clock_starts_at_an_event() -> Result<(), Error> {
    let event = Instant::now();
    thread::sleep(ms(30));
    let after = since(event).eventually(LATE, || true)?;
    assert!(after >= ms(30));
    let missed = since(event).within(LATE..2 * LATE, || true).unwrap_err().to_string();
    between(&missed, "cannot see it hold within 2s..4s, counted from ", " before the claim: ");
    Ok(())
}

#[test]
fn a_claim_that_begins_after_its_bounds_asks_once_and_says_so() {
    let long_ago = Instant::now();
    thread::sleep(ms(50) + ALLOWANCE);
    for holds in [true, false] {
        let mut asked = 0;
        let missed = since(long_ago).eventually(ms(20), || {
            asked += 1;
            holds
        });
        let text = missed.unwrap_err().to_string();
        assert_eq!(asked, 1, "{text}");
        let said = if holds {
            ": it held, but the first try began after "
        } else {
            " and 1 try it is still false"
        };
        assert!(text.contains(said), "{text}");
    }
    // It holds in time, but whether it did so before the lower bound nobody can tell.
    let text = since(long_ago).within(ms(20)..LATE, || true).unwrap_err().to_string();
    assert!(text.contains(": it may have held before 20ms: the first try began after "), "{text}");
}

#[test]
fn a_clock_that_starts_in_the_future_is_waited_for() -> Result<(), Error> {
    let soon = Instant::now() + ms(50);
    let asked = Cell::new(None);
    since(soon).eventually(LATE, || {
        asked.set(Some(Instant::now()));
        true
    })?;
    assert!(asked.get() >= Some(soon));
    Ok(())
}
