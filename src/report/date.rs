//! Dates as people write them, in UTC.

use std::time::Duration;

/// For instance `20261122-113005`.
pub(super) fn compact(since_1970: Duration) -> String {
    let (year, month, day, [hour, minute, second]) = civil(since_1970);
    format!("{year}{month:02}{day:02}-{hour:02}{minute:02}{second:02}")
}

/// For instance `2026-11-22T11:30:05Z` (RFC 3339).
pub(super) fn rfc3339(since_1970: Duration) -> String {
    let (year, month, day, [hour, minute, second]) = civil(since_1970);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month, day and time of the proleptic Gregorian calendar. The year is counted from March
/// on, so that the leap day is its last.
fn civil(since_1970: Duration) -> (u64, u64, u64, [u64; 3]) {
    let seconds = since_1970.as_secs();
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let leap = day_of_era / 1_460 + day_of_era / 146_096;
    let year_of_era = (day_of_era + day_of_era / 36_524 - leap) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let time = seconds % 86_400;
    (year, month, day, [time / 3_600, time / 60 % 60, time % 60])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // As `date -u -d @N` prints them.
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (1_795_346_994, "2026-11-22T11:29:54Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(Duration::from_secs(seconds)), date);
        }
        assert_eq!(compact(Duration::from_secs(1_795_346_994)), "20261122-112954");
    }
}
