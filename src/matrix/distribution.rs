use std::time::Duration;

use crate::json::{Object, array};

/// Measured times, in ascending order.
///
/// ```no_run
/// # use netns_test::{Result, matrix::{Fault, Matrix}, netns_test};
/// # struct Monitor;
/// # impl Monitor {
/// #     fn start() -> std::io::Result<Self> { Ok(Self) }
/// #     fn knows(&self, _: &str) -> bool { true }
/// # }
/// # #[netns_test]
/// # fn t() -> Result {
/// # let matrix = Matrix::new(|_| {
/// #     let monitor = Monitor::start()?;
/// #     Ok(move || monitor.knows("client"))
/// # });
/// # use std::time::Duration;
/// let table = matrix.trials(20).measure()?;
/// let detection = table.row("drop")?.detection();
/// // Nineteen of twenty are quick, and the slowest is bounded as well.
/// assert!(detection.percentile(95) < Some(Duration::from_secs(1)), "{:?}", detection.times());
/// assert!(detection.max() < Some(Duration::from_secs(2)));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution(Vec<Duration>);

impl Distribution {
    /// All of them, the shortest first.
    pub fn times(&self) -> &[Duration] {
        &self.0
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The shortest; `None` if there are none.
    pub fn min(&self) -> Option<Duration> {
        self.0.first().copied()
    }

    /// The 50th [percentile](Self::percentile).
    pub fn median(&self) -> Option<Duration> {
        self.percentile(50)
    }

    /// The 90th [percentile](Self::percentile).
    pub fn p90(&self) -> Option<Duration> {
        self.percentile(90)
    }

    /// The longest; `None` if there are none.
    pub fn max(&self) -> Option<Duration> {
        self.0.last().copied()
    }

    /// The percentile by nearest rank: the shortest measured time such that at least `percent` per cent of
    /// all times are not longer. It is never a mean of two, so it was really seen. With fewer than ten
    /// trials the 90th is the longest.
    ///
    /// ```
    /// use std::time::Duration;
    /// use netns_test::matrix::Distribution;
    ///
    /// let times: Distribution = (1..=10).map(Duration::from_secs).collect();
    /// assert_eq!(times.percentile(90), Some(Duration::from_secs(9)));
    /// assert_eq!(times.median(), Some(Duration::from_secs(5)));
    /// ```
    pub fn percentile(&self, percent: u8) -> Option<Duration> {
        let rank = (self.0.len() * usize::from(percent.min(100))).div_ceil(100);
        self.0.get(rank.saturating_sub(1)).copied()
    }

    pub(super) fn to_json(&self) -> String {
        let mut object = Object::new();
        object.number("count", self.count());
        let quantiles = [
            ("min_us", self.min()),
            ("median_us", self.median()),
            ("p90_us", self.p90()),
            ("max_us", self.max()),
        ];
        for (name, time) in quantiles {
            object.optional(name, time.map(|time| time.as_micros()));
        }
        let all = self.0.iter().map(|time| time.as_micros().to_string());
        object.raw("times_us", &array(all));
        object.finish()
    }
}

impl FromIterator<Duration> for Distribution {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        let mut times: Vec<Duration> = times.into_iter().collect();
        times.sort_unstable();
        Self(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(millis: &[u64]) -> Distribution {
        millis.iter().copied().map(Duration::from_millis).collect()
    }

    fn millis(time: Option<Duration>) -> Option<u128> {
        time.map(|time| time.as_millis())
    }

    #[test]
    fn quantiles_are_times_that_were_measured() {
        let times = of(&[50, 10, 40, 20, 30]);
        assert_eq!(millis(times.min()), Some(10));
        assert_eq!(millis(times.median()), Some(30));
        assert_eq!(millis(times.p90()), Some(50));
        assert_eq!(millis(times.max()), Some(50));
        // Of an even number it is the lower one of the two in the middle.
        assert_eq!(millis(of(&[1, 2, 3, 4]).median()), Some(2));
    }

    #[test]
    fn ranks_are_exact_at_their_edges() {
        let hundred = of(&(1..=100).collect::<Vec<_>>());
        for (percent, expected) in [(0, 1), (1, 1), (50, 50), (90, 90), (99, 99), (100, 100)] {
            assert_eq!(millis(hundred.percentile(percent)), Some(expected), "{percent}");
        }
        assert_eq!(millis(of(&(1..=11).collect::<Vec<_>>()).p90()), Some(10));
        assert_eq!(millis(hundred.percentile(255)), Some(100));
    }

    #[test]
    fn nothing_has_no_quantiles() {
        assert_eq!(of(&[]).median(), None);
        assert_eq!(of(&[]).max(), None);
        assert_eq!(of(&[7]).min(), of(&[7]).p90());
    }
}
