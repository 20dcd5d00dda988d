use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::proof::metadata;

/// A dependency as its manifest has it: all but the version, then the version.
type Dependencies = BTreeMap<String, (String, String)>;

/// That the two sides, where they are versions, differ in the version of one crate and in nothing else: a
/// side that is green because of another dependency shows nothing of the repair.
///
/// # Errors
///
/// If they differ otherwise, or a manifest cannot be read.
pub(crate) fn check(folder: &Path) -> Result<(), String> {
    let repaired = folder.join("repaired/Cargo.toml");
    if !repaired.exists() {
        return Ok(());
    }
    let (one, other) = (dependencies(&folder.join("Cargo.toml"))?, dependencies(&repaired)?);
    let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
    let differ = |name: &&String| one.get(*name) != other.get(*name);
    let differing: Vec<&String> = names.filter(differ).collect();
    let rest = |of: &Dependencies, name: &str| of.get(name).map(|(rest, _)| rest.clone());
    match differing[..] {
        [name] if rest(&one, name) == rest(&other, name) => Ok(()),
        _ => Err(format!(
            "has a repaired side that differs in {differing:?}: it must differ in the version of one crate"
        )),
    }
}

fn dependencies(manifest: &Path) -> Result<Dependencies, String> {
    let metadata = metadata(manifest)?;
    let is_it =
        |package: &&Value| package["manifest_path"].as_str().map(Path::new) == Some(manifest);
    let package = metadata["packages"].as_array().into_iter().flatten().find(is_it);
    let package = package.ok_or_else(|| format!("has no package in {}", manifest.display()))?;
    let one = |dependency: &Value| {
        let mut rest = dependency.clone();
        let version = rest["req"].take().to_string();
        (dependency["name"].to_string(), (rest.to_string(), version))
    };
    Ok(package["dependencies"].as_array().into_iter().flatten().map(one).collect())
}
