//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

pub fn run<R: std::process::Termination>(
    case: &crate::__private::Case,
    parameters: &[crate::__private::Parameter],
    body: impl std::ops::FnOnce(&crate::__private::Fixtures) -> std::result::Result<R, crate::Error>,
) {
    crate::elsewhere::run(case.should_panic)
}
