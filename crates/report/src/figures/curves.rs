//! A quantity over the steps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thalweg_records::{Curve, Record, Status};

use super::axis_label;
use super::reason::{nothing, off_axis};
use super::series::{INTERVAL, Pool, Series, band, caption, line, means_and_range, series_of};
use crate::Results;
use crate::draw::{Aspect, Axis, Color, Entry, Figure, INK, Mark, Panel, Pen, Scale, Shape, Sign, Style};
use crate::estimates::{mean, scale_of};
use crate::select::{Counted, Need, Where, needs, replicate, select};

/// `kind = "curves"`: one curve for each value of a setting, the geometric mean (on a logarithmic axis) or
/// mean over the replicates, on a band. A run that diverged ends in a cross. Where theory predicts the
/// quantity, a thin line shows the prediction: runs then have a curve `<y>.predicted` too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Curves {
    /// Its name, which is also that of its files: letters, digits, - and _.
    pub id: String,
    /// What stands above the figure.
    pub title: String,
    /// The quantity, such as `train.loss`.
    pub y: String,
    /// The setting that tells the curves apart.
    pub series: String,
    /// What the band is. Default range.
    #[serde(default)]
    pub band: Band,
    /// Scale of the steps. Default log, on which step 0 has no place.
    #[serde(default = "log")]
    pub x_scale: Scale,
    /// Scale of the quantity. Default linear.
    #[serde(default)]
    pub y_scale: Scale,
    /// Name and unit of the steps. Default those of the step.
    pub x_label: Option<String>,
    /// Name and unit of the quantity. Default what the product calls it.
    pub y_label: Option<String>,
    /// Name of the setting in the legend. Default its key.
    pub series_label: Option<String>,
    /// Which runs: settings by their dotted key, each with its value. Default all.
    #[serde(default)]
    pub r#where: Where,
}

/// What the band around a curve is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Band {
    /// From the lowest to the highest run.
    #[default]
    Range,
    /// The 95 % interval of the mean over the replicates (Student's t), of the logarithms on a logarithmic
    /// axis. The axis cuts it where it reaches far beyond the curves.
    Interval,
}

/// Width of the line of a prediction.
pub(super) const THIN: f64 = 1.2;

/// So many points of all curves are drawn at most, about.
const POINTS: usize = 60_000;

/// What is drawn at one step.
#[derive(Debug, Clone, Copy)]
struct Point {
    x: f64,
    y: f64,
    band: Option<(f64, f64)>,
}

