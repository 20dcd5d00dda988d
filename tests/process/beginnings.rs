//! How processes begin, and that no end is missed.

use super::*;

#[netns_test]
fn the_beginning_and_the_end_of_the_shortest_program_are_recorded(net: Net, host: Host) -> Result {
    for status in 0..20 {
        host.start(Program::new("sh").args(["-c", &format!("exit {status}")]))?.wait()?;
    }
    let expected: Vec<String> = (0..20)
        .flat_map(|status| {
            let words = format!("`sh -c exit {status}`: ");
            [format!("{words}started"), format!("{words}ended with status {status}")]
        })
        .collect();
    assert_eq!(told(&net), expected);
    Ok(())
}

/// Of the commands of std as well, whoever is first to wait for them.
#[netns_test]
fn no_end_of_a_command_is_missed(net: Net, host: Host) -> Result {
    for _ in 0..20 {
        assert!(host.exec("sh", ["-c", "exit 3"]).is_err());
    }
    let all = told(&net).join("\n");
    assert_eq!(all.matches(": started").count(), 20, "{all}");
    assert_eq!(all.matches("ended with status 3").count(), 20, "{all}");
    for _ in 0..20 {
        assert_eq!(host.command("sh").args(["-c", "exit 4"]).status()?.code(), Some(4));
    }
    let all = told(&net).join("\n");
    assert_eq!(all.matches(": started").count(), 40, "{all}");
    assert_eq!(all.matches("ended with").count(), 40, "{all}");
    // Before Linux 6.15 nobody but who has waited knows the status.
    if release() >= (6, 15) {
        assert_eq!(all.matches("ended with status 4").count(), 20, "{all}");
    }
    Ok(())
}

/// The kernel's version.
fn release() -> (u32, u32) {
    let text = std::fs::read_to_string("/proc/sys/kernel/osrelease").expect("/proc is mounted");
    let mut numbers = text.split('.').map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[netns_test]
fn a_command_that_cannot_be_executed_has_not_been_started(net: Net, host: Host) {
    for _ in 0..5 {
        assert!(host.command("no-such-program").spawn().is_err());
    }
    let all = told(&net).join("\n");
    assert_eq!(all.matches("`no-such-program`: not started").count(), 5, "{all}");
    assert_eq!(all.lines().count(), 5, "{all}");
}

#[netns_test]
fn a_program_that_is_not_there_says_so(net: Net, host: Host) {
    let error = host.start("no-such-program").expect_err("it is not there");
    assert!(error.is_unsupported());
    let text = "cannot start `no-such-program` in `host`: `no-such-program` is not installed";
    assert_eq!(error.to_string(), text);
    assert_eq!(told(&net), [format!("`no-such-program`: not started: {text}")]);
}

#[netns_test]
fn a_program_is_inside_its_host(host: Host) -> Result {
    let shows =
        host.start(sh("cat /proc/net/dev; echo $HELLO; pwd; readlink /proc/self/ns/net"))?;
    shows.wait()?;
    let output = shows.output();
    let namespace = host.run(|| std::fs::read_link("/proc/thread-self/ns/net"))?;
    assert!(output.contains("eth0") || output.contains(&*namespace.to_string_lossy()), "{output}");
    Ok(())
}

#[netns_test]
fn a_program_has_its_environment_and_its_folder(host: Host) -> Result {
    let folder = Folder::new()?;
    let script = sh("echo $GREETING $UNWANTED; pwd; echo $TMPDIR; echo kept > here")
        .env("GREETING", "hello")
        .env("UNWANTED", "x")
        .env_remove("UNWANTED")
        .in_folder(&folder);
    let process = host.start(script)?;
    process.wait()?;
    let path = folder.path().display();
    assert_eq!(process.output(), format!("hello\n{path}\n{path}\n"));
    assert_eq!(std::fs::read_to_string(folder.path().join("here"))?, "kept\n");
    Ok(())
}

#[netns_test]
fn a_folder_is_gone_with_its_last_handle() -> Result {
    let folder = Folder::new()?;
    let (path, other) = (folder.path().to_owned(), folder.clone());
    assert!(Folder::new()?.path() != path);
    drop(folder);
    assert!(path.is_dir());
    drop(other);
    assert!(!path.exists());
    Ok(())
}

#[netns_test]
fn a_process_has_a_name(host: Host) -> Result {
    let process = host.start(sh("exit 0").named("check"))?;
    assert_eq!(process.to_string(), "`check` of `host`");
    assert_eq!(host.start("true")?.name(), "true");
    assert!(process == process.clone() && process != host.start("true")?);
    Ok(())
}

/// A pipe holds 64 KiB. Who does not take what comes has the program wait for ever.
#[netns_test]
fn a_program_may_print_without_end(host: Host) -> Result {
    let prints = host.start(sh("head -c 100000000 /dev/zero | tr '\\0' x; echo the end >&2"))?;
    assert!(prints.wait_within(Duration::from_secs(30))?.success());
    let output = prints.output();
    assert_eq!(output.len(), 1 << 20);
    assert!(output.ends_with("xthe end\n"), "{}", &output[output.len() - 20..]);
    Ok(())
}

#[netns_test]
fn a_line_of_output_is_waited_for(host: Host) -> Result {
    let process = host.start(sh("sleep 0.05; echo now; sleep 1000"))?;
    process.wait_for_output("now")?;
    let error = host.start(sh("echo oh >&2; exit 7"))?.wait_for_output("now").expect_err("it ends");
    let text = "cannot see `now` in the output of `sh` of `host`: it has ended with status 7; it said:\n  oh";
    assert_eq!(error.to_string(), text);
    Ok(())
}

#[netns_test]
fn what_runs_longer_than_a_limit_says_so(host: Host) -> Result {
    let process = host.start(Program::new("sleep").arg("1000"))?;
    let error = process.wait_within(Duration::from_millis(20)).expect_err("it sleeps");
    assert_eq!(
        error.to_string(),
        "cannot wait for `sleep` of `host`: it has not ended within 20ms"
    );
    assert!(process.is_running() && process.status().is_none());
    Ok(())
}

/// A program that may not be root says who it is.
#[netns_test]
fn a_program_runs_as_another_user(host: Host) -> Result {
    let folder = Folder::new()?;
    let id = Program::new("sh").args(["-c", "id -u; id -g; echo here > mine; stat -c %u mine"]);
    let id = host.start(id.in_folder(&folder).user("1234"))?;
    assert!(id.wait()?.success());
    assert_eq!(id.output(), "1234\n1234\n1234\n");
    let unknown =
        host.start(Program::new("true").user("nobody-at-all")).expect_err("there is none");
    let text = "cannot start `true` in `host`: this system has no user `nobody-at-all`\n\
                help: name one of /etc/passwd, or give a number";
    assert_eq!(unknown.to_string(), text);
    Ok(())
}
