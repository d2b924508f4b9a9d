//! Tables for other programs: `runs.csv`, `curves.csv` and `summary.csv`.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;
use thalweg_records::{Quantity, Record, Role, Status};
use thalweg_statistics as statistics;

use crate::column::{
    AFTER_EACH, BETWEEN, COUNTED_OVER, DETERMINISTIC, DIVERGED_AT, FAILURE, LOOKS, SUMMARY, SWEPT,
};
use crate::draw::Scale;
use crate::estimates::{self, scale_of};
use crate::number::written;
use crate::select::{Counted, counted, value};
use crate::settings;
use crate::{Claim, Need, Results};

/// Seed of the bootstrap; any fixed number would do.
const SEED: u64 = 1;

/// One row a run: axes and settings that claims name, seed, replicate, status, metrics, seconds. Timing
/// columns end in `seconds`.
pub fn runs(results: &Results, claims: &[Claim]) -> Vec<Vec<String>> {
    let metrics = names(results, |run| run.metrics.iter().map(|metric| metric.name.as_str()).collect());
    let shares = names(results, |run| {
        run.metrics
            .iter()
            .filter(|metric| metric.counted_over.is_some())
            .map(|metric| metric.name.as_str())
            .collect()
    });
    let seconds = names(results, |run| run.seconds.iter().map(|metric| metric.name.as_str()).collect());
    let columns: Vec<&String> = metrics.iter().chain(&seconds).collect();
    let swept = settings::columns(results);
    let has_tables = settings::has_tables(results, &swept);
    let named = named_settings(results, claims);
    let has_facts = results.runs.iter().any(|run| run.deterministic);
    let mut header = vec!["key".to_owned()];
    header.extend(swept.iter().cloned());
    header.extend(named.iter().map(|key| (*key).to_owned()));
    header.extend(["seed", "replicate", "status"].map(str::to_owned));
    let (diverge, fail) = (results.diverged() > 0, results.failed() > 0);
    header.extend(diverge.then(|| DIVERGED_AT.to_owned()));
    header.extend(fail.then(|| FAILURE.to_owned()));
    header.extend(has_facts.then(|| DETERMINISTIC.to_owned()));
    let is_sequential = results.plan.sequential.is_some();
    header.extend(is_sequential.then(|| LOOKS.to_owned()));
    header.extend(has_tables.then(|| SWEPT.to_owned()));
    header.extend(columns.iter().map(|name| (*name).clone()));
    header.extend(shares.iter().map(|name| format!("{name}{COUNTED_OVER}")));
    let row = |run: &Record| {
        let mut row = vec![run.key.clone()];
        let keys = swept.iter().map(String::as_str).chain(named.iter().copied());
        row.extend(keys.chain(["seed", "replicate"]).map(|key| settings::cell(run, key)));
        let (at, why) = match &run.status {
            Status::Completed => (None, ""),
            Status::Diverged { step } => (*step, ""),
            Status::Failed { why } => (None, why.as_str()),
        };
        row.push(run.status.as_str().to_owned());
        row.extend(diverge.then(|| at.map_or_else(String::new, |step| step.to_string())));
        row.extend(fail.then(|| why.to_owned()));
        row.extend(has_facts.then(|| run.deterministic.to_string()));
        row.extend(is_sequential.then(|| AFTER_EACH.to_owned()));
        row.extend(has_tables.then(|| results.axes().join(BETWEEN)));
        let text = |number: Option<f64>| number.map_or_else(String::new, written);
        row.extend(columns.iter().map(|name| text(run.metric(name))));
        let rows = |name: &String| run.measured(name).and_then(|metric| metric.counted_over);
        row.extend(shares.iter().map(|name| rows(name).map_or_else(String::new, |rows| rows.to_string())));
        row
    };
    let runs = results.runs.iter().chain(&results.companions);
    std::iter::once(header).chain(runs.map(row)).collect()
}

