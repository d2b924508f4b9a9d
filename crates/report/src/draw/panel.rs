//! One pair of axes and what is drawn on them.

use super::color::{GRID, INK};
use super::fonts::Fonts;
use super::lines::{LEADING, wrap};
use super::marks::{self, Frame};
use super::paper::{Anchor, Paper};
use super::sheet::Sheet;
use super::ticks::{self, Row};
use super::{Aspect, Axis, Mark, Panel, Pen, Ruler, Side, ends};

/// Font sizes: panel titles and axis labels; ticks and legend.
pub(super) const LABEL: f64 = 14.0;
pub(super) const TICK: f64 = 13.0;

/// From line to line of a name on an axis.
pub(crate) const NAME: f64 = 15.0;

/// Space below a panel whose axis is named elsewhere.
pub(super) const INNER: f64 = 8.0;

/// Opacity of a band, and beyond how many of them each gets paler so that they do not cover the lines.
pub(super) const BAND: f64 = 0.18;
pub(super) const BANDS: f64 = 6.0;

/// Numbers stand in the cells of a report where this share of them has room.
const SAYING: f64 = 0.9;

/// Width of an area below which points and lines get smaller with it.
const SMALL: f64 = 260.0;

/// On which sides a panel names its axes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edges {
    pub(super) left: bool,
    pub(super) bottom: bool,
    pub(super) label: Label,
}

/// Where the label of the vertical axis stands, if the panel names that axis at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// Beside the panel.
    Own,
    /// Beside the middle of so many rows, of which this panel begins the first.
    OfRows(usize),
    /// Beside the middle of so many rows, written by the panel that begins the first.
    Elsewhere(usize),
}

/// The height of an area of equal units is within these of its width.
const FLATTEST: f64 = 0.25;
const TALLEST: f64 = 2.0;

/// How far a label may reach beyond the ends of its axis, and on a sheet of a given width.
const BEYOND: f64 = 26.0;
const HARDLY: f64 = 4.0;

/// A panel with what is written at it.
pub(super) struct Placed<'a> {
    pub(super) panel: &'a Panel,
    pub(super) edges: Edges,
    pub(super) words: Words,
}

/// The lines of the title and of the labels of both axes, and the ticks below.
#[derive(PartialEq)]
pub(super) struct Words {
    title: Vec<String>,
    x: Vec<String>,
    y: Vec<String>,
    ticks: Row,
}

impl Words {
    /// Each as it is.
    pub(super) fn unbroken(panel: &Panel) -> Self {
        let lines = |text: &str| text.lines().map(str::to_owned).collect();
        let ticks = Row { ticks: Vec::new(), is_upright: false };
        Self { title: lines(&panel.title), x: lines(&panel.x.label), y: lines(&panel.y.label), ticks }
    }

    /// Broken to fit an area of some width that stands in a room of another.
    pub(super) fn new(
        panel: &Panel,
        label: Label,
        (width, room): (f64, f64),
        (sheet, fonts): (&Sheet, &Fonts),
    ) -> Self {
        let rows = if let Label::OfRows(n) | Label::Elsewhere(n) = label { n } else { 1 };
        let lines = |text: &str, width: f64| wrap(text, LABEL, width, fonts);
        let high = rows as f64 * height(panel, width, sheet);
        let words = panel.y.label.split_whitespace().map(|word| fonts.width(word, LABEL));
        let upright = match sheet.width {
            None => high + 2.0 * BEYOND,
            // No word is broken, however low the panel is.
            Some(_) => words.fold(high + 2.0 * HARDLY, f64::max),
        };
        Self {
            title: lines(&panel.title, room),
            x: lines(&panel.x.label, room),
            y: lines(&panel.y.label, upright),
            ticks: ticks::across(&panel.x, ranges(panel).0, (width, sheet.each()), fonts),
        }
    }
}

/// The length of a part over that of the whole, by halves, as the whole length of the largest numbers is
/// none.
pub(super) fn part((from, to): (f64, f64), (low, high): (f64, f64)) -> f64 {
    (to / 2.0 - from / 2.0) / (high / 2.0 - low / 2.0)
}

