//! The core needs no privilege but that for network namespaces, by whatever way it can be had;
//! without any, a test fails and says why, and what repairs it.
//!
//! Each world here is made in a user namespace, so that the tests are the same for root and for
//! an ordinary user. That they pass as both is seen by running them as both.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use netns_test::{Host, Result, netns_test};
use support::families::has_file_of_names;
use support::folder::Folder;
use support::runner::{
    AS_ORDINARY_USER, Run, Source, WITHOUT_CAPABILITIES, fixture, fixture_in_namespaces, run,
    unmapped,
};
use support::seccomp::{forbid_mounts, forbid_namespaces};

/// What every test needs: hosts that talk, and a block that keeps them from it.
fn the_core_works(server: &Host, client: &Host) -> Result {
    for ip in server.addrs() {
        let address = (ip, 80).into();
        let listener = server.run(|| TcpListener::bind(address))?;
        client.run(|| TcpStream::connect(address))?.write_all(b"hello")?;
        let mut heard = String::new();
        listener.accept()?.0.read_to_string(&mut heard)?;
        assert_eq!(heard, "hello");
        let block = client.block(server)?;
        let dial = || TcpStream::connect_timeout(&address, Duration::from_millis(100));
        assert_eq!(client.run(dial).expect_err("blocked").kind(), ErrorKind::TimedOut);
        assert!(block.packets() > 0);
        block.unblock()?;
        client.run(|| TcpStream::connect(address))?;
    }
    Ok(())
}

