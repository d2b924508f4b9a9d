//! A quantity differs between two kinds of runs, or from another quantity.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thalweg_document::Problem;
use thalweg_records::Record;
use thalweg_statistics::{Floor, Sample};

use super::observe::{Axes, Measure, Observation, Tally, balanced, mean};
use super::reason::words_of;
use super::study::{Scores, Study, resolution};
use super::{Estimand, Terms};
use crate::Results;
use crate::draw::Scale;
use crate::results::CASE;
use crate::select::{Need, Where, needs, replicate, select};

/// `kind = "difference"`: `of` is higher, lower or equal in the first kind of runs, compared with the second,
/// or compared with the quantity `than`.
///
/// The two kinds are compared cell by cell: where other settings are swept too, runs of either kind with the
/// same other settings and the same replicate are a pair, which shares data and streams. The score of a
/// replicate is the mean of first − second over the cells that both kinds have (on a logarithmic scale the
/// difference of the logarithms, whose mean is the logarithm of a ratio); cells that only one of them has are
/// left out, and said. Where the two kinds have no replicate in common, Welch's test compares their scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Difference {
    /// The quantity.
    pub of: String,
    /// The quantity of the second kind of runs. Default `of`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub than: Option<String>,
    /// The two kinds of runs, each by its settings. Default all on both sides, for two quantities of the same
    /// runs.
    #[serde(default)]
    pub between: [Where; 2],
    /// How the first compares with the second.
    pub direction: Order,
    /// What the difference must exceed; for `equal`, what it must stay within (above 0). In units of the
    /// quantity, which is then compared on the linear scale. Default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// What the ratio must exceed, or stay within, in either direction: 1.1 is ten per cent. On the
    /// logarithmic scale. Default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
}

/// How one value compares with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The first is higher, by more than the margin.
    Higher,
    /// The first is lower, by more than the margin.
    Lower,
    /// Both are the same within the margin.
    Equal,
}

/// What is compared: the pairs of observations in each cell, by replicate, or the sides by themselves.
type Pairs = BTreeMap<u64, Vec<(Observation, Observation)>>;

