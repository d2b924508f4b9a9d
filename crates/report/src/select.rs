//! Which runs and which of their values.

use std::collections::BTreeMap;

use serde_json::Value;
use thalweg_records::{Record, Status};
use thalweg_statistics as statistics;

use crate::Results;
use crate::draw::Scale;

/// A condition on runs: settings by their dotted key, and the value each must have.
pub type Where = BTreeMap<String, Value>;

/// Something of a run that a claim or figure needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need<'a> {
    /// A final value or a time, such as `train.loss`.
    Value(&'a str),
    /// A value over the steps.
    Curve(&'a str),
    /// Any setting, such as `train.batch-size`.
    Setting(&'a str),
    /// A setting that is a number.
    Number(&'a str),
    /// Arrays: `data`, `boundary`, `weights`, `images` or `slices`.
    Arrays(&'a str),
    /// The loss on a plane, by the id of its probe.
    Slice(&'a str),
    /// The loss along paths, by the id of their probe.
    Path(&'a str),
}

/// What a condition needs.
pub(crate) fn needs(condition: &Where) -> impl Iterator<Item = Need<'_>> {
    condition.keys().map(|key| Need::Setting(key))
}

/// The runs that meet a condition, in the plan's order.
pub(crate) fn select<'a>(results: &'a Results, condition: &Where) -> Vec<&'a Record> {
    let meets = |run: &&Record| {
        condition.iter().all(|(key, wanted)| run.setting(key).is_some_and(|setting| same(setting, wanted)))
    };
    results.runs.iter().filter(meets).collect()
}

/// The replicate of a run.
pub(crate) fn replicate(run: &Record) -> u64 {
    run.setting("replicate").and_then(Value::as_u64).unwrap_or_default()
}

/// The name of the quantity that is 1 for a run that diverged, and else 0.
pub(crate) const DIVERGED: &str = "diverged";

/// A final value or a time of a run. One that diverged has none, not even a time, which is not that of all
/// steps; only that it diverged is a value of it.
pub(crate) fn value(run: &Record, name: &str) -> Option<f64> {
    if name == DIVERGED {
        return match run.status {
            Status::Completed => Some(0.0),
            Status::Diverged { .. } => Some(1.0),
            Status::Failed { .. } => None,
        };
    }
    if run.status == Status::Completed { run.metric(name) } else { None }
}

/// A value, and 1 over the number of rows that it was counted over, if it was.
pub(crate) type Counted = (f64, Option<f64>);

/// The value of a run, with what it was counted over.
pub(crate) fn counted(run: &Record, name: &str) -> Option<Counted> {
    let rows = run.measured(name).and_then(|metric| metric.counted_over);
    Some((value(run, name)?, rows.map(|rows| 1.0 / rows as f64)))
}

/// The mean of a value on a scale, over the runs of each replicate that have it.
pub(crate) fn per_replicate(runs: &[&Record], name: &str, scale: Scale) -> BTreeMap<u64, f64> {
    let means = counted_per_replicate(runs, name, scale).into_iter();
    means.map(|(replicate, (value, _))| (replicate, value)).collect()
}

/// The same, with 1 over the rows that the mean was counted over if its values were: those of one run, since
/// all runs of a replicate are tried on the same rows.
pub(crate) fn counted_per_replicate(runs: &[&Record], name: &str, scale: Scale) -> BTreeMap<u64, Counted> {
    let mean = |all: Vec<Counted>| match all[..] {
        // Itself, and not what is left of it after its logarithm.
        [one] => one,
        _ => {
            let n = all.len() as f64;
            let per_row: Option<f64> = all.iter().map(|(_, per_row)| *per_row).sum();
            let place = all.iter().map(|(value, _)| scale.of(*value)).sum::<f64>() / n;
            (scale.at(place), per_row.map(|sum| sum / n))
        }
    };
    let mut values: BTreeMap<u64, Vec<Counted>> = BTreeMap::new();
    for run in runs {
        if let Some(one) = counted(run, name) {
            values.entry(replicate(run)).or_default().push(one);
        }
    }
    values.into_iter().map(|(replicate, all)| (replicate, mean(all))).collect()
}

/// For each replicate a series (x, y): x a setting, ascending, and y the mean of the value, on its scale,
/// over the runs at x.
fn series(
    runs: &[&Record],
    against: &str,
    (name, scale): (&str, Scale),
) -> BTreeMap<u64, (Vec<f64>, Vec<f64>)> {
    let mut points: Vec<(f64, Vec<&Record>)> = Vec::new();
    for run in runs {
        let Some(x) = run.setting(against).and_then(Value::as_f64) else { continue };
        match points.iter_mut().find(|(known, _)| *known == x) {
            Some((_, runs)) => runs.push(run),
            None => points.push((x, vec![run])),
        }
    }
    points.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut series: BTreeMap<u64, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for (x, runs) in points {
        for (replicate, y) in per_replicate(&runs, name, scale) {
            let (xs, ys) = series.entry(replicate).or_default();
            xs.push(x);
            ys.push(y);
        }
    }
    series
}

/// The least-squares slope of a value against a setting, each on its scale: one for each replicate that has
/// two points.
pub(crate) fn slopes(runs: &[&Record], against: (&str, Scale), of: (&str, Scale)) -> Vec<f64> {
    let slope = |(x, y): (Vec<f64>, Vec<f64>)| {
        let places = x.iter().zip(&y).map(|(x, y)| (against.1.of(*x), of.1.of(*y)));
        let (x, y): (Vec<f64>, Vec<f64>) = places.filter(|(x, y)| x.is_finite() && y.is_finite()).unzip();
        statistics::slope(&x, &y)
    };
    series(runs, against.0, of).into_values().filter_map(slope).collect()
}

/// Whether a setting is what is wanted: 1 and 1.0 are the same, and of a table only what is given must agree,
/// as its defaults need not be written out.
pub(crate) fn same(setting: &Value, wanted: &Value) -> bool {
    match (setting, wanted) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            b.iter().all(|(key, wanted)| a.get(key).is_some_and(|setting| same(setting, wanted)))
        }
        _ => setting == wanted,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use thalweg_records::Metric;

    use super::*;

    /// A run of a replicate at x, with a value that was counted over 50 rows.
    fn run(replicate: u64, (rule, x): (&str, f64), value: f64) -> Record {
        let metric = Metric { counted_over: Some(50), ..Metric::new("y", value) };
        let spec = json!({ "replicate": replicate, "optimizer": { "kind": rule }, "x": x });
        Record { metrics: vec![metric], ..Record::empty(format!("{replicate}-{rule}-{x}"), spec) }
    }

    #[test]
    fn runs_of_a_replicate_have_one_mean_on_the_scale_over_the_rows_of_one_of_them() {
        let runs = [run(0, ("a", 1.0), 0.1), run(0, ("b", 1.0), 10.0), run(1, ("a", 1.0), 0.3)];
        let runs: Vec<&Record> = runs.iter().collect();
        let of = |scale| counted_per_replicate(&runs, "y", scale);
        let (linear, log) = (of(Scale::Linear), of(Scale::Log));
        assert_eq!((linear[&0].0, linear[&1].0, log[&1].0), (5.05, 0.3, 0.3));
        assert!((log[&0].0 - 1.0).abs() < 1e-12, "{log:?}");
        assert_eq!(linear[&0].1, Some(1.0 / 50.0), "the same rows twice are no 100 rows");
    }

    #[test]
    fn the_slope_of_pooled_powers_is_their_mean() {
        let law =
            |rule: &str, exponent: i32, x: f64| run(0, (rule, x), 1e-4_f64.powi(exponent) * x.powi(exponent));
        let runs: Vec<Record> =
            [1.0, 10.0, 100.0].iter().flat_map(|x| [law("a", -2, *x), law("b", 0, *x)]).collect();
        let slopes = slopes(&runs.iter().collect::<Vec<_>>(), ("x", Scale::Log), ("y", Scale::Log));
        assert!(slopes.len() == 1 && (slopes[0] + 1.0).abs() < 1e-12, "{slopes:?}");
    }
}
