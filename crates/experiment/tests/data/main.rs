//! Data in experiments: tables, what is drawn, and transforms that must fit.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod archives;
#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "files are in memory")]
mod common;
mod drawn;
mod numbers;
mod tables;
mod transforms;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::{overlays, records, resolve};
use thalweg_document::{Document, Files};
use thalweg_experiment::{Experiment, RunSpec};
use thalweg_records::{Dtype, Record, Tensor, write_tensors};

const TRAINING: &str = "title = 'a'
model = { hidden = [] }
optimizer = { kind = 'sgd' }
schedule = { kind = 'constant', initial = 0.1 }
train = { steps = 20, batch-size = 3 }
";

fn plan(data: &str, files: &[(&str, &[u8])]) -> Result<Experiment, String> {
    let text = format!("{TRAINING}{data}\n");
    let files: BTreeMap<PathBuf, Vec<u8>> = files
        .iter()
        .copied()
        .chain([("small.toml", text.as_bytes())])
        .map(|(path, bytes)| (PathBuf::from(path), bytes.to_vec()))
        .collect();
    let path = Path::new("small.toml");
    let document = Document::open(path, &files as &dyn Files, &overlays(&[])).map_err(|e| e.to_string())?;
    resolve(&document, path, &files).map(|planned| planned.experiment)
}

fn csv(more: &str, table: &str) -> Result<Experiment, String> {
    let data = format!("data = {{ kind = 'csv', path = 'd.csv', label = 'plant'{more} }}");
    plan(&data, &[("d.csv", table.as_bytes())])
}

fn plan_of_replicates(data: &str, n: u64, files: &[(&str, &[u8])]) -> Result<Experiment, String> {
    plan(&format!("{data}\nreplicates = {n}"), files)
}

/// What came out, without what was asked.
fn outcome(experiment: &Experiment) -> Vec<Record> {
    let mut records = records(experiment);
    for record in &mut records {
        (record.key, record.spec, record.outcome) = Default::default();
    }
    records
}
