//! `cargo xtask ci`

use std::path::Path;
use std::process::Command;

use anyhow::{Context, anyhow, bail};
use thalweg_cli::Exit;

use xtask::workspace::root;

/// Each step with the arguments of cargo; those of `cargo xtask` are done by this program, which is there
/// already.
const STEPS: [(&str, &[&str]); 10] = [
    ("format", &["fmt", "--all", "--check"]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    ("without a solver", &["check", "-p", "thalweg-experiment", "--no-default-features", "--all-targets"]),
    ("docs", &["doc", "--workspace", "--no-deps"]),
    ("tests", &["test", "--release", "--workspace"]),
    ("schema of experiment files", SCHEMA),
    (
        "quick experiment",
        &["xtask", "experiment", "batch-size", "--profile", "quick", "--store", "target/ci-results"],
    ),
    ("probes against known answers", &["xtask", "grade", "--quick"]),
    ("verdicts against known truths", &["xtask", "calibrate", "--quick"]),
    ("instructions of a step", &["xtask", "bench", "--instructions"]),
];

/// Holds the schema that the program brings along to the types; what derives it is compiled for this alone,
/// so soon.
pub const SCHEMA: &[&str] = &[
    "test",
    "-p",
    "thalweg",
    "--no-default-features",
    "--features",
    "schema",
    "--test",
    "schema",
    "--config",
    "profile.dev.opt-level=0",
];

pub fn run() -> Result<(), Exit> {
    for (name, arguments) in STEPS {
        eprintln!("ci: {name}: cargo {}", arguments.join(" "));
        step(arguments).with_context(|| format!("ci: {name}"))?;
    }
    println!("ci: all {} steps passed", STEPS.len());
    if has_target(WASM) {
        step(&["check", "-p", "thalweg", "--no-default-features", "--target", WASM])
            .context("ci: WebAssembly")?;
    } else {
        println!("ci: WebAssembly was left out\nhint: `rustup target add {WASM}`");
    }
    eprintln!("ci: a cluster: .ci/slurm");
    let program = std::env::current_exe().context("cannot find this program")?.with_file_name("thalweg");
    let status = Command::new("bash").arg(".ci/slurm").arg(program).current_dir(root()).status();
    if !status.context("ci: cannot start bash")?.success() {
        return Err(anyhow!("ci: a cluster").into());
    }
    Ok(())
}

/// In a browser the libraries run as this.
const WASM: &str = "wasm32-unknown-unknown";

/// Whether the standard library is there for a target.
fn has_target(target: &str) -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let asked = Command::new(rustc).args(["--print", "target-libdir", "--target", target]).output();
    asked.is_ok_and(|told| Path::new(String::from_utf8_lossy(&told.stdout).trim()).is_dir())
}

fn step(arguments: &[&str]) -> anyhow::Result<()> {
    let (program, arguments) = match arguments {
        ["xtask", rest @ ..] => (std::env::current_exe().context("cannot find this program")?, rest),
        all => (std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()).into(), all),
    };
    let status = Command::new(&program)
        .args(arguments)
        .current_dir(root())
        .env("RUSTDOCFLAGS", "-D warnings")
        .status()
        .with_context(|| format!("cannot start {}", program.display()))?;
    if !status.success() {
        bail!("{status}");
    }
    Ok(())
}
