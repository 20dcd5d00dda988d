//! A folder that is there for one test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// An empty folder for temporary files. It is removed with what is in it when it is dropped.
pub(crate) struct Folder(PathBuf);

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Folder {
    pub(crate) fn make() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("netns-test-{}-{number}", process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left is somebody's temporary file; the test says what matters.
        let _ = fs::remove_dir_all(&self.0);
    }
}
