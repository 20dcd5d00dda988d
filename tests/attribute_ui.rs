//! What the compiler says of `#[netns_test]` at the wrong place, and at the right one.
#![cfg(target_os = "linux")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

#[test]
fn what_cannot_be_a_test_is_refused_at_the_wrong_token() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

#[test]
fn a_type_that_is_no_fixture_is_reported_once_and_at_the_type() {
    assert_eq!(errors("parameter"), ["parameter.rs:4:13: error[E0277]"]);
}

#[test]
fn a_type_that_ends_no_test_is_reported_once_and_at_the_type() {
    assert_eq!(errors("output"), ["output.rs:4:24: error[E0277]"]);
}

/// It moves the attribute to functions of its own, which call the one that needs hosts.
#[test]
fn a_test_case_above_the_attribute_is_refused_with_what_to_write_instead() {
    let refused = "test_case.rs:LINE:1: error: write `#[case(…)]` or `#[case::name(…)]` below `#[netns_test]`";
    let printed = check("test_case").1;
    let mut errors: Vec<_> = printed.lines().filter(|line| line.contains(": error")).collect();
    errors.sort();
    for (line, error) in [4, 5, 9].iter().zip(&errors) {
        assert!(error.contains(&refused.replace("LINE", &line.to_string())), "{printed}");
    }
    assert_eq!(errors.len(), 3, "{printed}");
}

#[test]
fn accepted_forms_compile_without_a_warning() {
    assert_eq!(errors("accepted"), [] as [&str; 0]);
}

/// The place and the code of each error in one file of `tests/ui/types`, in the compiler's order.
///
/// Only a build of tests has these errors, and trybuild makes none: in any other build `#[test]`
/// drops its function before types are looked at.
fn errors(case: &str) -> Vec<String> {
    let (succeeded, printed) = check(case);
    let errors: Vec<_> = printed.lines().filter_map(|line| error(line, case)).collect();
    assert_eq!(succeeded, errors.is_empty(), "{printed}");
    errors
}

/// Whether the file compiles, and what the compiler prints.
fn check(case: &str) -> (bool, String) {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet", "--message-format=short", "--test", case])
        .current_dir(&*PACKAGE)
        .env("CARGO_TARGET_DIR", PACKAGE.join("target"))
        .output()
        .expect("cargo runs");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// `case.rs:4:13: error[E0277]` of a line `/path/case.rs:4:13: error[E0277]: message`.
fn error(line: &str, case: &str) -> Option<String> {
    let start = line.find(&format!("{case}.rs:"))?;
    let (place, rest) = line[start..].split_once(": error")?;
    let code = rest.split(':').next()?;
    Some(format!("{place}: error{code}"))
}

static PACKAGE: LazyLock<PathBuf> = LazyLock::new(|| package().expect("a package is written"));

/// A package that depends on this one and has the files of `tests/ui/types` as its tests.
fn package() -> io::Result<PathBuf> {
    let this = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("attribute_types");
    fs::create_dir_all(&package)?;
    let mut manifest = format!(
        "[workspace]\n\n\
         [package]\nname = \"attribute-types\"\nedition = \"2024\"\nautotests = false\n\n\
         [lib]\npath = \"lib.rs\"\n\n\
         [dependencies]\nnetns-test.path = {this:?}\ntest-case = \"3\"\n"
    );
    for case in ["parameter", "output", "accepted", "test_case"] {
        let path = this.join(format!("tests/ui/types/{case}.rs"));
        manifest += &format!("\n[[test]]\nname = {case:?}\npath = {path:?}\n");
    }
    fs::write(package.join("Cargo.toml"), manifest)?;
    fs::write(package.join("lib.rs"), "")?;
    // The versions that this build has fetched: nothing else is there without a network.
    fs::copy(this.join("Cargo.lock"), package.join("Cargo.lock"))?;
    Ok(package)
}
