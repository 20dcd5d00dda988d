//! Well-known wires, with the sources of their numbers.

use std::time::Duration;

use super::distribution::Distribution;
use super::loss::Loss;
use super::rate::Rate;
use super::value::Impairment;

/// Presets. Both directions are the same: where a source has two rates, the slower one is left out. More
/// can be added to each.
impl Impairment {
    /// A 3G mobile connection: 1.6 Mbit/s, and 150 ms for a round trip.
    ///
    /// "3G Fast" of WebPageTest (`www/settings/connectivity.ini.sample`), which is "Slow 4G" of
    /// Lighthouse and Chrome.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(net: Net, server: Host, client: Host) -> Result {
    /// // In a crowd, where there is still less of it.
    /// let mobile = Impairment::mobile_3g().rate(Rate::kbit(384));
    /// let _link = net.links()[0].impair(mobile)?;
    /// # Ok(()) }
    /// ```
    pub fn mobile_3g() -> Self {
        Self::delay(Duration::from_millis(75)).rate(Rate::kbit(1_600)).limit(1_000)
    }

    /// A 4G mobile connection: 9 Mbit/s, and 170 ms for a round trip.
    ///
    /// "4G" of WebPageTest (`www/settings/connectivity.ini.sample`).
    pub fn mobile_4g() -> Self {
        Self::delay(Duration::from_millis(85)).rate(Rate::mbit(9)).limit(1_000)
    }

    /// A home wireless network: 40 Mbit/s, 1 ms each way, with jitter and an occasional burst of losses.
    ///
    /// Rate and delay are those of "Wi-Fi" in Apple's Network Link Conditioner. Jitter and loss are our
    /// own, small estimates: a retransmission over the air takes about a millisecond, and one packet in a
    /// thousand is lost.
    pub fn wifi() -> Self {
        Self::delay(Duration::from_millis(1))
            .jitter(Duration::from_millis(1))
            .distribution(Distribution::Pareto)
            .loss(Loss::gemodel(0.000_5, 0.5))
            .rate(Rate::mbit(40))
            .limit(1_000)
    }

    /// A geostationary satellite: 279 ms each way.
    ///
    /// RFC 2488, section 2: the path up to the satellite and back down, for stations at the edge of its
    /// coverage.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // A dial takes a round trip, and what is timed more tightly gives up.
    /// let _orbit = client.impair(&server, Impairment::satellite())?;
    /// let listener = server.listen(80)?;
    /// assert!(client.connect_within(listener.addr(), Duration::from_millis(300)).is_err());
    /// # Ok(()) }
    /// ```
    pub fn satellite() -> Self {
        Self::delay(Duration::from_millis(279))
    }

    /// Another continent: 45 ms each way.
    ///
    /// Verizon's service level agreement guarantees an average round trip of 90 ms between London and New
    /// York. Across the Pacific it is about twice that.
    pub fn intercontinental() -> Self {
        Self::delay(Duration::from_millis(45))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_can_be() {
        for (preset, told) in [
            (Impairment::mobile_3g(), "delay 75ms rate 1600Kbit limit 1000"),
            (Impairment::mobile_4g(), "delay 85ms rate 9Mbit limit 1000"),
            (
                Impairment::wifi(),
                "delay 1ms 1ms distribution pareto loss gemodel 0.05% 50% rate 40Mbit limit 1000",
            ),
            (Impairment::satellite(), "delay 279ms"),
            (Impairment::intercontinental(), "delay 45ms"),
        ] {
            assert_eq!((preset.contradiction(), preset.to_string().as_str()), (None, told));
        }
    }
}
