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
pub enum Use<'a> {
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
pub(crate) fn uses(condition: &Where) -> impl Iterator<Item = Use<'_>> {
    condition.keys().map(|key| Use::Setting(key))
}

/// The runs that meet a condition, in the plan's order.
pub(crate) fn select<'a>(results: &'a Results, condition: &Where) -> Vec<&'a Record> {
    let meets = |run: &&Record| {
        condition.iter().all(|(key, value)| run.setting(key).is_some_and(|setting| same(setting, value)))
    };
    results.runs.iter().filter(meets).collect()
}

/// The replicate of a run.
pub(crate) fn replicate(run: &Record) -> u64 {
    run.setting("replicate").and_then(Value::as_u64).unwrap_or_default()
}

/// A final value or a time of a run. One that diverged has none: its time is not that of all steps.
pub(crate) fn value(run: &Record, name: &str) -> Option<f64> {
    if run.status == Status::Completed { run.metric(name) } else { None }
}

/// The mean of a value over the runs of each replicate that have it.
pub(crate) fn per_replicate(runs: &[&Record], name: &str) -> BTreeMap<u64, f64> {
    let mut values: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for run in runs {
        if let Some(value) = value(run, name) {
            values.entry(replicate(run)).or_default().push(value);
        }
    }
    values.into_iter().map(|(replicate, all)| (replicate, mean(&all))).collect()
}

/// For each replicate a series (x, y): x a setting, ascending, and y the mean of the value over the runs at x.
pub(crate) fn series(runs: &[&Record], against: &str, name: &str) -> BTreeMap<u64, (Vec<f64>, Vec<f64>)> {
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
        for (replicate, y) in per_replicate(&runs, name) {
            let (xs, ys) = series.entry(replicate).or_default();
            xs.push(x);
            ys.push(y);
        }
    }
    series
}

/// The least-squares slope of a value against a setting, each on its scale: one for each replicate that has two points.
pub(crate) fn slopes(runs: &[&Record], against: (&str, Scale), of: (&str, Scale)) -> Vec<f64> {
    let slope = |(x, y): (Vec<f64>, Vec<f64>)| {
        let places = x.iter().zip(&y).map(|(x, y)| (against.1.of(*x), of.1.of(*y)));
        let (x, y): (Vec<f64>, Vec<f64>) = places.filter(|(x, y)| x.is_finite() && y.is_finite()).unzip();
        statistics::slope(&x, &y)
    };
    series(runs, against.0, of.0).into_values().filter_map(slope).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Equality in which 1 and 1.0 are the same.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}
