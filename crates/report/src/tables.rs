//! Tables for other programs: `runs.csv`, `curves.csv` and `summary.csv`.

use serde_json::Value;
use thalweg_records::{Record, Status};
use thalweg_statistics as statistics;

use crate::Results;

/// Seed of the bootstrap; any fixed number would do.
const SEED: u64 = 1;

/// One row a run: axes, seed, replicate, status, metrics, seconds. Timing columns end in `seconds`.
pub fn runs(results: &Results) -> Vec<Vec<String>> {
    let metrics = names(results, |run| run.metrics.iter().map(|metric| metric.name.as_str()).collect());
    let seconds = names(results, |run| run.seconds.iter().map(|metric| metric.name.as_str()).collect());
    let columns: Vec<&String> = metrics.iter().chain(&seconds).collect();
    let mut header = vec!["key".to_owned()];
    header.extend(results.axes().iter().cloned());
    header.extend(["seed", "replicate", "status"].map(str::to_owned));
    header.extend(columns.iter().map(|name| (*name).clone()));
    let row = |run: &Record| {
        let mut row = vec![run.key.clone()];
        row.extend(identity(results, run));
        row.push(match run.status {
            Status::Completed => "completed".to_owned(),
            Status::Diverged { step } => format!("diverged at step {step}"),
        });
        row.extend(
            columns.iter().map(|name| run.metric(name).map_or_else(String::new, |value| value.to_string())),
        );
        row
    };
    std::iter::once(header).chain(results.runs.iter().map(row)).collect()
}

/// One row for each evaluation of each run.
pub fn curves(results: &Results) -> Vec<Vec<String>> {
    let columns = names(results, |run| run.curves.iter().map(|curve| curve.name.as_str()).collect());
    let mut header = vec!["key".to_owned()];
    header.extend(results.axes().iter().cloned());
    header.extend(["seed", "replicate", "step"].map(str::to_owned));
    header.extend(columns.iter().cloned());
    let mut table = vec![header];
    for run in &results.runs {
        let Some(first) = run.curves.first() else { continue };
        for (i, step) in first.steps.iter().enumerate() {
            let mut row = vec![run.key.clone()];
            row.extend(identity(results, run));
            row.push(step.to_string());
            row.extend(columns.iter().map(|name| {
                let value = run.curve(name).and_then(|curve| curve.values.get(i));
                value.map_or_else(String::new, ToString::to_string)
            }));
            table.push(row);
        }
    }
    table
}

/// One row for each point of the sweep and each metric, with 95 % intervals: Student's t and the bootstrap over
/// replicates, and apart from them the standard deviation and bootstrap over the test sets within a replicate
/// (averaged over the replicates).
pub fn summary(results: &Results) -> Vec<Vec<String>> {
    let metrics = names(results, |run| run.metrics.iter().map(|metric| metric.name.as_str()).collect());
    let mut header = results.axes().to_vec();
    header.extend(
        ["metric", "replicates", "mean", "low", "high", "bootstrap-low", "bootstrap-high"].map(str::to_owned),
    );
    header.extend(["sets", "sets-sd", "sets-low", "sets-high"].map(str::to_owned));
    let mut table = vec![header];
    for (point, runs) in points(results) {
        for name in metrics.iter().filter(|name| !name.ends_with(".sd")) {
            let values: Vec<f64> = runs.iter().filter_map(|run| run.metric(name)).collect();
            if values.is_empty() {
                continue;
            }
            let mut row = point.clone();
            row.push(name.clone());
            row.extend(over_replicates(&values));
            row.extend(over_sets(&runs, name));
            table.push(row);
        }
    }
    table
}

/// A table as CSV text.
pub fn to_csv(table: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in table {
        writer.write_record(row).expect("rows of one length always go into memory");
    }
    writer.into_inner().expect("memory can always be flushed")
}

/// Axes, seed and replicate of a run.
fn identity(results: &Results, run: &Record) -> Vec<String> {
    let keys = results.axes().iter().map(String::as_str).chain(["seed", "replicate"]);
    keys.map(|key| run.setting(key).map_or_else(String::new, cell)).collect()
}

/// A JSON value as a CSV cell: strings without quotes.
fn cell(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Names over all runs, in the order in which they first occur.
fn names<'a>(results: &'a Results, of: impl Fn(&'a Record) -> Vec<&'a str>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in results.runs.iter().flat_map(of) {
        if !all.iter().any(|known| known == name) {
            all.push(name.to_owned());
        }
    }
    all
}

/// The points of the sweep in the plan's order, each with its replicates.
fn points(results: &Results) -> Vec<(Vec<String>, Vec<&Record>)> {
    let mut points: Vec<(Vec<String>, Vec<&Record>)> = Vec::new();
    for run in &results.runs {
        let mut axes = identity(results, run);
        axes.truncate(results.axes().len());
        match points.iter_mut().find(|(known, _)| *known == axes) {
            Some((_, runs)) => runs.push(run),
            None => points.push((axes, vec![run])),
        }
    }
    points
}

fn over_replicates(values: &[f64]) -> Vec<String> {
    let t = statistics::mean(values);
    let bootstrap = statistics::bootstrap_mean(values, SEED);
    let mut row = vec![values.len().to_string(), t.point.to_string()];
    row.extend(bounds(&t));
    row.extend(bounds(&bootstrap));
    row
}

fn over_sets(runs: &[&Record], name: &str) -> Vec<String> {
    let sets: Vec<&[f64]> =
        runs.iter().filter_map(|run| run.samples(name)).filter(|set| set.len() > 1).collect();
    let Some(first) = sets.first() else { return vec![String::new(); 4] };
    let mean = |of: &dyn Fn(&[f64]) -> f64| sets.iter().map(|set| of(set)).sum::<f64>() / sets.len() as f64;
    let end = |high: bool| {
        mean(&|set| {
            let estimate = statistics::bootstrap_mean(set, SEED);
            estimate.interval.map_or(estimate.point, |(low, top)| if high { top } else { low })
        })
    };
    let numbers = [mean(&statistics::standard_deviation), end(false), end(true)];
    std::iter::once(first.len().to_string()).chain(numbers.map(|x| x.to_string())).collect()
}

fn bounds(estimate: &statistics::Estimate) -> [String; 2] {
    match estimate.interval {
        Some((low, high)) => [low.to_string(), high.to_string()],
        None => [String::new(), String::new()],
    }
}
