//! What is missed, and in what words.

use super::*;

#[test]
fn what_never_holds_is_missed_in_time_and_asked_when_the_limit_has_passed() {
    let limit = ms(30);
    let (begun, last) = (Instant::now(), Cell::new(Duration::ZERO));
    let missed = eventually(limit, || {
        last.set(begun.elapsed());
        false
    });
    assert!(begun.elapsed() < limit + LATE);
    assert!(last.get() >= limit, "the last try is not before the limit");
    let text = missed.unwrap_err().to_string();
    let said = between(&text, "cannot see it hold within 30ms: after ", " it is still false");
    let (_time, tries) = said.split_once(" and ").expect("a time and a number");
    let tries: u32 = tries.trim_end_matches(" tries").parse().expect("a number");
    // One for each millisecond at most, and one more for the bound. A busy machine has fewer.
    assert!((2..=32).contains(&tries), "{text}");
}

#[test]
fn a_claim_has_a_name() {
    let missed = Claim::new("the peer is gone").within(ms(5)..ms(10), || false).unwrap_err();
    let text = missed.to_string();
    assert!(text.starts_with("cannot see `the peer is gone` within 5ms..10ms: after "), "{text}");
    let missed = Claim::new("the peer stays").consistently(ms(10), || false).unwrap_err();
    let text = missed.to_string();
    assert!(text.starts_with("cannot see `the peer stays` for 10ms: after "), "{text}");
    assert!(text.ends_with(" it is false (1 try)"), "{text}");
}

#[test]
fn what_holds_too_early_is_missed_at_once() {
    let begun = Instant::now();
    let missed = within(LATE..2 * LATE, || true).unwrap_err().to_string();
    assert!(begun.elapsed() < LATE, "it waited for the lower bound");
    assert!(
        missed.starts_with("cannot see it hold within 2s..4s: it already held after "),
        "{missed}"
    );
    assert!(missed.ends_with(" (1 try)"), "{missed}");
}

/// It held at some time while it was asked, and that may have been before the lower bound.
#[test]
fn a_probe_that_is_asked_before_the_lower_bound_and_answers_after_it_proves_nothing() {
    let missed = within(ms(50)..LATE, || {
        thread::sleep(ms(100));
        true
    });
    let text = missed.unwrap_err().to_string();
    assert!(text.contains(": it may have held before 50ms: the first try began after "), "{text}");
    // When it answered shows that it was the probe that took the time.
    between(&text, " and ended after ", ", and held");
}

#[test]
fn a_probe_that_keeps_the_claim_from_asking_at_the_lower_bound_proves_nothing() {
    let (mut first, begun) = (true, Instant::now());
    let missed = within(ms(50)..LATE, || {
        if std::mem::take(&mut first) {
            thread::sleep(ms(100));
            return false;
        }
        begun.elapsed() >= ms(20)
    });
    let text = missed.unwrap_err().to_string();
    assert!(text.contains(": it may have held before 50ms: a try began after "), "{text}");
    between(&text, " and failed after ", "; the next began after ");
}

/// A probe that is the request itself: the message shows that it was pending over the lower bound.
#[netns_test]
async fn an_async_probe_that_is_pending_over_the_lower_bound_is_told_with_both_times() {
    let missed = within_async(ms(20)..LATE, async || {
        tokio::time::sleep(ms(60)).await;
        true
    });
    let text = missed.await.unwrap_err().to_string();
    let said =
        between(&text, ": it may have held before 20ms: the first try began after ", ", and held");
    let (asked, answered) = said.split_once(" and ended after ").expect("both times");
    assert!(asked.ends_with("µs") || asked.ends_with("ms"), "{text}");
    assert!(answered.ends_with("ms") && answered != asked, "{text}");
}

/// What is true long after the limit is not true within it.
#[test]
fn an_answer_that_comes_too_late_does_not_count() {
    let slow = |answer| {
        move || {
            thread::sleep(ms(100) + ALLOWANCE);
            answer
        }
    };
    let text = eventually(ms(50), slow(true)).unwrap_err().to_string();
    between(&text, "within 50ms: it held only after ", " (1 try, the last began after ");
    let text = eventually(ms(50), slow(false)).unwrap_err().to_string();
    assert!(text.contains(" and 1 try it is still false (the last began after "), "{text}");
    let mut answers = [false, true].into_iter();
    let text = eventually(ms(50), || {
        let answer = answers.next().expect("it is asked twice");
        if answer {
            thread::sleep(ms(100) + ALLOWANCE);
        }
        answer
    });
    let text = text.unwrap_err().to_string();
    between(&text, "within 50ms: it held only after ", " (2 tries, the last began after ");
}

#[test]
fn no_time_between_the_bounds_is_an_error_and_nobody_is_asked() {
    let asked = || -> bool { unreachable!("it is not asked") };
    for time in [ms(2)..ms(1), ms(2)..ms(2), Duration::MAX..ms(1)] {
        let text = within(time.clone(), asked).unwrap_err().to_string();
        let cause = "the lower bound is not below the upper one";
        assert_eq!(text, format!("cannot see it hold within {time:?}: {cause}"));
    }
}
