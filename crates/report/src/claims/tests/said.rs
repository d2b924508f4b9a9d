//! What a verdict says besides its numbers.

use super::*;

#[test]
fn a_verdict_on_splits_of_one_table_says_so() {
    let told = |of: &str, kind: &str| {
        let mut all = results(4, |batch, r| batch + scatter(batch, r));
        for run in &mut all.runs {
            run.spec["test"] = json!({ "kind": kind });
            run.metrics.push(Metric::new("test.loss", run.metrics[0].value));
        }
        let claim = json!({ "kind": "bound", "of": of, "at-least": 1 });
        verdict(claim, &all).summary.contains("about splits of this one table")
    };
    assert!(told("test.loss", "hold-out") && told("test.loss", "folds"));
    assert!(!told("loss", "hold-out") && !told("test.loss", "file"));
}

#[test]
fn a_slope_tells_of_runs_without_a_place_on_its_axis() {
    let mut all = results(3, |batch, r| batch * batch + scatter(batch, r));
    let told = |all: &Results| {
        verdict(
            json!({
                "kind": "slope", "against": "train.batch-size", "at-least": 0, "x-scale": "log", "y-scale": "log",
            }),
            all,
        )
        .summary
    };
    assert!(!told(&all).contains("left out"));
    all.runs.iter_mut().take(3).for_each(|run| run.spec["train"]["batch-size"] = 0.into());
    let told = told(&all);
    assert!(told.contains("3 runs whose `train.batch-size` has no place on its axis left out"), "{told}");
}

#[test]
fn the_scale_of_a_relation_is_that_of_both() {
    let mut all = results(3, |batch, r| batch + scatter(batch, r));
    for run in &mut all.runs {
        run.metrics.push(Metric::new("train.loss", run.metrics[0].value.exp()));
    }
    let of = |scale: &str| {
        let claim =
            json!({ "kind": "relation", "with": "train.loss", "direction": "increasing", "scale": scale });
        verdict(claim, &all).summary
    };
    assert!(of("linear").contains("of `loss` and `train.loss`"), "{}", of("linear"));
    assert!(of("log").contains("of log₁₀ of `loss` and log₁₀ of `train.loss`"), "{}", of("log"));
}
