//! The commands of the program `measure`, which `cargo xtask` builds when one of them is asked for.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::Context;
use clap::Args;
use thalweg_cli::conclude;
use xtask::workspace::root;

/// What goes on to that program as it stands.
#[derive(Debug, Args)]
pub struct Arguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    all: Vec<OsString>,
}

/// Runs a command of the program; its exit code is ours.
pub fn run(command: &str, arguments: &Arguments) -> ExitCode {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["run", "--quiet", "--release", "--package", "measure", "--manifest-path"])
        .arg(root().join("Cargo.toml"))
        .args(["--", command])
        .args(&arguments.all)
        .status()
        .context("cannot start cargo");
    match status {
        Ok(status) => ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
        Err(error) => conclude(Err(error.into())),
    }
}
