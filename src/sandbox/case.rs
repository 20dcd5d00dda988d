use std::fmt;
use std::time::Duration;

use super::verdict::Verdict;

/// The limit of a test that names none.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// What `#[netns_test]` knows of a test before it runs.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The package that the test belongs to, where cargo builds it.
    pub package: Option<&'static str>,
    /// `module_path!()` of the test: the crate's name first.
    pub module: &'static str,
    /// The function's name.
    pub name: &'static str,
    /// The file it is written in.
    pub file: &'static str,
    /// The line of its name.
    pub line: u32,
    /// After this time its process is killed.
    pub timeout: Duration,
    /// Whether libtest expects a panic of it.
    pub should_panic: bool,
    /// The keys of the locks it takes.
    pub serial: &'static [&'static str],
}

impl Case {
    /// The name that libtest lists it by: its path without the crate.
    pub(crate) fn libtest_name(&self) -> String {
        match self.module.split_once("::") {
            Some((_crate, modules)) => format!("{modules}::{}", self.name),
            None => self.name.to_owned(),
        }
    }
}

#[cfg(test)]
impl Case {
    /// A test of this name in line 12 of `tests/story.rs`.
    pub(crate) const fn example(module: &'static str, name: &'static str) -> Self {
        Self {
            package: None,
            module,
            name,
            file: "tests/story.rs",
            line: 12,
            timeout: DEFAULT_TIMEOUT,
            should_panic: false,
            serial: &[],
        }
    }
}

impl Case {
    /// The verdict on a body that returned an error, which has been printed.
    pub(crate) fn returned_an_error(&self) -> Verdict {
        Verdict::Failed(format!("{self} returned an error"))
    }

    /// The message of a test that did not end.
    pub(crate) fn out_of_time(&self) -> String {
        format!(
            "{self} did not end within {:?}; it was killed with all that it had started\n\
             help: give it more time with #[netns_test(timeout = \"…\")]",
            self.timeout
        )
    }
}

/// The test and its place, as messages name it: `` `t` (tests/story.rs:12)``.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({}:{})", self.libtest_name(), self.file, self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(module: &'static str) -> Case {
        Case::example(module, "t")
    }

    #[test]
    fn libtest_lists_tests_without_the_crate() {
        assert_eq!(case("story").libtest_name(), "t");
        assert_eq!(case("story::udp::v6").libtest_name(), "udp::v6::t");
        assert_eq!(case("story").to_string(), "`t` (tests/story.rs:12)");
    }
}