impl Curves {
    pub(super) fn needs(&self) -> Vec<Need<'_>> {
        [Need::Curve(&self.y), Need::Setting(&self.series)].into_iter().chain(needs(&self.r#where)).collect()
    }

    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        let runs = select(results, &self.r#where);
        let mut family = series_of(&runs, &self.series, &self.series_label);
        let notes = Vec::from_iter(family.thin());
        let (is_crowd, width, longest) =
            (family.is_crowd(), family.width(), POINTS / family.lines.len().max(15));
        let (mut marks, mut lines, mut legend) = (Vec::new(), Vec::new(), Vec::new());
        let (mut any, mut diverged, mut predicted) = (false, false, false);
        for Series { text, pen, runs } in &family.lines {
            let points = thinned(self.points(runs, &self.y), longest);
            any |= !points.is_empty();
            if !is_crowd {
                let ends =
                    points.iter().filter_map(|point| point.band.map(|(low, high)| (point.x, low, high)));
                marks.push(band(ends.collect(), points.len(), pen.color));
            }
            lines.push(line(places(&points), *pen, width));
            let theory = thinned(self.points(runs, &format!("{}.predicted", self.y)), longest);
            if !theory.is_empty() {
                predicted = true;
                lines.push(line(places(&theory), Pen::dashed(pen.color), THIN));
            }
            let ends = self.ends(runs);
            if !ends.is_empty() {
                diverged = true;
                lines.push(Mark::Points { points: ends, style: cross(pen.color) });
            }
            legend.push(Entry { sign: Sign::Line(*pen), text: text.clone() });
        }
        marks.extend(lines);
        if !any {
            return Err(self.reason(results, &runs));
        }
        let mut legend = family.legend(legend);
        if predicted {
            legend.push(Entry { sign: Sign::Line(Pen::dashed(INK)), text: "predicted".to_owned() });
        }
        if diverged {
            legend.push(Entry { sign: Sign::Point(cross(INK)), text: "diverged".to_owned() });
        }
        let panel = Panel {
            title: self.caption(&runs, is_crowd, notes),
            x: Axis::new(axis_label(&self.x_label, "step"), self.x_scale),
            y: Axis {
                range: self.range(&marks),
                ..Axis::new(axis_label(&self.y_label, &self.y), self.y_scale)
            },
            aspect: Aspect::Free,
            marks,
        };
        Ok(Figure { title: self.title.clone(), panels: vec![panel], columns: None, legend, bar: family.bar })
    }

    /// Why there is no curve.
    fn reason(&self, results: &Results, runs: &[&Record]) -> String {
        let curves: Vec<&Curve> = runs.iter().filter_map(|run| run.curve(&self.y)).collect();
        if curves.is_empty() || runs.iter().all(|run| run.status != Status::Completed) {
            return nothing(results, runs, &format!("a curve `{}`", self.y));
        }
        if curves.iter().flat_map(|curve| &curve.steps).all(|step| *step == 0) && self.x_scale == Scale::Log {
            return off_axis(&format!("no step of `{}`", self.y), "x-scale");
        }
        off_axis(&format!("no value of `{}`", self.y), "y-scale")
    }

    /// From where to where the axis goes, if that is not just what the marks need: the interval of two or
    /// three replicates may be so wide that the curves would be lost in it. So the axis reaches at most the
    /// curves' own range beyond them.
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
            Mark::Band { ends, .. } | Mark::Bars { bars: ends, .. } => {
                ends.iter().flat_map(|(_, low, high)| [*low, *high]).collect()
            }
            _ => Vec::new(),
        }));
        let length = curves.1 - curves.0;
        let (low, high) = (bands.0.max(curves.0 - length), bands.1.min(curves.1 + length));
        let is_cut = self.band == Band::Interval && length > 0.0 && (low > bands.0 || high < bands.1);
        is_cut.then(|| (self.y_scale.at(low.min(curves.0)), self.y_scale.at(high.max(curves.1))))
    }

    /// What line and band are.
    fn caption(&self, runs: &[&Record], is_crowd: bool, mut notes: Vec<String>) -> String {
        let band = if self.band == Band::Range { "range" } else { INTERVAL };
        let beside = (!is_crowd).then_some(band);
        let mut values = runs.iter().filter_map(|run| run.curve(&self.y)).flat_map(|curve| &curve.values);
        let has_gaps = values.any(|value| !self.y_scale.of(*value).is_finite());
        let values =
            runs.iter().filter_map(|run| run.curve(&self.y)).flat_map(|curve| curve.values.iter().copied());
        let shown = values.filter(|value| self.y_scale.of(*value).is_finite());
        let scale = self.scale_of(shown);
        let without = runs.iter().filter(|run| run.setting(&self.series).is_none()).count();
        if without > 0 {
            notes.push(format!("{without} without {} are left out", self.series));
        }
        caption(&[scale], beside, &Pool { runs, keys: &[&self.series], has_gaps, notes })
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

/// A course of at most about `most` points: of more, neighbours are represented by the lowest and the highest
/// of them.
fn thinned(points: Vec<Point>, most: usize) -> Vec<Point> {
    if points.len() <= most {
        return points;
    }
    let ends = |points: &[Point]| {
        let by = |a: &&Point, b: &&Point| a.y.total_cmp(&b.y);
        let ends = [points.iter().min_by(by), points.iter().max_by(by)];
        let mut ends: Vec<Point> = ends.into_iter().flatten().copied().collect();
        ends.sort_by(|a, b| a.x.total_cmp(&b.x));
        ends
    };
    points.chunks((2 * points.len()).div_ceil(most)).flat_map(ends).collect()
}

fn places(points: &[Point]) -> Vec<(f64, f64)> {
    points.iter().map(|point| (point.x, point.y)).collect()
}

pub(super) fn cross(color: Color) -> Style {
    Style { shape: Shape::Cross, color, edge: color, edge_width: 2.5, size: 5.0 }
}

fn log() -> Scale {
    Scale::Log
}