impl Difference {
    pub(super) fn needs(&self) -> Vec<Need<'_>> {
        let values = self.quantities().map(Need::Value).into_iter();
        values.chain(self.between.iter().flat_map(needs)).collect()
    }

    /// What is compared: of the first kind of runs, and of the second.
    pub(super) fn quantities(&self) -> [&str; 2] {
        [&self.of, self.than.as_ref().unwrap_or(&self.of)]
    }

    /// Both quantities on one scale: that of a margin or a factor, or else their own, if they share one.
    fn measures(&self, terms: &Terms) -> [Measure; 2] {
        let measures = self.quantities().map(|name| Measure::new(name, terms));
        let is_log = match (terms.scale, self.margin, self.factor) {
            (Some(scale), ..) => scale == Scale::Log,
            (None, Some(_), _) => false,
            (None, None, Some(_)) => true,
            (None, None, None) => measures.iter().all(|measure| measure.scale == Scale::Log),
        };
        measures.map(|measure| measure.on(if is_log { Scale::Log } else { Scale::Linear }))
    }

    pub(super) fn check(&self, terms: &Terms) -> Vec<Problem> {
        let mut problems = Vec::from_iter(self.check_margin(terms));
        let is_wide =
            self.margin.is_some_and(|margin| margin > 0.0) || self.factor.is_some_and(|factor| factor > 1.0);
        if self.direction == Order::Equal && !is_wide && problems.is_empty() {
            let message = "found \"equal\", which needs a `margin` above 0 or a `factor` above 1";
            problems.push(Problem::new("direction", message));
        }
        let [first, second] = self.quantities();
        if first == second && self.between[0] == self.between[1] {
            let message = "both sides are the same: expected two kinds of runs, or `than`";
            problems.push(Problem::new("between", message));
        }
        problems
    }

    /// What is wrong with how far apart both sides must be.
    fn check_margin(&self, terms: &Terms) -> Option<Problem> {
        let problem = |key: &str, message: &str| Some(Problem::new(key, message));
        match (terms.scale, self.margin, self.factor) {
            (_, Some(_), Some(_)) => problem("factor", "expected `margin` or `factor`, found both"),
            (_, Some(margin), _) if !(margin >= 0.0 && margin.is_finite()) => {
                problem("margin", &format!("found {margin}, expected a number of at least 0"))
            }
            (_, _, Some(factor)) if !(factor >= 1.0 && factor.is_finite()) => {
                problem("factor", &format!("found {factor}, expected a ratio of at least 1, such as 1.1"))
            }
            (Some(Scale::Log), Some(_), _) => problem(
                "margin",
                "on a logarithmic scale the margin is a ratio: `factor` = 1.1 is ten per cent",
            ),
            (Some(Scale::Linear), _, Some(_)) => {
                problem("factor", "on the linear scale there is no `factor`, but a `margin`")
            }
            _ => None,
        }
    }

    pub(super) fn study<'a>(&self, results: &'a Results, terms: &Terms) -> Study<'a> {
        let measures = self.measures(terms);
        let sides = [0, 1].map(|side| select(results, &self.between[side]));
        let keys: Vec<&str> = self.between.iter().flat_map(|side| side.keys().map(String::as_str)).collect();
        let all = Axes::besides(results.axes(), &keys);
        let axes = all.clone().shared(&sides[0], &sides[1]);
        let (scale, mut notes) = (measures[0].scale, Vec::new());
        let own =
            self.unasked(results, Axes(all.0.into_iter().filter(|axis| !axes.0.contains(axis)).collect()));
        if !own.0.is_empty() && sides.iter().all(|side| !side.is_empty()) {
            notes.push(format!("the sides also differ in {}", own.0.join(" and ")));
        }
        let mut tally = Tally::default();
        if self.between[0] == self.between[1] {
            tally.ask("", &sides[0], &[&measures[0], &measures[1]]);
        } else {
            for side in [0, 1] {
                tally.ask(&words_of(&self.between[side]), &sides[side], &[&measures[side]]);
            }
        }
        // Sides that have replicates in common have all of them in common.
        let of_side = |side: usize| sides[side].iter().map(|run| replicate(run)).collect::<BTreeSet<u64>>();
        let is_paired = !of_side(0).is_disjoint(&of_side(1));
        let every = Axes::besides(results.axes(), &[]);
        for (side, runs) in sides.iter().enumerate() {
            tally.complete(runs, |run| every.cell(run));
            if is_paired {
                tally.incomplete.extend(of_side(side).difference(&of_side(1 - side)));
            }
        }
        let cells = self.cells(&axes, &sides, &mut tally, &mut notes);
        let (pairs, alone) = observe(results, &measures, &cells, &mut tally);
        let n_paired = pairs.values().map(Vec::len).max().unwrap_or(0);
        if cells.len() > 1 && n_paired > 0 {
            notes.push(format!("paired over {n_paired} of {} values of {}", cells.len(), axes.0.join(" × ")));
        }
        let linear = |sample: Vec<f64>, places: Vec<f64>| Sample {
            resolution: resolution(scale, places.into_iter()),
            ..Sample::new(sample)
        };
        let scores = if pairs.is_empty() {
            let [first, second] = [0, 1].map(|i| {
                let places: Vec<f64> = alone[i].iter().map(|one| one.place).collect();
                let (support, floor) = (measures[i].support(), side_floor(&alone[i], measures[i].range));
                Sample { support, floor, ..linear(places.clone(), places) }
            });
            if !first.values.is_empty() && !second.values.is_empty() {
                notes.push("no replicate has both sides: two independent samples".to_owned());
            }
            Scores::Sides(first, second)
        } else {
            let of_replicate = |pairs: &Vec<(Observation, Observation)>| {
                pairs.iter().map(|(a, b)| a.place - b.place).sum::<f64>() / pairs.len() as f64
            };
            let places = pairs.values().flatten().flat_map(|(a, b)| [a.place, b.place]).collect();
            let sample = linear(pairs.values().map(of_replicate).collect(), places);
            let (low, high) = measures[0].range;
            let (support, floor) = (self.support(&measures), floor(&pairs, &sample.values, high - low));
            Scores::Replicates(Sample { support, floor, ..sample })
        };
        let margin = match scale {
            Scale::Linear => self.margin.unwrap_or(0.0),
            Scale::Log => libm::log10(self.factor.unwrap_or(1.0)),
        };
        let claimed = match self.direction {
            Order::Higher => (margin, f64::INFINITY),
            Order::Lower => (f64::NEG_INFINITY, -margin),
            Order::Equal => (-margin, margin),
        };
        let half = terms.indifference.map(|zone| terms.half_zone(zone, scale));
        let centre = if self.direction == Order::Lower { -margin } else { margin };
        let what = match (terms.estimand, scale) {
            (Estimand::Mean, Scale::Linear) => "difference",
            (Estimand::Mean, Scale::Log) => "ratio",
            (Estimand::Median, Scale::Linear) => "median difference",
            (Estimand::Median, Scale::Log) => "median ratio",
        };
        let is_timed = measures.iter().any(Measure::is_timed);
        Study {
            what: what.to_owned(),
            claimed,
            indifference: half.map(|half| (centre - half, centre + half)),
            scale,
            shown: None,
            notes,
            is_exact: !is_timed && tally.is_deterministic(&results.runs),
            tally,
            scores,
        }
    }

    /// Those of the axes that the claim does not ask about with the rows of the sweep that it compares: a row
    /// decides its settings.
    fn unasked<'a>(&self, results: &Results, axes: Axes<'a>) -> Axes<'a> {
        if self.between.iter().all(|side| side.contains_key(CASE)) {
            axes.independent_of(&results.runs.iter().collect::<Vec<_>>(), CASE)
        } else {
            axes
        }
    }

    /// The runs of both sides in each cell that both have. The others are left out.
    fn cells<'a>(
        &self,
        axes: &Axes<'_>,
        sides: &[Vec<&'a Record>; 2],
        tally: &mut Tally<'a>,
        notes: &mut Vec<String>,
    ) -> Vec<[Vec<&'a Record>; 2]> {
        let mut cells: BTreeMap<String, [Vec<&'a Record>; 2]> = BTreeMap::new();
        for (side, runs) in sides.iter().enumerate() {
            for run in runs {
                cells.entry(axes.cell(run)).or_default()[side].push(run);
            }
        }
        let (shared, lone): (Vec<_>, Vec<_>) =
            cells.into_iter().partition(|(_, sides)| sides.iter().all(|side| !side.is_empty()));
        if !lone.is_empty() && !shared.is_empty() {
            let names: BTreeSet<&str> = lone.iter().map(|(cell, _)| cell.as_str()).collect();
            let names = names.into_iter().take(4).collect::<Vec<_>>().join(", ");
            let axes = axes.0.join(" × ");
            notes.push(format!("left out as only one side has it: {axes} = {names}"));
        }
        lone.iter().for_each(|(_, sides)| sides.iter().for_each(|side| tally.leave_out(side)));
        shared.into_iter().map(|(_, sides)| sides).collect()
    }

    /// How far apart two values can be.
    fn support(&self, measures: &[Measure; 2]) -> (f64, f64) {
        let [first, second] = measures.each_ref().map(Measure::support);
        (first.0 - second.1, first.1 - second.0)
    }
}

