//! `cargo xtask bench --peers`: other tools on the same workloads, interleaved round by round with ours.
//!
//! A peer is a program that gets workload, steps and seed, and prints one line of JSON. `bench/README.md`
//! says how to install them; one that is not there gets an empty column.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use thalweg_cli::{Exit, note, say};

use super::case::{Case, SWEEP_STEPS};
use super::times::{Times, duration};
use crate::table::Table;
use xtask::workspace::root;

/// The variables that say to a peer how many threads it may have.
const THREADS: [&str; 4] =
    ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"];
/// What says it to JAX, which has one or one a core.
const ONE_THREAD: (&str, &str) = ("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false");
const SCRIPTS: [(&str, &str); 4] = [
    ("NumPy", "numpy_article.py"),
    ("JAX", "jax_scan.py"),
    ("PyTorch", "torch_loop.py"),
    ("scikit-learn", "sklearn_mlp.py"),
];
const CRATES: [&str; 2] = ["burn", "candle"];
/// The workload of which a unit is many steps.
const SWEEP: &str = "w5";
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
pub struct Peer {
    pub name: &'static str,
    /// Program and first arguments.
    command: Vec<String>,
    /// When it has answered.
    version: Option<String>,
    is_installed: bool,
    /// What came of each workload.
    rows: Vec<Row>,
}

#[derive(Clone, Default)]
struct Row {
    times: Times,
    /// The loss after the training.
    loss: Option<f64>,
    /// Why there is no time.
    failure: Option<String>,
}

/// Why a peer does not answer.
#[derive(Debug, Clone, PartialEq)]
enum Refusal {
    NotInstalled,
    Failed(String),
}

/// Compares on the cases that peers know; returns what was measured.
pub fn run(
    mut cases: Vec<Case>,
    rounds: usize,
    quick: bool,
    python: &str,
    rust: bool,
) -> Result<Value, Exit> {
    // What a sweep costs is in part to compile: it is only asked for with all its steps.
    cases.retain(|case| case.peer.as_deref().is_some_and(|name| name != SWEEP || !quick));
    let steps = if quick { 1000 } else { 5000 };
    let mut ours = vec![Times::default(); cases.len()];
    let mut peers = scripts(python, cases.len());
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
            let Some(workload) = &case.peer else { continue };
            for peer in &mut peers {
                peer.measure(row, workload, steps, 1);
            }
        }
    }
    say(ratios(&cases, &ours, &peers).render())?;
    for peer in &peers {
        peer.conclude()?;
    }
    Ok(measured(&cases, &ours, &peers))
}

/// The peers that are scripts.
pub fn scripts(python: &str, rows: usize) -> Vec<Peer> {
    let peer = |(name, file)| {
        let script = root().join("bench/peers").join(file).display().to_string();
        Peer::new(name, vec![python.to_owned(), script], rows)
    };
    SCRIPTS.into_iter().map(peer).collect()
}

impl Peer {
    /// The fastest round of a workload; NaN if there is none.
    pub fn seconds(&self, row: usize) -> f64 {
        self.rows[row].times.min()
    }

    /// Says which version it was, and what it could not do.
    pub fn conclude(&self) -> Result<(), Exit> {
        let version = self.version.as_deref().unwrap_or("no answer");
        say(format_args!("{}: {}", self.name, if self.is_installed { version } else { "not installed" }))?;
        for failure in self.rows.iter().filter_map(|row| row.failure.as_ref()) {
            say(format_args!("  without {failure}"))?;
        }
        Ok(())
    }

    fn new(name: &'static str, command: Vec<String>, rows: usize) -> Self {
        Self { name, command, version: None, is_installed: true, rows: vec![Row::default(); rows] }
    }

    /// One round of one workload, unless it is known not to work.
    pub fn measure(&mut self, row: usize, workload: &str, steps: u64, threads: usize) {
        if !self.is_installed || self.rows[row].failure.is_some() {
            return;
        }
        let (steps, units) = if workload == SWEEP { (SWEEP_STEPS as u64, SWEEP_STEPS) } else { (steps, 1.0) };
        match self.ask(workload, steps, threads) {
            Ok(answer) => {
                self.rows[row].times.push(1e-6 * answer.us_per_step * units);
                self.rows[row].loss = answer.loss;
                self.version = Some(answer.version);
            }
            Err(Refusal::NotInstalled) => self.is_installed = false,
            Err(Refusal::Failed(why)) => self.rows[row].failure = Some(why),
        }
    }

