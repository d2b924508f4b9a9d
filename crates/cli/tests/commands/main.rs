//! The command line from end to end: the built program on tiny experiments, each in a folder of its own.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "../common/mod.rs"]
mod common;
mod figures;
mod museum;
mod results;
mod runs;
mod told;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use common::{run, start};
use safetensors::SafeTensors;
use tempfile::TempDir;
use thalweg::records::Store;

const SMALL: &str = r#"title = "Small"
replicates = 2
[data]
kind = "two-moons"
samples = 20
[test]
sets = 3
samples = 10
variants = { clean = [] }
[model]
hidden = [5]
[optimizer]
kind = "sgd"
[schedule]
kind = "constant"
initial = 0.1
[train]
steps = 30
[sweep]
"train.batch-size" = [1, 4]
[profile.short]
"train.steps" = 3
[profile.nested.train]
steps = 3
[[claim]]
id = "learns"
says = "The loss ends below 1000"
kind = "bound"
of = "train.loss"
at-most = 1000
[[figure]]
id = "loss"
kind = "curves"
title = "Loss"
y = "train.loss"
y-label = "training loss"
series = "train.batch-size"
series-label = "batch size"
"#;

const CSV: [(&str, &str); 2] = [
    ("kind = \"two-moons\"\nsamples = 20\n", "kind = \"csv\"\npath = \"d.csv\"\nlabel = \"class\"\n"),
    ("[test]\nsets = 3\nsamples = 10\nvariants = { clean = [] }\n", ""),
];

/// A folder with small.toml. A change replaces a text in it, or is the text of d.csv.
fn folder(changes: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut text = SMALL.to_owned();
    for (from, to) in changes {
        if *from == "d.csv" {
            fs::write(folder.path().join(from), to).unwrap();
        } else {
            assert!(text.contains(from), "{from:?} is not in the file");
            text = text.replacen(from, to, 1);
        }
    }
    fs::write(folder.path().join("small.toml"), text).unwrap();
    folder
}

/// The cells of runs.csv, header first.
fn table(folder: &TempDir, store: &str) -> Vec<Vec<String>> {
    let path = Path::new(store).join("small/runs.csv");
    let text = fs::read_to_string(folder.path().join(path)).unwrap();
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}
