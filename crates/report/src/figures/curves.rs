//! A quantity over the steps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thalweg_records::{Curve, Record, Status};

use super::label;
use super::series::{INTERVAL, Pool, Series, caption, means_and_range, series_of};
use crate::Results;
use crate::draw::{Aspect, Axis, Color, Entry, Figure, Mark, Panel, Pen, Scale, Shape, Sign, Style};
use crate::estimates::{Counted, mean, scale_of};
use crate::select::{Use, Where, replicate, select, uses};

/// `kind = "curves"`: one curve for each value of a setting, the geometric mean (on a logarithmic axis) or mean over
/// the replicates, on a band. A run that diverged ends in a cross. Where theory predicts the quantity, a thin line shows
/// the prediction: runs then have a curve `<y>.predicted` too.
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
    /// What the band is. Default range.
    #[serde(default)]
    pub band: Band,
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

/// What the band around a curve is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Band {
    /// From the lowest to the highest run.
    #[default]
    Range,
    /// The 95 % interval of the mean over the replicates (Student's t), of the logarithms on a logarithmic axis. The axis
    /// cuts it where it reaches far beyond the curves.
    Interval,
}

/// Width of the line of a prediction.
pub(super) const THIN: f64 = 1.2;

/// What is drawn at one step.
struct Point {
    x: f64,
    y: f64,
    band: Option<(f64, f64)>,
}

impl Curves {
    pub(super) fn uses(&self) -> Vec<Use<'_>> {
        [Use::Curve(&self.y), Use::Setting(&self.series)].into_iter().chain(uses(&self.r#where)).collect()
    }

    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        let runs = select(results, &self.r#where);
        let (mut marks, mut lines, mut legend) = (Vec::new(), Vec::new(), Vec::new());
        let (mut diverged, mut predicted) = (false, false);
        for Series { text, pen, runs } in series_of(&runs, &self.series, &self.series_label) {
            let points = self.points(&runs, &self.y);
            let band = points.iter().filter_map(|point| point.band.map(|(low, high)| (point.x, low, high)));
            marks.push(Mark::Band { ends: band.collect(), color: pen.color });
            let line = points.iter().map(|point| (point.x, point.y)).collect();
            lines.push(Mark::Line { points: line, pen, width: 2.0 });
            let theory = self.points(&runs, &format!("{}.predicted", self.y));
            if !theory.is_empty() {
                predicted = true;
                let points = theory.iter().map(|point| (point.x, point.y)).collect();
                lines.push(Mark::Line { points, pen: Pen::dashed(pen.color), width: THIN });
            }
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
        if predicted {
            legend.push(Entry {
                sign: Sign::Line(Pen::dashed(crate::draw::INK)),
                text: "predicted".to_owned(),
            });
        }
        if diverged {
            let style = cross(crate::draw::INK);
            legend.push(Entry { sign: Sign::Point(style), text: "diverged".to_owned() });
        }
        let x_label = self.x_label.clone().unwrap_or_else(|| "step (parameter updates)".to_owned());
        let panel = Panel {
            title: self.caption(&runs),
            x: Axis::new(x_label, self.x_scale),
            y: Axis { range: self.range(&marks), ..Axis::new(label(&self.y_label, &self.y), self.y_scale) },
            aspect: Aspect::Free,
            marks,
        };
        Ok(Figure { title: self.title.clone(), panels: vec![panel], columns: None, legend, bar: None })
    }

    /// From where to where the axis goes, if that is not just what the marks need: the interval of two or three
    /// replicates may be so wide that the curves would be lost in it. So the axis reaches at most the curves' own range
    /// beyond them.
    fn range(&self, marks: &[Mark]) -> Option<(f64, f64)> {
        let ends = |values: &mut dyn Iterator<Item = f64>| {
            let places = values.map(|y| self.y_scale.of(y)).filter(|place| place.is_finite());
            places.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), place| (a.min(place), b.max(place)))
        };
        let curves = ends(&mut marks.iter().flat_map(|mark| match mark {
            Mark::Line { points, .. } | Mark::Points { points, .. } => {
                points.iter().map(|(_, y)| *y).collect()
            }
            _ => Vec::new(),
        }));
        let bands = ends(&mut marks.iter().flat_map(|mark| match mark {
            Mark::Band { ends, .. } => ends.iter().flat_map(|(_, low, high)| [*low, *high]).collect(),
            _ => Vec::new(),
        }));
        let length = curves.1 - curves.0;
        let (low, high) = (bands.0.max(curves.0 - length), bands.1.min(curves.1 + length));
        let is_cut = self.band == Band::Interval && length > 0.0 && (low > bands.0 || high < bands.1);
        is_cut.then(|| (self.y_scale.at(low.min(curves.0)), self.y_scale.at(high.max(curves.1))))
    }

    /// What line and band are.
    fn caption(&self, runs: &[&Record]) -> String {
        let band = if self.band == Band::Range { "range" } else { INTERVAL };
        let mut values = runs.iter().filter_map(|run| run.curve(&self.y)).flat_map(|curve| &curve.values);
        let has_gaps = values.any(|value| !self.y_scale.of(*value).is_finite());
        let values =
            runs.iter().filter_map(|run| run.curve(&self.y)).flat_map(|curve| curve.values.iter().copied());
        let shown = values.filter(|value| self.y_scale.of(*value).is_finite());
        let scale = self.scale_of(shown);
        caption(&[scale], band, &Pool { runs, keys: &[&self.series], has_gaps })
    }

    /// For each step that has a place the mean and the band.
    fn points(&self, runs: &[&Record], name: &str) -> Vec<Point> {
        let mut places: BTreeMap<u64, BTreeMap<u64, Vec<f64>>> = BTreeMap::new();
        for run in runs {
            let Some(curve) = run.curve(name) else { continue };
            for (step, value) in curve.steps.iter().zip(&curve.values) {
                let place = self.y_scale.of(*value);
                if self.x_scale.of(*step as f64).is_finite() && place.is_finite() {
                    places.entry(*step).or_default().entry(replicate(run)).or_default().push(place);
                }
            }
        }
        let all = places.values().flat_map(BTreeMap::values).flatten().map(|place| self.y_scale.at(*place));
        let scale = self.scale_of(all);
        // Runs that reached a goal end at steps of their own; a mean over those that are left would jump.
        let completed = runs.iter().filter(|run| run.status == Status::Completed);
        let courses: Vec<&Curve> = completed.filter_map(|run| run.curve(name)).collect();
        places
            .into_iter()
            .filter(|(step, _)| courses.iter().all(|curve| curve.steps.binary_search(step).is_ok()))
            .map(|(step, places)| self.point(step as f64, &places, scale))
            .collect()
    }

    /// The scale of the means: an interval is on that of the quantity.
    fn scale_of(&self, values: impl IntoIterator<Item = f64>) -> Scale {
        if self.band == Band::Interval { scale_of(&self.y, self.y_scale, values) } else { self.y_scale }
    }

    /// The mean over all replicates, and the band around it.
    fn point(&self, x: f64, places: &BTreeMap<u64, Vec<f64>>, scale: Scale) -> Point {
        let (means, (low, high)) = means_and_range(places);
        let at = |place| self.y_scale.at(place);
        let values: Vec<Counted> = means.into_iter().map(|place| (at(place), None)).collect();
        let mean = mean(&self.y, scale, &values);
        let band = if self.band == Band::Range { Some((at(low), at(high))) } else { mean.interval };
        Point { x, y: mean.point, band }
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
