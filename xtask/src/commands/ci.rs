//! `cargo xtask ci`

use std::process::Command;

use anyhow::{Context, bail};
use thalweg_cli::Exit;

use crate::workspace::root;

/// Each step with the arguments of cargo.
const STEPS: [(&str, &[&str]); 9] = [
    ("format", &["fmt", "--all", "--check"]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    ("without a solver", &["check", "-p", "thalweg-experiment", "--no-default-features", "--all-targets"]),
    ("docs", &["doc", "--workspace", "--no-deps"]),
    ("tests", &["test", "--release", "--workspace"]),
    (
        "quick experiment",
        &["xtask", "experiment", "batch-size", "--profile", "quick", "--store", "target/ci-results"],
    ),
    ("probes against known answers", &["xtask", "grade", "--quick"]),
    ("verdicts against known truths", &["xtask", "calibrate", "--quick"]),
    ("instructions of a step", &["xtask", "bench", "--instructions"]),
];

pub fn run() -> Result<(), Exit> {
    for (name, arguments) in STEPS {
        eprintln!("ci: {name}: cargo {}", arguments.join(" "));
        step(arguments).with_context(|| format!("ci: {name}"))?;
    }
    println!("ci: all {} steps passed", STEPS.len());
    Ok(())
}

fn step(arguments: &[&str]) -> anyhow::Result<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let status = Command::new(cargo)
        .args(arguments)
        .current_dir(root())
        .env("RUSTDOCFLAGS", "-D warnings")
        .status()
        .context("cannot start cargo")?;
    if !status.success() {
        bail!("{status}");
    }
    Ok(())
}
