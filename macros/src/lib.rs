//! The attribute of the crate netns-test.
//!
//! `#[netns_test]` does little itself: it reads the function's options, attributes and
//! parameters, and writes a `#[test]` whose body calls one function of the library,
//! `netns_test::__private::run`. All behaviour lives there. What a user can get wrong becomes an
//! error of one line on the wrong token, or an ordinary type error on the user's own type.
//!
//! The code that it writes names the crate `netns_test`, so it is used through that crate.
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "in a test it is an assertion"))]

mod expand;

mod function;

mod signature;

mod parameter;

mod table;

mod attributes;

mod conditional;

mod options;

mod timeout;

mod test;

mod errors;

use proc_macro::TokenStream;

/// Makes a function a test that has network namespaces of its own.
///
/// Each parameter is a fixture, and its name is the name of the host: the first test below runs
/// between the hosts `server` and `client`. The types of parameters are those that implement
/// `FromNet`. The function is a plain `fn` or an `async fn`, and returns what a `#[test]` may
/// return.
///
/// ```text
/// use netns_test::{Host, Result, netns_test};
///
/// #[netns_test]
/// fn the_client_reaches_the_server(server: Host, client: Host) -> Result {
///     // …
/// }
///
/// #[netns_test(timeout = "5s", serial(conntrack))]
/// async fn the_table_overflows(server: Host, client: Host) {
///     // …
/// }
/// ```
///
/// Underscores before a name are not part of it: `_client` is the host `client`, for a host that
/// the body does not use.
///
/// # Options
///
/// | option | meaning | without it |
/// |---|---|---|
/// | `timeout = "30s"` | the test is killed, and fails, after this time: a number with the unit `ms`, `s` or `m`, at most 24 hours | 60 seconds |
/// | `serial` (a feature of the crate, as `tokio` is for `async fn`) | the test runs alone among all tests that say so | it runs beside others |
/// | `serial(key)` | the test runs alone among those with the same key; with several keys, `serial(a, "b c")`, among those with any of them | it runs beside others |
/// | `flavor = "multi_thread"`, `worker_threads = 2` | an async test runs on a runtime of several threads, as with `#[tokio::test]`; without a number as many as there are processors | a runtime of one thread |
///
/// The keys are those of the crate serial_test: a test with `#[serial_test::serial(key)]` does not
/// run beside a `#[netns_test(serial(key))]` either.
///
/// Under nextest, where each test is a process and that attribute excludes nothing, tests of this
/// attribute with the same key exclude each other through a lock of the user's: in all crates, until
/// their process ends, and without a file. `#[serial_test::file_serial]` is another lock; to run
/// such tests alone among these, put them into a group of nextest's (`test-groups`).
///
/// # Tables of tests
///
/// `#[case(values)]` below this attribute makes a test with these values for the parameters that are
/// marked `#[case]`; `#[case::name(values)]` gives it a name, without one it is `case_1`, `case_2`
/// and so on. A parameter with `#[values(80, 443)]` makes a test of each value, and of each
/// combination with other values and cases. What is not marked is a fixture.
///
/// ```text
/// #[netns_test(timeout = "5s")]
/// #[case::http(80)]
/// #[case::registry(7000)]
/// fn a_port_is_reached(server: Host, client: Host, #[case] port: u16) -> Result {
///     // …
/// }
/// ```
///
/// The tests stand in a module of the function's name: `a_port_is_reached::http`. That is their name
/// in filters, messages and reports. Options and attributes of the function are those of each test.
///
/// # Other attributes
///
/// `#[should_panic]`, `#[ignore]`, `#[cfg]`, lints and documentation work as on a `#[test]`. Keep
/// `#[netns_test]` the first of the attributes: those above it have acted before, and cannot be
/// seen.
///
/// `#[test]` itself and its like (`#[tokio::test]`) are refused, for this attribute makes the test,
/// and so are `#[rstest]` and `#[test_case]`, for it makes tables as well. Above this attribute
/// test_case cannot be seen: what the compiler reports then are missing arguments.
/// So are `#[file_serial]` and `#[file_parallel]` of serial_test: the test runs in a process of its
/// own, which would wait for ever for the lock that its parent holds.
///
/// # Where there are no network namespaces
///
/// On other systems than Linux the test is compiled, and listed as ignored with the reason; so it is
/// under Miri. There is no network there: run all the same (`--ignored`), it fails.
///
/// # Errors
///
/// A function that cannot be a test does not compile: it has generic parameters, is `unsafe`,
/// `const` or `extern`, or has a parameter without a name.
///
/// ```text
/// error: name this parameter: the name of the parameter is the name of the host
///  --> tests/story.rs:4:6
///   |
/// 4 | fn t(_: Host) {}
///   |      ^
/// ```
#[proc_macro_attribute]
pub fn netns_test(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(options.into(), item.into()).into()
}