/// Whether anything in a panel has a place on its axes.
pub(super) fn shows_anything(panel: &Panel) -> bool {
    panel.marks.iter().flat_map(corners).any(|corner| has_place(panel, corner))
}

fn has_place(panel: &Panel, (x, y): (f64, f64)) -> bool {
    panel.x.scale.of(x).is_finite() && panel.y.scale.of(y).is_finite()
}

/// Whether a panel has the axes of another.
pub(super) fn has_axes_of(panel: &Panel, other: &Panel) -> bool {
    let axes =
        |panel: &Panel| [&panel.x, &panel.y].map(|axis| (axis.label.clone(), axis.scale, axis.ticks.clone()));
    panel.aspect == other.aspect && axes(panel) == axes(other) && ranges(panel) == ranges(other)
}

/// Gives all panels the ranges that hold what any of them shows.
pub(super) fn share_axes(panels: &mut [Panel]) {
    let all: Vec<((f64, f64), (f64, f64))> = panels.iter().map(ranges).collect();
    let hull = |ends: &mut dyn Iterator<Item = (f64, f64)>| {
        ends.reduce(|(a, b), (low, high)| (a.min(low), b.max(high)))
    };
    let x = hull(&mut all.iter().map(|(x, _)| *x));
    let y = hull(&mut all.iter().map(|(_, y)| *y));
    for panel in panels {
        for (axis, places) in [(&mut panel.x, x), (&mut panel.y, y)] {
            axis.range = places.map(|(low, high)| (axis.scale.at(low), axis.scale.at(high)));
        }
    }
}

/// Space of a panel around its area: left, top, right, bottom.
pub(super) fn margins(placed: &Placed<'_>, fonts: &Fonts) -> [f64; 4] {
    let Placed { panel, edges, words } = placed;
    let further = |lines: &[String]| LEADING * lines.len().saturating_sub(1) as f64;
    let top = if words.title.is_empty() { 8.0 } else { further(&words.title) + LABEL + 12.0 };
    if panel.aspect == Aspect::Pixels {
        return [0.0, top, 0.0, INNER];
    }
    let widest = |ticks: &[(f64, String)]| {
        let lines = ticks.iter().flat_map(|(_, text)| text.lines());
        lines.map(|line| fonts.width(line, TICK)).fold(0.0, f64::max)
    };
    // Names have room in a panel whose height follows its width.
    let high = if let Aspect::Height(height) = panel.aspect { f64::from(height) } else { f64::INFINITY };
    let ticks = widest(&ticks::upwards(&panel.y, ranges(panel).1, high));
    let below = if words.ticks.is_upright { widest(&words.ticks.ticks) } else { TICK };
    let left = if edges.left { LABEL + 14.0 + ticks + 8.0 + further(&words.y) } else { 0.0 };
    let bottom = if edges.bottom { below + 8.0 + LABEL + 14.0 + further(&words.x) } else { INNER };
    let right = if edges.left { 14.0 } else { 6.0 };
    [left, top, ends::space(panel, fonts).max(right), bottom]
}

/// The same of a panel that stands alone, with a title of any length.
pub(super) fn margins_alone(panel: &Panel, fonts: &Fonts) -> [f64; 4] {
    let edges = Edges { left: true, bottom: true, label: Label::Own };
    margins(&Placed { panel, edges, words: Words::unbroken(panel) }, fonts)
}

/// From which places on the scales to which both axes go.
pub(super) fn ranges(panel: &Panel) -> ((f64, f64), (f64, f64)) {
    // A point counts only if it has a place on both axes.
    let seen: Vec<(f64, f64)> =
        panel.marks.iter().flat_map(corners).filter(|corner| has_place(panel, *corner)).collect();
    let range = |axis: &Axis, values: &mut dyn Iterator<Item = f64>| {
        let given = axis.range.map(|(low, high)| (axis.scale.of(low), axis.scale.of(high)));
        // Ends without a place, or without anything between them, are no ends.
        let given = given.filter(|(low, high)| low.is_finite() && high.is_finite() && low < high);
        given.unwrap_or_else(|| axis.scale.range(values))
    };
    let x = range(&panel.x, &mut seen.iter().map(|(x, _)| *x).chain(edges(panel, &[Side::Head, Side::Foot])));
    let y = range(&panel.y, &mut seen.iter().map(|(_, y)| *y).chain(edges(panel, &[Side::Left])));
    let is_free = panel.x.range.is_none() && panel.y.range.is_none();
    if is_free && panel.aspect == Aspect::Equal { widened(x, y) } else { (x, y) }
}

