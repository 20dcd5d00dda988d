//! The seed of all random choices in a test.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use crate::Error;
use crate::quoted::Quoted;

/// The variable that sets the seed.
const VARIABLE: &str = "NETNS_TEST_SEED";

static SEED: OnceLock<Result<u64, String>> = OnceLock::new();

/// The seed of this test: that of the variable, or a new one.
///
/// # Errors
///
/// If the variable is not a number.
pub(crate) fn of_test() -> Result<u64, Error> {
    let seed = SEED.get_or_init(|| {
        let given = std::env::var_os(VARIABLE).unwrap_or_default();
        match given.is_empty() {
            // Of its keys, which std draws from the system for each thread.
            true => Ok(RandomState::new().hash_one(VARIABLE)),
            false => {
                let text = given.to_string_lossy().into_owned();
                parsed(&text).ok_or(text)
            }
        }
    });
    seed.clone().map_err(|text| {
        let help = "a whole number, as in `NETNS_TEST_SEED=42` or `NETNS_TEST_SEED=0x2a`";
        let cause = format!("{} is no number", Quoted(&text));
        Error::new(format!("read {VARIABLE}"), cause).with_help(help)
    })
}

/// The seed, if anything was drawn with it: for those who report.
pub(crate) fn drawn() -> Option<u64> {
    SEED.get().and_then(|seed| seed.as_ref().ok()).copied()
}

fn parsed(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_written_in_either_way() {
        assert_eq!((parsed("42"), parsed(" 0x2a\n")), (Some(42), Some(42)));
        assert_eq!((parsed(""), parsed("-1"), parsed("x")), (None, None, None));
    }
}
