//! Programs of a host.

use super::*;

#[netns_test]
fn a_process_is_inside_the_host(server: Host, client: Host) -> Result {
    for host in [&server, &client] {
        let printed = host.exec("readlink", ["/proc/self/ns/net"])?;
        assert_eq!(PathBuf::from(printed.trim_end()), namespace_of(host));
        let output = host.command("cat").arg("/proc/net/fib_trie").output()?;
        assert!(output.status.success());
        assert!(String::from_utf8(output.stdout)?.contains(&format!(" {}\n", host.ipv4())));
    }
    Ok(())
}

#[netns_test]
async fn a_process_of_tokio_is_inside_the_host(server: Host, _client: Host) -> Result {
    let mut command = server.command_async("readlink");
    let output = command.arg("/proc/self/ns/net").output().await?;
    let printed = String::from_utf8(output.stdout)?;
    assert_eq!(PathBuf::from(printed.trim_end()), namespace_of(&server));
    Ok(())
}

#[netns_test]
fn pipes_and_status_are_as_usual(server: Host) -> Result {
    let mut command = server.command("cat");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().unwrap().write_all(b"through a pipe")?;
    let output = child.wait_with_output()?;
    assert_eq!(output.stdout, b"through a pipe");
    assert_eq!(server.command("sh").args(["-c", "exit 3"]).status()?.code(), Some(3));
    Ok(())
}

#[netns_test]
fn a_program_that_fails_is_an_error_with_what_it_said(server: Host) {
    let script = "echo to stdout; echo to stderr >&2; exit 3";
    let error = server.exec("sh", ["-c", script]).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "cannot run `sh -c {script}` in `server`: it ended with exit status: 3\n\
             stdout: to stdout\nstderr: to stderr"
        )
    );
    assert!(!error.is_unsupported());
}

#[netns_test]
fn a_program_that_is_not_there_is_an_error_of_its_own(server: Host) {
    let error = server.exec("no-such-program", ["--help"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot run `no-such-program --help` in `server`: `no-such-program` is not installed"
    );
    assert!(error.is_unsupported());
}

#[netns_test]
fn a_process_started_inside_run_is_inside_the_host(server: Host) -> Result {
    let output =
        server.run(|| std::process::Command::new("readlink").arg("/proc/self/ns/net").output())?;
    let printed = String::from_utf8(output.stdout)?;
    assert_eq!(PathBuf::from(printed.trim_end()), namespace_of(&server));
    Ok(())
}