/// Ranges of which the shorter is widened about its middle, so that points in one line are not drawn into a
/// slit.
fn widened(x: (f64, f64), y: (f64, f64)) -> ((f64, f64), (f64, f64)) {
    let length = |(low, high): (f64, f64)| high - low;
    let at_least = |(low, high): (f64, f64), least: f64| {
        let more = ((least - (high - low)) / 2.0).max(0.0);
        (low - more, high + more)
    };
    (at_least(x, length(y) / TALLEST), at_least(y, length(x) * FLATTEST))
}

/// Where points at some edges stand along these.
fn edges(panel: &Panel, wanted: &[Side]) -> impl Iterator<Item = f64> {
    panel.marks.iter().flat_map(move |mark| match mark {
        Mark::Edge { at, side, .. } if wanted.contains(side) => at.clone(),
        _ => Vec::new(),
    })
}

fn corners(mark: &Mark) -> Vec<(f64, f64)> {
    match mark {
        Mark::Line { points, .. } | Mark::Points { points, .. } => points.clone(),
        Mark::Bars { bars: ends, .. } | Mark::Band { ends, .. } => {
            ends.iter().flat_map(|(x, low, high)| [(*x, *low), (*x, *high)]).collect()
        }
        Mark::Rows { bars, .. } => bars.iter().flat_map(|(y, low, high)| [(*low, *y), (*high, *y)]).collect(),
        Mark::Segments { segments, .. } => {
            segments.iter().flat_map(|[x0, y0, x1, y1]| [(*x0, *y0), (*x1, *y1)]).collect()
        }
        Mark::Cell { area: [x0, x1, y0, y1], .. } => vec![(*x0, *y0), (*x1, *y1)],
        Mark::Text { at, .. } | Mark::End { at, .. } => vec![*at],
        // It has a place on one axis alone.
        Mark::Edge { .. } => Vec::new(),
        Mark::Reading(_) => Vec::new(),
        Mark::Image(raster) => {
            let [x0, x1, y0, y1] = raster.extent;
            vec![(x0, y0), (x1, y1)]
        }
    }
}

/// The height of an area that suits its width.
pub(super) fn height(panel: &Panel, width: f64, sheet: &Sheet) -> f64 {
    let (x, y) = ranges(panel);
    let equal = width * part(y, x);
    match panel.aspect {
        Aspect::Free => sheet.height(width),
        Aspect::Height(height) => f64::from(height),
        Aspect::Equal => equal.min(TALLEST * width),
        Aspect::Pixels => equal,
    }
}

/// Draws a panel into its area: x, y, width, height. `middle` is the height of a label that all rows share.
pub(super) fn draw(
    paper: &mut Paper,
    placed: &Placed<'_>,
    area: [f64; 4],
    middle: f64,
    (sheet, fonts): (&Sheet, &Fonts),
) {
    let panel = placed.panel;
    let (x, y) = ranges(panel);
    let opacity = panel.opacity_of_bands();
    let share = (area[2] / SMALL).min(1.0);
    let mut frame =
        Frame { area, x, y, scales: (panel.x.scale, panel.y.scale), opacity, share, numbers: None };
    // On a sheet of a given width, where nobody can ask for a number, all are there or none.
    let share = if sheet.width.is_some() { 1.0 } else { SAYING };
    let sizes = [TICK, 0.85 * TICK, 0.75 * TICK];
    frame.numbers = marks::size_of_numbers(&panel.marks, &frame, (&sizes, share), fonts);
    let has_axes = panel.aspect != Aspect::Pixels;
    if has_axes {
        draw_grid(paper, placed, &frame);
    }
    paper.open_clip(area);
    paper.keep_colors(is_field(panel));
    for mark in &panel.marks {
        marks::draw(paper, mark, &frame, fonts);
    }
    paper.keep_colors(false);
    paper.close_clip();
    ends::draw(paper, panel, area, &|(x, y)| frame.at(x, y));
    if has_axes {
        draw_axes(paper, placed, &frame, middle, fonts);
    }
    let middle = area[0] + area[2] / 2.0;
    for (i, line) in placed.words.title.iter().rev().enumerate() {
        let y = area[1] - 9.0 - LEADING * i as f64;
        match has_axes {
            true => paper.text((middle, y), line, LABEL, Anchor::Middle, INK),
            false => paper.text((area[0], y), line, LABEL, Anchor::Start, INK),
        }
    }
}

