//! What is met.

use super::*;

#[test]
fn what_holds_is_met_at_once() -> Result<(), Error> {
    let mut asked = 0;
    let mut holds = || {
        asked += 1;
        true
    };
    eventually(Duration::ZERO, &mut holds)?;
    eventually(Duration::MAX, &mut holds)?;
    within(Duration::ZERO..ms(1000), &mut holds)?;
    assert_eq!(asked, 3);
    Ok(())
}

#[test]
fn the_time_is_not_before_the_truth() -> Result<(), Error> {
    for time in [ms(1), ms(7), ms(40)] {
        let begun = Instant::now();
        let after = eventually(LATE, || begun.elapsed() >= time)?;
        // The clock of the claim began after this one.
        assert!(after <= begun.elapsed());
        let after = since(begun).within(Duration::ZERO..LATE, || begun.elapsed() >= time)?;
        assert!(after >= time && after <= begun.elapsed());
    }
    Ok(())
}

#[test]
fn some_and_ok_hold_and_none_and_err_do_not() -> Result<(), Error> {
    let mut numbers = [None, Some(1)].into_iter();
    eventually(LATE, || numbers.next().expect("it is asked twice"))?;
    let mut results = [Err("refused"), Ok(1)].into_iter();
    eventually(LATE, || results.next().expect("it is asked twice"))?;
    let missed = eventually(Duration::ZERO, || None::<u8>).unwrap_err().to_string();
    assert!(missed.contains(" and 1 try it is still None"), "{missed}");
    let missed = eventually(Duration::ZERO, || Err::<(), _>("refused")).unwrap_err().to_string();
    assert!(missed.contains(" and 1 try it is still Err: refused"), "{missed}");
    Ok(())
}
