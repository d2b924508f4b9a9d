//! `cargo xtask bench --peers`: other tools on the same workloads, interleaved round by round with ours.
//!
//! A peer is a program that gets workload, steps and seed, and prints one line of JSON. `bench/README.md` says how to
//! install them; one that is not there gets an empty column.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use super::case::{Case, SWEEP_STEPS};
use super::table::Table;
use super::times::{Times, duration};
use crate::exit::Exit;
use crate::print::{note, say};
use crate::workspace::root;

/// What runs on one core only, so that all are compared on one.
const ONE_THREAD: [(&str, &str); 4] = [
    ("OMP_NUM_THREADS", "1"),
    ("OPENBLAS_NUM_THREADS", "1"),
    ("MKL_NUM_THREADS", "1"),
    ("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false"),
];
const SCRIPTS: [(&str, &str); 4] = [
    ("NumPy", "numpy_article.py"),
    ("JAX", "jax_scan.py"),
    ("PyTorch", "torch_loop.py"),
    ("scikit-learn", "sklearn_mlp.py"),
];
const CRATES: [&str; 2] = ["burn", "candle"];
const SEED: &str = "1";

/// The line that a peer prints.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    version: String,
    workload: String,
    us_per_step: f64,
    loss: Option<f64>,
}

/// Another tool.
struct Peer {
    name: &'static str,
    /// Program and first arguments.
    command: Vec<String>,
    /// Its version when it has answered, or why it does not.
    state: State,
    /// A row for each workload.
    times: Vec<Times>,
    losses: Vec<Option<f64>>,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    Unknown,
    Version(String),
    NotInstalled,
    Failed(String),
}

/// Compares on the cases that peers know, with `steps` steps of training; returns what was measured.
pub fn run(mut cases: Vec<Case>, rounds: usize, steps: u64, python: &str, rust: bool) -> Result<Value, Exit> {
    cases.retain(|case| case.peer.is_some());
    let mut ours = vec![Times::default(); cases.len()];
    let mut peers: Vec<Peer> = SCRIPTS
        .into_iter()
        .map(|(name, file)| {
            let script = root().join("bench/peers").join(file).display().to_string();
            Peer::new(name, vec![python.to_owned(), script], cases.len())
        })
        .collect();
    if rust {
        let manifest = root().join("bench/rust-peers/Cargo.toml");
        build(&manifest)?;
        peers.extend(CRATES.into_iter().map(|name| {
            let run = ["cargo", "run", "--release", "--quiet", "--manifest-path"].map(str::to_owned);
            let rest = [manifest.display().to_string(), "--".to_owned(), name.to_owned()];
            Peer::new(name, run.into_iter().chain(rest).collect(), cases.len())
        }));
    }
    for round in 1..=rounds {
        for (row, case) in cases.iter_mut().enumerate() {
            note(format_args!("round {round} of {rounds}: {}", case.label));
            // The peers repeat too, and only their fastest repetition counts.
            for _ in 0..3 {
                ours[row].push(case.measure().with_context(|| case.label.clone())?);
            }
            for peer in &mut peers {
                peer.measure(row, case, steps);
            }
        }
    }
    say(ratios(&cases, &ours, &peers).render())?;
    for peer in &peers {
        say(match &peer.state {
            State::Version(version) => version.clone(),
            State::NotInstalled => format!("{}: not installed", peer.name),
            State::Failed(why) => format!("{}: failed: {why}", peer.name),
            State::Unknown => format!("{}: not run", peer.name),
        })?;
    }
    Ok(measured(&cases, &ours, &peers))
}

impl Peer {
    fn new(name: &'static str, command: Vec<String>, rows: usize) -> Self {
        let (times, losses) = (vec![Times::default(); rows], vec![None; rows]);
        Self { name, command, state: State::Unknown, times, losses }
    }

    /// One round of one workload, unless it is known not to work.
    fn measure(&mut self, row: usize, case: &Case, steps: u64) {
        let Some(workload) = case.peer.as_deref() else { return };
        if matches!(self.state, State::NotInstalled | State::Failed(_)) {
            return;
        }
        match self.ask(workload, steps) {
            Ok(answer) => {
                let sweep = if workload == "w5" { SWEEP_STEPS } else { 1.0 };
                self.times[row].push(1e-6 * answer.us_per_step * sweep);
                self.losses[row] = answer.loss;
                self.state = State::Version(answer.version);
            }
            Err(state) => self.state = state,
        }
    }

