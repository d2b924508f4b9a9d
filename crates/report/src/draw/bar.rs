//! A colour bar: what the colours of a field mean.

use super::color::{INK, viridis};
use super::fonts::Fonts;
use super::lines::{widest, wrap};
use super::panel::TICK;
use super::paper::{Anchor, Paper};
use super::{Color, Pen, Raster, Ruler, Scale};

/// Height of all of it where the label is one line, and of a further one.
const HEIGHT: f64 = 50.0;
const LINE: f64 = 17.0;

/// Width and height of the colours, the share of the sheet that they take at most, and the space above them
/// and between them and the label.
const WIDTH: f64 = 360.0;
const SHARE: f64 = 0.56;
const BESIDE: f64 = 14.0;
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

impl Bar {
    /// From dark to light.
    pub(crate) fn new(label: String, scale: Scale, range: (f64, f64)) -> Self {
        Self { label, scale, range, colors: (0..=200).map(|i| viridis(f64::from(i) / 200.0)).collect() }
    }
}

/// The height of all of it.
pub(super) fn height(bar: &Bar, width: f64, fonts: &Fonts) -> f64 {
    // Two lines have room beside colours and numbers.
    HEIGHT + LINE * label(bar, width, fonts).len().saturating_sub(2) as f64
}

/// The lines of the label, which leave the colours their place.
fn label(bar: &Bar, width: f64, fonts: &Fonts) -> Vec<String> {
    wrap(&bar.label, TICK, width - length(width) - BESIDE, fonts)
}

/// The width of the colours on a sheet of some width.
fn length(width: f64) -> f64 {
    WIDTH.min(SHARE * width)
}

/// Draws its label and on the right of it the colours, with the numbers below.
pub(super) fn draw(paper: &mut Paper, bar: &Bar, (x, y): (f64, f64), width: f64, fonts: &Fonts) {
    let top = y + ABOVE;
    let lines = label(bar, width, fonts);
    for (i, line) in lines.iter().enumerate() {
        paper.text((x, top + THICKNESS - 1.0 + LINE * i as f64), line, TICK, Anchor::Start, INK);
    }
    let left = x + widest(&lines, TICK, fonts) + BESIDE;
    let length = length(width);
    let area = [left, top, length, THICKNESS];
    let raster =
        Raster { extent: [0.0; 4], columns: bar.colors.len(), pixels: bar.colors.clone(), smooth: true };
    paper.image(area, &raster);
    paper.frame(area, INK);
    let (low, high) = bar.range;
    for (place, text) in bar.scale.ticks(bar.range, (length / 60.0) as usize) {
        let column = left + (place - low) / (high - low) * length;
        let foot = top + THICKNESS;
        paper.line(&[(column, foot), (column, foot + 4.0)], Pen::solid(INK), 1.0);
        paper.text((column, foot + 6.0 + TICK - 2.0), &text, TICK, Anchor::Middle, INK);
    }
}
