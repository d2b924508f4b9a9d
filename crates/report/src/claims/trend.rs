//! One quantity rises or falls with a setting.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thalweg_records::Record;
use thalweg_statistics::{Sample, kendall_tau, slope, slope_weights};

use super::observe::{Axes, Measure, Tally, balanced};
use super::reason::counted;
use super::study::{Scores, Shown, Study, resolution};
use super::{Estimand, Terms};
use crate::Results;
use crate::draw::Scale;
use crate::select::{Need, Where, needs, select};

/// Fewer values of the setting are no trend.
pub(super) const LEAST_LEVELS: usize = 3;

/// `kind = "trend"`: `of` rises or falls as the setting `against` grows.
///
/// The score of a replicate is the linear contrast of its values over the ordered levels of the setting,
/// which is the least-squares slope against their ranks 1, 2, 3, … (on a logarithmic scale the slope of the
/// logarithms); where other settings are swept too, their mean. What the runs of a replicate share, such as
/// data, first weights and a drift, is inside the score. The effect that is shown is Kendall's τ_b, computed
/// within each replicate and averaged; a claim is decided only if contrast and τ both decide it, so that one
/// high end does not make a rise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Trend {
    /// The quantity, such as `test.clean.accuracy`.
    pub of: String,
    /// The setting, a number, such as `train.batch-size`.
    pub against: String,
    /// Whether the quantity rises or falls.
    pub direction: Direction,
    /// Which runs count: settings by their dotted key, each with its value. Default all.
    #[serde(default)]
    pub r#where: Where,
}

/// Which way a trend goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// It rises.
    Increasing,
    /// It falls.
    Decreasing,
}

/// (rank of the level, place) for each level that a replicate has, ascending.
type Series = Vec<(f64, f64)>;

impl Direction {
    /// Where the centre of the scores lies if it goes this way.
    pub(super) fn claimed(self) -> (f64, f64) {
        match self {
            Self::Increasing => (0.0, f64::INFINITY),
            Self::Decreasing => (f64::NEG_INFINITY, 0.0),
        }
    }
}

impl Trend {
    pub(super) fn needs(&self) -> Vec<Need<'_>> {
        [Need::Value(&self.of), Need::Number(&self.against)].into_iter().chain(needs(&self.r#where)).collect()
    }

    pub(super) fn study<'a>(&self, results: &'a Results, terms: &Terms) -> Study<'a> {
        let measure = Measure::new(&self.of, terms);
        let level = |run: &Record| run.setting(&self.against).and_then(Value::as_f64);
        let (runs, lacking): (Vec<&Record>, Vec<&Record>) =
            select(results, &self.r#where).into_iter().partition(|run| level(run).is_some());
        let mut tally = Tally::default();
        tally.ask("", &runs, &[&measure]);
        tally.leave_out(&lacking);
        let cells = Axes::besides(results.axes(), &[]);
        tally.complete(&runs, |run| format!("{} × {:?}", cells.cell(run), level(run)));
        let keys: Vec<&str> =
            self.r#where.keys().map(String::as_str).chain([self.against.as_str()]).collect();
        let axes = Axes::besides(results.axes(), &keys).independent_of(&runs, &self.against);
        let (ranks, series) = series_of(&runs, &axes, results, &measure, level);
        let (mut scores, mut taus, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        let (mut places, mut weight) = (Vec::new(), 0.0_f64);
        for cells in series.values() {
            let cells: Vec<&Series> = cells.iter().filter(|cell| cell.len() >= LEAST_LEVELS).collect();
            let split = |cell: &Series| cell.iter().copied().unzip::<f64, f64, Vec<f64>, Vec<f64>>();
            if cells.is_empty() {
                continue;
            }
            let mean = |of: &dyn Fn(&[f64], &[f64]) -> f64| {
                let all = cells.iter().map(|cell| {
                    let (x, y) = split(cell);
                    of(&x, &y)
                });
                all.sum::<f64>() / cells.len() as f64
            };
            scores.push(mean(&|x, y| slope(x, y).unwrap_or_default()));
            taus.push(mean(&|x, y| kendall_tau(x, y)));
            let sum = |x: &[f64]| slope_weights(x).unwrap_or_default().iter().map(|w| w.abs()).sum::<f64>();
            weight = cells.iter().map(|cell| sum(&split(cell).0)).fold(weight, f64::max);
            places.extend(cells.iter().flat_map(|cell| cell.iter().map(|(_, place)| *place)));
        }
        if ranks < LEAST_LEVELS {
            notes.push(format!(
                "{} of {}, {LEAST_LEVELS} are the least",
                counted(ranks, "value"),
                self.against
            ));
        }
        let n_cells = series.values().map(Vec::len).max().unwrap_or(0);
        if n_cells > 1 {
            notes.push(format!("mean over {n_cells} values of {}", axes.0.join(" × ")));
        }
        let pairs = ranks * (ranks.max(1) - 1) / 2;
        Study {
            what: score_name(measure.scale, terms.estimand).to_owned(),
            claimed: self.direction.claimed(),
            indifference: terms.indifference.map(|zone| {
                let half = terms.half_zone(zone, measure.scale);
                (-half, half)
            }),
            scale: measure.scale,
            shown: Some(Shown { step: 2.0 / (pairs * n_cells).max(1) as f64, taus }),
            notes,
            is_exact: !measure.is_timed() && tally.is_deterministic(&results.runs),
            tally,
            scores: Scores::Replicates(Sample {
                // A slope is made of places with these weights.
                resolution: weight * resolution(measure.scale, places.into_iter()),
                ..Sample::new(scores)
            }),
        }
    }
}

fn score_name(scale: Scale, estimand: Estimand) -> &'static str {
    match (scale, estimand) {
        (Scale::Linear, Estimand::Mean) => "change per level",
        (Scale::Log, Estimand::Mean) => "factor per level",
        (Scale::Linear, Estimand::Median) => "median change per level",
        (Scale::Log, Estimand::Median) => "median factor per level",
    }
}

/// The number of levels, and for each replicate the series of each cell.
fn series_of(
    runs: &[&Record],
    axes: &Axes<'_>,
    results: &Results,
    measure: &Measure,
    level: impl Fn(&Record) -> Option<f64>,
) -> (usize, BTreeMap<u64, Vec<Series>>) {
    let mut levels: Vec<f64> = runs.iter().filter_map(|run| level(run)).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let rank = |x: f64| 1 + levels.partition_point(|known| *known < x);
    let mut cells: BTreeMap<String, BTreeMap<usize, Vec<&Record>>> = BTreeMap::new();
    for run in runs {
        let Some(x) = level(run) else { continue };
        cells.entry(axes.cell(run)).or_default().entry(rank(x)).or_default().push(run);
    }
    let mut series: BTreeMap<u64, Vec<Series>> = BTreeMap::new();
    for of_levels in cells.into_values() {
        let mut of_cell: BTreeMap<u64, Series> = BTreeMap::new();
        for (rank, runs) in of_levels {
            for (replicate, observation) in balanced(&runs, results.axes(), measure) {
                of_cell.entry(replicate).or_default().push((rank as f64, observation.place));
            }
        }
        for (replicate, own) in of_cell {
            series.entry(replicate).or_default().push(own);
        }
    }
    (levels.len(), series)
}
