//! One quantity rises or falls with another.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thalweg_document::Problem;
use thalweg_records::Record;
use thalweg_statistics::{Sample, covariance, kendall_tau};

use super::observe::{Axes, Measure, Tally, text};
use super::study::{Scores, Shown, Study};
use super::trend::Direction;
use super::{Estimand, Terms};
use crate::Results;
use crate::draw::Scale;
use crate::select::{Need, Where, needs, replicate, select};

/// Fewer points have no association.
pub(super) const LEAST_POINTS: usize = 3;

/// `kind = "relation"`: among the runs of a replicate, `of` is the higher or the lower, the higher `with` is.
///
/// The score of a replicate is the covariance of both quantities over its runs, each on its scale, or both
/// on the `scale` of the claim. So the claim is about the runs as they were chosen: about these optimizers,
/// say, and these batch sizes. With `by = "optimizer"` it is about optimizers in general: each value of that
/// setting is one point, the mean of its runs, and Kendall's τ over the points is tested by permutation;
/// whether the points differ by their groups or by the noise of their runs, it does not tell. The effect
/// that is shown is Kendall's τ_b, within each replicate and averaged, or over the points. Both quantities
/// are results, so it says what goes together, not what comes of what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Relation {
    /// One quantity, such as `test.clean.accuracy`.
    pub of: String,
    /// The other, such as `width.adaptive`.
    pub with: String,
    /// Which way the first goes as the other grows.
    pub direction: Direction,
    /// The setting whose values are the units. Default the replicates are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Which runs count: settings by their dotted key, each with its value. Default all.
    #[serde(default)]
    pub r#where: Where,
}

impl Relation {
    pub(super) fn needs(&self) -> Vec<Need<'_>> {
        let values = [Need::Value(&self.of), Need::Value(&self.with)];
        let by = self.by.as_deref().map(Need::Setting);
        values.into_iter().chain(by).chain(needs(&self.r#where)).collect()
    }

    pub(super) fn check(&self) -> Option<Problem> {
        let message = || format!("found \"{}\", as `of`: expected another quantity", self.of);
        (self.of == self.with).then(|| Problem::new("with", message()))
    }

    pub(super) fn study<'a>(&self, results: &'a Results, terms: &Terms) -> Study<'a> {
        let of = Measure::new(&self.of, terms);
        // What the claim says of the range, it says of the first.
        let with = Measure::new(&self.with, &Terms { scale: terms.scale, ..Terms::default() });
        let runs = select(results, &self.r#where);
        let mut tally = Tally::default();
        tally.ask("", &runs, &[&of, &with]);
        let axes = Axes::besides(results.axes(), &[]);
        match &self.by {
            Some(key) => complete_groups(&runs, results.axes(), key, &mut tally),
            None => tally.complete(&runs, |run| axes.cell(run)),
        }
        let point = |run: &Record| Some((with.of(run).ok()?.place, of.of(run).ok()?.place));
        let on = |measure: &Measure| match measure.scale {
            Scale::Linear => format!("`{}`", measure.name),
            Scale::Log => format!("log₁₀ of `{}`", measure.name),
        };
        let mut notes = vec![format!("of {} and {}", on(&of), on(&with))];
        let (scores, shown) = match &self.by {
            Some(key) => {
                notes.push(format!("one point for each {key}"));
                (by_groups(&runs, key, point, &mut tally), None)
            }
            None => {
                let cells: BTreeSet<String> = runs.iter().map(|run| axes.cell(run)).collect();
                if cells.len() > 1 {
                    let text = format!("holds for these {} values of {}", cells.len(), axes.0.join(" × "));
                    notes.push(text);
                }
                let (scores, shown) = by_replicates(&runs, point);
                (scores, Some(shown))
            }
        };
        let what = if terms.estimand == Estimand::Median { "median covariance" } else { "covariance" };
        Study {
            what: what.to_owned(),
            claimed: self.direction.claimed(),
            indifference: terms.indifference.map(|zone| (-zone, zone)),
            scale: Scale::Linear,
            shown,
            notes,
            is_exact: !of.is_timed() && !with.is_timed() && tally.is_deterministic(&results.runs),
            tally,
            scores,
        }
    }
}

/// One score a replicate.
fn by_replicates(runs: &[&Record], point: impl Fn(&Record) -> Option<(f64, f64)>) -> (Scores, Shown) {
    let mut of_replicates: BTreeMap<u64, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for run in runs {
        if let Some((x, y)) = point(run) {
            let (xs, ys) = of_replicates.entry(replicate(run)).or_default();
            xs.push(x);
            ys.push(y);
        }
    }
    let series: Vec<(Vec<f64>, Vec<f64>)> =
        of_replicates.into_values().filter(|(x, _)| x.len() >= LEAST_POINTS).collect();
    let most = series.iter().map(|(x, _)| x.len()).max().unwrap_or(2);
    let scores = series.iter().map(|(x, y)| covariance(x, y)).collect();
    let taus = series.iter().map(|(x, y)| kendall_tau(x, y)).collect();
    let shown = Shown { taus, step: 4.0 / (most * (most - 1)) as f64 };
    (Scores::Replicates(Sample::new(scores)), shown)
}

/// Groups can be exchanged if all of them have the same runs in every replicate, or none shares a replicate
/// with another. Notes the replicates where neither is so.
fn complete_groups(runs: &[&Record], axes: &[String], key: &str, tally: &mut Tally<'_>) {
    let others = Axes::besides(axes, &[key]);
    let mut of_replicates: BTreeMap<u64, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    let mut groups: BTreeSet<String> = BTreeSet::new();
    for run in runs {
        let group = text(run.setting(key));
        groups.insert(group.clone());
        of_replicates.entry(replicate(run)).or_default().entry(group).or_default().insert(others.cell(run));
    }
    if of_replicates.values().all(|own| own.len() == 1) {
        return;
    }
    let cells: BTreeSet<String> =
        of_replicates.values().flat_map(BTreeMap::values).flatten().cloned().collect();
    let lacks = |own: &BTreeMap<String, BTreeSet<String>>| {
        own.len() < groups.len() || own.values().any(|has| has.len() < cells.len())
    };
    tally
        .incomplete
        .extend(of_replicates.iter().filter(|(_, own)| lacks(own)).map(|(replicate, _)| *replicate));
}

/// One point for each value of a setting.
fn by_groups<'a>(
    runs: &[&'a Record],
    key: &str,
    point: impl Fn(&Record) -> Option<(f64, f64)>,
    tally: &mut Tally<'a>,
) -> Scores {
    let mut groups: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for run in runs {
        match (run.setting(key), point(run)) {
            (Some(group), Some(point)) => groups.entry(text(Some(group))).or_default().push(point),
            (None, _) => tally.leave_out(&[run]),
            _ => {}
        }
    }
    let mean = |points: &Vec<(f64, f64)>| {
        let n = points.len() as f64;
        let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
        (x / n, y / n)
    };
    let (x, y) = groups.values().map(mean).unzip();
    Scores::Groups(x, y)
}
