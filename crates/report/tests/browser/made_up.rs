//! A page of made-up runs whose values are known.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;
use thalweg_records::{Curve, Dtype, Metric, Plan, Provenance, Record, Status, Store, Tensor, key_of};
use thalweg_report::report_of;

/// A title with which a careless page would be left.
pub const EVIL: &str = "</script><img src=x onerror=\"document.title='left'\">";

/// Replicates of a page with a few runs.
pub const FEW: u64 = 3;

/// A report on the disk, as long as this is there.
pub struct Page {
    pub path: PathBuf,
    _folder: TempDir,
}

impl Page {
    /// Four rates with so many replicates, and one run that diverged.
    pub fn new(replicates: u64) -> Self {
        Self::with(replicates, figures())
    }

    /// The same with other figures.
    pub fn with(replicates: u64, figures: Value) -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::new(folder.path());
        let mut records: Vec<Record> = Vec::new();
        for rate in [0.01, 0.03, 0.1, 0.3] {
            records.extend((0..replicates).map(|replicate| record(rate, replicate)));
        }
        let mut lost = record(3.0, 0);
        lost.status = Status::Diverged { step: Some(7) };
        lost.metrics.clear();
        records.push(lost);
        let records: Vec<Record> = records.into_iter().map(Record::sealed).collect();
        let plan = Plan {
            title: EVIL.into(),
            question: "Which rate?".into(),
            runs: records.iter().map(|record| record.key.clone()).collect(),
            claims: claims(),
            figures,
            ..Plan::new("made-up", vec!["schedule.initial".into()])
        };
        let result = store.result("made-up");
        result.write_plan(&plan).unwrap();
        store.prepare().unwrap();
        store.keep(&records).unwrap();
        report_of(&store, &result, false).unwrap().write(&result).unwrap();
        Self { path: result.path().join("report.html"), _folder: folder }
    }
}

fn record(rate: f64, replicate: u64) -> Record {
    let spec = json!({
        "seed": 1, "replicate": replicate, "model": { "hidden": [64, 64], "numerics": "fast" },
        "schedule": { "initial": rate }, "optimizer": { "kind": "sgd" },
    });
    // Scattered, and no two the same.
    let scatter = 1.0 + 0.1 * ((7 * replicate + 3) % 11) as f64 + 1e-4 * replicate as f64;
    let loss = 0.004 / rate * scatter + 0.05;
    let steps: Vec<u64> = (0..=40).map(|i| 10 * i).collect();
    let values = steps.iter().map(|step| loss + 1.0 / (1.0 + *step as f64 * rate)).collect();
    Record {
        metrics: vec![Metric::new("train.loss", 0.9 * loss), Metric::new("test.loss", loss)],
        seconds: vec![Metric::new("seconds", 0.25 + 0.01 * replicate as f64)],
        curves: vec![Curve { name: "train.loss".into(), steps, values }],
        fields: fields(rate, replicate),
        provenance: Provenance { code: "thalweg 0.1.0 0123456789ab-dirty".into(), machine: "linux".into() },
        ..Record::empty(key_of(&spec), spec)
    }
}

/// A boundary on the line x₁ = rate, and two points, those of the replicate.
fn fields(rate: f64, replicate: u64) -> Vec<Tensor> {
    let tensor = |name: &str, shape: &[usize], data: Vec<f64>| Tensor {
        name: name.into(),
        shape: shape.into(),
        data,
        dtype: Dtype::F64,
    };
    let probability = (0..40 * 40).map(|i| f64::from(i % 40) / 39.0 - rate + 0.5).collect();
    vec![
        tensor("boundary.probability", &[40, 40], probability),
        tensor("boundary.extent", &[4], vec![0.0, 1.0, 0.0, 1.0]),
        tensor("data.inputs", &[2, 2], vec![0.1, 0.2 + 0.001 * replicate as f64, 0.9, 0.8]),
        tensor("data.labels", &[2], vec![0.0, 1.0]),
        tensor("data.flipped", &[2], vec![0.0, 0.0]),
    ]
}

fn claims() -> Value {
    json!([{ "id": "small", "says": "The loss stays small", "kind": "bound", "of": "test.loss", "at-most": 1.0,
        "survivors": true }])
}

fn figures() -> Value {
    let x = "schedule.initial";
    json!([
        { "kind": "relation", "id": "ends", "title": "Ends of all runs", "x": "train.loss", "y": "test.loss",
          "series": x, "x-scale": "log", "y-scale": "log" },
        { "kind": "summary", "id": "means", "title": "Means", "x": x, "y": ["test.loss"] },
        { "kind": "curves", "id": "curves", "title": "On the way", "y": "train.loss", "series": x,
          "where": { "optimizer.kind": "sgd" }, "x-scale": "linear" },
        { "kind": "heat-map", "id": "map", "title": "Map", "x": x, "y": "optimizer.kind", "value": "test.loss" },
    ])
}
