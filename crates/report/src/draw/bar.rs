//! A colour bar: what the colours of a field mean.

use super::color::{INK, viridis};
use super::fonts::Fonts;
use super::lines::{widest, wrap};
use super::panel::TICK;
use super::paper::{Anchor, Paper};
use super::{Color, Pen, Raster, Ruler, Scale, drawn};

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

/// So many numbers there are at least, if they have room, and the space between two.
const FEWEST: usize = 3;
const APART: f64 = 8.0;

/// Length of the tip at an end beyond which there are values, and the space between it and the number there.
const TIP: f64 = 9.0;
const AWAY: f64 = 5.0;

/// Colours along a scale.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) scale: Scale,
    /// From which place on the scale to which.
    pub(crate) range: (f64, f64),
    pub(crate) colors: Vec<Color>,
    /// Whether there are values beyond the lower and the upper end, which have the colour of the end.
    pub(crate) open: [bool; 2],
}

impl Bar {
    /// From dark to light.
    pub(crate) fn new(label: String, scale: Scale, range: (f64, f64)) -> Self {
        let colors = (0..=200).map(|i| viridis(f64::from(i) / 200.0)).collect();
        Self { label, scale, range, colors, open: [false; 2] }
    }

    /// What stands at its ends if there are values beyond: `≤ 0.1` and `≥ 2`.
    pub(crate) fn ends(&self) -> [Option<String>; 2] {
        let number = |place: f64| drawn(self.scale.at(place), 3);
        let [below, above] = self.open;
        let low = below.then(|| format!("≤ {}", number(self.range.0)));
        [low, above.then(|| format!("≥ {}", number(self.range.1)))]
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
    let [low, high] = bar.ends();
    let space = |text: &Option<String>| text.as_ref().map_or(0.0, |text| tip(text, fonts));
    let left = x + widest(&lines, TICK, fonts) + BESIDE + space(&low);
    let length = length(width) - space(&low) - space(&high);
    let (right, foot) = (left + length, top + THICKNESS);
    let area = [left, top, length, THICKNESS];
    let raster =
        Raster { extent: [0.0; 4], columns: bar.colors.len(), pixels: bar.colors.clone(), smooth: true };
    paper.image(area, &raster);
    let tips = [
        (low, left, -TIP, Anchor::End, bar.colors.first()),
        (high, right, TIP, Anchor::Start, bar.colors.last()),
    ];
    for (text, from, tip, anchor, color) in tips {
        let (Some(text), Some(color)) = (text, color) else { continue };
        let corners = [(from, top), (from + tip, top + THICKNESS / 2.0), (from, foot)];
        paper.keep_colors(true);
        paper.area(&corners, *color, 1.0);
        paper.keep_colors(false);
        paper.line(&corners, Pen::solid(INK), 1.0);
        paper.text((from + tip + AWAY.copysign(tip), foot - 1.0), &text, TICK, anchor, INK);
    }
    paper.frame(area, INK);
    for Number { at, text, anchor } in numbers(bar, length, fonts) {
        let column = left + at;
        paper.line(&[(column, foot), (column, foot + 4.0)], Pen::solid(INK), 1.0);
        paper.text((column, foot + 6.0 + TICK - 2.0), &text, TICK, anchor, INK);
    }
}

/// A number below the colours, so far from their left end.
struct Number {
    at: f64,
    text: String,
    anchor: Anchor,
}

/// Round numbers, and where these are fewer than three first the ends beyond which there is nothing; those
/// that have room.
fn numbers(bar: &Bar, length: f64, fonts: &Fonts) -> Vec<Number> {
    let (low, high) = bar.range;
    let round = bar.scale.ticks(bar.range, ((length / 60.0) as usize).max(FEWEST));
    let end = |place: f64, at: f64, anchor| Number { at, text: drawn(bar.scale.at(place), 3), anchor };
    let mut all = Vec::new();
    if round.len() < FEWEST {
        all.extend((!bar.open[0]).then(|| end(low, 0.0, Anchor::Start)));
        all.extend((!bar.open[1]).then(|| end(high, length, Anchor::End)));
    }
    let at = |place: f64| (place - low) / (high - low) * length;
    all.extend(round.into_iter().map(|(place, text)| Number { at: at(place), text, anchor: Anchor::Middle }));
    let middle = |number: &Number| {
        let half = fonts.width(&number.text, TICK) / 2.0;
        let middle = match number.anchor {
            Anchor::Start => number.at + half,
            Anchor::Middle => number.at,
            Anchor::End => number.at - half,
        };
        (middle, half)
    };
    let mut shown: Vec<Number> = Vec::new();
    for number in all {
        let (own, half) = middle(&number);
        let is_apart = |other: &Number| {
            let (there, width) = middle(other);
            (own - there).abs() >= half + width + APART
        };
        if shown.iter().all(is_apart) {
            shown.push(number);
        }
    }
    shown
}

/// The width of what stands at an end beyond which there are values.
fn tip(text: &str, fonts: &Fonts) -> f64 {
    TIP + AWAY + fonts.width(text, TICK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_bar_has_its_ends_and_a_round_number() {
        let texts = |bar: &Bar, length: f64| -> Vec<String> {
            numbers(bar, length, Fonts::shipped()).into_iter().map(|number| number.text).collect()
        };
        let bar = Bar::new("accuracy".to_owned(), Scale::Linear, (0.348, 0.782));
        assert_eq!(texts(&bar, 190.0), ["0.348", "0.782", "0.6"], "0.4 has no room");
        let open = Bar { open: [false, true], ..bar.clone() };
        assert_eq!(texts(&open, 190.0), ["0.348", "0.6"], "what is beyond the end stands at its tip");
        assert_eq!(texts(&bar, 360.0), ["0.4", "0.5", "0.6", "0.7"]);
    }
}
