//! What is drawn of curves: lines, bands, predictions, and signs where a curve ends or leaves the axis.

use crate::draw::{BEHIND, Color, Entry, Mark, Pen, Shape, Side, Sign, Style};
use crate::figures::caption::off;
use crate::figures::readings::reading;
use crate::figures::series::{COLOURS, band, line};

/// Width of the line of a prediction.
pub(in crate::figures) const THIN: f64 = 1.2;

/// What is drawn at one step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) band: Option<(f64, f64)>,
}

/// One curve of a panel.
pub(super) struct Course {
    pub(super) text: String,
    pub(super) pen: Pen,
    pub(super) points: Vec<Point>,
    /// What theory predicts.
    pub(super) predicted: Vec<Point>,
    /// The last points of runs that diverged.
    pub(super) ends: Vec<(f64, f64)>,
    /// The values of the runs that completed, if others diverged.
    pub(super) completed: Vec<f64>,
    /// Where a value first has no place on the axis.
    pub(super) off: Option<f64>,
    /// The runs behind it.
    pub(super) runs: Vec<(String, Option<f64>)>,
}

impl Course {
    /// The values of its lines and crosses.
    pub(super) fn values(&self) -> impl Iterator<Item = f64> {
        let lines = self.points.iter().chain(&self.predicted).map(|point| point.y);
        lines.chain(self.ends.iter().map(|(_, y)| *y))
    }

    /// The values at the ends of its bands.
    pub(super) fn ends_of_bands(&self) -> impl Iterator<Item = f64> {
        self.points.iter().filter_map(|point| point.band).flat_map(|(low, high)| [low, high])
    }
}

/// The longest name that stands beside a line, in letters: about a quarter of the width of a figure. Where
/// the sheet is too narrow for the names, the legend has them.
const NAME: usize = 22;

/// What the legend says of the curves.
pub(super) fn entries(courses: &[Course]) -> Vec<Entry> {
    let entry = |course: &Course| Entry { sign: Sign::Line(course.pen), text: course.text.clone() };
    courses.iter().map(entry).collect()
}

/// Whether each line can have its name at its end: few lines with short names that end at one step.
pub(super) fn are_named_at_ends(courses: &[Course]) -> bool {
    let last = |course: &Course| course.points.last().map(|point| point.x);
    courses.len() <= COLOURS
        && courses.iter().all(|course| {
            course.ends.is_empty()
                && course.points.len() > 1
                && last(course) == last(&courses[0])
                && course.text.chars().count() <= NAME
        })
}

pub(super) fn name_at_end(course: &Course) -> Option<Mark> {
    let last = course.points.last()?;
    Some(Mark::End { at: (last.x, last.y), text: course.text.clone(), pen: course.pen })
}

/// How curves are drawn that stand on one axis.
pub(super) struct Manner {
    /// Whether there are not too many for bands.
    pub(super) has_bands: bool,
    /// The width of a line.
    pub(super) width: f64,
    /// The values at both ends of the axis, if it does not hold all that is drawn.
    pub(super) range: Option<(f64, f64)>,
}

impl Manner {
    /// The edge beyond which a value lies.
    pub(super) fn beyond(&self, value: f64) -> Option<Side> {
        let (low, high) = self.range?;
        match value {
            value if value < low => Some(Side::Foot),
            value if value > high => Some(Side::Head),
            _ => None,
        }
    }
}

/// The bands below the lines, what theory predicts, and crosses where runs diverged; those beyond the axis
/// stand at its end.
pub(super) fn marks(courses: &[Course], manner: &Manner) -> Vec<Mark> {
    let (mut bands, mut lines) = (Vec::new(), Vec::new());
    let &Manner { has_bands, width, .. } = manner;
    for Course { pen, points, predicted, ends, off: first, .. } in courses {
        if has_bands {
            let ends = points.iter().filter_map(|point| point.band.map(|(low, high)| (point.x, low, high)));
            bands.push(band(ends.collect(), points.len(), pen.color));
        }
        lines.push(line(places(points), *pen, width));
        if !predicted.is_empty() {
            lines.push(line(places(predicted), Pen::dashed(pen.color), THIN));
        }
        let style = cross(pen.color);
        let (beyond, within): (Vec<_>, Vec<_>) = ends.iter().partition(|(_, y)| manner.beyond(*y).is_some());
        if !within.is_empty() {
            lines.push(Mark::Points { points: within, style });
        }
        for side in [Side::Head, Side::Foot] {
            let of_side = beyond.iter().filter(|(_, y)| manner.beyond(*y) == Some(side));
            let at: Vec<f64> = of_side.map(|(x, _)| *x).collect();
            if !at.is_empty() {
                lines.push(Mark::Edge { at, side, style });
            }
        }
        if let Some(step) = first {
            lines.push(Mark::Edge { at: vec![*step], side: Side::Foot, style: off(pen.color) });
        }
    }
    let of_runs = |course: &Course| {
        let last = course.points.last()?;
        Some(reading((last.x, last.y), course.text.clone(), course.runs.clone()))
    };
    bands.into_iter().chain(lines).chain(courses.iter().filter_map(of_runs)).collect()
}

/// One of many curves before all the others.
pub(super) fn one_of(courses: &[Course], i: usize, manner: &Manner) -> Vec<Mark> {
    let behind = |course: &Course| line(places(&course.points), Pen::solid(BEHIND), 0.5 * manner.width);
    courses.iter().map(behind).chain(marks(&courses[i..=i], manner)).collect()
}

/// A course of at most about `most` points: of more, neighbours are represented by the lowest and the highest
/// of them.
pub(super) fn thinned(points: Vec<Point>, most: usize) -> Vec<Point> {
    if points.len() <= most {
        return points;
    }
    let ends = |points: &[Point]| {
        let by = |a: &&Point, b: &&Point| a.y.total_cmp(&b.y);
        let ends = [points.iter().min_by(by), points.iter().max_by(by)];
        let mut ends: Vec<Point> = ends.into_iter().flatten().copied().collect();
        ends.sort_by(|a, b| a.x.total_cmp(&b.x));
        ends.dedup_by(|a, b| a.x == b.x);
        ends
    };
    points.chunks((2 * points.len()).div_ceil(most.max(2))).flat_map(ends).collect()
}

fn places(points: &[Point]) -> Vec<(f64, f64)> {
    points.iter().map(|point| (point.x, point.y)).collect()
}

pub(in crate::figures) fn cross(color: Color) -> Style {
    Style { shape: Shape::Cross, color, edge: color, edge_width: 2.5, size: 5.0 }
}
