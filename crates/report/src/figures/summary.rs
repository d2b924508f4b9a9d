//! Final values against a setting.

mod lines;
mod multiples;
mod rows;

use serde::{Deserialize, Serialize};
use thalweg_document::Problem;
use thalweg_records::{Quantity, Record, Role};

use super::automatic::{numbers, scale_of_numbers, scale_of_quantities};
use super::caption::INTERVAL;
use super::names::factored;
use super::quantities::{by_axis, shared_label, without_axis};
use super::reason::{nothing, off_axis};
use super::series::{Family, Series, levels, series_of};
use crate::Results;
use crate::draw::{Figure, Scale, series};
use crate::estimates::{Mean, mean, scale_of};
use crate::select::{Counted, Need, Where, counted_per_replicate, needs, select, value};
use crate::words;

/// `kind = "summary"`: means over the replicates against a setting (geometric ones on a logarithmic axis),
/// with 95 % intervals (Student's t). Numbers have a horizontal axis; where values are no numbers, each has a
/// row. Where the runs have `<y>.predicted`, a thin line, in rows a hollow point, shows what theory predicts;
/// a quantity that theory alone gives has a broken line without points, in rows hollow points, and no
/// interval. Points and intervals that would hide one another stand a little beside their place. Quantities
/// that have no axis in common, such as a loss and an accuracy, have a panel each, unless `y-label` names one
/// for all. For values of test sets a band against a number shows ± one standard deviation over the sets of a
/// run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Summary {
    /// Its name, which is also that of its files: letters, digits, - and _.
    pub id: String,
    /// What stands above the figure.
    pub title: String,
    /// The quantities, such as `test.clean.accuracy`.
    pub y: Vec<String>,
    /// The setting.
    pub x: String,
    /// A second setting, one line for each of its values; then `y` names one quantity. Default none.
    pub series: Option<String>,
    /// A further setting, one panel for each of its values, all with the same axes. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facet: Option<String>,
    /// Shows the values of the setting in rows, numbers too, in this order. Default the plan's, and that only
    /// where they are no numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<Sort>,
    /// A law fitted to each line. Default none.
    pub fit: Option<Fit>,
    /// Scale of a setting that is a number. Default the one on which its values stand more evenly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_scale: Option<Scale>,
    /// Scale of the quantities. Default log if they are compared by ratios, as losses and times are, and all
    /// values are positive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y_scale: Option<Scale>,
    /// Name and unit of the setting. Default what the product calls it.
    pub x_label: Option<String>,
    /// Name and unit of the quantities. Default what the product calls them.
    pub y_label: Option<String>,
    /// Name of the second setting in the legend. Default what the product calls it.
    pub series_label: Option<String>,
    /// Which runs: settings by their dotted key, each with its value. Default all.
    #[serde(default)]
    pub r#where: Where,
}

/// The order of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// By the mean over all runs of a row: the best above, which of losses, times and steps to a goal is the
    /// least, of everything else the largest.
    Value,
}

/// A law that a figure fits to its points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// A power law, on two logarithmic axes a straight line:
    ///
    /// ```text
    /// log y = a log x + b
    /// ```
    /// The slope a is that of a claim of kind `slope`: the mean of the replicates' least-squares slopes, with
    /// its 95 % interval (Student's t). The line passes through the mean of the points.
    PowerLaw,
}

/// How a summary is drawn: what the file says, and what follows from the values.
struct Axes<'a> {
    config: &'a Summary,
    x: Scale,
    y: Scale,
}

impl Summary {
    pub(super) fn needs(&self) -> Vec<Need<'_>> {
        let values = self.y.iter().map(|name| Need::Value(name));
        let settings = [&self.series, &self.facet].into_iter().flatten().map(|key| Need::Setting(key));
        values.chain([Need::Setting(&self.x)]).chain(settings).chain(needs(&self.r#where)).collect()
    }

    pub(super) fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.y.is_empty() || (self.series.is_some() && self.y.len() > 1) {
            let wanted =
                if self.y.is_empty() { "at least one quantity" } else { "one quantity beside `series`" };
            problems.push(Problem::new("y", format!("found {} quantities, expected {wanted}", self.y.len())));
        }
        if self.fit.is_some() {
            let message = if [self.x_scale, self.y_scale].contains(&Some(Scale::Linear)) {
                "found \"power-law\", which needs x-scale = \"log\" and y-scale = \"log\""
            } else if self.facet.is_some() {
                "found \"power-law\", which has no place beside `facet`"
            } else if self.sort.is_some() {
                "found \"power-law\", which has no place beside `sort`"
            } else {
                return problems;
            };
            problems.push(Problem::new("fit", message));
        }
        problems
    }

    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        if self.y_label.is_none() {
            let groups = by_axis(&self.y);
            if groups.len() > 1 {
                return multiples::build(self, groups, results);
            }
        }
        let runs = select(results, &self.r#where);
        let axes = self.axes(&runs);
        if self.sort.is_none() && levels(&runs, &self.x).iter().all(|level| level.is_number()) {
            return lines::build(&axes, results, &runs);
        }
        if self.sort.is_none() && (self.fit.is_some() || self.x_scale == Some(Scale::Log)) {
            let key = if self.fit.is_some() { "fit" } else { "x-scale" };
            return Err(format!("`{key}` needs numbers, which the values of `{}` are not", self.x));
        }
        rows::build(&axes, results, &runs)
    }

