use std::fmt;
use std::time::Duration;

/// A measured time as a person reads it: to the millisecond, short ones to the microsecond.
#[derive(Clone, Copy)]
pub(super) struct Rounded(pub(super) Duration);

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.0 < Duration::from_millis(100) { 1_000 } else { 1_000_000 };
        let nanos = self.0.subsec_nanos();
        write!(f, "{:?}", Duration::new(self.0.as_secs(), nanos - nanos % unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded_to_what_a_person_reads() {
        for (nanos, shown) in [
            (999, "0ns"),
            (1_234_567, "1.234ms"),
            (99_999_999, "99.999ms"),
            (123_456_789, "123ms"),
            (3_002_134_567, "3.002s"),
        ] {
            assert_eq!(Rounded(Duration::from_nanos(nanos)).to_string(), shown);
        }
    }
}
