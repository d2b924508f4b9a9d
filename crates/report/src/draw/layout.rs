//! Where everything of a figure goes.

use super::color::{GRID, INK};
use super::fonts::Fonts;
use super::paper::{Anchor, Paper};
use super::{Axis, Color, Entry, Figure, Mark, Panel, Pen, Scale, Sign, Style};

/// Font sizes: title, panel titles and axis labels, ticks and legend.
const TITLE: f64 = 17.0;
const LABEL: f64 = 14.0;
const TICK: f64 = 13.0;

/// From line to line of a panel title.
const LEADING: f64 = 19.0;

/// Space around everything, and between panels.
const MARGIN: f64 = 16.0;
const GAP: f64 = 8.0;

/// Opacity of a band.
const BAND: f64 = 0.18;

/// From places on the scales to pixels.
struct Frame {
    /// x, y, width, height.
    area: [f64; 4],
    x: (f64, f64),
    y: (f64, f64),
    scales: (Scale, Scale),
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

/// Draws the whole figure.
pub(super) fn draw(figure: &Figure, fonts: &Fonts) -> Paper {
    let (width, columns) = match figure.panels.len() {
        0 | 1 => (680.0, 1),
        2 | 4 => (960.0, 2),
        _ => (960.0, 3),
    };
    let legend = rows_of_legend(&figure.legend, width - 2.0 * MARGIN, fonts);
    let top = MARGIN + TITLE + 10.0 + 22.0 * legend.len() as f64;
    let cell = (width - 2.0 * MARGIN - GAP * (columns - 1) as f64) / columns as f64;
    let heights: Vec<f64> = figure
        .panels
        .chunks(columns)
        .map(|row| row.iter().map(|panel| height_of(panel, cell, fonts)).fold(0.0, f64::max))
        .collect();
    let mut paper = Paper::new(width, (top + heights.iter().sum::<f64>() + MARGIN).ceil());
    paper.text((MARGIN, MARGIN + TITLE - 3.0), &figure.title, TITLE, Anchor::Start, INK);
    draw_legend(&mut paper, &legend, MARGIN + TITLE + 10.0);
    let mut y = top;
    for (row, height) in figure.panels.chunks(columns).zip(&heights) {
        for (column, panel) in row.iter().enumerate() {
            let x = MARGIN + (cell + GAP) * column as f64;
            draw_panel(&mut paper, panel, [x, y, cell, *height], fonts);
        }
        y += height;
    }
    paper
}

/// Width of a legend's sign with the space behind it.
const SIGN: f64 = 34.0;

/// Entries in rows that fit the width, each with its distance from the left.
fn rows_of_legend<'a>(legend: &'a [Entry], width: f64, fonts: &Fonts) -> Vec<Vec<(f64, &'a Entry)>> {
    let mut rows: Vec<Vec<(f64, &Entry)>> = Vec::new();
    let mut x = f64::INFINITY;
    for entry in legend {
        let need = SIGN + fonts.width(&entry.text, TICK) + 20.0;
        if x + need > width + 20.0 {
            rows.push(Vec::new());
            x = 0.0;
        }
        rows.last_mut().expect("the first entry opens a row").push((x, entry));
        x += need;
    }
    rows
}

fn draw_legend(paper: &mut Paper, rows: &[Vec<(f64, &Entry)>], top: f64) {
    for (i, row) in rows.iter().enumerate() {
        let y = top + 22.0 * i as f64 + 11.0;
        for (x, entry) in row {
            let x = MARGIN + x;
            let line = [(x, y), (x + 26.0, y)];
            match entry.sign {
                Sign::Line(pen) => paper.line(&line, pen, 2.5),
                Sign::Series(pen, shape) => {
                    let color = pen.color;
                    paper.line(&line, pen, 2.0);
                    paper.points(
                        &[(x + 13.0, y)],
                        Style { shape, color, edge: color, edge_width: 0.0, size: 4.5 },
                    );
                }
                Sign::Point(style) => paper.points(&[(x + 13.0, y)], style),
                Sign::Band(color) => paper.area(
                    &[(x, y - 6.0), (x + 26.0, y - 6.0), (x + 26.0, y + 6.0), (x, y + 6.0)],
                    color,
                    2.0 * BAND,
                ),
            }
            paper.text((x + SIGN, y + 4.5), &entry.text, TICK, Anchor::Start, INK);
        }
    }
}

/// Space of a panel around its area: left, top, right, bottom.
fn margins(panel: &Panel, y_ticks: &[(f64, String)], fonts: &Fonts) -> [f64; 4] {
    let ticks = y_ticks.iter().map(|(_, text)| fonts.width(text, TICK)).fold(0.0, f64::max);
    let lines = panel.title.lines().count();
    let title = if lines == 0 { 8.0 } else { LEADING * (lines - 1) as f64 + LABEL + 12.0 };
    [LABEL + 14.0 + ticks + 8.0, title, 14.0, TICK + 8.0 + LABEL + 14.0]
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
        Mark::Image(raster) => {
            let [x0, x1, y0, y1] = raster.extent;
            vec![(x0, y0), (x1, y1)]
        }
    }
}

