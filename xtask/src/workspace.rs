//! Where things lie in the repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use thalweg_cli::Home;

/// The root of the repository: where the lock file is, above the crate that Cargo runs or, without Cargo,
/// this one.
pub fn root() -> PathBuf {
    let krate = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    let above = Path::new(&krate).ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    above.map_or_else(PathBuf::new, Path::to_owned)
}

/// The repository as the home of its commands.
pub fn home() -> Home {
    Home {
        program: "cargo xtask",
        experiments: root().join("experiments"),
        results: root().join("results"),
        commit: commit(),
    }
}

/// The program of `cargo xtask`, which lies beside each that it builds.
///
/// # Errors
///
/// Of the operating system.
pub fn program() -> std::io::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("xtask"))
}

/// The commit, marked if files were changed since; `None` outside a git checkout.
pub fn commit() -> Option<String> {
    let git = Command::new("git")
        .args(["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"])
        .current_dir(root())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&git.stdout).trim().to_owned())
}
