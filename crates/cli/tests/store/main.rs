//! Nothing is lost, nothing is replaced, nothing is hidden: stores that are damaged, shared and stopped.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "../common/mod.rs"]
mod common;
mod damage;
#[expect(dead_code, reason = "the pages of reports need more of a browser")]
#[path = "../../../report/tests/browser/devtools.rs"]
mod devtools;
mod looks;
mod processes;
mod results;
mod watch;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use common::Done;
use tempfile::TempDir;
use thalweg::records::{Record, Store};

const SMALL: &str = r#"title = "Six short runs"
seed = 3
replicates = 2
[data]
kind = "two-moons"
samples = 40
[model]
hidden = [4]
[optimizer]
kind = "adam"
[schedule]
kind = "constant"
initial = 0.1
[train]
steps = 30
[sweep]
"train.batch-size" = [4, 8, 20]
[[claim]]
id = "low"
says = "The loss ends below 10"
kind = "bound"
of = "train.loss"
at-most = 10.0
[[figure]]
id = "loss"
kind = "curves"
title = "Training loss"
y = "train.loss"
y-label = "loss"
series = "train.batch-size"
series-label = "batch size"
"#;

fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.toml"), text).unwrap();
    folder
}

/// The exit code, and all that was said.
fn run(folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String) {
    told(common::run(folder, arguments))
}

fn told(done: Done) -> (Option<i32>, String) {
    (done.code, done.stdout + &done.stderr)
}

/// What came out of each run, by its key.
fn outcomes(folder: &TempDir, store: &str) -> BTreeSet<(String, String)> {
    let store = Store::new(folder.path().join(store));
    let record = |key: String| store.read(&key).unwrap().unwrap();
    store.keys().unwrap().into_iter().map(record).map(|run: Record| (run.key, run.outcome.unwrap())).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().path()).collect();
    files.sort();
    files
}

/// The cells of a table that are not times.
fn numbers(folder: &TempDir, result: &str) -> String {
    let text = fs::read_to_string(folder.path().join("results").join(result).join("runs.csv")).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let kept = |row: &Vec<&str>| {
        let cells = row.iter().zip(&rows[0]).filter(|(_, name)| !name.ends_with("seconds"));
        cells.map(|(cell, _)| *cell).collect::<Vec<_>>().join(",")
    };
    rows.iter().map(kept).collect::<Vec<_>>().join("\n")
}

/// Runs that take many checkpoints of a twentieth of a second each.
fn long(steps: &str) -> String {
    SMALL.replace("steps = 30", &format!("steps = {steps}")).replace("hidden = [4]", "hidden = [32, 32]")
}
