//! Claims judged on made-up results whose truth is known.

use serde_json::{Value, json};
use thalweg_records::Metric;

use super::*;
use crate::made_up::results;
use crate::select::replicate;

fn claim(value: Value) -> Claim {
    let mut value = value;
    value["id"] = "c".into();
    value["says"] = "so".into();
    value["of"] = "loss".into();
    serde_json::from_value(value).unwrap()
}

fn verdict(claims: Value, results: &Results) -> Verdict {
    judge(&[claim(claims)], results).remove(0)
}

/// A little scatter that differs from point to point.
fn scatter(batch: f64, replicate: u64) -> f64 {
    0.01 * (batch * 12.9898 + replicate as f64 * 78.233).sin()
}

#[test]
fn trends_are_supported_refuted_or_neither() {
    let up = json!({ "kind": "trend", "against": "train.batch-size", "direction": "increasing" });
    let down = json!({ "kind": "trend", "against": "train.batch-size", "direction": "decreasing" });
    let rising = results(3, |batch, r| batch + scatter(batch, r) + 10.0 * r as f64);
    let supported = verdict(up.clone(), &rising);
    assert_eq!(
        (supported.verdict, supported.effect, supported.n_replicates),
        (Word::Supported, Some(1.0), 3)
    );
    assert_eq!(verdict(down, &rising).verdict, Word::Refuted);
    let flat = verdict(up.clone(), &results(3, |_, r| r as f64));
    assert_eq!(flat.verdict, Word::Inconclusive);
    assert!(flat.summary.contains("Holm"), "{}", flat.summary);
    assert_eq!(verdict(up, &results(1, |batch, _| batch)).verdict, Word::Inconclusive, "one replicate");
}

#[test]
fn no_trend_is_claimed_about_which_the_replicates_disagree() {
    // So high a mean of τ is rare by chance, but two of six replicates go down.
    let mixed = results(6, |batch, r| if r < 4 { batch } else { (batch - 5.0).abs() });
    let up = json!({ "kind": "trend", "against": "train.batch-size", "direction": "increasing" });
    let verdict = verdict(up, &mixed);
    assert!(verdict.p_adjusted < ALPHA && verdict.interval.unwrap().0 < 0.0, "{verdict:?}");
    assert_eq!(verdict.verdict, Word::Inconclusive);
    assert!(verdict.summary.contains("disagree"), "{}", verdict.summary);
}

#[test]
fn relations_are_those_of_the_runs_of_a_replicate() {
    // Across replicates both rise together, within each the width falls with the loss.
    let mut results = results(3, |batch, r| batch + scatter(batch, r) + 10.0 * r as f64);
    for run in &mut results.runs {
        let width = 20.0 * replicate(run) as f64 - run.metric("loss").unwrap();
        run.metrics.push(Metric { name: "width".into(), value: width });
    }
    let of = |direction: &str, results: &Results| {
        let value = json!({ "kind": "relation", "with": "width", "direction": direction });
        verdict(value, results)
    };
    let supported = of("decreasing", &results);
    assert_eq!((supported.verdict, supported.effect, supported.n_runs), (Word::Supported, Some(-1.0), 12));
    assert_eq!(of("increasing", &results).verdict, Word::Refuted);
    results.runs[0].metrics.pop();
    let verdict = of("decreasing", &results);
    assert_eq!((verdict.n_runs, verdict.n_left_out), (11, 1));
}

#[test]
fn the_time_of_a_run_that_diverged_does_not_count() {
    let some = results(3, |batch, _| if batch == 8.0 { f64::NAN } else { batch });
    let mut value = claim(json!({ "kind": "bound", "at-least": 0.0 }));
    if let Claim::Bound(bound) = &mut value {
        bound.of = "seconds".to_owned();
    }
    let verdict = judge(&[value], &some).remove(0);
    assert!((verdict.effect.unwrap() - 7.0 / 3.0).abs() < 1e-12, "the mean of 1, 2 and 4 alone: {verdict:?}");
    assert_eq!((verdict.n_runs, verdict.n_left_out), (9, 3));
    assert!(verdict.summary.contains("without scatter"), "{}", verdict.summary);
}

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
fn two_quantities_of_the_same_runs_are_compared_pair_by_pair_and_each_run_counts_once() {
    let mut results = results(3, |batch, r| batch + 100.0 * r as f64 + scatter(batch, r));
    for run in &mut results.runs {
        let value = run.metric("loss").unwrap() + 0.5;
        run.metrics.push(Metric { name: "height".into(), value });
    }
    results.runs[0].metrics.pop();
    let of = |direction: &str| {
        verdict(json!({ "kind": "difference", "than": "height", "direction": direction }), &results)
    };
    assert_eq!((of("lower").verdict, of("higher").verdict), (Word::Supported, Word::Refuted));
    assert_eq!((of("lower").n_runs, of("lower").n_left_out), (11, 1));
    let named = claim(json!({ "kind": "difference", "than": "height", "direction": "lower" }));
    assert!(named.check().is_ok() && named.uses().contains(&Use::Value("height")));
}

