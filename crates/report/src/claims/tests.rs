//! Claims judged on made-up results whose truth is known.

mod differences;
mod said;

use serde_json::{Value, json};
use thalweg_records::{Metric, Status};

use super::*;
use crate::made_up::results;
use crate::select::replicate;
use crate::{Need, Results};

fn claim(value: Value) -> Claim {
    let mut value = value;
    value["id"] = "c".into();
    value["says"] = "so".into();
    value["of"] = value.get("of").cloned().unwrap_or("loss".into());
    serde_json::from_value(value).unwrap()
}

/// Losses of made-up runs are plain numbers: on the linear scale, unless a test says otherwise.
fn verdict(value: Value, results: &Results) -> Verdict {
    let mut value = value;
    if value.get("scale").is_none() && value["kind"] != "slope" && value.get("factor").is_none() {
        value["scale"] = "linear".into();
    }
    judge(&[claim(value)], results, Mode::Fixed).remove(0)
}

/// A little scatter that differs from point to point.
fn scatter(batch: f64, replicate: u64) -> f64 {
    0.01 * (batch * 12.9898 + replicate as f64 * 78.233).sin()
}

fn up() -> Value {
    json!({ "kind": "trend", "against": "train.batch-size", "direction": "increasing" })
}

fn down() -> Value {
    json!({ "kind": "trend", "against": "train.batch-size", "direction": "decreasing" })
}

/// Runs of two cases, which set `rate` and `beta` but not the batch size; the seconds are their batch size.
fn cases() -> Results {
    let mut all = results(3, |batch, r| batch + scatter(batch, r));
    all.plan.axes = ["case", "rate", "beta", "train.batch-size"].map(str::to_owned).to_vec();
    for run in &mut all.runs {
        let batch = run.setting("train.batch-size").and_then(Value::as_u64).unwrap();
        let (case, rate) = if batch < 3 { ("slow", 0.1) } else { ("fast", 1.0) };
        (run.spec["case"], run.spec["rate"], run.spec["beta"]) = (case.into(), rate.into(), 0.5.into());
    }
    all
}

#[test]
fn settings_of_the_cases_that_a_claim_compares_are_no_further_difference() {
    let of = |between: Value, results: &Results| {
        let claim = json!({ "kind": "difference", "direction": "higher", "between": between });
        verdict(claim, results).summary
    };
    let by_case = json!([{ "case": "fast" }, { "case": "slow" }]);
    let mut all = cases();
    // The slow case has two batch sizes, so that it does not decide them, and neither is the one of the fast.
    for (run, batch) in all.runs.iter_mut().zip([1, 1, 1, 2, 2, 2, 4, 4, 4, 4, 4, 4]) {
        run.spec["train"]["batch-size"] = batch.into();
    }
    let other = of(by_case.clone(), &all);
    assert!(other.contains("the sides also differ in train.batch-size"), "{other}");
    for run in &mut all.runs {
        run.spec["train"]["batch-size"] = 8.into();
    }
    let same = of(by_case, &all);
    assert!(!same.contains("also differ"), "{same}");
    let by_rate = of(json!([{ "rate": 1.0 }, { "rate": 0.1 }]), &all);
    assert!(by_rate.contains("the sides also differ in case"), "{by_rate}");
}

#[test]
fn trends_are_supported_refuted_or_neither() {
    let rising = results(3, |batch, r| batch + scatter(batch, r) + 10.0 * r as f64);
    let supported = verdict(up(), &rising);
    assert_eq!(
        (supported.verdict, supported.effect, supported.n_replicates),
        (Word::Supported, Some(1.0), 3)
    );
    // 1, 2, 4, 8 at the ranks 1 to 4: (−1.5 · 1 − 0.5 · 2 + 0.5 · 4 + 1.5 · 8)/5.
    let score = supported.score.unwrap();
    assert!((score.effect - 2.3).abs() < 0.01 && score.what == "change per level", "{score:?}");
    assert_eq!(verdict(down(), &rising).verdict, Word::Refuted);
    let noise = |batch: f64, r: u64| 1.0 + 100.0 * scatter(batch * batch, r);
    let flat = verdict(up(), &results(3, noise));
    assert_eq!(flat.verdict, Word::Inconclusive);
    assert!(flat.reason.unwrap().contains("3 replicates cannot decide this at 5 %"), "{}", flat.summary);
    let single = verdict(up(), &results(1, |batch, _| batch));
    assert_eq!(single.verdict, Word::Inconclusive);
    assert_eq!(single.reason.as_deref(), Some("1 replicate to judge by, two are the least"));
}

