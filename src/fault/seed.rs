//! The seed of all random choices in a test, and the numbers that follow from a seed.
//!
//! SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014), with random
//! access: the state at a position is a multiple of one odd number, so a later number can be had without
//! drawing the earlier ones. It passes BigCrush, and is twelve lines; a crate would only add a dependency
//! for everyone who compiles this one.

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
        let cause = format!("{} is not a number", Quoted(&text));
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

/// The odd number by which the state advances: 2^64 divided by the golden ratio.
pub(super) const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The number of a direction: it depends on the hosts' names, and not on what else there is.
pub(super) fn direction(from: &str, to: &str) -> u64 {
    let bytes = from.bytes().chain([0]).chain(to.bytes());
    bytes.fold(0, |sum, byte| mixed(sum ^ u64::from(byte)).wrapping_add(STEP))
}

/// A number of words, the same wherever they stand.
pub(crate) fn of_words(words: &str) -> u64 {
    direction(words, "")
}

/// The seed of the n-th wire on a way; otherwise the wires of a way would all lose the same packets.
pub(crate) fn derived(seed: u64, ordinal: u64) -> u64 {
    mixed(seed.wrapping_add(ordinal.wrapping_mul(STEP)))
}

/// The number of a state.
pub(super) fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
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
