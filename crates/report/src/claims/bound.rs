//! A quantity lies in a range.

use serde::{Deserialize, Serialize};
use thalweg_document::Problem;
use thalweg_statistics::{Floor, Sample};

use super::observe::{Axes, Measure, Tally, balanced};
use super::study::{Scores, Study, resolution};
use super::{Terms, ends};
use crate::Results;
use crate::draw::Scale;
use crate::select::{Need, Where, needs, select};

/// `kind = "bound"`: the mean of `of` is at least or at most something.
///
/// The score of a replicate is the mean over its runs; the effect is the mean of the scores over the
/// replicates (the geometric mean on a logarithmic scale).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bound {
    /// The quantity.
    pub of: String,
    /// Lower end of the range. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Upper end of the range. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// Which runs count: settings by their dotted key, each with its value. Default all.
    #[serde(default)]
    pub r#where: Where,
}

impl Bound {
    pub(super) fn needs(&self) -> Vec<Need<'_>> {
        std::iter::once(Need::Value(&self.of)).chain(needs(&self.r#where)).collect()
    }

    /// Only a bound above 0 has a place on a logarithmic scale; beside another, values are compared as they
    /// are.
    fn measure(&self, terms: &Terms) -> Measure {
        let measure = Measure::new(&self.of, terms);
        let is_positive = self.at_least.into_iter().chain(self.at_most).all(|end| end > 0.0);
        if is_positive || terms.scale.is_some() { measure } else { measure.on(Scale::Linear) }
    }

    pub(super) fn check(&self, terms: &Terms) -> Vec<Problem> {
        let problems = super::check_range(self.at_least, self.at_most);
        if !problems.is_empty() {
            return problems;
        }
        let measure = self.measure(terms);
        let (low, high) = measure.range;
        let ends = [("at-least", self.at_least), ("at-most", self.at_most)];
        let wrong = ends.into_iter().filter_map(|(key, end)| {
            let end = end?;
            let message = if measure.scale == Scale::Log && end <= 0.0 {
                format!("found {end}, which has no place on a logarithmic scale")
            } else if low < high && !(low..=high).contains(&end) {
                format!("found {end}, which lies outside of the range of `{}`, [{low}, {high}]", self.of)
            } else {
                return None;
            };
            let problem = Problem::new(key, message);
            let is_percent = measure.range == (0.0, 1.0) && 1.0 < end && end <= 100.0;
            Some(if is_percent { problem.hint(format!("did you mean {}?", end / 100.0)) } else { problem })
        });
        wrong.collect()
    }

    pub(super) fn study<'a>(&self, results: &'a Results, terms: &Terms) -> Study<'a> {
        let measure = self.measure(terms);
        let runs = select(results, &self.r#where);
        let mut tally = Tally::default();
        tally.ask("", &runs, &[&measure]);
        let cells = Axes::besides(results.axes(), &[]);
        tally.complete(&runs, |run| cells.cell(run));
        let scores: Vec<_> = balanced(&runs, results.axes(), &measure).into_values().collect();
        // The sum over no scores is 0, and would stand for infinitely many rows.
        let per_row: Option<f64> = scores.iter().map(|score| score.per_row).sum();
        let per_row = per_row.filter(|sum| *sum > 0.0);
        let values: Vec<f64> = scores.iter().map(|score| score.place).collect();
        let n = values.len().max(1) as f64;
        let (low, high) = ends(self.at_least, self.at_most);
        let place = |end: f64| if end.is_finite() { measure.scale.of(end) } else { end };
        let claimed = (place(low), place(high));
        let what = match (terms.estimand, measure.scale) {
            (super::Estimand::Median, _) => "median",
            (_, Scale::Log) => "geometric mean",
            (_, Scale::Linear) => "mean",
        };
        // Around the end that the values are nearer to.
        let zone = terms.indifference.map(|zone| {
            let middle = values.iter().sum::<f64>() / n;
            let is_low = !high.is_finite() || (claimed.0 - middle).abs() < (claimed.1 - middle).abs();
            let (end, half) =
                (if is_low { claimed.0 } else { claimed.1 }, terms.half_zone(zone, measure.scale));
            (end - half, end + half)
        });
        Study {
            what: what.to_owned(),
            claimed,
            indifference: zone,
            scale: measure.scale,
            shown: None,
            notes: per_row.map(|sum| format!("shares of {:.0} rows", n / sum)).into_iter().collect(),
            is_exact: !measure.is_timed() && tally.is_deterministic(&results.runs),
            tally,
            scores: Scores::Replicates(Sample {
                support: measure.support(),
                floor: per_row.map_or(Floor::None, |sum| Floor::Binomial { per_row: sum / n }),
                resolution: resolution(measure.scale, values.iter().copied()),
                ..Sample::new(values)
            }),
        }
    }
}