#[test]
fn drift_and_slopes_that_differ_between_replicates_are_no_trend() {
    // Half of the replicates rise and half fall, each without any scatter of its own.
    let slopes = [1.0, -0.8, 0.9, -1.1, 0.2, -0.1];
    let mixed = results(6, |batch, r| 20.0 + slopes[r as usize] * batch);
    for claim in [up(), down()] {
        let verdict = verdict(claim, &mixed);
        assert!(verdict.verdict == Word::Inconclusive && verdict.p.unwrap() > 0.5, "{verdict:?}");
    }
}

#[test]
fn a_contrast_that_kendall_contradicts_decides_nothing() {
    // Four pairs of six fall, but one level so far up that the line rises.
    let heights = [(1.0, 2.0), (2.0, 1.8), (4.0, 100.0), (8.0, 1.5)];
    let odd = results(5, |batch, r| {
        heights.iter().find(|(known, _)| *known == batch).unwrap().1 + scatter(batch, r)
    });
    for claim in [up(), down()] {
        let odd = verdict(claim, &odd);
        assert!((odd.effect.unwrap() + 1.0 / 3.0).abs() < 1e-12 && odd.score.unwrap().effect > 0.0);
        assert_eq!((odd.verdict, odd.p), (Word::Inconclusive, Some(1.0)));
        assert!(odd.reason.unwrap().contains("do not have the same direction"));
    }
}

#[test]
fn relations_are_those_of_the_runs_of_a_replicate() {
    // Across replicates both rise together, within each the width falls with the loss.
    let mut results = results(3, |batch, r| batch + scatter(batch, r) + 10.0 * r as f64);
    for run in &mut results.runs {
        let width = 20.0 * replicate(run) as f64 - run.metric("loss").unwrap();
        run.metrics.push(Metric::new("width", width));
    }
    let of = |direction: &str, results: &Results| {
        verdict(json!({ "kind": "relation", "with": "width", "direction": direction }), results)
    };
    let supported = of("decreasing", &results);
    assert_eq!((supported.verdict, supported.effect, supported.n_runs), (Word::Supported, Some(-1.0), 12));
    assert!(
        supported.summary.contains("holds for these 4 values of train.batch-size"),
        "{}",
        supported.summary
    );
    assert_eq!(of("increasing", &results).verdict, Word::Refuted);
    results.runs[0].metrics.pop();
    let blocked = of("decreasing", &results);
    assert_eq!((blocked.verdict, blocked.n_runs, blocked.n_left_out), (Word::Inconclusive, 11, 1));
    assert!(
        blocked.reason.unwrap().starts_with("1 of 12 runs lack the value, or it is not finite; without them")
    );
}

#[test]
fn groups_are_the_units_of_a_relation_that_says_so() {
    // Every run follows its batch size: many runs, four points.
    let mut results = results(10, |batch, r| batch + scatter(batch, r));
    for run in &mut results.runs {
        let width = -run.metric("loss").unwrap();
        run.metrics.push(Metric::new("width", width));
    }
    let value =
        json!({ "kind": "relation", "with": "width", "direction": "decreasing", "by": "train.batch-size" });
    let by = verdict(value, &results);
    assert_eq!((by.effect, by.n_replicates, by.verdict), (Some(-1.0), 4, Word::Inconclusive));
    // One of 24 orders, twice.
    assert!((by.p.unwrap() - 2.0 / 24.0).abs() < 1e-12);
    assert!(by.reason.unwrap().contains("4 groups do not decide"), "{}", by.summary);
}

