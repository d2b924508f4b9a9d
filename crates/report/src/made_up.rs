//! Made-up results whose truth is known, for tests.

use serde_json::{Value, json};
use thalweg_records::{Metric, Plan, Provenance, Record, Status};

use crate::Results;

/// Runs of batch sizes 1, 2, 4, 8 × `replicates`, whose `loss` is `value(batch, replicate)`; NaN: diverged.
/// Whatever becomes of a run, its `seconds` are its batch size.
pub(crate) fn results(replicates: u64, value: impl Fn(f64, u64) -> f64) -> Results {
    let mut runs = Vec::new();
    for batch in [1, 2, 4, 8] {
        for replicate in 0..replicates {
            let loss = value(f64::from(batch), replicate);
            let (status, metrics) = if loss.is_nan() {
                (Status::Diverged { step: 3 }, Vec::new())
            } else {
                (Status::Completed, vec![Metric { name: "loss".into(), value: loss }])
            };
            runs.push(Record {
                key: format!("{batch}-{replicate}"),
                spec: json!({ "seed": 1, "replicate": replicate, "train": { "batch-size": batch } }),
                status,
                metrics,
                seconds: vec![Metric { name: "seconds".into(), value: f64::from(batch) }],
                curves: Vec::new(),
                samples: Vec::new(),
                provenance: Provenance { code: String::new(), machine: String::new() },
                params: Vec::new(),
                fields: Vec::new(),
            });
        }
    }
    let plan = Plan {
        name: "test".into(),
        title: "Test".into(),
        question: String::new(),
        profile: None,
        overrides: Vec::new(),
        axes: vec!["train.batch-size".into()],
        runs: runs.iter().map(|run| run.key.clone()).collect(),
        claims: Value::Null,
        figures: Value::Null,
    };
    Results { plan, runs }
}
