use std::fmt;
use std::time::Duration;

/// The rate of a wire (tc(8), RATES).
///
/// For [`Impairment::rate`](crate::Impairment::rate).
///
/// ```
/// use netns_test::Rate;
///
/// assert_eq!(Rate::mbit(5).to_string(), "5Mbit");
/// assert_eq!(Rate::kbit(1_500), Rate::bit(1_500_000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate {
    bits: u64,
}

impl Rate {
    /// Bits per second.
    ///
    /// ```
    /// assert_eq!(netns_test::Rate::bit(9_600).to_string(), "9600bit");
    /// ```
    pub const fn bit(bits: u64) -> Self {
        Self { bits }
    }

    /// Thousands of bits per second.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // As a modem: what is sent faster waits.
    /// let _modem = client.impair(&server, Impairment::new().rate(Rate::kbit(56)))?;
    /// # Ok(()) }
    /// ```
    pub const fn kbit(kilobits: u64) -> Self {
        Self { bits: kilobits.saturating_mul(1_000) }
    }

    /// Millions of bits per second.
    pub const fn mbit(megabits: u64) -> Self {
        Self { bits: megabits.saturating_mul(1_000_000) }
    }

    /// Billions (10⁹) of bits per second.
    ///
    /// ```
    /// use netns_test::{Impairment, Rate};
    ///
    /// assert_eq!(Impairment::new().rate(Rate::gbit(10)).to_string(), "rate 10Gbit");
    /// ```
    pub const fn gbit(gigabits: u64) -> Self {
        Self { bits: gigabits.saturating_mul(1_000_000_000) }
    }

    pub(super) fn is_zero(self) -> bool {
        self.bits == 0
    }

    /// How long so many bytes take.
    pub(in crate::fault) fn time_of(self, bytes: usize) -> Duration {
        let nanoseconds = bytes as u128 * 8 * 1_000_000_000 / u128::from(self.bits.max(1));
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

/// As tc(8) writes it: `5Mbit`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1_000_000_000, "Gbit"), (1_000_000, "Mbit"), (1_000, "Kbit")];
        let whole = |(unit, _): &&(u64, &str)| self.bits > 0 && self.bits.is_multiple_of(*unit);
        match units.iter().find(whole) {
            Some((unit, name)) => write!(f, "{}{name}", self.bits / unit),
            None => write!(f, "{}bit", self.bits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_told_in_the_largest_unit_that_fits() {
        assert_eq!(Rate::mbit(1_500).to_string(), "1500Mbit");
        assert_eq!(Rate::gbit(2).to_string(), "2Gbit");
        assert_eq!(Rate::bit(1_001).to_string(), "1001bit");
    }

    #[test]
    fn a_rate_says_how_long_bytes_take() {
        assert_eq!(Rate::mbit(8).time_of(1_000), Duration::from_millis(1));
        assert_eq!(Rate::bit(1).time_of(1), Duration::from_secs(8));
    }
}