/// The height that suits a panel of a width.
fn height_of(panel: &Panel, width: f64, fonts: &Fonts) -> f64 {
    let (x, y) = ranges(panel);
    let [left, top, right, bottom] = margins(panel, &panel.y.scale.ticks(y, 6), fonts);
    let inner = width - left - right;
    let area = if panel.equal { inner * (y.1 - y.0) / (x.1 - x.0) } else { (inner * 0.68).max(250.0) };
    area.min(2.0 * inner) + top + bottom
}

fn draw_panel(paper: &mut Paper, panel: &Panel, [x, y, width, height]: [f64; 4], fonts: &Fonts) {
    let (x_range, y_range) = ranges(panel);
    let y_ticks = panel.y.scale.ticks(y_range, 6);
    let [left, top, right, bottom] = margins(panel, &y_ticks, fonts);
    let area = [x + left, y + top, width - left - right, height - top - bottom];
    let frame = Frame { area, x: x_range, y: y_range, scales: (panel.x.scale, panel.y.scale) };
    let wanted = (area[2] / 75.0).max(2.0) as usize;
    let x_ticks = panel.x.scale.ticks(x_range, wanted);
    let (end, foot) = (area[0] + area[2], area[1] + area[3]);
    for (place, _) in &x_ticks {
        let column = frame.column(*place);
        paper.line(&[(column, area[1]), (column, foot)], Pen::solid(GRID), 1.0);
    }
    for (place, _) in &y_ticks {
        let row = frame.row(*place);
        paper.line(&[(area[0], row), (end, row)], Pen::solid(GRID), 1.0);
    }
    paper.open_clip(area);
    for mark in &panel.marks {
        draw_mark(paper, mark, &frame);
    }
    paper.close_clip();
    paper.frame(area, INK);
    for (place, text) in &x_ticks {
        let column = frame.column(*place);
        paper.line(&[(column, foot), (column, foot + 5.0)], Pen::solid(INK), 1.0);
        paper.text((column, foot + 8.0 + TICK - 2.0), text, TICK, Anchor::Middle, INK);
    }
    for (place, text) in &y_ticks {
        let row = frame.row(*place);
        paper.line(&[(area[0] - 5.0, row), (area[0], row)], Pen::solid(INK), 1.0);
        paper.text((area[0] - 8.0, row + TICK * 0.36), text, TICK, Anchor::End, INK);
    }
    let middle = (area[0] + area[2] / 2.0, area[1] + area[3] / 2.0);
    paper.text((middle.0, foot + 8.0 + TICK + LABEL + 4.0), &panel.x.label, LABEL, Anchor::Middle, INK);
    paper.text_up((x + LABEL, middle.1), &panel.y.label, LABEL, INK);
    for (i, line) in panel.title.lines().rev().enumerate() {
        paper.text((middle.0, area[1] - 9.0 - LEADING * i as f64), line, LABEL, Anchor::Middle, INK);
    }
}

fn draw_mark(paper: &mut Paper, mark: &Mark, frame: &Frame) {
    let places = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        points.iter().filter_map(|(x, y)| frame.at(*x, *y)).collect()
    };
    match mark {
        Mark::Line { points, pen, width } => paper.line(&places(points), *pen, *width),
        Mark::Points { points, style } => paper.points(&places(points), *style),
        Mark::Bars { bars, color } => {
            bars.iter().for_each(|(x, low, high)| draw_bar(paper, frame, (*x, *low, *high), *color))
        }
        Mark::Band { ends, color } => {
            let upper = ends.iter().map(|(x, _, high)| (*x, *high));
            let lower = ends.iter().rev().map(|(x, low, _)| (*x, *low));
            paper.area(&places(&upper.chain(lower).collect::<Vec<_>>()), *color, BAND);
        }
        Mark::Segments { segments, color, width } => {
            let pairs: Vec<[(f64, f64); 2]> = segments
                .iter()
                .filter_map(|[x0, y0, x1, y1]| Some([frame.at(*x0, *y0)?, frame.at(*x1, *y1)?]))
                .collect();
            paper.segments(&pairs, *color, *width);
        }
        Mark::Image(raster) => {
            let [x0, x1, y0, y1] = raster.extent;
            let (Some(lower), Some(upper)) = (frame.at(x0, y0), frame.at(x1, y1)) else { return };
            // The extent names pixel centres; the picture reaches half a pixel further.
            let (dx, dy) = (
                (upper.0 - lower.0) / (raster.columns - 1).max(1) as f64,
                (lower.1 - upper.1) / (raster.rows() - 1).max(1) as f64,
            );
            let area =
                [lower.0 - dx / 2.0, upper.1 - dy / 2.0, upper.0 - lower.0 + dx, lower.1 - upper.1 + dy];
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
