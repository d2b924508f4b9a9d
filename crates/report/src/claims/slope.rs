//! The slope of a quantity against a setting lies in a range.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thalweg_document::Problem;
use thalweg_records::Record;
use thalweg_statistics::Sample;

use super::observe::{Axes, Measure, Tally, text};
use super::study::{Scores, Study};
use super::{Estimand, Terms, ends};
use crate::Results;
use crate::draw::Scale;
use crate::select::{Need, Where, needs, select, slopes};

/// `kind = "slope"`: the least-squares slope of `of` against `against` is at least or at most something. On
/// two logarithmic scales the slope is the exponent of a power law.
///
/// The score of a replicate is its slope, through the means at each value of the setting, on the scale of the
/// quantity; the effect is the mean of the scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Slope {
    /// The quantity.
    pub of: String,
    /// The setting, a number.
    pub against: String,
    /// Scale of the setting. Default linear.
    #[serde(default)]
    pub x_scale: Scale,
    /// Scale of the quantity. Default linear.
    #[serde(default)]
    pub y_scale: Scale,
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

impl Slope {
    pub(super) fn needs(&self) -> Vec<Need<'_>> {
        [Need::Value(&self.of), Need::Number(&self.against)].into_iter().chain(needs(&self.r#where)).collect()
    }

    pub(super) fn check(&self, terms: &Terms) -> Vec<Problem> {
        let mut problems = super::check_range(self.at_least, self.at_most);
        if terms.scale.is_some() {
            problems.push(Problem::new("scale", "a slope has two scales: `x-scale` and `y-scale`"));
        }
        problems
    }

    pub(super) fn study<'a>(&self, results: &'a Results, terms: &Terms) -> Study<'a> {
        let measure = Measure::new(&self.of, terms).on(self.y_scale);
        let has_place = |run: &Record| {
            let x = run.setting(&self.against).and_then(Value::as_f64);
            x.is_some_and(|x| self.x_scale.of(x).is_finite())
        };
        let (runs, lacking): (Vec<&Record>, Vec<&Record>) =
            select(results, &self.r#where).into_iter().partition(|run| has_place(run));
        let mut tally = Tally::default();
        tally.ask("", &runs, &[&measure]);
        tally.leave_out(&lacking);
        let cells = Axes::besides(results.axes(), &[]);
        tally.complete(&runs, |run| format!("{} × {}", cells.cell(run), text(run.setting(&self.against))));
        let slopes = slopes(&runs, (&self.against, self.x_scale), (&self.of, self.y_scale));
        let notes = match lacking.len() {
            0 => Vec::new(),
            n => vec![format!(
                "{} whose `{}` has no place on its axis left out",
                super::counted(n, "run"),
                self.against
            )],
        };
        let what = if terms.estimand == Estimand::Median { "median slope" } else { "slope" };
        let claimed = ends(self.at_least, self.at_most);
        Study {
            what: what.to_owned(),
            claimed,
            indifference: terms.indifference.map(|zone| {
                let end = if claimed.0.is_finite() { claimed.0 } else { claimed.1 };
                (end - zone, end + zone)
            }),
            scale: Scale::Linear,
            shown: None,
            notes,
            is_exact: !measure.is_timed() && tally.is_deterministic(&results.runs),
            tally,
            scores: Scores::Replicates(Sample::new(slopes)),
        }
    }
}
