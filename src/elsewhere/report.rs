//! Written by `.ci/elsewhere`.
#![allow(missing_docs, unused_variables, reason = "the crate for Linux documents them")]
#![allow(clippy::all, reason = "nobody wrote it")]

pub fn report_of_now(case: &crate::__private::Case) -> std::string::String {
    crate::elsewhere::nowhere()
}
