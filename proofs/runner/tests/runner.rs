//! The program itself, with a cargo that builds nothing, tests that only say something, and servers that
//! only tell a version. What matters most: what was not shown is never taken for shown.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

const RED: &str = "running 1 test
Error: cannot see `it ends` within 10s: the probe has not finished in 10s
test result: FAILED. 0 passed; 1 failed; 0 ignored";
const GREEN: &str = "running 1 test
test result: ok. 1 passed; 0 failed; 0 ignored";

/// A workspace with one proof.
struct Stage {
    folder: PathBuf,
    /// One at a time: a program cannot be started while another test forks, and so has it open for
    /// writing (ETXTBSY, execve(2)).
    _alone: MutexGuard<'static, ()>,
}

static ALONE: Mutex<()> = Mutex::new(());

impl Stage {
    /// Whose two sides say what they should.
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("proofs-{}-{number}", std::process::id());
        let stage = Self {
            folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join(name),
            _alone: ALONE.lock().unwrap_or_else(PoisonError::into_inner),
        };
        stage.write("Cargo.toml", "[workspace]\nmembers = [\"pool\"]\nresolver = \"3\"\n");
        stage.proof("", "    Ok(())");
        stage.says("failing", RED, "exit 101");
        stage.says("avoiding", GREEN, "exit 0");
        stage.program("test", "cat \"$0.${1##*::}.says\"; . \"$0.${1##*::}.ends\"\n");
        let artifact = format!(
            r#"{{"reason":"compiler-artifact","target":{{"name":"proof"}},"executable":"{}"}}"#,
            stage.folder.join("bin/test").display()
        );
        stage.cargo(&format!("echo '{artifact}'"));
        stage
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn program(&self, name: &str, script: &str) {
        let name = format!("bin/{name}");
        self.write(&name, &format!("#!/bin/sh\n{script}"));
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.folder.join(name), mode).unwrap();
    }

    /// The proof, with more in its manifest, and the body of its test.
    fn proof(&self, more: &str, body: &str) {
        let manifest = format!(
            "[package]\nname = \"pool\"\nedition = \"2024\"\n[[test]]\nname = \"proof\"\npath = \"proof.rs\"\n\
             [package.metadata.proof]\nclaims.a_get_ends = \"it ends\"\n{more}\n\
             [dev-dependencies]\nbb8 = \"=0.9.1\"\n"
        );
        self.write("pool/Cargo.toml", &manifest);
        self.write(
            "pool/proof.rs",
            &format!("#[netns_test]\nfn a_get_ends() -> Result {{\n{body}\n}}\n"),
        );
    }

    /// The package of the repaired version, with these dependencies.
    fn repaired(&self, dependencies: &str) {
        let manifest = format!(
            "[workspace]\n[package]\nname = \"pool-repaired\"\nedition = \"2024\"\n[[test]]\nname = \"proof\"\n\
             path = \"../proof.rs\"\n[dev-dependencies]\nbb8 = \"=0.9.2\"\n{dependencies}\n"
        );
        self.write("pool/repaired/Cargo.toml", &manifest);
    }

    /// What the test prints on one side, and how it ends.
    fn says(&self, side: &str, text: &str, ends: &str) {
        self.write(&format!("bin/test.{side}.says"), &format!("{text}\n"));
        self.write(&format!("bin/test.{side}.ends"), ends);
    }

    /// What cargo does to build a side.
    fn cargo(&self, build: &str) {
        let real = std::env::var("CARGO").unwrap();
        let script = format!("[ \"$1\" != metadata ] || exec {real} \"$@\"\n{build}\n");
        self.program("cargo", &script);
    }

    fn server(&self, tells: &str) {
        self.proof(
            "server = { program = \"redis-server\", tells = \"--version\", known = \"7.0.15\" }",
            "",
        );
        self.program("redis-server", &format!("echo '{tells}'\n"));
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run(self.runner().args(arguments).output().unwrap())
    }

    fn run_with(&self, name: &str, value: &str) -> Run {
        Run(self.runner().env(name, value).output().unwrap())
    }

    fn runner(&self) -> Command {
        let path = std::env::var("PATH").unwrap();
        let mut runner = Command::new(env!("CARGO_BIN_EXE_runner"));
        runner.env("NETNS_TEST_PROOFS", &self.folder);
        runner.env("CARGO", self.folder.join("bin/cargo"));
        runner.env("PATH", format!("{}:{path}", self.folder.join("bin").display()));
        runner
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

struct Run(Output);

impl Run {
    fn text(&self) -> String {
        String::from_utf8([&*self.0.stdout, &*self.0.stderr].concat()).unwrap()
    }

    #[track_caller]
    fn succeeds(&self, words: &str) {
        let text = self.text();
        assert_eq!(self.0.status.code(), Some(0), "{text}");
        assert!(text.contains(words), "{text}");
    }

    /// That it fails, which is 1 where a proof is not as it should be, and 2 where none can be run.
    #[track_caller]
    fn fails(&self, code: i32, words: &str) {
        let text = self.text();
        assert_eq!(self.0.status.code(), Some(code), "{text}");
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn a_proof_is_shown_by_a_red_and_a_green_side() {
    let run = Stage::new().run(&["pool", "--repeat", "3", "--jobs", "2", "--busy"]);
    run.succeeds("pool   a_get_ends  failing   red 3 of 3 ");
    run.succeeds("pool   a_get_ends  avoiding  green 3 of 3 ");
}

#[test]
fn a_repaired_version_is_a_package_of_its_own() {
    let stage = Stage::new();
    stage.repaired("");
    stage.program("test", &format!("echo '{RED}'; exit 101"));
    // Both sides have the same name of the test, and the same answer here.
    stage.run(&[]).fails(1, "pool a_get_ends is red: `it ends` was not seen");
    stage.run(&[]).fails(1, "pool   a_get_ends  repaired  green 0 of 1");
}

#[test]
fn a_failing_side_that_is_green_is_no_proof() {
    let stage = Stage::new();
    stage.says("failing", GREEN, "exit 0");
    stage.run(&[]).fails(1, "pool a_get_ends::failing is green: `it ends` was seen");
}

#[test]
fn a_failing_side_that_is_red_for_another_reason_is_no_proof() {
    let stage = Stage::new();
    stage.says("failing", "running 1 test\nError: cannot make a sandbox", "exit 101");
    let words = "pool a_get_ends::failing is red, and not because `it ends` was not seen";
    stage.run(&[]).fails(1, words);
    stage.run(&[]).fails(1, "Error: cannot make a sandbox");
}

#[test]
fn another_side_that_is_red_is_no_proof() {
    let stage = Stage::new();
    stage.says("avoiding", RED, "exit 101");
    stage.run(&[]).fails(1, "pool a_get_ends::avoiding is red: `it ends` was not seen");
}

#[test]
fn a_test_that_did_not_run_is_never_green() {
    let stage = Stage::new();
    stage.says("avoiding", "running 0 tests\ntest result: ok. 0 passed; 0 failed", "exit 0");
    stage.run(&[]).fails(1, "pool a_get_ends::avoiding ran no test");
    let ignored = "running 1 test\ntest result: ok. 0 passed; 0 failed; 1 ignored";
    stage.says("avoiding", ignored, "exit 0");
    stage.run(&[]).fails(1, "pool a_get_ends::avoiding was ignored");
    stage.says("avoiding", GREEN, "kill -9 $$");
    stage.run(&[]).fails(1, "pool a_get_ends::avoiding ended by signal: 9");
}

#[test]
fn a_pinned_version_that_cannot_be_had_is_said_to_be_so() {
    let stage = Stage::new();
    let said = "error: failed to select a version for the requirement `bb8 = \"=0.9.1\"`";
    stage.cargo(&format!("cat >&2 <<'END'\n    Updating crates.io index\n{said}\nEND\nexit 101"));
    let words =
        "pool a_get_ends::avoiding was not run: a pinned version is unavailable; cargo says:";
    stage.run(&[]).fails(1, words);
    stage.run(&[]).fails(1, said);
    stage.run(&["--repeat", "3"]).fails(1, "avoiding  not run");
}

#[test]
fn what_cannot_be_built_is_not_run() {
    let stage = Stage::new();
    stage.cargo("echo 'error[E0599]: no method named `get`' >&2; exit 101");
    stage.run(&[]).fails(1, "was not run: it cannot be built; cargo says:\n    error[E0599]");
    stage.cargo(
        "echo 'error: cannot update the lock file because --locked was passed' >&2; exit 101",
    );
    stage.run(&[]).fails(1, "was not run: its Cargo.lock does not fit the manifests");
    stage.cargo("true");
    stage.run(&[]).fails(1, "was not run: cargo has built no test binary `proof`");
}

#[test]
fn the_server_with_which_a_proof_was_made_is_not_mentioned() {
    let stage = Stage::new();
    stage.server("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0");
    let run = stage.run(&[]);
    run.succeeds("green 1 of 1");
    assert!(!run.text().contains("redis-server"), "{}", run.text());
}

#[test]
fn a_proof_without_its_server_is_not_run() {
    let stage = Stage::new();
    stage.server("");
    stage.program("redis-server", "exit 0");
    stage.run(&[]).fails(1, "was not run: `redis-server --version` reports no version, but \"\"");
    stage.proof("server = { program = \"no-such-server\", tells = \"-v\", known = \"1.2\" }", "");
    let words = "was not run: it needs no-such-server, which cannot be run: No such file or directory \
                 (os error 2). It was made with no-such-server 1.2";
    stage.run(&[]).fails(1, words);
}

#[test]
fn with_a_server_of_another_version_a_proof_is_run_only_if_that_is_asked_for() {
    let stage = Stage::new();
    stage.server("Redis server v=8.2.1 sha=00000000:0");
    let words = "a_get_ends::failing was not run: redis-server is 8.2.1 here; it was made with 7.0.15. To run it \
                 all the same, add --any-server";
    stage.run(&[]).fails(1, words);
    let words = "a_get_ends::failing: note: redis-server is 8.2.1 here; it was made with 7.0.15";
    stage.run(&["--any-server"]).succeeds(words);
    stage.says("failing", GREEN, "exit 0");
    let words = "redis-server is 8.2.1 here; it was made with 7.0.15, which may be why:";
    stage.run(&["--any-server"]).fails(1, words);
}

#[test]
fn a_body_of_thirty_lines_is_too_long() {
    let stage = Stage::new();
    stage.proof("", &["    call();"; 29].join("\n\n"));
    stage.run(&[]).succeeds("29\n");
    stage.proof("", &["    call();"; 30].join("\n"));
    stage.run(&[]).fails(1, "pool a_get_ends::failing has 30 lines, more than 29");
}

#[test]
fn a_proof_can_be_a_workspace_of_its_own() {
    let stage = Stage::new();
    let manifest = fs::read_to_string(stage.folder.join("pool/Cargo.toml")).unwrap();
    let manifest = manifest.replacen("\"pool\"", "\"pool-other\"", 1);
    stage.write("pool-other/Cargo.toml", &format!("[workspace]\n{manifest}"));
    fs::copy(stage.folder.join("pool/proof.rs"), stage.folder.join("pool-other/proof.rs")).unwrap();
    stage.run(&["pool-other"]).succeeds("pool-other  a_get_ends  failing   red 1 of 1");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let stage = Stage::new();
    stage.run(&["pol"]).fails(2, "there is no proof `pol`, only pool");
    stage.run(&["--quick"]).fails(2, "no proof matches these arguments");
    stage.run(&["--fast"]).fails(2, "there is no option `--fast`\nusage: ");
    for wrong in [&["--repeat"][..], &["--repeat", "0"], &["--repeat", "often"]] {
        stage.run(wrong).fails(2, "--repeat needs a number from 1");
    }
    stage.proof("server = { program = \"redis-server\" }", "");
    stage.run(&[]).fails(2, "the package `pool` has a `proof.server` without `tells`");
    stage.proof("", "");
    stage.write("dead/proof.rs", "");
    stage.run(&[]).fails(2, "dead/proof.rs is no proof: it is no member of the workspace");
    fs::remove_dir_all(stage.folder.join("dead")).unwrap();
    stage.write("pool/proof.rs", "");
    stage.run(&[]).fails(2, "the package `pool` has no test `a_get_ends`");
}

#[test]
fn a_test_that_claims_nothing_is_refused() {
    let stage = Stage::new();
    let manifest = fs::read_to_string(stage.folder.join("pool/Cargo.toml")).unwrap();
    stage.write(
        "pool/Cargo.toml",
        &manifest.replace("claims.a_get_ends = \"it ends\"", "claims = {}"),
    );
    stage.run(&["pool"]).fails(2, "the package `pool` claims nothing");
    stage.write("pool/Cargo.toml", &manifest);
    let source = fs::read_to_string(stage.folder.join("pool/proof.rs")).unwrap();
    stage.write(
        "pool/proof.rs",
        &format!("{source}#[netns_test(time_limit = \"9s\")]\nfn a_put_ends() {{}}\n"),
    );
    stage.run(&[]).fails(2, "the package `pool` has 2 tests in its proof.rs, and claims of 1");
}

#[test]
fn a_repaired_side_differs_in_the_version_of_one_crate() {
    let stage = Stage::new();
    stage.repaired("tokio = \"1\"");
    let words = "it must differ in the version of one crate";
    stage.run(&[]).fails(2, words);
    stage.proof("", "");
    let manifest = fs::read_to_string(stage.folder.join("pool/repaired/Cargo.toml")).unwrap();
    stage.write(
        "pool/repaired/Cargo.toml",
        &manifest.replace("tokio = \"1\"", "").replace("0.9.2", "0.9.1"),
    );
    stage.run(&[]).fails(2, words);
}

#[test]
fn a_failing_side_does_not_pause() {
    let stage = Stage::new();
    stage.program("test", "[ -z \"$NETNS_TEST_PAUSE\" ] || exit 7\ncat \"$0.${1##*::}.says\"; . \"$0.${1##*::}.ends\"\n");
    stage.run_with("NETNS_TEST_PAUSE", "1").succeeds("red 1 of 1");
}