    fn ask(&self, workload: &str, steps: u64, threads: usize) -> Result<Answer, Refusal> {
        let output = Command::new(&self.command[0])
            .args(&self.command[1..])
            .args([workload, &steps.to_string(), SEED])
            .envs(THREADS.map(|name| (name, threads.to_string())))
            .envs((threads == 1).then_some(ONE_THREAD))
            .output()
            .map_err(|_| Refusal::NotInstalled)?;
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("ModuleNotFoundError") {
            return Err(Refusal::NotInstalled);
        }
        let line = String::from_utf8_lossy(&output.stdout);
        let answer = line.lines().last().and_then(|line| serde_json::from_str::<Answer>(line).ok());
        match answer {
            Some(answer) if output.status.success() && answer.workload == workload => Ok(answer),
            _ => {
                let why = said.lines().last().unwrap_or("it prints no line of JSON");
                Err(Refusal::Failed(format!("{workload}: {why}")))
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
            let theirs = peer.rows[row].times.min();
            if theirs.is_nan() {
                return "–".to_owned();
            }
            format!("{} ({})", duration(theirs), times_as_long(theirs / own))
        });
        table.push([case.label.clone(), duration(own)].into_iter().chain(beside));
    }
    table
}

pub fn times_as_long(ratio: f64) -> String {
    if ratio < 9.95 { format!("{ratio:.1}×") } else { format!("{ratio:.0}×") }
}

fn measured(cases: &[Case], ours: &[Times], peers: &[Peer]) -> Value {
    let rows = cases.iter().enumerate().map(|(row, case)| {
        let beside = peers.iter().filter_map(|peer| {
            let (version, Row { times, loss, .. }) = (peer.version.as_ref()?, &peer.rows[row]);
            (!times.min().is_nan()).then(|| json!({ "peer": version, "seconds": times.min(), "loss": loss }))
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
        assert_eq!(peer.ask("w4", 7, 1), Ok(Answer { version, workload, us_per_step: 2.5, loss: None }));
    }

    #[test]
    fn what_is_missing_or_breaks_is_told_and_no_error() {
        let missing = Peer::new("none", vec!["no-such-program".to_owned()], 1);
        assert_eq!(missing.ask("w4", 7, 1), Err(Refusal::NotInstalled));
        let missing = shell("echo \"ModuleNotFoundError: No module named 'jax'\" >&2; exit 1");
        assert_eq!(missing.ask("w4", 7, 1), Err(Refusal::NotInstalled));
        let broken = shell("echo out of memory >&2; exit 3");
        assert_eq!(broken.ask("w4", 7, 1), Err(Refusal::Failed("w4: out of memory".to_owned())));
        assert_eq!(
            shell("true").ask("w4", 7, 1),
            Err(Refusal::Failed("w4: it prints no line of JSON".to_owned()))
        );
    }

    #[test]
    fn one_workload_that_fails_leaves_the_others() {
        let line = r#"test $0 = w5 || exit 1; echo '{"version": "S", "workload": "w5", "us_per_step": 3, "loss": 0.5}'"#;
        let mut peer = Peer::new("shell", ["sh", "-c", line].map(str::to_owned).to_vec(), 2);
        peer.measure(0, "w4", 7, 1);
        peer.measure(1, "w5", 7, 1);
        assert_eq!(peer.rows[0].failure.as_deref(), Some("w4: it prints no line of JSON"));
        // 20,000 steps of 3 µs.
        assert!((peer.rows[1].times.min() - 0.06).abs() < 1e-12 && peer.rows[1].loss == Some(0.5));
        assert_eq!((peer.version.as_deref(), peer.is_installed), (Some("S"), true));
        let mut missing = Peer::new("none", vec!["no-such-program".to_owned()], 1);
        missing.measure(0, "w4", 7, 1);
        assert!(!missing.is_installed && missing.rows[0].failure.is_none());
    }

    #[test]
    fn ratios_have_two_digits() {
        assert_eq!((times_as_long(1.26), times_as_long(9.96)), ("1.3×".to_owned(), "10×".to_owned()));
    }
}