#[test]
fn the_time_of_a_run_that_diverged_does_not_count() {
    let some = results(3, |batch, _| if batch == 8.0 { f64::NAN } else { batch });
    let of = |survivors: bool| {
        verdict(json!({ "kind": "bound", "of": "seconds", "at-least": 2.2, "survivors": survivors }), &some)
    };
    let blocked = of(false);
    assert!((blocked.effect.unwrap() - 7.0 / 3.0).abs() < 1e-12, "the mean of 1, 2 and 4 alone: {blocked:?}");
    assert_eq!((blocked.n_runs, blocked.n_left_out), (9, 3));
    assert!(
        blocked.reason.unwrap().starts_with("3 of 12 runs diverged at step 3; without them the mean is 2.33")
    );
    // Equal times: without scatter there is nothing to judge by.
    let equal = of(true);
    assert!(
        equal.verdict == Word::Inconclusive && equal.summary.contains("of survivors only"),
        "{}",
        equal.summary
    );
    assert!(equal.reason.unwrap().starts_with("all 3 values are equal"));
}

#[test]
fn shares_of_runs_that_diverged_are_a_quantity() {
    let some = results(6, |batch, _| if batch == 8.0 { f64::NAN } else { batch });
    let of = |at_least: f64, batch: u64| {
        let value = json!({ "kind": "bound", "of": "diverged", "at-least": at_least, "where": { "train.batch-size": batch } });
        verdict(value, &some)
    };
    // Six of six: at a share of one half that happens in 1 of 64 cases.
    assert!((of(0.5, 8).p.unwrap() - 2.0 / 64.0).abs() < 1e-12, "{:?}", of(0.5, 8));
    assert_eq!(
        (of(0.5, 8).verdict, of(0.5, 1).verdict, of(0.9, 8).verdict),
        (Word::Supported, Word::Refuted, Word::Inconclusive)
    );
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
fn counted_shares_are_no_more_certain_than_their_counts() {
    let of = |rows: Option<u64>, values: [f64; 4]| {
        let mut shares = results(4, |_, r| values[r as usize]);
        shares.runs.retain(|run| run.setting("train.batch-size") == Some(&json!(1)));
        shares.plan.runs.truncate(4);
        let mut value = json!({ "kind": "bound", "at-least": 0.9, "range": [0, 1] });
        value["counted-over"] = json!(rows);
        verdict(value, &shares)
    };
    let near = [0.95, 0.96, 0.95, 0.96];
    assert_eq!(of(None, near).verdict, Word::Supported);
    // Of 20 rows one is 0.05: at a mean of 0.9 a share scatters by 0.07.
    assert_eq!(of(Some(20), near).verdict, Word::Inconclusive);
    assert_eq!(of(Some(5000), near).verdict, Word::Supported);
    let equal = of(None, [1.0; 4]);
    assert_eq!((equal.verdict, equal.interval.unwrap().1), (Word::Inconclusive, 1.0));
    assert!((equal.p.unwrap() - 1.0).abs() < 1e-12, "2 · 0.9⁴ is above 1");
    assert!(equal.reason.unwrap().starts_with("all 4 values are equal"));
}

#[test]
fn what_draws_no_random_number_is_a_fact() {
    let mut facts = results(1, |batch, _| batch);
    facts.runs.iter_mut().for_each(|run| run.deterministic = true);
    let of = |value: Value| verdict(value, &facts);
    let bound = |low: f64| json!({ "kind": "bound", "at-least": low, "where": { "train.batch-size": 8 } });
    let fact = of(bound(8.0));
    assert_eq!(
        (fact.verdict, fact.p, fact.test.as_str(), fact.interval),
        (Word::Supported, None, "exact", None)
    );
    assert_eq!(
        (of(bound(8.5)).verdict, of(up()).verdict, of(down()).verdict),
        (Word::Refuted, Word::Supported, Word::Refuted)
    );
    let between = |a: u64, b: u64| {
        let sides = json!([{ "train.batch-size": a }, { "train.batch-size": b }]);
        of(json!({ "kind": "difference", "direction": "higher", "between": sides })).verdict
    };
    assert_eq!((between(8, 1), between(1, 8)), (Word::Supported, Word::Refuted));
    // A clock is no fact, and equal values are none either.
    let timed =
        of(json!({ "kind": "bound", "of": "seconds", "at-least": 0.5, "where": { "train.batch-size": 8 } }));
    assert_eq!(timed.verdict, Word::Inconclusive);
    // Facts cannot go wrong, and take no share of the level.
    let open = claim(json!({ "kind": "bound", "of": "seconds", "at-least": 0.5, "scale": "linear" }));
    let sure = claim(bound(8.0));
    let verdicts = judge(&[sure, open], &facts, Mode::Fixed);
    assert_eq!((verdicts[0].p_adjusted, verdicts[1].p_adjusted), (None, Some(1.0)));
}

#[test]
fn medians_are_judged_by_signs() {
    let odd = results(8, |batch, r| batch + if r == 3 { 1e9 } else { 0.0 } + scatter(batch, r));
    let of = |estimand: &str| {
        let value = json!({
            "kind": "bound", "at-least": 0.5, "estimand": estimand, "where": { "train.batch-size": 1 },
        });
        verdict(value, &odd)
    };
    assert_eq!((of("mean").verdict, of("median").verdict), (Word::Inconclusive, Word::Supported));
    assert_eq!((of("median").p, of("median").what.as_str()), (Some(2.0 / 256.0), "median"));
}

#[test]
fn after_every_replicate_a_claim_is_looked_at_by_an_e_process() {
    let clear = results(12, |batch, r| batch + 20.0 * scatter(batch, r));
    let value =
        json!({ "kind": "bound", "at-least": 0.0, "scale": "linear", "where": { "train.batch-size": 8 } });
    let once = judge(&[claim(value.clone())], &clear, Mode::Fixed).remove(0);
    let looked = judge(&[claim(value.clone())], &clear, Mode::Sequential).remove(0);
    assert_eq!(
        (looked.verdict, looked.n_looks, looked.test.as_str()),
        (Word::Supported, 12, "e-process of t")
    );
    assert!(looked.p > once.p && looked.interval.unwrap().0 < once.interval.unwrap().0, "{looked:?}");
    // What is too close to call ends the wait.
    let mut close = value;
    close["at-least"] = json!(8.0);
    close["indifference"] = json!(2.0);
    let futile = judge(&[claim(close)], &clear, Mode::Sequential).remove(0);
    assert!(futile.verdict == Word::Inconclusive && futile.reason.unwrap().contains("zone of indifference"));
}

#[test]
fn nothing_is_decided_while_runs_are_missing() {
    let mut rising = results(3, |batch, _| batch);
    rising.runs.pop();
    let verdict = verdict(up(), &rising);
    assert_eq!(verdict.verdict, Word::Inconclusive);
    assert!(
        verdict.summary.ends_with("not decided yet: 1 of 12 runs is not in the store"),
        "{}",
        verdict.summary
    );
    // What is there is told, but nothing was tested.
    assert!(verdict.effect.is_some() && verdict.p.is_none() && verdict.p_adjusted.is_none());
    assert!(
        verdict.summary.contains("Kendall's τ 1") && !verdict.summary.contains("p ="),
        "{}",
        verdict.summary
    );
    // Of two values a replicate there is no trend, and τ is not 0 but nothing.
    rising.runs.retain(|run| run.spec["train"]["batch-size"].as_u64() < Some(4));
    let verdict = self::verdict(up(), &rising);
    assert_eq!((verdict.effect, verdict.p), (None, None));
    assert!(!verdict.summary.contains('τ') && !verdict.summary.contains("p ="), "{}", verdict.summary);
    assert!(
        verdict.summary.contains("not decided yet: 6 of 12 runs are not in the store"),
        "{}",
        verdict.summary
    );
}

#[test]
fn claims_of_one_file_pay_for_each_other() {
    let rising = results(3, |batch, r| batch + scatter(batch, r));
    let bound = |low: f64| {
        let only = json!({ "train.batch-size": 8 });
        claim(json!({ "kind": "bound", "at-least": low, "scale": "linear", "where": only }))
    };
    // The first is decided on its own, but not beside 19 others that are as open as can be.
    let close = bound(7.97);
    let alone = judge(std::slice::from_ref(&close), &rising, Mode::Fixed).remove(0);
    assert_eq!((alone.verdict, alone.p_adjusted), (Word::Supported, alone.p));
    let mut claims = vec![close];
    claims.extend((0..19).map(|_| bound(8.0)));
    let among = judge(&claims, &rising, Mode::Fixed).remove(0);
    assert_eq!((among.verdict, among.p), (Word::Inconclusive, alone.p));
    assert!((among.p_adjusted.unwrap() - 20.0 * alone.p.unwrap()).abs() < 1e-12, "{among:?}");
    let reason = among.reason.unwrap();
    assert!(
        reason.contains("3 replicates cannot decide this at 5 % among 20 claims; about 4 would"),
        "{reason}"
    );
}

#[test]
fn impossible_claims_are_refused() {
    for (value, part) in [
        (json!({ "kind": "bound" }), "at-least"),
        (json!({ "kind": "bound", "at-least": 2.0, "at-most": 1.0 }), "above"),
        (json!({ "kind": "bound", "at-least": -1.0, "scale": "log" }), "no place"),
        (json!({ "kind": "bound", "at-least": 1.0, "indifference": 0.5 }), "above 1"),
        (json!({ "kind": "bound", "at-least": 2.0, "range": [0, 1] }), "outside"),
        (json!({ "kind": "bound", "at-least": 0.5, "range": [1, 0] }), "a smaller and a larger"),
        (json!({ "kind": "difference", "between": [{}, {}], "direction": "equal" }), "margin"),
        (json!({ "kind": "difference", "direction": "lower" }), "both sides are the same"),
        (
            json!({ "kind": "difference", "direction": "lower", "than": "x", "margin": 1, "factor": 2 }),
            "both",
        ),
        (json!({ "kind": "difference", "direction": "lower", "than": "x", "factor": 0.5 }), "at least 1"),
        (json!({ "kind": "slope", "against": "x", "at-least": 0, "scale": "log" }), "y-scale"),
    ] {
        let message = claim(value).check()[0].to_string();
        assert!(message.contains(part), "{message}");
    }
    let several = json!({ "kind": "bound", "scale": "log", "range": [3, 1], "counted-over": 0, "at-least": -1, "at-most": 0 });
    let keys: Vec<String> = claim(several).check().iter().map(|problem| problem.path.join(".")).collect();
    assert_eq!(keys, ["range", "counted-over", "at-least", "at-most"]);
    let unknown = json!({ "kind": "bound", "id": "a", "says": "b", "of": "c", "at-leest": 1.0 });
    let message = serde_json::from_value::<Claim>(unknown).unwrap_err().to_string();
    assert!(
        message.contains("`at-leest`") && message.contains("`at-least`") && message.contains("`survivors`")
    );
    let whole = claim(json!({ "kind": "bound", "at-least": 1.0, "survivors": true, "range": [0, 2] }));
    let again: Claim = serde_json::from_value(serde_json::to_value(&whole).unwrap()).unwrap();
    assert_eq!(again, whole);
}

#[test]
fn conditions_that_no_run_meets_are_known_beforehand() {
    let mut planned = results(5, |batch, _| batch);
    for run in &mut planned.runs {
        run.spec["rule"] = json!({ "kind": "momentum", "beta": 0.5 });
        run.spec["name"] = json!("momentum");
    }
    let examine = |value: Value| claim(value).examine(&planned);
    let bound = |condition: Value| json!({ "kind": "bound", "at-least": 0.0, "where": condition });
    for (condition, part) in [
        (json!({ "train.batch-size": 3 }), "no run has train.batch-size = 3; runs have 1, 2, 4, 8"),
        (json!({ "train.batch-size": "8" }), "a number is meant, without quotes"),
        (json!({ "name": "momentun" }), "no run has name = \"momentun\"; runs have \"momentum\""),
        (json!({ "rule": { "kind": "adam" } }), "its kinds are \"momentum\""),
        (json!({ "train.batch-size": 8, "replicate": 9 }), "no run has replicate = 9"),
    ] {
        let remarks = examine(bound(condition)).impossible;
        assert!(remarks.len() == 1 && remarks[0].message.contains(part), "{part}: {remarks:?}");
    }
    assert_eq!(
        examine(bound(json!({ "rule": { "kind": "momentum" } }))),
        Remarks::default(),
        "defaults need not be given"
    );
    let mut narrow = up();
    narrow["where"] = json!({ "train.batch-size": 8 });
    let remark = &examine(narrow).impossible[0];
    assert_eq!(
        remark.message,
        "a trend needs at least 3 values of its setting; `train.batch-size` has one value, 8"
    );
    let single = results(1, |batch, _| batch);
    let remark = &claim(up()).examine(&single).too_few[0];
    assert!(remark.message.starts_with("1 replicate, 2 are the least"), "{remark:?}");
}
