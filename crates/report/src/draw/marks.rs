//! What is drawn within the axes of a panel.

use super::color::{BLACK, INK};
use super::fonts::Fonts;
use super::panel::{TICK, part};
use super::paper::{Anchor, Paper};
use super::{Color, Mark, Scale, Side, Style, WHITE};

/// From places on the scales to pixels.
pub(super) struct Frame {
    /// x, y, width, height.
    pub(super) area: [f64; 4],
    pub(super) x: (f64, f64),
    pub(super) y: (f64, f64),
    pub(super) scales: (Scale, Scale),
    /// Opacity of bands.
    pub(super) opacity: f64,
    /// Size of points and loose pieces, as a share of what they ask for.
    pub(super) share: f64,
    /// Size of the numbers of cells, if cells say these.
    pub(super) numbers: Option<f64>,
}

impl Frame {
    /// The pixel of a data point; `None` if it has none.
    pub(super) fn at(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (x, y) = (self.scales.0.of(x), self.scales.1.of(y));
        (x.is_finite() && y.is_finite()).then(|| (self.column(x), self.row(y)))
    }

    pub(super) fn column(&self, place: f64) -> f64 {
        self.area[0] + near(part((self.x.0, place), self.x) * self.area[2])
    }

    pub(super) fn row(&self, place: f64) -> f64 {
        self.area[1] + near(part((place, self.y.1), self.y) * self.area[3])
    }
}

/// Of what lies beyond the area no more than where a line to it leaves the area is seen, and programs that
/// draw know no numbers as large as those of a run that diverges.
fn near(pixels: f64) -> f64 {
    pixels.clamp(-FAR, FAR)
}

/// Further than that from the upper left corner of its area no mark reaches, in pixels.
const FAR: f64 = 3_000.0;

/// Draws a mark.
pub(super) fn draw(paper: &mut Paper, mark: &Mark, frame: &Frame, fonts: &Fonts) {
    let places = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        points.iter().filter_map(|(x, y)| frame.at(*x, *y)).collect()
    };
    match mark {
        Mark::Line { points, pen, width } => paper.line(&places(points), *pen, *width),
        Mark::Points { points, style } => {
            let (size, edge_width) = (style.size * frame.share, style.edge_width * frame.share);
            paper.points(&places(points), Style { size, edge_width, ..*style });
        }
        Mark::Edge { at, side, style } => {
            let size = style.size * frame.share;
            let [x, y, _, height] = frame.area;
            let place = |at: &f64| match side {
                Side::Head => (frame.column(frame.scales.0.of(*at)), y + size + 3.0),
                Side::Foot => (frame.column(frame.scales.0.of(*at)), y + height - size - 3.0),
                Side::Left => (x + size + 3.0, frame.row(frame.scales.1.of(*at))),
            };
            let points: Vec<(f64, f64)> =
                at.iter().map(place).filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
            paper.points(&points, Style { size, ..*style });
        }
        Mark::Text { at, text, anchor } => {
            if let Some(place) = frame.at(at.0, at.1) {
                paper.text(place, text, TICK, *anchor, INK);
            }
        }
        Mark::Bars { bars, color } => {
            bars.iter().for_each(|(x, low, high)| draw_bar(paper, frame, (*x, *low, *high), *color))
        }
        Mark::Rows { bars, color } => {
            bars.iter().for_each(|(y, low, high)| draw_row(paper, frame, (*y, *low, *high), *color))
        }
        Mark::Cell { area, color, text } => draw_cell(paper, frame, *area, (*color, text), fonts),
        // Outside of the area, with all others.
        Mark::End { .. } | Mark::Reading(_) => {}
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
    let (place, upper) = (frame.scales.0.of(x), frame.scales.1.of(high));
    if !place.is_finite() || upper.is_nan() {
        return;
    }
    // An end beyond the largest number, or a lower one of 0 on a logarithmic axis, is that of the panel.
    let (column, [_, head, _, height]) = (frame.column(place), frame.area);
    let top = if upper.is_finite() { frame.row(upper) } else { head };
    let foot = frame.at(x, low).map_or(head + height, |(_, row)| row);
    let cap = |row: f64| [(column - 4.0, row), (column + 4.0, row)];
    paper.segments(&[[(column, top), (column, foot)], cap(top), cap(foot)], color, 1.5);
}

/// A horizontal bar; an end without a place is that of the panel.
fn draw_row(paper: &mut Paper, frame: &Frame, (y, low, high): (f64, f64, f64), color: Color) {
    let upper = frame.scales.0.of(high);
    let row = frame.row(y);
    if !row.is_finite() || upper.is_nan() {
        return;
    }
    let [x, _, width, _] = frame.area;
    let right = if upper.is_finite() { frame.column(upper) } else { x + width };
    let left = frame.at(low, y).map_or(x, |(column, _)| column);
    let cap = |column: f64| [(column, row - 4.0), (column, row + 4.0)];
    paper.segments(&[[(left, row), (right, row)], cap(left), cap(right)], color, 1.5);
}

/// The largest of some sizes at which so large a share of the numbers in cells has room in these; a few
/// numbers among cells without would look as if these were special.
pub(super) fn size_of_numbers(
    marks: &[Mark],
    frame: &Frame,
    (sizes, share): (&[f64], f64),
    fonts: &Fonts,
) -> Option<f64> {
    let cell = |mark: &Mark| {
        let Mark::Cell { area: [x0, x1, y0, y1], text, .. } = mark else { return None };
        let (lower, upper) = (frame.at(*x0, *y0)?, frame.at(*x1, *y1)?);
        Some((text.clone(), (upper.0 - lower.0, lower.1 - upper.1))).filter(|(text, _)| !text.is_empty())
    };
    let cells: Vec<(String, (f64, f64))> = marks.iter().filter_map(cell).collect();
    let fitting = |size: f64| cells.iter().filter(|(text, room)| fits(text, size, *room, fonts)).count();
    sizes.iter().copied().find(|size| fitting(*size) as f64 >= share * cells.len() as f64)
}

fn fits(text: &str, size: f64, (width, height): (f64, f64), fonts: &Fonts) -> bool {
    fonts.width(text, size) + 0.35 * size <= width && size + 4.0 <= height
}

fn draw_cell(
    paper: &mut Paper,
    frame: &Frame,
    [x0, x1, y0, y1]: [f64; 4],
    (color, text): (Color, &str),
    fonts: &Fonts,
) {
    let (Some(lower), Some(upper)) = (frame.at(x0, y0), frame.at(x1, y1)) else { return };
    let (width, height) = (upper.0 - lower.0, lower.1 - upper.1);
    let space = if width.min(height) > 8.0 { 0.75 } else { 0.0 };
    // A cell with a number has a colour that means a value, in the dark too.
    paper.keep_colors(!text.is_empty());
    paper.rectangle([lower.0 + space, upper.1 + space, width - 2.0 * space, height - 2.0 * space], color);
    if let Some(size) = frame.numbers
        && fits(text, size, (width, height), fonts)
    {
        let at = (lower.0 + width / 2.0, upper.1 + height / 2.0 + size * 0.36);
        paper.text(at, text, size, Anchor::Middle, if color.is_dark() { WHITE } else { BLACK });
    }
    paper.keep_colors(false);
}
