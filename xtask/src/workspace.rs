//! Where things lie.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// The root of the repository.
pub fn root() -> PathBuf {
    let xtask = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    Path::new(&xtask).parent().map_or_else(PathBuf::new, Path::to_owned)
}

/// Names of the experiments, sorted, with their files.
pub fn experiments() -> anyhow::Result<Vec<(String, PathBuf)>> {
    let folder = root().join("experiments");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            found.push((name_of(&path), path));
        }
    }
    found.sort();
    Ok(found)
}

/// An experiment's name: its file's without the ending.
pub fn name_of(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// A path as a user would type it: relative to where they stand, if it lies below.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}
