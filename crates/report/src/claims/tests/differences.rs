//! Claims on the difference of two groups of runs, or of two quantities.

use super::*;

#[test]
fn differences_are_taken_pair_by_pair() {
    let between = json!([{ "train.batch-size": 8 }, { "train.batch-size": 1 }]);
    // Replicates differ by 100 times the effect: only pairs can see it.
    let paired = results(4, |batch, r| 0.1 * batch + scatter(batch, r) + 70.0 * r as f64);
    let of = |direction: &str, margin: f64| {
        let value =
            json!({ "kind": "difference", "between": between, "direction": direction, "margin": margin });
        verdict(value, &paired)
    };
    assert_eq!(of("higher", 0.0).verdict, Word::Supported);
    assert!((of("higher", 0.0).effect.unwrap() - 0.7).abs() < 0.03);
    assert_eq!(of("higher", 0.8).verdict, Word::Refuted);
    assert_eq!(of("lower", 0.0).verdict, Word::Refuted);
    assert_eq!(of("lower", 0.8).verdict, Word::Refuted, "not lower by 0.8, but higher by 0.7");
    assert_eq!(of("equal", 0.1).verdict, Word::Refuted);
    assert_eq!(of("equal", 0.9).verdict, Word::Supported);
}

#[test]
fn positive_quantities_differ_by_ratios() {
    let between = json!([{ "train.batch-size": 8 }, { "train.batch-size": 4 }]);
    // Levels span powers of ten, the ratio is 2.
    let wide = results(4, |batch, r| 10.0_f64.powi(r as i32) * batch * (1.0 + scatter(batch, r)));
    let of = |factor: f64| {
        let value =
            json!({ "kind": "difference", "between": between, "direction": "higher", "factor": factor });
        verdict(value, &wide)
    };
    let ratio = of(1.0);
    assert_eq!(
        (ratio.verdict, ratio.what.as_str(), ratio.scale),
        (Word::Supported, "ratio", crate::Scale::Log)
    );
    assert!((ratio.effect.unwrap() - 2.0).abs() < 0.03 && ratio.interval.unwrap().0 > 1.9, "{ratio:?}");
    assert_eq!((of(1.8).verdict, of(2.2).verdict), (Word::Supported, Word::Refuted));
    let bound =
        json!({ "kind": "bound", "at-least": 1.0, "scale": "log", "where": { "train.batch-size": 1 } });
    // The geometric mean of 1, 10, 100, 1000, give or take.
    let bound = verdict(bound, &wide);
    assert!((bound.effect.unwrap() / 31.6 - 1.0).abs() < 0.05 && bound.what == "geometric mean", "{bound:?}");
}

#[test]
fn only_cells_that_both_sides_have_are_compared() {
    // Two rates; at the larger one the second kind of runs has no counterpart, and is a hundred times as
    // high.
    let mut both = results(4, |batch, r| if batch < 4.0 { batch } else { 100.0 * batch } + scatter(batch, r));
    for run in &mut both.runs {
        let batch = run.setting("train.batch-size").and_then(Value::as_u64).unwrap();
        run.spec["rate"] = json!(if batch < 4 { 0.1 } else { 0.5 });
        run.spec["rule"] = json!(if batch % 3 == 1 { "a" } else { "b" });
    }
    both.plan.axes = vec!["rule".into(), "rate".into()];
    let value =
        json!({ "kind": "difference", "direction": "lower", "between": [{ "rule": "a" }, { "rule": "b" }] });
    // a: 1 at 0.1 and 400 at 0.5; b: 2 and 800.
    let all = verdict(value.clone(), &both);
    assert!((all.effect.unwrap() + 200.5).abs() < 0.1 && all.verdict == Word::Supported, "{all:?}");
    assert!(all.summary.contains("paired over 2 of 2 values of rate"), "{}", all.summary);
    both.runs.retain(|run| run.setting("train.batch-size") != Some(&json!(8)));
    both.plan.runs.truncate(both.runs.len());
    let one = verdict(value.clone(), &both);
    assert!((one.effect.unwrap() + 1.0).abs() < 0.05 && one.verdict == Word::Supported, "{one:?}");
    assert_eq!((one.n_runs, one.n_left_out), (8, 4));
    assert!(one.summary.contains("left out as only one side has it: rate = 0.5"), "{}", one.summary);
    // If its runs diverged, the rest are survivors.
    for run in both.runs.iter_mut().filter(|run| run.setting("train.batch-size") == Some(&json!(4))) {
        run.status = Status::Diverged { step: Some(replicate(run) + 1) };
    }
    both.runs.iter_mut().for_each(|run| run.spec["rate"] = json!(0.1));
    let reason = verdict(value, &both).reason.unwrap();
    assert!(reason.starts_with("4 of 8 runs with rule = \"a\" diverged at steps 1 to 4"), "{reason}");
}

#[test]
fn without_a_value_nothing_is_said_of_values() {
    let nothing =
        verdict(json!({ "kind": "bound", "at-most": 1.0, "scale": "log" }), &results(3, |_, _| 0.0));
    let expected = "inconclusive; all 12 runs have a value of 0 or below";
    assert!(nothing.summary.starts_with(expected), "{}", nothing.summary);
}

#[test]
fn two_quantities_of_the_same_runs_are_compared_pair_by_pair_and_each_run_counts_once() {
    let mut results = results(3, |batch, r| batch + 100.0 * r as f64 + scatter(batch, r));
    for run in &mut results.runs {
        let value = run.metric("loss").unwrap() + 0.5 + 0.1 * scatter(0.0, replicate(run));
        run.metrics.push(Metric::new("height", value));
    }
    let of = |direction: &str, results: &Results| {
        verdict(json!({ "kind": "difference", "than": "height", "direction": direction }), results)
    };
    assert_eq!(
        (of("lower", &results).verdict, of("higher", &results).verdict),
        (Word::Supported, Word::Refuted)
    );
    assert_eq!(of("lower", &results).n_runs, 12);
    results.runs[0].metrics.pop();
    assert_eq!((of("lower", &results).n_runs, of("lower", &results).n_left_out), (11, 1));
    let named = claim(json!({ "kind": "difference", "than": "height", "direction": "lower" }));
    assert!(named.check().is_empty() && named.needs().contains(&Need::Value("height")));
}

#[test]
fn two_kinds_without_a_common_replicate_are_compared_by_welch() {
    // Batch 8 has replicates 2 and 3 only, batch 1 only 0 and 1.
    let mut apart = results(4, |batch, r| batch + scatter(batch, r));
    apart.runs.retain(|run| match run.setting("train.batch-size").and_then(Value::as_u64) {
        Some(8) => replicate(run) >= 2,
        _ => replicate(run) < 2,
    });
    apart.plan.runs.truncate(apart.runs.len());
    let value = json!({
        "kind": "difference", "direction": "higher",
        "between": [{ "train.batch-size": 8 }, { "train.batch-size": 1.0 }],
    });
    let verdict = verdict(value, &apart);
    assert_eq!((verdict.verdict, verdict.n_runs, verdict.test.as_str()), (Word::Supported, 4, "Hsu's t"));
    assert!(verdict.summary.contains("two independent samples"), "{}", verdict.summary);
}