/// Whether a field of colours fills the panel, with what is drawn on it.
pub(super) fn is_field(panel: &Panel) -> bool {
    panel.aspect != Aspect::Pixels && panel.marks.iter().any(|mark| matches!(mark, Mark::Image(_)))
}

fn draw_grid(paper: &mut Paper, Placed { panel, words, .. }: &Placed<'_>, frame: &Frame) {
    let [x0, y0, width, height] = frame.area;
    for column in words.ticks.ticks.iter().map(|(place, _)| frame.column(*place)) {
        paper.line(&[(column, y0), (column, y0 + height)], Pen::solid(GRID), 1.0);
    }
    for row in ticks::upwards(&panel.y, frame.y, frame.area[3]).iter().map(|(place, _)| frame.row(*place)) {
        paper.line(&[(x0, row), (x0 + width, row)], Pen::solid(GRID), 1.0);
    }
}

/// The frame, ticks at all sides that have some, and numbers and labels at the edges of the grid.
fn draw_axes(paper: &mut Paper, placed: &Placed<'_>, frame: &Frame, middle: f64, fonts: &Fonts) {
    let Placed { panel, edges, words } = placed;
    let [x0, y0, width, height] = frame.area;
    let foot = y0 + height;
    let (Row { ticks: x_ticks, is_upright }, y_ticks) =
        (&words.ticks, ticks::upwards(&panel.y, frame.y, frame.area[3]));
    paper.frame(frame.area, INK);
    if edges.bottom {
        let mut longest = TICK;
        for (place, text) in x_ticks {
            let column = frame.column(*place);
            paper.line(&[(column, foot), (column, foot + 5.0)], Pen::solid(INK), 1.0);
            if *is_upright {
                let n = text.lines().count();
                for (i, line) in text.lines().enumerate() {
                    let beside = NAME * (i as f64 - (n - 1) as f64 / 2.0);
                    paper.text_up((column + beside + TICK * 0.36, foot + 8.0), line, TICK, Anchor::End, INK);
                    longest = longest.max(fonts.width(line, TICK));
                }
            } else {
                paper.text((column, foot + 8.0 + TICK - 2.0), text, TICK, Anchor::Middle, INK);
            }
        }
        let below = foot + 8.0 + longest + LABEL + 4.0;
        for (i, line) in words.x.iter().enumerate() {
            let y = below + LEADING * i as f64;
            paper.text((x0 + width / 2.0, y), line, LABEL, Anchor::Middle, INK);
        }
    }
    if edges.left {
        let mut widest = 0.0_f64;
        for (place, text) in &y_ticks {
            let row = frame.row(*place);
            paper.line(&[(x0 - 5.0, row), (x0, row)], Pen::solid(INK), 1.0);
            let n = text.lines().count();
            for (i, line) in text.lines().enumerate() {
                let y = row + NAME * (i as f64 - (n - 1) as f64 / 2.0);
                paper.text((x0 - 8.0, y + TICK * 0.36), line, TICK, Anchor::End, INK);
                widest = widest.max(fonts.width(line, TICK));
            }
        }
        let beside = match edges.label {
            Label::Own => y0 + height / 2.0,
            Label::OfRows(_) => middle,
            Label::Elsewhere(_) => return,
        };
        for (i, line) in words.y.iter().rev().enumerate() {
            let x = x0 - widest - 22.0 - LEADING * i as f64;
            paper.text_up((x, beside), line, LABEL, Anchor::Middle, INK);
        }
    }
}
