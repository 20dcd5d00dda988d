use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

const DAY: u64 = 24 * 60 * 60 * 1000;

/// The limit of a test that names one, in whole milliseconds.
#[derive(Debug, PartialEq)]
pub(crate) struct Timeout(u64);

impl Timeout {
    /// What [`Timeout::parse`] accepts.
    pub(crate) const FORM: &str = "a timeout is a string such as \"30s\": a number with the unit `ms`, `s` or `m`, from \"1ms\" to \"1440m\" (24 hours)";

    /// Reads `500ms`, `1.5s` or `2m`; what is left of a millisecond is cut off.
    pub(crate) fn parse(text: &str) -> Option<Timeout> {
        let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
        let unit = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            _ => return None,
        };
        let milliseconds = match number.split_once('.') {
            Some((whole, fraction)) => {
                digits(whole)?.checked_mul(unit)?.checked_add(parts(fraction, unit)?)?
            }
            None => digits(number)?.checked_mul(unit)?,
        };
        (1..=DAY).contains(&milliseconds).then_some(Timeout(milliseconds))
    }
}

impl ToTokens for Timeout {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let milliseconds = self.0;
        tokens.extend(quote!(::core::time::Duration::from_millis(#milliseconds)));
    }
}

/// The digits after the point, as parts of the unit.
fn parts(fraction: &str, unit: u64) -> Option<u64> {
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    Some(digits(fraction)?.checked_mul(unit)? / scale)
}

/// A number without a sign, which `u64::from_str` alone would accept.
fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_is_read() {
        for (text, milliseconds) in [
            ("1ms", 1),
            ("500ms", 500),
            ("30s", 30_000),
            ("1.5s", 1500),
            ("0.25m", 15_000),
            ("007s", 7000),
            ("1440m", DAY),
            ("86400s", DAY),
        ] {
            assert_eq!(Timeout::parse(text), Some(Timeout(milliseconds)), "{text}");
        }
    }

    #[test]
    fn less_than_a_millisecond_is_cut_off() {
        assert_eq!(Timeout::parse("1.0009s"), Some(Timeout(1000)));
        assert_eq!(Timeout::parse("0.9ms"), None);
    }

    #[test]
    fn a_number_needs_a_known_unit() {
        for text in ["", "30", "s", "30h", "30 s", "30S", "30sec", "1e3s", "30µs"] {
            assert_eq!(Timeout::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_digits_and_one_point() {
        for text in ["-1s", "+1s", ".5s", "1.s", "1.2.3s", "1_000ms", "１s"] {
            assert_eq!(Timeout::parse(text), None, "{text}");
        }
    }

    #[test]
    fn nothing_and_more_than_a_day_are_refused() {
        for text in ["0s", "0.0m", "1441m", "86400001ms", "18446744073709551616ms"] {
            assert_eq!(Timeout::parse(text), None, "{text}");
        }
        assert_eq!(Timeout::parse("18446744073709551615m"), None);
        assert_eq!(Timeout::parse("1.000000000000000000001s"), None);
    }
}
