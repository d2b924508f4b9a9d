//! Where things lie.

use std::path::{Path, PathBuf};

use crate::{Exit, say};

/// What differs between the program that is installed and the repository's own commands.
#[derive(Debug, Clone)]
pub struct Home {
    /// How it is called.
    pub program: &'static str,
    /// The folder whose experiments go by their names, before those that are built in.
    pub experiments: PathBuf,
    /// The folder of all stores, unless another is given.
    pub results: PathBuf,
    /// The commit of the code.
    pub commit: Option<String>,
}

impl Home {
    /// That of the installed program: the folder in which it is called.
    pub fn here() -> Self {
        Self {
            program: "thalweg",
            experiments: PathBuf::from("experiments"),
            results: PathBuf::from("results"),
            commit: option_env!("THALWEG_COMMIT").map(str::to_owned),
        }
    }

    /// Names of the experiments in the folder, sorted, with their files; none if there is no such folder.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn experiments(&self) -> std::io::Result<Vec<(String, PathBuf)>> {
        files_of(&self.experiments)
    }

    /// The same of the rooms of the museum, in the folder `museum` there.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn rooms(&self) -> std::io::Result<Vec<(String, PathBuf)>> {
        files_of(&self.experiments.join("museum"))
    }
}

/// Names of the experiment files in a folder, sorted, with their paths.
fn files_of(folder: &Path) -> std::io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                found.push((name_of(&path), path));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// An experiment's name: its file's without the ending.
pub fn name_of(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Prints the paths that were written, or of more than a few how many there are in which folder.
pub fn say_written(paths: &[PathBuf], folder: &Path) -> Result<(), Exit> {
    const FEW: usize = 12;
    match paths.len() {
        ..=FEW => paths.iter().try_for_each(|path| say(shown(path)))?,
        n => say(format_args!("{n} files in {}", shown(folder)))?,
    }
    Ok(())
}

/// A path as a user would type it: relative to where they stand, if it lies below.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}
