use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::repaired;
use crate::server::Server;
use crate::side::Side;

/// A bug of a released crate, and how it is shown.
#[derive(Debug)]
pub(crate) struct Proof {
    /// That of its folder.
    pub(crate) name: String,
    /// Whether it needs no server and little compiling.
    pub(crate) quick: bool,
    pub(crate) server: Option<Server>,
    pub(crate) tests: Vec<ProofTest>,
}

/// A test that both sides run.
#[derive(Debug)]
pub(crate) struct ProofTest {
    /// The name of its function.
    pub(crate) function: String,
    /// What the failing side cannot see, as the test claims it.
    pub(crate) claim: String,
    /// How long its body is.
    pub(crate) lines: usize,
    pub(crate) sides: [Side; 2],
}

/// All proofs in `folder`, in the order of their names: the packages with a table `package.metadata.proof`,
/// of its workspace and of the folders that are workspaces of their own.
///
/// # Errors
///
/// If a manifest cannot be read, or says too little; or if a folder has a `proof.rs` that none of them
/// names: what is not run is not shown.
pub(crate) fn all(folder: &Path) -> Result<Vec<Proof>, String> {
    let mut proofs = of_workspace(&folder.join("Cargo.toml"))?;
    for name in others(folder, &proofs)? {
        let manifest = folder.join(&name).join("Cargo.toml");
        let text = fs::read_to_string(&manifest).unwrap_or_default();
        let own = if text.lines().any(|line| line == "[workspace]") {
            of_workspace(&manifest)?
        } else {
            Vec::new()
        };
        if own.is_empty() {
            return Err(format!(
                "{name}/proof.rs is no proof: it is no member of the workspace, or has no `package.metadata.proof`"
            ));
        }
        proofs.extend(own);
    }
    proofs.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(proofs)
}

fn of_workspace(manifest: &Path) -> Result<Vec<Proof>, String> {
    let metadata = metadata(manifest)?;
    let mut proofs = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        if package["metadata"]["proof"].is_object() {
            let name = package["name"].as_str().unwrap_or_default();
            proofs
                .push(read(package).map_err(|problem| format!("the package `{name}` {problem}"))?);
        }
    }
    Ok(proofs)
}

/// The folders with a `proof.rs` that are none of `proofs`, by name.
fn others(folder: &Path, proofs: &[Proof]) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
    let folders = entries.iter().filter(|entry| entry.path().join("proof.rs").exists());
    let names = folders.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut others: Vec<_> =
        names.filter(|name| proofs.iter().all(|proof| proof.name != *name)).collect();
    others.sort();
    Ok(others)
}

/// What cargo says of the packages of a manifest.
pub(crate) fn metadata(manifest: &Path) -> Result<Value, String> {
    let mut cargo = Command::new(crate::side::cargo());
    cargo.args(["metadata", "--format-version=1", "--no-deps", "--manifest-path"]);
    let output = cargo.arg(manifest).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cannot run cargo: {error}"))?;
    let json = serde_json::from_slice(&output.stdout);
    json.map_err(|_| format!("`cargo metadata` does not list {}", manifest.display()))
}

fn read(package: &Value) -> Result<Proof, String> {
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap_or_default());
    let folder = manifest.parent().ok_or("has no folder")?;
    let name = folder.file_name().ok_or("has no folder")?.to_string_lossy().into_owned();
    let proof = &package["metadata"]["proof"];
    let claims = proof["claims"].as_object().ok_or("has no `proof.claims`")?;
    let source = fs::read_to_string(folder.join("proof.rs"));
    let source = source.map_err(|error| format!("has no proof.rs: {error}"))?;
    repaired::check(folder)?;
    let mut tests = Vec::new();
    for (function, claim) in claims {
        let claim = claim.as_str().ok_or("has a claim that is not text")?.to_owned();
        let lines = lines(&source, function)?;
        let sides = Side::both(&manifest, function);
        tests.push(ProofTest { function: function.clone(), claim, lines, sides });
    }
    let written =
        source.lines().filter(|line| line.trim_start().starts_with("#[netns_test")).count();
    if tests.is_empty() {
        return Err("claims nothing".to_owned());
    }
    if written != tests.len() {
        return Err(format!("has {written} tests in its proof.rs, and claims of {}", tests.len()));
    }
    let server = Server::read(&proof["server"])?;
    Ok(Proof { name, quick: proof["quick"].as_bool().unwrap_or(false), server, tests })
}

/// How many lines the body of a function has that are not empty.
fn lines(source: &str, function: &str) -> Result<usize, String> {
    let mut lines = source.lines().skip_while(|line| !line.contains(&format!("fn {function}(")));
    // rustfmt ends a signature with the only brace at the end of a line of it.
    lines.find(|line| line.ends_with('{')).ok_or(format!("has no test `{function}`"))?;
    Ok(lines.take_while(|line| *line != "}").filter(|line| !line.trim().is_empty()).count())
}
