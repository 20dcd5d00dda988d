use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::verdict::Expected;

/// One of the two sides of a proof: the version or the configuration in which the test fails, or that in
/// which it does not.
#[derive(Debug)]
pub(crate) struct Side {
    pub(crate) name: &'static str,
    pub(crate) expected: Expected,
    /// The name of the test, as the test binary has it.
    pub(crate) test: String,
    manifest: PathBuf,
}

impl Side {
    /// Where a repaired version exists it is a package of its own, with the same test. Where none does,
    /// the test has two cases.
    pub(crate) fn both(manifest: &Path, function: &str) -> [Self; 2] {
        let folder = manifest.parent().unwrap_or(Path::new("."));
        let repaired = folder.join("repaired/Cargo.toml");
        let side = |name, expected, test: String, manifest: &Path| Self {
            name,
            expected,
            test,
            manifest: manifest.to_owned(),
        };
        if repaired.exists() {
            [
                side("failing", Expected::Red, function.to_owned(), manifest),
                side("repaired", Expected::Green, function.to_owned(), &repaired),
            ]
        } else {
            [
                side("failing", Expected::Red, format!("{function}::failing"), manifest),
                side("avoiding", Expected::Green, format!("{function}::avoiding"), manifest),
            ]
        }
    }

    /// The path of its test binary, which is built if it has to be.
    ///
    /// # Errors
    ///
    /// If it cannot be built, with what cargo says. A version that can no longer be had is said to be so.
    pub(crate) fn build(&self) -> Result<PathBuf, String> {
        let mut cargo = Command::new(cargo());
        cargo.args(["test", "--no-run", "--locked", "--test=proof"]);
        cargo
            .arg("--message-format=json-render-diagnostics")
            .arg("--manifest-path")
            .arg(&self.manifest);
        if std::env::var_os("CARGO_TARGET_DIR").is_none() {
            // One for all, that of the crate itself: what several depend on is compiled once.
            cargo
                .arg("--target-dir")
                .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"));
        }
        let output = cargo.output().map_err(|error| format!("cannot run cargo: {error}"))?;
        if !output.status.success() {
            return Err(why_not(&String::from_utf8_lossy(&output.stderr)));
        }
        let messages = String::from_utf8_lossy(&output.stdout);
        let executable = messages.lines().find_map(executable);
        executable.ok_or_else(|| "cargo has built no test binary `proof`".to_owned())
    }

    /// Runs the test, and that alone.
    ///
    /// # Errors
    ///
    /// If the test binary cannot be started.
    pub(crate) fn run(&self, executable: &Path) -> Result<Output, String> {
        let mut test = Command::new(executable);
        test.args([&self.test, "--exact"]).stdin(Stdio::null());
        // A failing side would wait for somebody to look, for ever.
        test.env_remove("NETNS_TEST_PAUSE");
        if let Some(folder) = self.manifest.parent() {
            test.current_dir(folder).env("CARGO_MANIFEST_DIR", folder);
        }
        test.output().map_err(|error| format!("cannot start {}: {error}", executable.display()))
    }
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn executable(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    (message["target"]["name"] == "proof").then_some(())?;
    message["executable"].as_str().map(PathBuf::from)
}

/// What cargo says when a version is not in the registry, or its file is not.
const GONE: [&str; 5] = [
    "failed to select a version for the requirement",
    "no matching package",
    "failed to download",
    "failed to get",
    "unable to get packages",
];

fn why_not(stderr: &str) -> String {
    // The end of it has the reason; what comes before is what went well.
    let lines: Vec<&str> = stderr.lines().filter(|line| !line.trim().is_empty()).collect();
    let error = lines.iter().position(|line| line.starts_with("error"));
    let said = lines[error.unwrap_or(lines.len().saturating_sub(20))..].join("\n    ");
    let what = if GONE.iter().any(|words| stderr.contains(words)) {
        "a pinned version is unavailable"
    } else if stderr.contains("--locked") {
        "its Cargo.lock does not fit the manifests (run `cargo update --workspace` there)"
    } else {
        "it cannot be built"
    };
    format!("{what}; cargo says:\n    {said}")
}
