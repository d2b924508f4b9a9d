//! `cargo xtask bench --growth`: how the time grows with width, depth, batch, data, number of runs and
//! threads, beside how the work grows, and what more threads would give.
//!
//! ```text
//! time ∝ sizeᵃ,   a by least squares of log time on log size over the upper half of the sizes
//! time with n threads = T₁·(s + (1 − s)/n),   the serial share s from the most threads there are (Amdahl)
//! ```

use anyhow::Context;
use rayon::ThreadPoolBuilder;
use serde_json::{Value, json};
use thalweg_cli::{Exit, note, provenance, say, shown};
use thalweg_experiment::Experiment;
use thalweg_records::{Metric, Plan, Record, ResultFolder, key_of};
use thalweg_report::{FigureConfig, Report, Results};
use thalweg_statistics::slope;

use super::times::{duration, percent};
use super::training::{architecture, plan, seconds_of_all, seconds_per_step};
use crate::table::Table;
use xtask::workspace::{commit, root};

/// Runs that the threads share.
const SHARED_RUNS: usize = 64;
/// The shares into which a step with all 500 samples is cut.
const SHARES: usize = 4;
/// Threads of a larger machine.
const MANY: usize = 64;

/// What grows while all else stays as in W1 with batches of 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    Width,
    Depth,
    Batch,
    Data,
    Runs,
    /// That share 64 runs.
    Threads,
    /// That share the steps of one run, with all samples in a batch.
    ThreadsOfAStep,
}

/// One size of an axis.
struct Point {
    size: usize,
    /// Of a step; of all runs where their number or that of the threads grows.
    seconds: f64,
    /// Operations, of a thread where several share them.
    work: f64,
}

/// What is planned for one size: the runs, and the operations of a step of each.
struct Planned {
    experiment: Experiment,
    flops: f64,
}

const AXES: [Axis; 7] =
    [Axis::Width, Axis::Depth, Axis::Batch, Axis::Data, Axis::Runs, Axis::Threads, Axis::ThreadsOfAStep];

/// Measures all axes, prints a table, draws a figure; returns what was measured.
pub fn run(quick: bool) -> Result<Value, Exit> {
    let mut measured = Vec::new();
    for axis in AXES {
        let mut points = Vec::new();
        for size in axis.sizes(quick) {
            note(format_args!("{} {size}", axis.name()));
            points.push(axis.point(size, quick)?);
        }
        measured.push((axis, points));
    }
    say(table(&measured).render())?;
    for (axis, points) in &measured {
        if let Some(most) = axis.most_threads()
            && let Some(serial) = serial_share(points)
        {
            let gain = 1.0 / (serial + (1.0 - serial) / most as f64);
            say(format_args!(
                "{} with {most} threads: {gain:.1} times as fast as with one, if {} stay serial",
                axis.of(),
                percent(serial),
            ))?;
        }
    }
    draw(&measured)?;
    let points = |points: &[Point]| -> Vec<Value> {
        let of = |point: &Point| json!({ "size": point.size, "seconds": point.seconds, "work": point.work });
        points.iter().map(of).collect()
    };
    Ok(measured.iter().map(|(axis, all)| json!({ "axis": axis.name(), "points": points(all) })).collect())
}

