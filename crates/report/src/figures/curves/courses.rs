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
    /// Where a value first has no place on the axis.
    pub(super) off: Option<f64>,
    /// The runs behind it.
    pub(super) runs: Vec<(String, Option<f64>)>,
}

/// The longest name that stands beside a line, in letters: about a seventh of the width of a figure.
const NAME: usize = 14;

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

/// The bands below the lines, what theory predicts, and crosses where runs diverged.
pub(super) fn marks(courses: &[Course], is_crowd: bool, width: f64) -> Vec<Mark> {
    let (mut bands, mut lines) = (Vec::new(), Vec::new());
    for Course { pen, points, predicted, ends, off: first, .. } in courses {
        if !is_crowd {
            let ends = points.iter().filter_map(|point| point.band.map(|(low, high)| (point.x, low, high)));
            bands.push(band(ends.collect(), points.len(), pen.color));
        }
        lines.push(line(places(points), *pen, width));
        if !predicted.is_empty() {
            lines.push(line(places(predicted), Pen::dashed(pen.color), THIN));
        }
        if !ends.is_empty() {
            lines.push(Mark::Points { points: ends.clone(), style: cross(pen.color) });
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
pub(super) fn one_of(courses: &[Course], i: usize, width: f64) -> Vec<Mark> {
    let behind = |course: &Course| line(places(&course.points), Pen::solid(BEHIND), 0.5 * width);
    courses.iter().map(behind).chain(marks(&courses[i..=i], false, width)).collect()
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