/// One row for each evaluation of each run.
pub fn curves(results: &Results) -> Vec<Vec<String>> {
    let columns = names(results, |run| run.curves.iter().map(|curve| curve.name.as_str()).collect());
    let swept = settings::columns(results);
    let mut header = vec!["key".to_owned()];
    header.extend(swept.iter().cloned());
    header.extend(["seed", "replicate", "step"].map(str::to_owned));
    header.extend(columns.iter().cloned());
    let mut table = vec![header];
    for run in &results.runs {
        let steps: BTreeSet<u64> = run.curves.iter().flat_map(|curve| curve.steps.iter().copied()).collect();
        for step in steps {
            let mut row = vec![run.key.clone()];
            row.extend(identity(&swept, run));
            row.push(step.to_string());
            row.extend(columns.iter().map(|name| {
                let value = run
                    .curve(name)
                    .and_then(|curve| curve.values.get(curve.steps.binary_search(&step).ok()?));
                value.map_or_else(String::new, |value| written(*value))
            }));
            table.push(row);
        }
    }
    table
}

/// One row for each point of the sweep and each metric, with 95 % intervals: Student's t and the bootstrap
/// over replicates, both on the scale of the quantity (geometric means on the logarithmic one, which a
/// quantity has in all rows or in none), and apart from them the standard deviation and bootstrap over the
/// test sets within a replicate (averaged over the replicates).
pub fn summary(results: &Results) -> Vec<Vec<String>> {
    let metrics = names(results, |run| run.metrics.iter().map(|metric| metric.name.as_str()).collect());
    let mut header = settings::columns(results);
    header.extend(SUMMARY.map(|(name, _)| name.to_owned()));
    let mut table = vec![header];
    let values = |name: &String| results.runs.iter().filter_map(|run| value(run, name)).collect::<Vec<f64>>();
    let shown = metrics.iter().filter(|name| Quantity::of(name).role != Role::Deviation);
    let scales: Vec<(&String, Scale)> =
        shown.map(|name| (name, scale_of(name, Scale::Linear, values(name)))).collect();
    let points = points(results);
    let row = |(point, runs): &(Vec<String>, Vec<&Record>), (name, scale): &(&String, Scale)| {
        let values: Vec<Counted> = runs.iter().filter_map(|run| counted(run, name)).collect();
        let all = || [over_replicates(name, *scale, &values), over_sets(runs, name)].concat();
        (!values.is_empty()).then(|| [point.clone(), vec![(*name).clone()], all()].concat())
    };
    // The bootstrap of many replicates takes longer than all else.
    let rows = points.par_iter().flat_map_iter(|point| scales.iter().map(move |scale| (point, scale)));
    table.par_extend(rows.filter_map(|(point, scale)| row(point, scale)));
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

/// Settings that the claims name and no axis holds.
fn named_settings<'a>(results: &Results, claims: &'a [Claim]) -> Vec<&'a str> {
    let is_swept = |key: &str| {
        let holds = |axis: &String| {
            key.strip_prefix(axis.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        results.axes().iter().any(holds)
    };
    let mut keys: Vec<&str> = Vec::new();
    for used in claims.iter().flat_map(Claim::needs) {
        if let Need::Setting(key) | Need::Number(key) = used
            && !is_swept(key)
            && !keys.contains(&key)
            && !["seed", "replicate"].contains(&key)
        {
            keys.push(key);
        }
    }
    keys
}

/// Swept settings, seed and replicate of a run.
fn identity(swept: &[String], run: &Record) -> Vec<String> {
    let keys = swept.iter().map(String::as_str).chain(["seed", "replicate"]);
    keys.map(|key| settings::cell(run, key)).collect()
}

/// Names over all runs, in the order in which they first occur.
pub(crate) fn names<'a>(results: &'a Results, of: impl Fn(&'a Record) -> Vec<&'a str>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in results.runs.iter().chain(&results.companions).flat_map(of) {
        if !all.iter().any(|known| known == name) {
            all.push(name.to_owned());
        }
    }
    all
}

/// The points of the sweep in the plan's order, each with its replicates.
pub(crate) fn points(results: &Results) -> Vec<(Vec<String>, Vec<&Record>)> {
    let swept = settings::columns(results);
    let mut points: Vec<(Vec<String>, Vec<&Record>)> = Vec::new();
    let mut places: HashMap<Vec<String>, usize> = HashMap::new();
    for run in &results.runs {
        let mut point = identity(&swept, run);
        point.truncate(swept.len());
        let place = *places.entry(point.clone()).or_insert(points.len());
        match points.get_mut(place) {
            Some((_, runs)) => runs.push(run),
            None => points.push((point, vec![run])),
        }
    }
    points
}

fn over_replicates(name: &str, scale: Scale, values: &[Counted]) -> Vec<String> {
    let mean = estimates::mean(name, scale, values);
    let places: Vec<f64> = values.iter().map(|(value, _)| scale.of(*value)).collect();
    let bootstrap = statistics::bootstrap_mean(&places, SEED).interval;
    let bootstrap = bootstrap.filter(|_| Quantity::of(name).role != Role::Theory);
    let mut row = vec![scale.as_str().to_owned(), values.len().to_string(), written(mean.point)];
    row.extend(bounds(mean.interval));
    row.extend(bounds(bootstrap.map(|(low, high)| (scale.at(low), scale.at(high)))));
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
    std::iter::once(first.len().to_string()).chain(numbers.map(written)).collect()
}

fn bounds(interval: Option<(f64, f64)>) -> [String; 2] {
    match interval {
        Some((low, high)) => [written(low), written(high)],
        None => [String::new(), String::new()],
    }
}

#[cfg(test)]
mod tests {
    use thalweg_records::{Curve, Samples};

    use super::*;
    use crate::made_up;

    fn numbers(row: &[String]) -> Vec<f64> {
        row.iter().map(|cell| cell.parse().unwrap()).collect()
    }

    #[test]
    fn intervals_over_replicates_and_over_test_sets_are_kept_apart() {
        let mut results = made_up::results(2, |batch, r| batch + 10.0 * r as f64);
        for run in &mut results.runs {
            let level = run.metric("loss").unwrap();
            let values = (0..100).map(|i| level + f64::from(i % 2)).collect();
            run.samples.push(Samples { name: "loss".into(), values });
        }
        let table = summary(&results);
        assert_eq!((table.len(), &table[1][..4]), (5, &["1", "loss", "log", "2"].map(String::from)[..]));
        let row = numbers(&table[1][4..]);
        // 1 and 11: geometric mean √11, which t₀.₉₇₅(1) · s/√2 divides by 11^(12.7062/2).
        assert!((row[0] - 11.0_f64.sqrt()).abs() < 1e-9, "{row:?}");
        assert!((row[1].ln() - (0.5 - 12.706_205 / 2.0) * 11.0_f64.ln()).abs() < 1e-3, "{row:?}");
        assert!((row[3] - 1.0).abs() < 1e-9 && (row[4] - 11.0).abs() < 1e-9, "the bootstrap of two values");
        // Sets of a run are 0 or 1 above its level, by halves: sd √(25/99), interval ± 1.96 · ½/√100.
        assert!(row[5] == 100.0 && (row[6] - (25.0_f64 / 99.0).sqrt()).abs() < 1e-9, "{row:?}");
        assert!((row[7] - 6.4).abs() < 0.02 && (row[8] - 6.6).abs() < 0.02, "{row:?}");
    }

    #[test]
    fn a_quantity_has_one_scale_in_all_rows() {
        let scales = |zero: bool| -> Vec<String> {
            let results = made_up::results(2, |batch, _| if zero && batch == 8.0 { 0.0 } else { batch });
            summary(&results)[1..].iter().map(|row| row[2].clone()).collect()
        };
        assert_eq!(scales(false), ["log"; 4]);
        assert_eq!(scales(true), ["linear"; 4], "a single 0 has no logarithm, and means are to be compared");
    }

    #[test]
    fn curves_are_put_together_by_their_steps() {
        let mut results = made_up::results(1, |batch, _| batch);
        results.runs.truncate(1);
        let curve = |name: &str, steps: Vec<u64>, values| Curve { name: name.into(), steps, values };
        results.runs[0].curves =
            vec![curve("a", vec![0, 2], vec![0.5, 2.5]), curve("b", vec![1, 2], vec![10.0, 20.0])];
        let cells: Vec<String> = curves(&results)[1..].iter().map(|row| row[4..].join(" ")).collect();
        assert_eq!(cells, ["0 0.5 ", "1  10", "2 2.5 20"]);
    }
}
