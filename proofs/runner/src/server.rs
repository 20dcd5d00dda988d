use std::process::Command;

use serde_json::Value;

/// The server that a proof needs.
#[derive(Debug)]
pub(crate) struct Server {
    program: String,
    /// The argument with which it tells its version.
    tells: String,
    /// With which the proof was made.
    known: String,
}

impl Server {
    /// From `{ program, tells, known }`.
    ///
    /// # Errors
    ///
    /// If there is one, and one of the three is missing.
    pub(crate) fn read(table: &Value) -> Result<Option<Self>, String> {
        if table.is_null() {
            return Ok(None);
        }
        let text = |name: &str| {
            let text = table[name].as_str().map(str::to_owned);
            text.ok_or(format!("has a `proof.server` without `{name}`"))
        };
        Ok(Some(Self { program: text("program")?, tells: text("tells")?, known: text("known")? }))
    }

    /// What is to be said when its version is not the one with which the proof was made; `None` if it is.
    ///
    /// # Errors
    ///
    /// If there is none, one that tells no version, or, unless `any` will do, one of another version: whatever
    /// it is, the proof says nothing of it.
    pub(crate) fn check(&self, any: bool) -> Result<Option<String>, String> {
        let Self { program, tells, known } = self;
        let output = Command::new(program).arg(tells).output().map_err(|error| {
            format!("it needs {program}, which cannot be run: {error}. It was made with {program} {known}")
        })?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        match version(&said) {
            None => Err(format!(
                "`{program} {tells}` reports no version, but {:?}. It was made with {program} {known}",
                said.lines().next().unwrap_or_default()
            )),
            Some(found) if found == *known => Ok(None),
            Some(found) if any => {
                Ok(Some(format!("{program} is {found} here; it was made with {known}")))
            }
            Some(found) => Err(format!(
                "{program} is {found} here; it was made with {known}. To run it all the same, add --any-server"
            )),
        }
    }
}

/// The first word of numbers with dots between them.
fn version(text: &str) -> Option<&str> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    words.map(|word| word.trim_matches('.')).find(|word| word.contains('.'))
}