mod fixtures {
    use super::*;

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn the_core(server: Host, client: Host) -> Result {
        the_core_works(&server, &client)
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn no_mounts(server: Host, client: Host) -> Result {
        the_core_works(&server, &client)?;
        let error = server.netns_path().expect_err("mount(2) is forbidden");
        assert_eq!(
            error.to_string(),
            "cannot give the network namespace of `server` a name: \
             the sandbox may not mount: operation not permitted (os error 1)"
        );
        assert!(error.is_permission_denied());
        assert!(client.run(|| ("server", 80).to_socket_addrs()).is_err(), "names resolve");
        Ok(())
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn no_writable_proc_sys(server: Host, client: Host) -> Result {
        let error = fs::write("/proc/sys/net/ipv4/ip_forward", "1").expect_err("it is read-only");
        assert_eq!(error.kind(), ErrorKind::ReadOnlyFilesystem);
        the_core_works(&server, &client)
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn a_bridge(server: Host, client: Host, other: Host) -> Result {
        the_core_works(&server, &client)?;
        the_core_works(&other, &server)
    }

    #[netns_test]
    #[ignore = "run by a test beside it"]
    fn writes_a_file() -> Result {
        fs::write(std::env::var("NETNS_TEST_FILE").expect("the test beside it sets it"), "")?;
        Ok(())
    }
}

// With privilege.

#[netns_test]
fn the_core_works_for_whoever_runs_this(server: Host, client: Host) -> Result {
    the_core_works(&server, &client)
}

/// Mounts are permitted or not: whoever runs this, both are one thing.
#[netns_test]
fn names_resolve_where_namespaces_have_names(server: Host, client: Host) -> Result {
    let resolved = client.run(|| ("server", 80).to_socket_addrs());
    match server.netns_path() {
        Ok(path) => {
            assert_eq!(path, std::path::Path::new("/run/netns/server"));
            if has_file_of_names() {
                let found: Vec<_> = resolved?.map(|address| address.ip()).collect();
                assert!(server.addrs().iter().all(|address| found.contains(address)), "{found:?}");
            }
            let entered = fs::metadata(path)?.ino();
            let own = server.run(|| fs::metadata("/proc/thread-self/ns/net"))?.ino();
            assert_eq!(entered, own);
        }
        Err(error) => {
            assert!(error.is_permission_denied(), "{error}");
            assert!(resolved.is_err());
        }
    }
    Ok(())
}

#[test]
fn the_core_works_for_root_of_a_user_namespace() {
    for name in ["fixtures::the_core", "fixtures::a_bridge"] {
        run(&mut fixture_in_namespaces(&[], "exec \"$@\"", name)).passed();
    }
}

#[test]
fn the_core_works_for_a_user_without_capabilities() {
    let script = format!("exec {AS_ORDINARY_USER} \"$@\"");
    for name in ["fixtures::the_core", "fixtures::a_bridge"] {
        run(&mut fixture_in_namespaces(&[], &script, name)).passed();
    }
}

#[netns_test]
fn a_sandbox_can_be_made_in_a_sandbox(_server: Host, _client: Host) {
    run(&mut fixture("fixtures::the_core")).passed();
}

#[test]
fn a_file_that_a_test_writes_belongs_to_the_user() {
    let folder = Folder::make();
    let file = folder.path().join("written");
    run(fixture("fixtures::writes_a_file").env("NETNS_TEST_FILE", &file)).passed();
    let owner = fs::metadata(file).expect("it was written").uid();
    assert_eq!(owner, nix::unistd::geteuid().as_raw());
}

// With less.

#[test]
fn without_mounts_only_names_are_missing() {
    let mut runner = fixture("fixtures::no_mounts");
    forbid_mounts(&mut runner);
    run(&mut runner).passed();
}

#[test]
fn without_mounts_and_capabilities_only_names_are_missing() {
    let script = format!("exec {AS_ORDINARY_USER} \"$@\"");
    let mut runner = fixture_in_namespaces(&[], &script, "fixtures::no_mounts");
    forbid_mounts(&mut runner);
    run(&mut runner).passed();
}

/// As in a container: what is mounted over /proc cannot be taken away from a new user namespace.
#[test]
fn without_a_writable_proc_sys_the_core_works() {
    let script = format!(
        "mount --bind /proc/sys /proc/sys; mount -o remount,ro,bind /proc/sys; \
         exec {AS_ORDINARY_USER} \"$@\""
    );
    let name = "fixtures::no_writable_proc_sys";
    run(&mut fixture_in_namespaces(&["--mount", "--net"], &script, name)).passed();
}

// With none.

const SOURCE: Source = Source { path: "tests/privileges.rs", text: include_str!("privileges.rs") };

/// The failure of the fixture `the_core`: what was refused, and the repair.
#[track_caller]
fn refused(run: &Run, why: &str, repair: &str) {
    let test = "`fixtures::the_core` \
                (privileges.rs:`fn the_core(server: Host, client: Host) -> Result {`)";
    let failure = format!("netns-test: cannot run {test} in a sandbox: {why}");
    run.failed_with(&SOURCE, &[&failure, &format!("help: {repair}")]);
}

/// As by Docker's default profile.
#[test]
fn a_seccomp_profile_that_forbids_namespaces_is_named_with_the_repair() {
    let mut runner = fixture("fixtures::the_core");
    forbid_namespaces(&mut runner);
    refused(
        &run(&mut runner),
        "directly, making the namespaces gives EPERM; \
         in a user namespace, making the namespaces gives EPERM: \
         operation not permitted (os error 1)",
        "this container's seccomp profile forbids namespaces: start it with \
         `--security-opt seccomp=unconfined`, or with `--privileged`",
    );
}

#[test]
fn a_user_that_is_not_mapped_is_told_so() {
    refused(
        &run(&mut unmapped(fixture("fixtures::the_core"))),
        "directly, making the namespaces gives EPERM; \
         in a user namespace, making the namespaces gives EPERM: \
         operation not permitted (os error 1)",
        "this user is not mapped in its user namespace: run the tests as a mapped user",
    );
}

/// The kernel lets root map itself only with a capability that containers can lack.
#[test]
fn root_that_may_not_map_itself_is_told_which_capability_is_missing() {
    let script = format!("exec {WITHOUT_CAPABILITIES} \"$@\"");
    refused(
        &run(&mut fixture_in_namespaces(&[], &script, "fixtures::the_core")),
        "directly, making the namespaces gives EPERM; \
         in a user namespace, writing /proc/self/uid_map gives EPERM: \
         operation not permitted (os error 1)",
        "root without CAP_SETFCAP cannot map itself: add this capability, in a container with `--cap-add SETFCAP`, or run the tests as an ordinary user",
    );
}

const NO_SPACE: &str = "no space left on device (os error 28)";

#[test]
fn user_namespaces_that_are_limited_to_none_are_named_with_the_repair() {
    let script =
        format!("echo 0 > /proc/sys/user/max_user_namespaces; exec {WITHOUT_CAPABILITIES} \"$@\"");
    refused(
        &run(&mut fixture_in_namespaces(&[], &script, "fixtures::the_core")),
        &format!(
            "directly, making the namespaces gives EPERM; \
             in a user namespace, making the namespaces gives ENOSPC: {NO_SPACE}"
        ),
        "the limit user.max_user_namespaces = 0 is reached: \
         `sudo sysctl -w user.max_user_namespaces=1024`",
    );
}

/// Who may make namespaces directly needs no user namespace, and its limit is none of his.
#[test]
fn the_limit_that_is_reached_is_named_and_no_other() {
    for kind in ["net", "pid", "mnt"] {
        let script = format!(
            "cd /proc/sys/user; echo 0 > max_{kind}_namespaces; echo 0 > max_user_namespaces; \
             exec \"$@\""
        );
        refused(
            &run(&mut fixture_in_namespaces(&[], &script, "fixtures::the_core")),
            &format!(
                "directly, making the namespaces gives ENOSPC; \
                 in a user namespace, making the namespaces gives ENOSPC: {NO_SPACE}"
            ),
            &format!(
                "the limit user.max_{kind}_namespaces = 0 is reached: \
                 `sudo sysctl -w user.max_{kind}_namespaces=1024`"
            ),
        );
    }
}

#[test]
fn a_limit_that_is_used_up_by_hosts_is_named() {
    let script = "echo 2 > /proc/sys/user/max_net_namespaces; exec \"$@\"";
    let run = run(&mut fixture_in_namespaces(&[], script, "fixtures::the_core"));
    let shown = run.failure(&SOURCE);
    let help = "help: the limit on network namespaces is reached: \
                `sudo sysctl -w user.max_net_namespaces=65536`\n";
    assert!(shown.ends_with(help), "{shown}");
}

#[test]
fn a_proc_that_is_read_only_is_named_with_the_repair() {
    let script = format!("mount -o remount,ro,bind /proc; exec {WITHOUT_CAPABILITIES} \"$@\"");
    let flags = ["--mount", "--pid", "--fork", "--mount-proc"];
    refused(
        &run(&mut fixture_in_namespaces(&flags, &script, "fixtures::the_core")),
        "directly, making the namespaces gives EPERM; \
         in a user namespace, writing /proc/self/setgroups gives EROFS: \
         read-only file system (os error 30)",
        "/proc is read-only: `sudo mount -o remount,rw /proc`, or run the test binary as root",
    );
}

const NO_PROC: &str = "mount -t tmpfs none /proc; exec";

#[test]
fn without_proc_the_core_works_for_who_may_make_namespaces() {
    let script = format!("{NO_PROC} \"$@\"");
    for name in ["fixtures::the_core", "fixtures::a_bridge"] {
        run(&mut fixture_in_namespaces(&["--mount"], &script, name)).passed();
    }
}

/// A user namespace is of no use before its maps are written there.
#[test]
fn without_proc_a_user_is_told_so() {
    let script = format!("{NO_PROC} {WITHOUT_CAPABILITIES} \"$@\"");
    refused(
        &run(&mut fixture_in_namespaces(&["--mount"], &script, "fixtures::the_core")),
        "directly, making the namespaces gives EPERM; \
         in a user namespace, writing /proc/self/setgroups gives ENOENT: \
         no such file or directory (os error 2)",
        "/proc is not mounted: `sudo mount -t proc proc /proc`",
    );
}

#[test]
fn nothing_of_dev_is_needed() {
    let script = "mount -t tmpfs none /dev; exec \"$@\"";
    run(&mut fixture_in_namespaces(&["--mount"], script, "fixtures::the_core")).passed();
}

/// What chroot(8) is given here: a folder that is no mount point, with all that is in `/`.
const CHROOT: &str = "
    mount -t tmpfs none /mnt; mkdir /mnt/root
    for entry in /*; do
      if [ -h $entry ]; then cp -P $entry /mnt/root/
      elif [ -d $entry ] && [ $entry != /mnt ]; then
        mkdir /mnt/root$entry; mount --rbind $entry /mnt/root$entry
      fi
    done
    exec chroot /mnt/root";

#[test]
fn in_a_chroot_the_core_works_for_root() {
    let script = format!("{CHROOT} \"$@\"");
    run(&mut fixture_in_namespaces(&["--mount"], &script, "fixtures::the_core")).passed();
}

#[test]
fn in_a_chroot_a_user_is_told_so() {
    let script = format!("{CHROOT} {WITHOUT_CAPABILITIES} \"$@\"");
    refused(
        &run(&mut fixture_in_namespaces(&["--mount"], &script, "fixtures::the_core")),
        "directly, making the namespaces gives EPERM; \
         in a user namespace, making the namespaces gives EPERM: \
         operation not permitted (os error 1)",
        "no user namespace can be made in a chroot: run the tests outside of it, or the test \
         binary as root",
    );
}
