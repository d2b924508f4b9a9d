//! Final values against a setting.

use serde::{Deserialize, Serialize};
use thalweg_records::{Record, Status};
use thalweg_statistics as statistics;

use super::curves::cross;
use super::{count_replicates, label};
use crate::Results;
use crate::draw::{Axis, Entry, Figure, INK, Mark, Panel, Scale, Shape, Sign, Style, series};
use crate::select::{Use, Where, per_replicate, select, uses};

/// `kind = "summary"`: means over the replicates against a setting (geometric ones on a logarithmic axis), with 95 %
/// intervals (Student's t). For values of test sets a band shows ± one standard deviation over the sets of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Summary {
    /// Its name.
    pub id: String,
    /// Above the figure.
    pub title: String,
    /// The quantities, such as `test.clean.accuracy`.
    pub y: Vec<String>,
    /// The setting, a number.
    pub x: String,
    /// Scale of the setting. Default linear.
    #[serde(default)]
    pub x_scale: Scale,
    /// Scale of the quantities. Default linear.
    #[serde(default)]
    pub y_scale: Scale,
    /// Name and unit of the setting. Default its key.
    pub x_label: Option<String>,
    /// Name and unit of the quantities. Default the first's name.
    pub y_label: Option<String>,
    /// Which runs. Default all.
    #[serde(default)]
    pub r#where: Where,
}

impl Summary {
    pub(super) fn uses(&self) -> Vec<Use<'_>> {
        let values = self.y.iter().map(|name| Use::Value(name));
        values.chain([Use::Number(&self.x)]).chain(uses(&self.r#where)).collect()
    }

    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        let runs = select(results, &self.r#where);
        let points = self.columns(&runs);
        let (mut bands, mut marks, mut legend) = (Vec::new(), Vec::new(), Vec::new());
        for (i, name) in self.y.iter().enumerate() {
            let (color, shape) = (series(i), Shape::SERIES[i % Shape::SERIES.len()]);
            let (mut line, mut bars, mut band) = (Vec::new(), Vec::new(), Vec::new());
            for (x, runs) in &points {
                let beside = self.beside(*x, &points, i);
                let values = per_replicate(runs, name).into_values().map(|y| self.y_scale.of(y));
                let places: Vec<f64> = values.filter(|place| place.is_finite()).collect();
                if places.is_empty() {
                    continue;
                }
                let mean = statistics::mean(&places);
                let (point, at) = (self.y_scale.at(mean.point), |place| self.y_scale.at(place));
                line.push((beside, point));
                bars.extend(mean.interval.map(|(low, high)| (beside, at(low), at(high))));
                let spreads: Vec<f64> = per_replicate(runs, &format!("{name}.sd")).into_values().collect();
                if !spreads.is_empty() {
                    let spread = statistics::mean(&spreads).point;
                    band.push((*x, point - spread, point + spread));
                }
            }
            if !band.is_empty() {
                bands.push(Mark::Band { ends: band, color });
            }
            let style = Style { shape, color, edge: color, edge_width: 0.0, size: 4.5 };
            marks.push(Mark::Bars { bars, color });
            marks.push(Mark::Line { points: line.clone(), color, width: 2.0 });
            marks.push(Mark::Points { points: line, style });
            legend.push(Entry { sign: Sign::Series(color, shape), text: name.clone() });
        }
        if !marks.iter().any(|mark| matches!(mark, Mark::Line { points, .. } if !points.is_empty())) {
            return Err(format!("no run has a value `{}`", self.y.join("` or `")));
        }
        if !bands.is_empty() {
            legend.push(Entry { sign: Sign::Band(INK), text: "± sd over test sets".to_owned() });
        }
        if let Some(mark) = self.diverged(&points, &marks) {
            marks.push(mark);
            legend.push(Entry { sign: Sign::Point(cross(INK)), text: "diverged, left out".to_owned() });
        }
        bands.extend(marks);
        if legend.len() == 1 {
            // The axis says what the only series is.
            legend.clear();
        }
        let n = count_replicates(&runs);
        let mean = if self.y_scale == Scale::Log { "geometric mean" } else { "mean" };
        let title = if n > 1 {
            format!("{mean} and 95 % interval (Student's t) of {n} replicates")
        } else {
            "one replicate".to_owned()
        };
        let panel = Panel {
            title,
            x: Axis::new(label(&self.x_label, &self.x), self.x_scale),
            y: Axis::new(label(&self.y_label, self.y.first().map_or("", String::as_str)), self.y_scale),
            equal: false,
            marks: bands,
        };
        Ok(Figure { title: self.title.clone(), panels: vec![panel], legend })
    }

    /// Series `i`'s place for `x`: a hundredth of the axis apart from its neighbours, so that no bar hides another.
    fn beside(&self, x: f64, points: &[(f64, Vec<&Record>)], i: usize) -> f64 {
        let places = points.iter().map(|(x, _)| self.x_scale.of(*x)).filter(|place| place.is_finite());
        let (low, high) = places.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        let middle = (self.y.len() - 1) as f64 / 2.0;
        self.x_scale.at(self.x_scale.of(x) + 0.01 * (high - low) * (i as f64 - middle))
    }

    /// The values of the setting, ascending, each with its runs.
    fn columns<'a>(&self, runs: &[&'a Record]) -> Vec<(f64, Vec<&'a Record>)> {
        super::levels(runs, &self.x)
            .into_iter()
            .filter_map(|level| {
                let here = runs.iter().copied().filter(|run| run.setting(&self.x) == Some(level));
                Some((level.as_f64()?, here.collect()))
            })
            .collect()
    }

    /// Crosses at the foot of the panel where runs diverged.
    fn diverged(&self, points: &[(f64, Vec<&Record>)], marks: &[Mark]) -> Option<Mark> {
        let has_diverged = |run: &&Record| matches!(run.status, Status::Diverged { .. });
        let at: Vec<f64> =
            points.iter().filter(|(_, runs)| runs.iter().any(has_diverged)).map(|(x, _)| *x).collect();
        let lowest = marks.iter().fold(f64::INFINITY, |low, mark| match mark {
            Mark::Line { points, .. } => points.iter().fold(low, |low, (_, y)| low.min(*y)),
            _ => low,
        });
        let points: Vec<(f64, f64)> = at.into_iter().map(|x| (x, lowest)).collect();
        (!points.is_empty()).then(|| Mark::Points { points, style: cross(INK) })
    }
}
