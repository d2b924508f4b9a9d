//! What a figure shows, in words: for those who hear it, and for its caption.

use crate::draw::{Axis, Color, Figure, Mark, Panel, Scale, Ticks, drawn};

use super::plot::series_names;

/// Panels and series that are told one by one; of more the description would be no help.
const PANELS: usize = 4;
const SERIES: usize = 8;

/// Axes and what the lines and points do, panel by panel.
pub(super) fn description(figure: &Figure) -> String {
    let names = series_names(figure);
    let n = figure.panels.len();
    let mut text = if n > 1 { format!("{n} panels. ") } else { String::new() };
    for panel in figure.panels.iter().take(PANELS) {
        text += &of_panel(panel, &names, n > 1);
    }
    if n > PANELS {
        text += &format!("{} further panels.", n - PANELS);
    }
    text.trim_end().to_owned()
}

fn of_panel(panel: &Panel, names: &[(Color, String)], is_one_of_several: bool) -> String {
    let mut text = String::new();
    if is_one_of_several && !panel.title.is_empty() {
        text += &format!("{}: ", panel.title.replace('\n', ", "));
    }
    let (x, y) = panel.ranges();
    text += &format!("horizontal axis {}; vertical axis {}. ", of_axis(&panel.x, x), of_axis(&panel.y, y));
    // In rows the values lie along the horizontal axis.
    let in_rows = matches!(panel.y.ticks, Ticks::Names(_));
    let mut told = 0;
    for mark in &panel.marks {
        let (points, color) = match mark {
            Mark::Points { points, style } => (points, style.color),
            Mark::Line { points, pen, .. } if points.len() > 1 && !has_points(panel, pen.color) => {
                (points, pen.color)
            }
            _ => continue,
        };
        let seen =
            |(x, y): &&(f64, f64)| panel.x.scale.of(*x).is_finite() && panel.y.scale.of(*y).is_finite();
        let points: Vec<(f64, f64)> = points.iter().filter(seen).copied().collect();
        if points.is_empty() {
            continue;
        }
        told += 1;
        if told > SERIES {
            text += "And further series. ";
            break;
        }
        let name = names.iter().find(|(own, _)| *own == color).map_or("values", |(_, name)| name);
        text += &format!("{name}: {}. ", of_points(&points, in_rows));
    }
    text
}

fn has_points(panel: &Panel, color: Color) -> bool {
    panel.marks.iter().any(|mark| matches!(mark, Mark::Points { style, .. } if style.color == color))
}

/// `learning rate, logarithmic, from 0.01 to 1`
fn of_axis(axis: &Axis, (low, high): (f64, f64)) -> String {
    let label = axis.label.replace('\n', " ");
    if let Ticks::Names(names) = &axis.ticks {
        return format!("{label} with {} rows or columns", names.len());
    }
    let scale = if axis.scale == Scale::Log { ", logarithmic," } else { "" };
    format!("{label}{scale} from {} to {}", drawn(axis.scale.at(low), 3), drawn(axis.scale.at(high), 3))
}

fn of_points(points: &[(f64, f64)], in_rows: bool) -> String {
    let number = |x: f64| drawn(x, 3);
    let value = |(x, y): (f64, f64)| if in_rows { x } else { y };
    let values = points.iter().map(|point| value(*point));
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), y| (a.min(y), b.max(y)));
    let (first, last) = (points[0], points[points.len() - 1]);
    match points.len() {
        1 => format!("one point at {}, {}", number(first.0), number(first.1)),
        n if in_rows => format!("{n} points between {} and {}", number(low), number(high)),
        n => format!(
            "{n} points, from {} at {} to {} at {}, lowest {}, highest {}",
            number(first.1),
            number(first.0),
            number(last.1),
            number(last.0),
            number(low),
            number(high)
        ),
    }
}
