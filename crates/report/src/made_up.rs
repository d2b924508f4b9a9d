//! Made-up results whose truth is known, for tests.

use serde_json::json;
use thalweg_records::{Metric, Plan, Record, Status};

use crate::Results;

/// Runs of batch sizes 1, 2, 4, 8 × `replicates`, whose `loss` is `value(batch, replicate)`; NaN: diverged.
/// Whatever becomes of a run, its `seconds` are its batch size.
pub(crate) fn results(replicates: u64, value: impl Fn(f64, u64) -> f64) -> Results {
    let mut runs = Vec::new();
    for batch in [1, 2, 4, 8] {
        for replicate in 0..replicates {
            let loss = value(f64::from(batch), replicate);
            let (status, metrics) = if loss.is_nan() {
                (Status::Diverged { step: Some(3) }, Vec::new())
            } else {
                (Status::Completed, vec![Metric::new("loss", loss)])
            };
            let spec = json!({ "seed": 1, "replicate": replicate, "train": { "batch-size": batch } });
            runs.push(Record {
                status,
                metrics,
                seconds: vec![Metric::new("seconds", f64::from(batch))],
                ..Record::empty(format!("{batch}-{replicate}"), spec)
            });
        }
    }
    let plan = Plan {
        title: "Test".into(),
        runs: runs.iter().map(|run| run.key.clone()).collect(),
        ..Plan::new("test", vec!["train.batch-size".into()])
    };
    Results::new(plan, runs)
}
