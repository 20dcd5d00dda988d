//! The attribute of the crate netns-test.
//!
//! `#[netns_test]` does little itself: it reads the function's options, attributes and
//! parameters, and writes a `#[test]` whose body calls one function of the library,
//! `netns_test::__private::run`. All behaviour lives there. A user's mistake becomes a
//! one-line error on the wrong token, or an ordinary type error on the user's own type.
//!
//! The generated code names the crate `netns_test`, so use the attribute through that crate.
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

/// Makes a function a test with its own network namespaces.
///
/// Each parameter is a fixture, and its name is the name of the host: the first test below runs
/// between the hosts `server` and `client`. A parameter's type must implement
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
/// Leading underscores are not part of the name: `_client` is the host `client`. Use them for a host
/// that the body does not use.
///
/// # Options
///
/// | option | meaning | without it |
/// |---|---|---|
/// | `timeout = "30s"` | the test is killed, and fails, after this time: a number with the unit `ms`, `s` or `m`, at most 24 hours | 60 seconds |
/// | `serial` (needs the feature `serial`, as `async fn` needs `tokio`) | the test does not run at the same time as any other test with plain `serial` | it runs beside others |
/// | `serial(key)` | the test does not run at the same time as another with the same key; with several keys, `serial(a, "b c")`, as another with any of them | it runs beside others |
/// | `flavor = "multi_thread"`, `worker_threads = 2` | an async test runs on a multi-threaded runtime, as with `#[tokio::test]`; by default with one thread per processor | a runtime of one thread |
///
/// The keys are shared with the crate serial_test: a test with `#[serial_test::serial(key)]` does not
/// run beside a `#[netns_test(serial(key))]` either.
///
/// Under nextest each test is a process, so `#[serial_test::serial]` excludes nothing. Tests of this
/// attribute with the same key still exclude each other, through a lock of the user's: in all crates,
/// until their process ends, and without a file. `#[serial_test::file_serial]` is a different lock. To run
/// such tests alone among these, put them into a nextest group (`test-groups`).
///
/// # Tables of tests
///
/// `#[case(values)]` below this attribute makes a test with these values for the parameters that are
/// marked `#[case]`. `#[case::name(values)]` names the test; without a name it is `case_1`, `case_2`
/// and so on. A parameter with `#[values(80, 443)]` makes one test for each value, combined with
/// each case and each value of other parameters. Parameters without a mark are fixtures.
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
/// The tests are in a module named after the function: `a_port_is_reached::http` is the name
/// in filters, messages and reports. The function's options and attributes apply to each test.
///
/// # Other attributes
///
/// `#[should_panic]`, `#[ignore]`, `#[cfg]`, lints and documentation work as on a `#[test]`. Put
/// `#[netns_test]` first: attributes above it have already acted, and it cannot see them.
///
/// `#[test]` and its variants (`#[tokio::test]`) are refused, because this attribute makes the test.
/// `#[rstest]` and `#[test_case]` are refused, above it or below, because it makes tables as well.
/// `#[file_serial]` and `#[file_parallel]` of serial_test are refused, because the test runs in its
/// own process, which would wait for ever for the lock that its parent holds.
///
/// # Where there are no network namespaces
///
/// On systems other than Linux, and under Miri, the test is compiled, and listed as ignored with the
/// reason. There is no network there, so if you run it all the same (`--ignored`), it fails.
///
/// # Errors
///
/// A function that cannot be a test does not compile: one with generic parameters, one that is `unsafe`,
/// `const` or `extern`, or one with a parameter without a name.
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
