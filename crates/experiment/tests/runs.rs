//! Whole runs: against NumPy, whatever the threads, and when they diverge.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use std::path::Path;

use common::{around, overlays, planned, records, resolve};
use thalweg_document::Document;
use thalweg_experiment::{Disk, Experiment, Shard, execute};
use thalweg_records::{Record, Status, Store, read_tensors};

const MOONS: &str = r#"
title = "Small"
replicates = 2
[data]
kind = "two-moons"
samples = 23
noise = 0.2
transforms = [{ kind = "flip-labels", probability = 0.3 }]
[test]
sets = 7
samples = 13
variants = { clean = [], flipped = [{ kind = "flip-labels", probability = 0.3 }] }
[model]
hidden = [9, 5]
[optimizer]
kind = "sgd"
[schedule]
kind = "constant"
initial = 0.1
[train]
steps = 150
batch-size = 4
[record]
data = true
boundary = { resolution = 20 }
[sweep]
"train.batch-size" = [1, 7, 23]
"#;

fn plan(text: &str, set: &[&str]) -> Experiment {
    common::plan(text, set).unwrap()
}

/// The experiment in a file.
fn open(path: &Path, set: &[&str]) -> Experiment {
    let document = Document::open(path, &Disk, &overlays(set)).unwrap();
    resolve(&document, path, &Disk).unwrap().experiment
}

/// Computes into a store with some threads, in shards, and reads back.
fn through_a_store(experiment: &Experiment, threads: usize, shards: usize) -> Vec<Record> {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().join("small"));
    store.prepare().unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let mut computed = 0;
    for shard in (0..shards).rev() {
        let shard: Shard = format!("{shard}/{shards}").parse().unwrap();
        let jobs = shard.select(&experiment.jobs);
        let go = || around(false, |around| execute(experiment, &jobs, &store, around, &|_| {}).unwrap());
        computed += pool.install(go);
        assert_eq!(pool.install(go), 0, "the second call computes nothing");
    }
    assert_eq!(computed, experiment.jobs.len());
    experiment.jobs.iter().map(|job| store.read(&job.key).unwrap().unwrap()).collect()
}

#[test]
fn two_hundred_steps_equal_numpy() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/numpy");
    let expected = read_tensors(&std::fs::read(folder.join("trained.safetensors")).unwrap()).unwrap();
    let given = read_tensors(&std::fs::read(folder.join("weights.safetensors")).unwrap()).unwrap();
    for numerics in ["fast", "portable"] {
        let record =
            records(&open(&folder.join("experiment.toml"), &[&format!("model.numerics={numerics}")]))
                .remove(0);
        assert_eq!(record.params.len(), 6);
        for tensor in &record.params {
            let of =
                |all: &[thalweg_records::Tensor]| all.iter().find(|t| t.name == tensor.name).unwrap().clone();
            let (expected, start) = (of(&expected), of(&given));
            assert_eq!(tensor.shape, expected.shape);
            for ((ours, numpys), start) in tensor.data.iter().zip(&expected.data).zip(&start.data) {
                // Sums in another order, 200 times: some hundred roundings of 1e-16.
                assert!((ours - numpys).abs() < 1e-12, "{}: {ours} and {numpys}", tensor.name);
                assert!((ours - start).abs() > 1e-6, "{}: training moves every parameter", tensor.name);
            }
        }
    }
}

#[test]
fn records_depend_neither_on_threads_nor_on_shards() {
    let experiment = plan(MOONS, &[]);
    let plain = records(&experiment);
    assert_eq!(plain.len(), 6);
    for (threads, shards) in [(1, 1), (2, 1), (5, 1), (2, 3)] {
        let stored = through_a_store(&experiment, threads, shards);
        assert!(stored == plain, "{threads} threads, {shards} shards");
    }
    let keys: std::collections::BTreeSet<&str> = plain.iter().map(|record| record.key.as_str()).collect();
    assert_eq!(keys.len(), 6, "every run has its own key");
}

#[test]
fn what_is_recorded_does_not_touch_the_training() {
    let all = records(&plan(MOONS, &[]));
    let bare = records(&plan(MOONS, &["record={ points-per-decade = 1 }", "test.sets=1"]));
    for (a, b) in all.iter().zip(&bare) {
        assert!(a.params == b.params && a.metric("train.loss") == b.metric("train.loss"));
        assert!(b.curves[0].steps.len() < a.curves[0].steps.len() && b.fields.is_empty());
    }
}

