//! What holds all the time.

use super::*;

#[test]
fn what_holds_all_the_time_is_watched_to_the_end() -> Result<(), Error> {
    let (begun, last) = (Instant::now(), Cell::new(Duration::ZERO));
    consistently(ms(30), || {
        last.set(begun.elapsed());
        true
    })?;
    assert!(last.get() >= ms(30));
    Ok(())
}

#[test]
fn what_stops_to_hold_is_missed_at_once() {
    let begun = Instant::now();
    let text = consistently(2 * LATE, || begun.elapsed() < ms(20)).unwrap_err().to_string();
    assert!(begun.elapsed() < ms(20) + LATE);
    assert!(text.starts_with("cannot see it hold for 4s: after "), "{text}");
}

/// It would have been asked once more, but its answer covers the end.
#[test]
fn a_probe_that_is_being_asked_when_the_time_ends_may_finish() -> Result<(), Error> {
    let mut asked = 0;
    consistently(ms(20), || {
        asked += 1;
        thread::sleep(ms(60));
        true
    })?;
    assert_eq!(asked, 1);
    Ok(())
}