impl Axis {
    fn name(self) -> &'static str {
        match self {
            Self::Width => "width",
            Self::Depth => "depth",
            Self::Batch => "batch size",
            Self::Data => "samples",
            Self::Runs => "runs",
            Self::Threads => "threads over runs",
            Self::ThreadsOfAStep => "threads in a step",
        }
    }

    /// How many threads could help where they grow, on a machine with 64 cores.
    fn most_threads(self) -> Option<usize> {
        match self {
            Self::Threads => Some(MANY),
            Self::ThreadsOfAStep => Some(SHARES),
            _ => None,
        }
    }

    fn sizes(self, quick: bool) -> Vec<usize> {
        let powers = |base: usize, first: u32, last: u32| (first..=last).map(|i| base.pow(i)).collect();
        match self {
            // Up to 6.7·10⁷ parameters.
            Self::Width => powers(2, 1, if quick { 10 } else { 13 }),
            Self::Depth => powers(2, 0, 6),
            Self::Batch => powers(2, 0, if quick { 13 } else { 16 }),
            Self::Data => powers(10, 2, if quick { 5 } else { 6 }),
            Self::Runs => powers(10, 0, if quick { 3 } else { 4 }),
            Self::Threads | Self::ThreadsOfAStep => (1..=rayon::current_num_threads()).collect(),
        }
    }

    fn point(self, size: usize, quick: bool) -> Result<Point, Exit> {
        let (rounds, flop) = if quick { (1, 1e8) } else { (5, 1e9) };
        let Planned { experiment, flops } = self.plan(size, flop)?;
        let threads = match self.most_threads() {
            Some(_) => size,
            None => rayon::current_num_threads(),
        };
        let pool =
            ThreadPoolBuilder::new().num_threads(threads).build().context("cannot start the threads")?;
        let mut seconds = f64::INFINITY;
        for _ in 0..if self.is_long(size) { 1 } else { rounds } {
            seconds = seconds.min(match self {
                Self::Runs | Self::Threads | Self::ThreadsOfAStep => {
                    pool.install(|| seconds_of_all(&experiment))?
                }
                _ => seconds_per_step(&experiment.jobs[0])?,
            });
        }
        let steps: u64 = experiment.jobs.iter().map(|job| job.spec.task.steps()).sum();
        let work = match self {
            Self::Runs => flops * steps as f64,
            Self::Threads | Self::ThreadsOfAStep => flops * steps as f64 / size as f64,
            _ => flops,
        };
        Ok(Point { size, seconds, work })
    }

    /// So long that one round has to do.
    fn is_long(self, size: usize) -> bool {
        match self {
            Self::Data => size >= 1_000_000,
            Self::Runs => size >= 1000,
            _ => false,
        }
    }

    /// The runs of one size, each of about `flop` operations.
    fn plan(self, size: usize, flop: f64) -> Result<Planned, Exit> {
        let (hidden, batch, samples) = match self {
            Self::Width => (vec![size; 2], 8, 500),
            Self::Depth => (vec![64; size], 8, 500),
            Self::Batch => (vec![64; 2], size, size.max(8192)),
            Self::Data => (vec![64; 2], 8, size),
            Self::Runs => (vec![8], 8, 500),
            Self::Threads => (vec![64; 2], 8, 500),
            Self::ThreadsOfAStep => (vec![64; 2], 500, 500),
        };
        let runs = match self {
            Self::Runs => size,
            Self::Threads => SHARED_RUNS,
            _ => 1,
        };
        let mut set = vec![
            format!("model.hidden={hidden:?}"),
            format!("train.batch-size={batch}"),
            format!("data.samples={samples}"),
            format!("replicates={runs}"),
            // Wide and deep networks would diverge with the rate of the others.
            "schedule.initial=0.001".to_owned(),
        ];
        let planned =
            |set: &[String]| plan("moons.toml", &set.iter().map(String::as_str).collect::<Vec<_>>());
        let first = &planned(&set)?.jobs[0];
        let flops = architecture(first, 2, 2)?.step_flops(batch);
        let steps = match self {
            // An epoch at least, so that the permutation is paid for.
            Self::Data => (flop / flops).max((samples / batch) as f64),
            Self::Runs => 100.0,
            Self::Threads => flop / flops / 10.0,
            // Long beside the start of a thread.
            Self::ThreadsOfAStep => 20.0 * flop / flops,
            _ => flop / flops,
        };
        set.push(format!("train.steps={}", steps.ceil()));
        Ok(Planned { experiment: planned(&set)?, flops })
    }

    /// What is timed.
    fn of(self) -> &'static str {
        match self {
            Self::Runs => "all runs of 100 steps",
            Self::Threads => "64 runs",
            Self::ThreadsOfAStep => "a run with full batches",
            _ => "a step",
        }
    }
}

/// The exponent over the upper half of the sizes; `None` if they are not two.
fn exponent(points: &[Point], value: impl Fn(&Point) -> f64) -> Option<f64> {
    let upper = &points[(points.len() / 2).min(points.len().saturating_sub(2))..];
    let logs = |of: &dyn Fn(&Point) -> f64| upper.iter().map(|point| of(point).ln()).collect::<Vec<f64>>();
    slope(&logs(&|point| point.size as f64), &logs(&value))
}

/// The share s of the time with one thread that more threads do not shorten: nT(n)/T(1) = 1 + (n − 1)s for
/// the most threads n that were measured. At least 0: threads that help more than they can are noise.
fn serial_share(points: &[Point]) -> Option<f64> {
    let [first, .., last] = points else { return None };
    let n = last.size as f64;
    Some(((n * last.seconds / first.seconds - 1.0) / (n - 1.0)).max(0.0))
}

