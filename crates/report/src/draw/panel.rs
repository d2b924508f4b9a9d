//! One pair of axes and what is drawn on them.

use super::color::{GRID, INK};
use super::fonts::Fonts;
use super::paper::{Anchor, Paper};
use super::{Aspect, Axis, Color, Mark, Panel, Pen, Scale, Style};

/// Font sizes: panel titles and axis labels; ticks and legend.
pub(super) const LABEL: f64 = 14.0;
pub(super) const TICK: f64 = 13.0;

/// From line to line of a panel title.
const LEADING: f64 = 19.0;

/// Space below a panel whose axis is named elsewhere.
pub(super) const INNER: f64 = 8.0;

/// Opacity of a band, and beyond how many of them each gets paler so that they do not cover the lines.
pub(super) const BAND: f64 = 0.18;
const BANDS: f64 = 6.0;

/// Width of an area below which points and lines get smaller with it.
const SMALL: f64 = 260.0;

/// On which sides a panel names its axes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edges {
    pub(super) left: bool,
    pub(super) bottom: bool,
}

/// From places on the scales to pixels.
struct Frame {
    /// x, y, width, height.
    area: [f64; 4],
    x: (f64, f64),
    y: (f64, f64),
    scales: (Scale, Scale),
    /// Opacity of bands.
    opacity: f64,
    /// Size of points and loose pieces, as a share of what they ask for.
    share: f64,
}

impl Frame {
    /// The pixel of a data point; `None` if it has none.
    fn at(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (x, y) = (self.scales.0.of(x), self.scales.1.of(y));
        (x.is_finite() && y.is_finite()).then(|| (self.column(x), self.row(y)))
    }

    fn column(&self, place: f64) -> f64 {
        self.area[0] + (place - self.x.0) / (self.x.1 - self.x.0) * self.area[2]
    }

    fn row(&self, place: f64) -> f64 {
        self.area[1] + (self.y.1 - place) / (self.y.1 - self.y.0) * self.area[3]
    }
}

/// Whether a panel has the axes of another.
pub(super) fn has_axes_of(panel: &Panel, other: &Panel) -> bool {
    let axes = |panel: &Panel| [&panel.x, &panel.y].map(|axis| (axis.label.clone(), axis.scale));
    panel.aspect == other.aspect && axes(panel) == axes(other) && ranges(panel) == ranges(other)
}

/// Space of a panel around its area: left, top, right, bottom.
pub(super) fn margins(panel: &Panel, edges: Edges, fonts: &Fonts) -> [f64; 4] {
    let lines = panel.title.lines().count();
    let top = if lines == 0 { 8.0 } else { LEADING * (lines - 1) as f64 + LABEL + 12.0 };
    if panel.aspect == Aspect::Pixels {
        return [0.0, top, 0.0, INNER];
    }
    let ticks = panel.y.scale.ticks(ranges(panel).1, 6);
    let ticks = ticks.iter().map(|(_, text)| fonts.width(text, TICK)).fold(0.0, f64::max);
    let left = if edges.left { LABEL + 14.0 + ticks + 8.0 } else { 0.0 };
    let bottom = if edges.bottom { TICK + 8.0 + LABEL + 14.0 } else { INNER };
    [left, top, if edges.left { 14.0 } else { 6.0 }, bottom]
}

fn ranges(panel: &Panel) -> ((f64, f64), (f64, f64)) {
    let range = |axis: &Axis, values: Vec<f64>| match axis.range {
        Some((low, high)) => (axis.scale.of(low), axis.scale.of(high)),
        None => axis.scale.range(values.into_iter()),
    };
    let corners: Vec<(f64, f64)> = panel.marks.iter().flat_map(corners).collect();
    // A point counts only if it has a place on both axes.
    let seen = |(x, y): &&(f64, f64)| panel.x.scale.of(*x).is_finite() && panel.y.scale.of(*y).is_finite();
    (
        range(&panel.x, corners.iter().filter(seen).map(|(x, _)| *x).collect()),
        range(&panel.y, corners.iter().filter(seen).map(|(_, y)| *y).collect()),
    )
}

fn corners(mark: &Mark) -> Vec<(f64, f64)> {
    match mark {
        Mark::Line { points, .. } | Mark::Points { points, .. } => points.clone(),
        Mark::Bars { bars: ends, .. } | Mark::Band { ends, .. } => {
            ends.iter().flat_map(|(x, low, high)| [(*x, *low), (*x, *high)]).collect()
        }
        Mark::Segments { segments, .. } => {
            segments.iter().flat_map(|[x0, y0, x1, y1]| [(*x0, *y0), (*x1, *y1)]).collect()
        }
        Mark::Text { at, .. } => vec![*at],
        Mark::Image(raster) => {
            let [x0, x1, y0, y1] = raster.extent;
            vec![(x0, y0), (x1, y1)]
        }
    }
}

/// The height of an area that suits its width.
pub(super) fn height(panel: &Panel, width: f64) -> f64 {
    let (x, y) = ranges(panel);
    let equal = width * (y.1 - y.0) / (x.1 - x.0);
    match panel.aspect {
        Aspect::Free => (width * 0.68).max(250.0),
        Aspect::Equal => equal.min(2.0 * width),
        Aspect::Pixels => equal,
    }
}

