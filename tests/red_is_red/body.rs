//! The body.

use super::*;

#[test]
fn a_panic_is_red() {
    shows(
        "panics",
        &[
            "on stdout",
            "on stderr",
            r#"thread 'fixtures::panics' panicked at fixtures.rs:`panic!("the peer is gone");`:"#,
            "the peer is gone",
        ],
    );
}

#[test]
fn a_panic_of_an_async_body_is_red() {
    shows(
        "panics_async",
        &[
            r#"thread 'fixtures::panics_async' panicked at fixtures.rs:`assert_eq!(1 + 1, 3, "the sum is wrong");`:"#,
            "assertion `left == right` failed: the sum is wrong",
            "  left: 2",
            " right: 3",
        ],
    );
}

#[test]
fn an_error_is_red_and_names_the_line_that_let_it_go() {
    shows(
        "returns_err",
        &[
            "Error: Connection refused (os error 111)",
            r#"  at fixtures.rs:`server.run(|| TcpStream::connect("127.0.0.1:9"))?;`"#,
            "netns-test: `fixtures::returns_err` (fixtures.rs:`fn returns_err(server: Host) -> Result {`) returned an error",
        ],
    );
}

#[test]
fn an_error_of_an_async_body_is_red() {
    shows(
        "returns_err_async",
        &[
            "Error: cannot run `sh -c echo no >&2; exit 3` in `server`: it ended with exit status: 3",
            "stderr: no",
            r#"  at fixtures.rs:`server.exec("sh", ["-c", "echo no >&2; exit 3"])?;`"#,
            "netns-test: `fixtures::returns_err_async` (fixtures.rs:`async fn returns_err_async(server: Host) -> Result {`) returned an error",
        ],
    );
}

#[test]
fn an_error_type_of_ones_own_is_red() {
    shows(
        "returns_an_error_of_ones_own",
        &[
            r#"Error: Mine { peer: "client" }"#,
            "netns-test: `fixtures::returns_an_error_of_ones_own` (fixtures.rs:`fn returns_an_error_of_ones_own(_server: Host) -> std::result::Result<(), Mine> {`) returned an error",
        ],
    );
}

#[test]
fn an_exit_code_other_than_success_is_red() {
    shows(
        "returns_an_exit_code",
        &[
            "netns-test: `fixtures::returns_an_exit_code` (fixtures.rs:`fn returns_an_exit_code(_server: Host) -> std::process::ExitCode {`) returned an error",
        ],
    );
}
