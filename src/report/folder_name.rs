//! The names of the folders of a test's reports.

use std::fmt::Write;
use std::time::Duration;

use super::date;
use crate::sandbox::Case;

/// How many bytes of a name are the test's. File systems take 255, and the run needs some as well.
const LONGEST: usize = 200;
/// What tells apart tests whose names are cut off: a hyphen and the hash.
const HASH: usize = 17;

/// The name that all folders of a test begin with: its package, its binary and its own name, as in
/// `netns-test.report.fixtures.passes`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FolderName(String);

impl FolderName {
    pub(super) fn of(case: &Case) -> Self {
        // The first name of the path is that of the binary.
        let path = case.module.split("::").chain([case.name]);
        let names = case.package.into_iter().chain(path.map(|name| name.trim_start_matches("r#")));
        Self(shortened(&names.map(plain).collect::<Vec<_>>().join(".")))
    }

    /// The folder of the run that begins at this time.
    pub(super) fn run(&self, since_1970: Duration, number: u32) -> String {
        let mut name = format!("{}-{}", self.0, date::compact(since_1970));
        if number > 1 {
            // Writing to a string cannot fail.
            let _ = write!(name, "-{number}");
        }
        name
    }

    /// Whether a folder is of a run of this test.
    pub(super) fn is_of(&self, folder: &str) -> bool {
        let Some(run) = folder.strip_prefix(&self.0).and_then(|rest| rest.strip_prefix('-')) else {
            return false;
        };
        match run.split('-').collect::<Vec<_>>()[..] {
            [day, time] => is_digits(day, 8) && is_digits(time, 6),
            [day, time, number] => {
                is_digits(day, 8) && is_digits(time, 6) && is_digits(number, number.len())
            }
            _ => false,
        }
    }
}

fn is_digits(text: &str, count: usize) -> bool {
    !text.is_empty() && text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A name in which nothing means anything to a file system, a shell or a URL. Letters of all scripts
/// stay.
fn plain(name: &str) -> String {
    let stays = |letter: char| match letter.is_ascii() {
        true => letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'),
        false => !letter.is_control() && !letter.is_whitespace(),
    };
    name.chars().map(|letter| if stays(letter) { letter } else { '_' }).collect()
}

/// The name itself, or its beginning with a hash of all of it.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let end = (0..=LONGEST - HASH).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    format!("{}-{:016x}", &name[..end], hash(name))
}

/// FNV-1a: the same in every build, which std promises of none of its own.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(module: &'static str, name: &'static str) -> FolderName {
        FolderName::of(&Case { package: Some("my-crate"), ..Case::example(module, name) })
    }

    const NOON: Duration = Duration::from_secs(1_795_346_994);

    #[test]
    fn a_folder_is_named_after_package_binary_and_test() {
        let t = name("story::udp::v6", "t");
        assert_eq!(t.run(NOON, 1), "my-crate.story.udp.v6.t-20261122-112954");
        assert_eq!(t.run(NOON, 12), "my-crate.story.udp.v6.t-20261122-112954-12");
        // A `#` begins the fragment of a URL.
        assert_eq!(name("story::r#mod", "r#type").0, "my-crate.story.mod.type");
        assert_eq!(name("story", "größe_हिन्दी_試験").0, "my-crate.story.größe_हिन्दी_試験");
        let alone = FolderName::of(&Case { package: None, ..Case::example("story", "t") });
        assert_eq!(alone.0, "story.t");
        assert_eq!(plain("../a b\n#?%"), "___a_b____");
    }

    #[test]
    fn names_of_every_length_have_a_folder_of_their_own() {
        for letter in ["x", "ü", "試", "𝒳"] {
            let mut seen = Vec::new();
            for count in (1..300).step_by(7) {
                let long: &'static str = letter.repeat(count).leak();
                let name = name("story", long);
                let run = name.run(NOON, 9_999);
                assert!(run.len() <= 255 && !seen.contains(&run), "{run}");
                assert!(run.starts_with(&format!("my-crate.story.{letter}")), "{run}");
                seen.push(run);
            }
        }
    }

    #[test]
    fn a_folder_is_known_as_a_run_of_its_own_test_alone() {
        let t = name("story", "t");
        assert!([1, 2, 10, 9_999].iter().all(|number| t.is_of(&t.run(NOON, *number))));
        for other in [
            "my-crate.story.t",
            "my-crate.story.tt-20261122-112954",
            "my-crate.story.t-2026112-112954",
            "my-crate.story.t-20261122-112954-x",
            "my-crate.story.t-20261122-112954-",
            "my-crate.story.t-20261122-112954-2-2",
            "my-crate.story.t.u-20261122-112954",
        ] {
            assert!(!t.is_of(other), "{other}");
        }
    }
}