fn table(measured: &[(Axis, Vec<Point>)]) -> Table {
    let mut table =
        Table::new(&["grows", "from", "to", "timed", "at first", "at last", "exponent", "of the work"]);
    let shown = |exponent: Option<f64>| exponent.map_or_else(|| "–".to_owned(), |a| format!("{a:.2}"));
    for (axis, points) in measured {
        let (Some(first), Some(last)) = (points.first(), points.last()) else { continue };
        table.push([
            axis.name().to_owned(),
            first.size.to_string(),
            last.size.to_string(),
            axis.of().to_owned(),
            duration(first.seconds),
            duration(last.seconds),
            shown(exponent(points, |point| point.seconds)),
            shown(exponent(points, |point| point.work)),
        ]);
    }
    table
}

/// Draws each point as a run of an experiment: `results/growth/`.
fn draw(measured: &[(Axis, Vec<Point>)]) -> anyhow::Result<()> {
    let records: Vec<Record> = measured.iter().flat_map(|(axis, points)| records(*axis, points)).collect();
    let plan = Plan {
        title: "How the time grows".to_owned(),
        question: "Where does the time grow faster than the work does?".to_owned(),
        runs: records.iter().map(|record| record.key.clone()).collect(),
        ..Plan::new("growth", vec!["grows".to_owned(), "size".to_owned()])
    };
    let figure = json!({
        "kind": "summary",
        "id": "growth",
        "title": "Time beside that of the smallest size",
        "y": ["relative"],
        "y-scale": "log",
        "y-label": "time, as a multiple of that of the smallest size",
        "x": "size",
        "x-scale": "log",
        "x-label": "width, depth, batch size, …",
        "series": "grows",
        "series-label": "over",
    });
    let figure: FigureConfig = serde_json::from_value(figure).context("the figure")?;
    // Times are not kept: nobody could compute the same again.
    let folder = ResultFolder::new(root().join("results/growth"));
    folder.write_plan(&plan)?;
    let report = Report::new(&Results::new(plan, records), &[], &[figure]);
    report.write(&folder)?;
    report.missing.iter().for_each(note);
    say(format_args!("figure: {}", shown(&folder.path().join("figures/growth.svg"))))
}

fn records(axis: Axis, points: &[Point]) -> Vec<Record> {
    let first = points.first().map_or(f64::NAN, |point| point.seconds);
    let provenance = provenance(commit().as_deref());
    let record = |point: &Point| {
        let spec = json!({ "grows": axis.name(), "size": point.size, "replicate": 0 });
        Record {
            metrics: vec![Metric::new("relative", point.seconds / first)],
            seconds: vec![Metric::new("seconds", point.seconds)],
            provenance: provenance.clone(),
            ..Record::empty(key_of(&spec), spec)
        }
    };
    points.iter().map(record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(seconds: impl Fn(f64) -> f64) -> Vec<Point> {
        let point = |size: usize| Point { size, seconds: seconds(size as f64), work: size as f64 };
        [1, 2, 4, 8, 16, 32].into_iter().map(point).collect()
    }

    #[test]
    fn exponents_are_those_of_the_upper_half() {
        // Constant up to 4, then 3·size^1.5.
        let points = points(|size| if size <= 4.0 { 7.0 } else { 3.0 * size.powf(1.5) });
        let fitted = exponent(&points, |point| point.seconds).unwrap();
        // Rounding of three logarithms.
        assert!((fitted - 1.5).abs() < 1e-12, "{fitted}");
        assert!((exponent(&points, |point| point.work).unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn two_points_are_enough_and_one_is_not() {
        let two = points(|size| 5.0 / size).drain(..2).collect::<Vec<_>>();
        assert!((exponent(&two, |point| point.seconds).unwrap() + 1.0).abs() < 1e-12);
        assert_eq!(exponent(&two[..1], |point| point.seconds), None);
    }

    #[test]
    fn the_serial_share_is_what_threads_do_not_shorten() {
        let points = points(|n| 3.0 * (0.1 + 0.9 / n));
        // Rounding of a few operations.
        assert!((serial_share(&points).unwrap() - 0.1).abs() < 1e-12);
        assert_eq!(serial_share(&points[..1]), None);
    }

    #[test]
    fn the_work_of_a_size_is_that_of_its_network() {
        let planned = Axis::Width.plan(4, 1e6).unwrap();
        // 2-4-4-2 with batches of 8: three products, less the inputs' gradient of the first.
        assert_eq!(planned.flops, 2.0 * 8.0 * (3.0 * (8.0 + 16.0 + 8.0) - 8.0));
        assert_eq!(planned.experiment.jobs[0].spec.task.steps(), (1e6_f64 / 1408.0).ceil() as u64);
        assert_eq!(Axis::Runs.plan(3, 1e6).unwrap().experiment.jobs.len(), 3);
    }
}