#[test]
fn two_kinds_without_a_common_replicate_are_compared_by_welch() {
    // Batch 8 has replicates 2 and 3 only, batch 1 only 0 and 1.
    let apart = results(4, |batch, r| {
        let here = if batch == 8.0 { r >= 2 } else { r < 2 };
        if here { batch + scatter(batch, r) } else { f64::NAN }
    });
    let value = json!({
        "kind": "difference", "direction": "higher",
        "between": [{ "train.batch-size": 8 }, { "train.batch-size": 1.0 }],
    });
    let verdict = verdict(value, &apart);
    assert_eq!((verdict.verdict, verdict.n_runs, verdict.n_left_out), (Word::Supported, 4, 4));
    assert!(verdict.summary.contains("4 left out: diverged"), "{}", verdict.summary);
}

#[test]
fn bounds_and_slopes_have_their_ranges() {
    let square = results(3, |batch, r| batch * batch * (1.0 + scatter(batch, r)));
    let bound = |low: f64| {
        let only = json!({ "train.batch-size": 8 });
        verdict(json!({ "kind": "bound", "at-least": low, "where": only }), &square).verdict
    };
    assert_eq!((bound(60.0), bound(70.0)), (Word::Supported, Word::Refuted));
    let slope = |low: f64, high: f64| {
        let scales = json!({
            "kind": "slope", "against": "train.batch-size", "x-scale": "log", "y-scale": "log",
            "at-least": low, "at-most": high,
        });
        verdict(scales, &square)
    };
    assert_eq!((slope(1.9, 2.1).verdict, slope(0.9, 1.1).verdict), (Word::Supported, Word::Refuted));
    assert!((slope(1.9, 2.1).effect.unwrap() - 2.0).abs() < 0.02);
}

#[test]
fn nothing_is_decided_while_runs_are_missing() {
    let mut rising = results(3, |batch, _| batch);
    rising.runs.pop();
    let up = json!({ "kind": "trend", "against": "train.batch-size", "direction": "increasing" });
    let verdict = verdict(up, &rising);
    assert_eq!(verdict.verdict, Word::Inconclusive);
    assert!(verdict.summary.contains("1 of 12 runs"), "{}", verdict.summary);
}

#[test]
fn claims_of_one_file_pay_for_each_other() {
    let rising = results(3, |batch, r| batch + scatter(batch, r));
    let bound = |low: f64| {
        let only = json!({ "train.batch-size": 8 });
        claim(json!({ "kind": "bound", "at-least": low, "where": only }))
    };
    // The first is decided on its own, but not beside 19 others that are as open as can be.
    let close = bound(7.97);
    let alone = judge(std::slice::from_ref(&close), &rising).remove(0);
    assert_eq!((alone.verdict, alone.p_adjusted), (Word::Supported, alone.p));
    let mut claims = vec![close];
    claims.extend((0..19).map(|_| bound(8.0)));
    let among = judge(&claims, &rising).remove(0);
    assert_eq!((among.verdict, among.p), (Word::Inconclusive, alone.p));
    assert!((among.p_adjusted - 20.0 * alone.p).abs() < 1e-12, "{among:?}");
}

#[test]
fn impossible_claims_are_refused() {
    for (value, part) in [
        (json!({ "kind": "bound" }), "at-least"),
        (json!({ "kind": "bound", "at-least": 2.0, "at-most": 1.0 }), "above"),
        (json!({ "kind": "difference", "between": [{}, {}], "direction": "equal" }), "margin"),
        (json!({ "kind": "difference", "direction": "lower" }), "both sides are the same"),
    ] {
        let message = claim(value).check().unwrap_err();
        assert!(message.contains(part), "{message}");
    }
    let unknown = json!({ "kind": "bound", "id": "a", "says": "b", "of": "c", "at-leest": 1.0 });
    assert!(serde_json::from_value::<Claim>(unknown).is_err());
}
