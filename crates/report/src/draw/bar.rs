//! A colour bar: what the colours of a field mean.

use super::color::INK;
use super::fonts::Fonts;
use super::panel::TICK;
use super::paper::{Anchor, Paper};
use super::{Color, Pen, Raster, Scale};

/// Height of all of it.
pub(super) const HEIGHT: f64 = 50.0;

/// Width and height of the colours, and the space above them.
const WIDTH: f64 = 360.0;
const THICKNESS: f64 = 12.0;
const ABOVE: f64 = 8.0;

/// Colours along a scale.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) scale: Scale,
    /// From which place on the scale to which.
    pub(crate) range: (f64, f64),
    pub(crate) colors: Vec<Color>,
}

/// Draws its label and on the right of it the colours, with the numbers below.
pub(super) fn draw(paper: &mut Paper, bar: &Bar, (x, y): (f64, f64), fonts: &Fonts) {
    let top = y + ABOVE;
    paper.text((x, top + THICKNESS - 1.0), &bar.label, TICK, Anchor::Start, INK);
    let left = x + fonts.width(&bar.label, TICK) + 14.0;
    let area = [left, top, WIDTH, THICKNESS];
    let raster =
        Raster { extent: [0.0; 4], columns: bar.colors.len(), pixels: bar.colors.clone(), smooth: true };
    paper.image(area, &raster);
    paper.frame(area, INK);
    let (low, high) = bar.range;
    for (place, text) in bar.scale.ticks(bar.range, 6) {
        let column = left + (place - low) / (high - low) * WIDTH;
        let foot = top + THICKNESS;
        paper.line(&[(column, foot), (column, foot + 4.0)], Pen::solid(INK), 1.0);
        paper.text((column, foot + 6.0 + TICK - 2.0), &text, TICK, Anchor::Middle, INK);
    }
}
