//! Experiments from a text, and their records.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use serde_json::Value;
use thalweg_experiment::{Experiment, ExperimentFile, Overlays, Surroundings, run};
use thalweg_records::{Provenance, Record};

/// The experiment in a file, or what is wrong with it.
pub fn open(path: &Path, set: &[&str]) -> Result<Experiment, String> {
    let overlays = Overlays { profile: None, set: set.iter().map(|s| (*s).to_owned()).collect() };
    let mut file = ExperimentFile::open(path, &overlays).map_err(|problems| problems.to_string())?;
    let experiment = file.plan("small", &overlays, Value::Null, Value::Null);
    file.finish().map(|()| experiment).map_err(|problems| problems.to_string())
}

/// The experiment that a text states.
pub fn plan(text: &str, set: &[&str]) -> Result<Experiment, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.toml");
    std::fs::write(&path, text).unwrap();
    open(&path, set)
}

pub fn provenance() -> Provenance {
    Provenance { code: "test".into(), machine: "test".into() }
}

/// The records of all runs, with their arrays in the order in which a store gives them back.
pub fn records(experiment: &Experiment) -> Vec<Record> {
    let around = Surroundings {
        now: &|| 0.0,
        cancelled: &AtomicBool::new(false),
        progress: &|_| {},
        provenance: provenance(),
    };
    let mut records: Vec<Record> = experiment.jobs.iter().map(|job| run(job, &around).unwrap()).collect();
    for record in &mut records {
        record.params.sort_by(|a, b| a.name.cmp(&b.name));
        record.fields.sort_by(|a, b| a.name.cmp(&b.name));
    }
    records
}
