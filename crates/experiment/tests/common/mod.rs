//! Experiments from a text, and their records.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use thalweg_document::{Document, Files, Overlays};
use thalweg_experiment::{Disk, Experiment, Memory, Planned, Spec, Surroundings, execute, plan as plan_of};
use thalweg_records::{Provenance, Record};

/// The experiment that a text states.
pub fn plan(text: &str, set: &[&str]) -> Result<Experiment, String> {
    planned(text, set).map(|planned| planned.experiment)
}

/// The same, with what its runs will yield.
pub fn planned(text: &str, set: &[&str]) -> Result<Planned, String> {
    let document = Document::of_text("small.toml", text, &overlays(set)).map_err(|e| e.to_string())?;
    resolve(&document, Path::new("small.toml"), &Disk)
}

/// The plan of a document, or what is wrong with it.
pub fn resolve(document: &Document, path: &Path, files: &dyn Files) -> Result<Planned, String> {
    let (spec, mut problems) = Spec::read(document, path);
    let planned = plan_of(&spec, files);
    problems.extend(planned.problems.iter().cloned());
    document.explain(problems).map(|()| planned).map_err(|problems| problems.to_string())
}

pub fn overlays(set: &[&str]) -> Overlays {
    Overlays { profile: None, set: set.iter().map(|s| (*s).to_owned()).collect() }
}

pub fn provenance() -> Provenance {
    Provenance { code: "test".into(), machine: "test".into() }
}

/// Hands surroundings to `compute` whose clocks stand still.
pub fn around<T>(cancelled: bool, compute: impl FnOnce(&Surroundings<'_>) -> T) -> T {
    let (cancelled, provenance) = (AtomicBool::new(cancelled), provenance());
    compute(&Surroundings {
        cpu: &|| Some(0.0),
        cancelled: &cancelled,
        provenance: &provenance,
        ..Surroundings::without_clock()
    })
}

/// The records of all runs, with their arrays in the order in which a store gives them back.
pub fn records(experiment: &Experiment) -> Vec<Record> {
    let pool = Memory::default();
    let jobs: Vec<_> = experiment.jobs.iter().collect();
    around(false, |around| execute(experiment, &jobs, &pool, around, &|_| {}).unwrap());
    let mut kept = pool.into_records();
    let mut records: Vec<Record> = jobs.iter().map(|job| kept.remove(&job.key).unwrap()).collect();
    for record in &mut records {
        record.params.sort_by(|a, b| a.name.cmp(&b.name));
        record.fields.sort_by(|a, b| a.name.cmp(&b.name));
    }
    records
}

/// The names of all final values and times, with that of what only the status tells.
pub fn values(record: &Record) -> BTreeSet<String> {
    let measured = record.metrics.iter().chain(&record.seconds).map(|metric| metric.name.clone());
    measured.chain(["diverged".to_owned()]).collect()
}