/// Draws a panel into its area: x, y, width, height.
pub(super) fn draw(paper: &mut Paper, panel: &Panel, edges: Edges, area: [f64; 4], fonts: &Fonts) {
    let (x, y) = ranges(panel);
    let bands = panel.marks.iter().filter(|mark| matches!(mark, Mark::Band { .. })).count();
    let opacity = BAND * (BANDS / bands as f64).min(1.0);
    let share = (area[2] / SMALL).min(1.0);
    let frame = Frame { area, x, y, scales: (panel.x.scale, panel.y.scale), opacity, share };
    let has_axes = panel.aspect != Aspect::Pixels;
    if has_axes {
        draw_grid(paper, panel, &frame);
    }
    paper.open_clip(area);
    for mark in &panel.marks {
        draw_mark(paper, mark, &frame);
    }
    paper.close_clip();
    if has_axes {
        draw_axes(paper, panel, edges, &frame, fonts);
    }
    let middle = area[0] + area[2] / 2.0;
    for (i, line) in panel.title.lines().rev().enumerate() {
        let y = area[1] - 9.0 - LEADING * i as f64;
        match has_axes {
            true => paper.text((middle, y), line, LABEL, Anchor::Middle, INK),
            false => paper.text((area[0], y), line, LABEL, Anchor::Start, INK),
        }
    }
}

/// Ticks on both axes: place and text.
fn ticks(panel: &Panel, frame: &Frame) -> [Vec<(f64, String)>; 2] {
    let wanted = (frame.area[2] / 75.0).max(3.0) as usize;
    [panel.x.scale.ticks(frame.x, wanted), panel.y.scale.ticks(frame.y, 6)]
}

fn draw_grid(paper: &mut Paper, panel: &Panel, frame: &Frame) {
    let [x0, y0, width, height] = frame.area;
    let [x_ticks, y_ticks] = ticks(panel, frame);
    for column in x_ticks.iter().map(|(place, _)| frame.column(*place)) {
        paper.line(&[(column, y0), (column, y0 + height)], Pen::solid(GRID), 1.0);
    }
    for row in y_ticks.iter().map(|(place, _)| frame.row(*place)) {
        paper.line(&[(x0, row), (x0 + width, row)], Pen::solid(GRID), 1.0);
    }
}

/// The frame, ticks at all sides that have some, and numbers and labels at the edges of the grid.
fn draw_axes(paper: &mut Paper, panel: &Panel, edges: Edges, frame: &Frame, fonts: &Fonts) {
    let [x0, y0, width, height] = frame.area;
    let foot = y0 + height;
    let [x_ticks, y_ticks] = ticks(panel, frame);
    paper.frame(frame.area, INK);
    if edges.bottom {
        for (place, text) in &x_ticks {
            let column = frame.column(*place);
            paper.line(&[(column, foot), (column, foot + 5.0)], Pen::solid(INK), 1.0);
            paper.text((column, foot + 8.0 + TICK - 2.0), text, TICK, Anchor::Middle, INK);
        }
        let below = foot + 8.0 + TICK + LABEL + 4.0;
        paper.text((x0 + width / 2.0, below), &panel.x.label, LABEL, Anchor::Middle, INK);
    }
    if edges.left {
        let mut widest = 0.0_f64;
        for (place, text) in &y_ticks {
            let row = frame.row(*place);
            paper.line(&[(x0 - 5.0, row), (x0, row)], Pen::solid(INK), 1.0);
            paper.text((x0 - 8.0, row + TICK * 0.36), text, TICK, Anchor::End, INK);
            widest = widest.max(fonts.width(text, TICK));
        }
        paper.text_up((x0 - widest - 22.0, y0 + height / 2.0), &panel.y.label, LABEL, INK);
    }
}

fn draw_mark(paper: &mut Paper, mark: &Mark, frame: &Frame) {
    let places = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        points.iter().filter_map(|(x, y)| frame.at(*x, *y)).collect()
    };
    match mark {
        Mark::Line { points, pen, width } => paper.line(&places(points), *pen, *width),
        Mark::Points { points, style } => {
            let (size, edge_width) = (style.size * frame.share, style.edge_width * frame.share);
            paper.points(&places(points), Style { size, edge_width, ..*style });
        }
        Mark::Text { at, text, anchor } => {
            if let Some(place) = frame.at(at.0, at.1) {
                paper.text(place, text, TICK, *anchor, INK);
            }
        }
        Mark::Bars { bars, color } => {
            bars.iter().for_each(|(x, low, high)| draw_bar(paper, frame, (*x, *low, *high), *color))
        }
        Mark::Band { ends, color } => {
            let upper = ends.iter().map(|(x, _, high)| (*x, *high));
            let lower = ends.iter().rev().map(|(x, low, _)| (*x, *low));
            paper.area(&places(&upper.chain(lower).collect::<Vec<_>>()), *color, frame.opacity);
        }
        Mark::Segments { segments, color, width } => {
            let pairs: Vec<[(f64, f64); 2]> = segments
                .iter()
                .filter_map(|[x0, y0, x1, y1]| Some([frame.at(*x0, *y0)?, frame.at(*x1, *y1)?]))
                .collect();
            paper.segments(&pairs, *color, *width * frame.share);
        }
        Mark::Image(raster) => {
            let [x0, x1, y0, y1] = raster.extent;
            let (Some(lower), Some(upper)) = (frame.at(x0, y0), frame.at(x1, y1)) else { return };
            let area = [lower.0, upper.1, upper.0 - lower.0, lower.1 - upper.1];
            paper.image(area, raster);
        }
    }
}

fn draw_bar(paper: &mut Paper, frame: &Frame, (x, low, high): (f64, f64, f64), color: Color) {
    let Some((column, top)) = frame.at(x, high) else { return };
    // A lower end without a place on a logarithmic axis is the foot of the panel.
    let foot = frame.at(x, low).map_or(frame.area[1] + frame.area[3], |(_, row)| row);
    let cap = |row: f64| [(column - 4.0, row), (column + 4.0, row)];
    paper.segments(&[[(column, top), (column, foot)], cap(top), cap(foot)], color, 1.5);
}
