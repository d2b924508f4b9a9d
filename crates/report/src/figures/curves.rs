//! A quantity over the steps.

use serde::{Deserialize, Serialize};
use thalweg_records::{Record, Status};

use super::series::{Series, is_pooled, series_of};
use super::{LEFT_OUT, count_replicates, label};
use crate::Results;
use crate::draw::{Axis, Color, Entry, Figure, Mark, Panel, Scale, Shape, Sign, Style};
use crate::select::{Use, Where, select, uses};

/// `kind = "curves"`: one curve for each value of a setting, the geometric mean (on a logarithmic axis) or mean over
/// the replicates, on a band from the lowest to the highest. A run that diverged ends in a cross.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Curves {
    /// Its name.
    pub id: String,
    /// Above the figure.
    pub title: String,
    /// The quantity, such as `train.loss`.
    pub y: String,
    /// The setting that tells the curves apart.
    pub series: String,
    /// Scale of the steps. Default log.
    #[serde(default = "log")]
    pub x_scale: Scale,
    /// Scale of the quantity. Default linear.
    #[serde(default)]
    pub y_scale: Scale,
    /// Name and unit of the steps. Default `step (parameter updates)`.
    pub x_label: Option<String>,
    /// Name and unit of the quantity. Default the quantity's name.
    pub y_label: Option<String>,
    /// Name of the setting in the legend. Default its key.
    pub series_label: Option<String>,
    /// Which runs. Default all.
    #[serde(default)]
    pub r#where: Where,
}

impl Curves {
    pub(super) fn uses(&self) -> Vec<Use<'_>> {
        [Use::Curve(&self.y), Use::Setting(&self.series)].into_iter().chain(uses(&self.r#where)).collect()
    }

    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        let runs = select(results, &self.r#where);
        let (mut marks, mut lines, mut legend, mut diverged) = (Vec::new(), Vec::new(), Vec::new(), false);
        for Series { text, pen, runs } in series_of(&runs, &self.series, &self.series_label) {
            let points = self.points(&runs);
            let band = points.iter().map(|(x, values)| {
                let ends = values
                    .iter()
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), y| (a.min(*y), b.max(*y)));
                (*x, ends.0, ends.1)
            });
            marks.push(Mark::Band { ends: band.collect(), color: pen.color });
            let line: Vec<(f64, f64)> = points.iter().map(|(x, values)| (*x, self.mean(values))).collect();
            lines.push(Mark::Line { points: line, pen, width: 2.0 });
            let ends = self.ends(&runs);
            if !ends.is_empty() {
                diverged = true;
                lines.push(Mark::Points { points: ends, style: cross(pen.color) });
            }
            legend.push(Entry { sign: Sign::Line(pen), text });
        }
        marks.extend(lines);
        if !marks.iter().any(|mark| matches!(mark, Mark::Line { points, .. } if !points.is_empty())) {
            return Err(format!("no run has a curve `{}`", self.y));
        }
        if diverged {
            let style = cross(crate::draw::INK);
            legend.push(Entry { sign: Sign::Point(style), text: "diverged".to_owned() });
        }
        let x_label = self.x_label.clone().unwrap_or_else(|| "step (parameter updates)".to_owned());
        let panel = Panel {
            title: self.caption(&runs),
            x: Axis::new(x_label, self.x_scale),
            y: Axis::new(label(&self.y_label, &self.y), self.y_scale),
            equal: false,
            marks,
        };
        Ok(Figure { title: self.title.clone(), panels: vec![panel], legend })
    }

    /// What line and band are.
    fn caption(&self, runs: &[&Record]) -> String {
        let mean = if self.y_scale == Scale::Log { "geometric mean" } else { "mean" };
        let caption = match count_replicates(runs) {
            // Other settings are swept too, so a curve holds more than replicates.
            _ if is_pooled(runs, &[&self.series]) => format!("{mean} and range of all runs"),
            n if n > 1 => format!("{mean} and range of {n} replicates"),
            _ => "one replicate".to_owned(),
        };
        if self.has_gaps(runs) { caption + LEFT_OUT } else { caption }
    }

    /// Whether a value has no place on the axis.
    fn has_gaps(&self, runs: &[&Record]) -> bool {
        let mut values = runs.iter().filter_map(|run| run.curve(&self.y)).flat_map(|curve| &curve.values);
        values.any(|value| !self.y_scale.of(*value).is_finite())
    }

    /// For each step that has a place the values of all replicates.
    fn points(&self, runs: &[&Record]) -> Vec<(f64, Vec<f64>)> {
        let mut points: Vec<(f64, Vec<f64>)> = Vec::new();
        for curve in runs.iter().filter_map(|run| run.curve(&self.y)) {
            for (step, value) in curve.steps.iter().zip(&curve.values) {
                let x = *step as f64;
                if !self.x_scale.of(x).is_finite() || !self.y_scale.of(*value).is_finite() {
                    continue;
                }
                match points.binary_search_by(|(known, _)| known.total_cmp(&x)) {
                    Ok(place) => points[place].1.push(*value),
                    Err(place) => points.insert(place, (x, vec![*value])),
                }
            }
        }
        points
    }

    fn mean(&self, values: &[f64]) -> f64 {
        let places = values.iter().map(|y| self.y_scale.of(*y));
        self.y_scale.at(places.sum::<f64>() / values.len() as f64)
    }

    /// The last points of runs that diverged.
    fn ends(&self, runs: &[&Record]) -> Vec<(f64, f64)> {
        let diverged = runs.iter().filter(|run| matches!(run.status, Status::Diverged { .. }));
        let last = |run: &&Record| {
            let curve = run.curve(&self.y)?;
            // Nothing but the initial point has no place on a logarithmic axis: it is shown at step 1.
            Some(((*curve.steps.last()? as f64).max(1.0), *curve.values.last()?))
        };
        diverged.filter_map(last).collect()
    }
}

pub(super) fn cross(color: Color) -> Style {
    Style { shape: Shape::Cross, color, edge: color, edge_width: 2.5, size: 5.0 }
}

fn log() -> Scale {
    Scale::Log
}