/// The pairs of each replicate, and what each replicate of either side has by itself. Runs of a cell where no
/// replicate has both sides are left out.
fn observe<'a>(
    results: &Results,
    measures: &[Measure; 2],
    cells: &[[Vec<&'a Record>; 2]],
    tally: &mut Tally<'a>,
) -> (Pairs, [Vec<Observation>; 2]) {
    let mut pairs = Pairs::new();
    let mut alone: [BTreeMap<u64, Vec<Observation>>; 2] = Default::default();
    let mut unpaired = Vec::new();
    for runs in cells {
        let [first, second] = [0, 1].map(|side| balanced(&runs[side], results.axes(), &measures[side]));
        if !first.keys().any(|replicate| second.contains_key(replicate)) {
            unpaired.extend(runs.iter().flatten().copied());
        }
        for (replicate, a) in &first {
            if let Some(b) = second.get(replicate) {
                pairs.entry(*replicate).or_default().push((*a, *b));
            }
        }
        for (side, observations) in [first, second].into_iter().enumerate() {
            for (replicate, observation) in observations {
                alone[side].entry(replicate).or_default().push(observation);
            }
        }
    }
    if !pairs.is_empty() {
        tally.leave_out(&unpaired);
    }
    let whole = |side: BTreeMap<u64, Vec<Observation>>| {
        let most = side.values().map(Vec::len).max().unwrap_or(0);
        side.into_values().filter(|own| own.len() == most).map(|own| mean(&own)).collect()
    };
    (pairs, alone.map(whole))
}

/// The variance that differences of counted shares have at the least. Both sides may have been counted over
/// the same rows, so all that is sure is that as many rows as the difference shows were told differently:
///
/// ```text
/// |d| (1 − |d|) / rows
/// ```
/// with d in units of the `length` of the range.
fn floor(pairs: &Pairs, scores: &[f64], length: f64) -> Floor {
    let n = pairs.len() as f64;
    let of_replicate = |pairs: &Vec<(Observation, Observation)>| {
        let rows = pairs.iter().map(|(a, b)| Some(a.per_row?.min(b.per_row?)));
        let n = pairs.len() as f64;
        let n_rows = if pairs.iter().all(|(a, _)| a.has_own_rows) { n * n } else { n };
        rows.sum::<Option<f64>>().map(|sum| sum / n_rows)
    };
    let per_row: Option<f64> = pairs.values().map(of_replicate).sum();
    let d = (scores.iter().sum::<f64>() / n).abs() / length;
    per_row.map_or(Floor::None, |sum| Floor::Variance(length * length * d * (1.0 - d).max(0.0) * sum / n))
}

/// The variance that shares of one side have at the least, p(1 − p)/rows, at the mean of the side with half a
/// row added to right and wrong.
fn side_floor(side: &[Observation], (low, high): (f64, f64)) -> Floor {
    let per_row: Option<f64> = side.iter().map(|one| one.per_row).sum();
    let (n, length) = (side.len() as f64, high - low);
    let Some(per_row) = per_row.filter(|_| length.is_finite() && n > 0.0).map(|sum| sum / n) else {
        return Floor::None;
    };
    let rows = n / per_row;
    let share = side.iter().map(|one| (one.place - low) / length).sum::<f64>() / n;
    let share = (share * rows + 0.5) / (rows + 1.0);
    Floor::Variance(length * length * share * (1.0 - share) * per_row)
}