    fn ask(&self, workload: &str, steps: u64) -> Result<Answer, State> {
        let output = Command::new(&self.command[0])
            .args(&self.command[1..])
            .args([workload, &steps.to_string(), SEED])
            .envs(ONE_THREAD)
            .output()
            .map_err(|_| State::NotInstalled)?;
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("ModuleNotFoundError") {
            return Err(State::NotInstalled);
        }
        let line = String::from_utf8_lossy(&output.stdout);
        let answer = line.lines().last().and_then(|line| serde_json::from_str::<Answer>(line).ok());
        match answer {
            Some(answer) if output.status.success() && answer.workload == workload => Ok(answer),
            _ => {
                let why = said.lines().last().unwrap_or("it prints no line of JSON");
                Err(State::Failed(format!("{workload}: {why}")))
            }
        }
    }
}

/// Our fastest round, and beside it those of the peers with how many times as long they take.
fn ratios(cases: &[Case], ours: &[Times], peers: &[Peer]) -> Table {
    let head: Vec<&str> =
        ["workload", "Thalweg"].into_iter().chain(peers.iter().map(|peer| peer.name)).collect();
    let mut table = Table::new(&head);
    for (row, case) in cases.iter().enumerate() {
        let own = ours[row].min();
        let beside = peers.iter().map(|peer| {
            let theirs = peer.times[row].min();
            if theirs.is_nan() {
                return "–".to_owned();
            }
            format!("{} ({})", duration(theirs), times_as_long(theirs / own))
        });
        table.push([case.label.clone(), duration(own)].into_iter().chain(beside));
    }
    table
}

fn times_as_long(ratio: f64) -> String {
    if ratio < 9.95 { format!("{ratio:.1}×") } else { format!("{ratio:.0}×") }
}

fn measured(cases: &[Case], ours: &[Times], peers: &[Peer]) -> Value {
    let rows = cases.iter().enumerate().map(|(row, case)| {
        let beside = peers.iter().filter(|peer| !peer.times[row].min().is_nan()).map(|peer| {
            let State::Version(version) = &peer.state else { return Value::Null };
            json!({ "peer": version, "seconds": peer.times[row].min(), "loss": peer.losses[row] })
        });
        let peers: Vec<Value> = beside.collect();
        json!({ "workload": case.label, "seconds": ours[row].min(), "peers": peers })
    });
    Value::Array(rows.collect())
}

fn build(manifest: &Path) -> anyhow::Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--manifest-path"]).arg(manifest);
    if !cargo.status().context("cannot start cargo")?.success() {
        bail!("the peers in {} cannot be built", manifest.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A peer that is a line of shell; its arguments are $0, $1 and $2.
    fn shell(line: &str) -> Peer {
        Peer::new("shell", ["sh", "-c", line].map(str::to_owned).to_vec(), 1)
    }

    #[test]
    fn the_line_of_a_peer_is_read() {
        let peer = shell(
            r#"echo starting; printf '{"version": "S %s", "workload": "%s", "us_per_step": 2.5, "loss": null}\n' $1 $0"#,
        );
        let (version, workload) = ("S 7".to_owned(), "w4".to_owned());
        assert_eq!(peer.ask("w4", 7), Ok(Answer { version, workload, us_per_step: 2.5, loss: None }));
    }

    #[test]
    fn what_is_missing_or_breaks_is_told_and_no_error() {
        let missing = Peer::new("none", vec!["no-such-program".to_owned()], 1);
        assert_eq!(missing.ask("w4", 7), Err(State::NotInstalled));
        let missing = shell("echo \"ModuleNotFoundError: No module named 'jax'\" >&2; exit 1");
        assert_eq!(missing.ask("w4", 7), Err(State::NotInstalled));
        let broken = shell("echo out of memory >&2; exit 3");
        assert_eq!(broken.ask("w4", 7), Err(State::Failed("w4: out of memory".to_owned())));
        assert_eq!(
            shell("true").ask("w4", 7),
            Err(State::Failed("w4: it prints no line of JSON".to_owned()))
        );
    }

    #[test]
    fn ratios_have_two_digits() {
        assert_eq!((times_as_long(1.26), times_as_long(9.96)), ("1.3×".to_owned(), "10×".to_owned()));
    }
}