#[test]
fn replicates_differ_and_runs_of_one_replicate_share_data_and_start() {
    let records = records(&plan(MOONS, &[]));
    let inputs = |record: &Record| record.tensor("data.inputs").unwrap().data.clone();
    assert!(inputs(&records[0]) != inputs(&records[1]), "replicates 0 and 1 of batch size 1");
    assert!(inputs(&records[0]) == inputs(&records[2]), "replicate 0 of batch sizes 1 and 7");
    let start = |record: &Record| record.curve("train.loss").unwrap().values[0];
    assert!(start(&records[0]) == start(&records[2]) && start(&records[0]) != start(&records[1]));
}

#[test]
fn records_hold_what_was_offered() {
    let planned = planned(MOONS, &[]).unwrap();
    let (experiment, available) = (planned.experiment, planned.available);
    for record in records(&experiment) {
        assert_eq!(common::values(&record), available.values);
        let curves = record.curves.iter().map(|curve| curve.name.clone());
        assert_eq!(curves.collect::<std::collections::BTreeSet<_>>(), available.curves);
    }
    assert!(available.numbers.contains("train.batch-size") && !available.numbers.contains("data.kind"));
    assert!(available.settings.contains("data.kind") && available.arrays.contains("boundary"));
}

#[test]
fn a_run_stops_when_its_loss_is_low_enough() {
    let set =
        ["train.stop-at-loss=0.5", "train.steps=2000", "train.batch-size=7", "record.points-per-decade=40"];
    let experiment = plan(MOONS, &set);
    for record in records(&experiment) {
        let losses = &record.curve("train.loss").unwrap();
        let (last, before) = losses.values.split_last().unwrap();
        assert!(*last <= 0.5 && before.iter().all(|loss| *loss > 0.5), "{losses:?}");
        let steps = record.metric("steps-to-loss").unwrap();
        assert_eq!((steps, record.metric("train.loss")), (*losses.steps.last().unwrap() as f64, Some(*last)));
        assert!(steps < 2000.0 && record.metric("test.clean.accuracy").is_some());
    }
    let short = records(&plan(MOONS, &["train.stop-at-loss=1e-9", "train.batch-size=7"]));
    assert!(short.iter().all(|record| record.metric("steps-to-loss").is_none()));
    assert!(planned(MOONS, &set).unwrap().available.values.contains("steps-to-loss"));
}

#[test]
fn a_diverging_run_is_a_record() {
    let text = MOONS.replace("0.1\n[train]", "1e30\n[train]");
    for record in records(&plan(&text, &[])) {
        let Status::Diverged { step: Some(step) } = record.status else { panic!("{:?}", record.status) };
        assert!((1..150).contains(&step), "{step}");
        assert!(record.metrics.is_empty() && record.tensor("boundary.probability").is_none());
        assert!(record.tensor("data.inputs").is_some() && record.metric("train.seconds").is_some());
        assert!(record.curves.iter().all(|curve| curve.values.iter().all(|value| value.is_finite())));
    }
}

#[test]
fn a_wish_to_stop_leaves_nothing() {
    let experiment = plan(MOONS, &[]);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().join("small"));
    let jobs: Vec<_> = experiment.jobs.iter().collect();
    let done = around(true, |around| execute(&experiment, &jobs, &store, around, &|_| {}).unwrap());
    assert_eq!(done, 0);
    assert!(experiment.jobs.iter().all(|job| !store.contains(&job.key)));
}

#[test]
fn accuracy_is_split_into_sound_and_flipped_points() {
    for record in records(&plan(MOONS, &[])) {
        let of = |name: &str| record.metric(name).unwrap();
        let share = of("train.flipped.fraction");
        let whole = share * of("train.flipped.accuracy") + (1.0 - share) * of("train.clean.accuracy");
        assert!(share > 0.0 && (whole - of("train.accuracy")).abs() < 1e-12);
        let samples = record.samples("test.clean.accuracy").unwrap();
        let mean = samples.iter().sum::<f64>() / samples.len() as f64;
        assert_eq!((samples.len(), mean), (7, of("test.clean.accuracy")));
    }
}