    fn axes(&self, runs: &[&Record]) -> Axes<'_> {
        let of_fit = self.fit.map(|_| Scale::Log);
        let values = runs.iter().flat_map(|run| self.y.iter().filter_map(|name| value(run, name)));
        Axes {
            config: self,
            x: self.x_scale.or(of_fit).unwrap_or_else(|| scale_of_numbers(&numbers(runs, &self.x))),
            y: self.y_scale.or(of_fit).unwrap_or_else(|| scale_of_quantities(&self.y, values)),
        }
    }

    /// A series for each value of the second setting, at most so many, or else for each quantity, and what
    /// must be said of what is left out.
    fn family<'a>(&self, runs: &[&'a Record], most: usize) -> (Family<'a>, Vec<String>) {
        if let Some(key) = &self.series {
            let mut family = series_of(runs, key, &self.series_label);
            let note = family.thin(most);
            return (family, Vec::from_iter(note));
        }
        let labels = self.y.iter().map(|name| Quantity::of(name).label.into_owned());
        let (mut title, texts) = factored(labels.collect());
        let texts = without_axis(texts, &self.y_label());
        if self.y_label().starts_with(&title) {
            // The axis says it.
            title.clear();
        }
        let line = |(i, text): (usize, String)| Series { text, pen: series(i), runs: runs.to_vec() };
        (Family { title, lines: texts.into_iter().enumerate().map(line).collect(), bar: None }, Vec::new())
    }

    /// The settings that tell runs apart.
    fn keys(&self) -> Vec<&str> {
        [&self.x].into_iter().chain(&self.series).chain(&self.facet).map(String::as_str).collect()
    }

    /// The interval beside what is measured, and what must be said of what is computed.
    fn intervals(&self, sign: &str) -> (Option<&'static str>, Option<String>) {
        let computed = self.y.iter().filter(|name| is_computed(name)).count();
        let beside = (computed < self.y.len()).then_some(INTERVAL);
        let note = format!("{sign} are computed from theory, not measured");
        (beside, (computed > 0).then_some(note))
    }

    fn x_label(&self, runs: &[&Record]) -> String {
        words::axis(&self.x_label, runs, &self.x)
    }

    fn y_label(&self) -> String {
        self.y_label.clone().unwrap_or_else(|| shared_label(&self.y))
    }
}

/// Whether a quantity follows from the settings by theory, so that nothing of it is measured.
fn is_computed(quantity: &str) -> bool {
    Quantity::of(quantity).role == Role::Theory
}

impl Axes<'_> {
    /// The scale on which a quantity of some runs is averaged.
    fn scale_of(&self, quantity: &str, runs: &[&Record]) -> Scale {
        let values = runs.iter().filter_map(|run| value(run, quantity));
        scale_of(quantity, self.y, values.filter(|y| self.y.of(*y).is_finite()))
    }

    /// The mean over the replicates of a value, or of what is predicted for it, and how many have no place on
    /// the axis.
    fn mean(&self, (quantity, name): (&str, &str), scale: Scale, runs: &[&Record]) -> (Option<Mean>, usize) {
        let mut values: Vec<Counted> = counted_per_replicate(runs, name, scale).into_values().collect();
        let all = values.len();
        values.retain(|(y, _)| self.y.of(*y).is_finite());
        let mean = (!values.is_empty()).then(|| mean(quantity, scale, &values));
        (mean, all - values.len())
    }

    /// Why there is nothing to draw, if no value has a place.
    fn reason(&self, results: &Results, runs: &[&Record], off: usize) -> String {
        let names = self.config.y.join("` or `");
        if off > 0 {
            off_axis(&format!("no value of `{names}`"), "y-scale")
        } else {
            nothing(results, runs, &format!("a value `{names}`"))
        }
    }
}
