//! Lines of text as outlines, in the font that comes with the crate.

mod glyph;
mod shape;

use std::sync::OnceLock;

use tiny_skia::{Path, PathBuilder, Transform};
use ttf_parser::{Face, GlyphId};

use super::Anchor;

pub(super) const FILE: &[u8] = include_bytes!("../../fonts/DejaVuSans.ttf");

/// The shipped font and nothing else.
pub(super) struct Fonts(Face<'static>);

/// A line of text, in f32 as SVG has it.
struct Line {
    /// Each with how far it moves on, in pixels.
    glyphs: Vec<(GlyphId, f32)>,
    /// Pixels of a unit of the font.
    scale: f32,
}

impl Fonts {
    /// Read once.
    pub(super) fn shipped() -> &'static Self {
        static FONTS: OnceLock<Fonts> = OnceLock::new();
        FONTS.get_or_init(|| Self(Face::parse(FILE, 0).expect("the shipped file is a font")))
    }

    /// The width of a line of text in pixels.
    pub(super) fn width(&self, text: &str, size: f64) -> f64 {
        f64::from(self.line(text, size).width())
    }

    /// The outlines of a line of text that starts, ends or has its middle at a place, in pixels; `None` if
    /// nothing is seen of it.
    pub(super) fn outlines(&self, text: &str, size: f64, anchor: Anchor, (x, y): (f32, f32)) -> Option<Path> {
        let line = self.line(text, size);
        let mut at = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -line.width() / 2.0,
            Anchor::End => -line.width(),
        };
        let mut path = PathBuilder::new();
        for (glyph, advance) in line.glyphs {
            // In the font y points upwards.
            let place = Transform::from_row(line.scale, 0.0, 0.0, -line.scale, at + x, y);
            if let Some(outline) = glyph::outline(&self.0, glyph).and_then(|outline| outline.transform(place))
            {
                path.push_path(&outline);
            }
            at += advance;
        }
        path.finish()
    }

    /// The glyphs of a line of text, each with how far it moves on, in units of the font.
    pub(super) fn glyphs(&self, text: &str) -> Vec<(u16, i32)> {
        shape::shape(&self.0, text).into_iter().map(|(glyph, advance)| (glyph.0, advance)).collect()
    }

    /// How far a glyph moves on by itself.
    pub(super) fn advance(&self, glyph: u16) -> i32 {
        self.0.glyph_hor_advance(GlyphId(glyph)).unwrap_or(0).into()
    }

    pub(super) fn face(&self) -> &Face<'static> {
        &self.0
    }

    fn line(&self, text: &str, size: f64) -> Line {
        let scale = size as f32 / f32::from(self.0.units_per_em());
        let glyphs = shape::shape(&self.0, text).into_iter();
        Line { glyphs: glyphs.map(|(glyph, advance)| (glyph, advance as f32 * scale)).collect(), scale }
    }
}

impl Line {
    fn width(&self) -> f32 {
        self.glyphs.iter().fold(0.0, |width, (_, advance)| width + advance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_lies_where_its_anchor_says_and_on_its_baseline() {
        let fonts = Fonts::shipped();
        let bounds = |anchor| fonts.outlines("nHn", 20.0, anchor, (100.0, 50.0)).unwrap().bounds();
        let width = fonts.width("nHn", 20.0) as f32;
        // The outlines lie within the advances, a tenth of a letter from either end.
        let (start, middle, end) = (bounds(Anchor::Start), bounds(Anchor::Middle), bounds(Anchor::End));
        assert!(start.left() > 100.0 && start.left() < 103.0, "{start:?}");
        assert!(end.right() < 100.0 && end.right() > 97.0, "{end:?}");
        let shifts = [start.left() - middle.left() - width / 2.0, middle.left() - end.left() - width / 2.0];
        assert!(shifts.iter().all(|shift| shift.abs() < 1e-4), "{shifts:?}");
        assert!((start.bottom() - 50.0).abs() < 1e-4, "capitals stand on the baseline: {start:?}");
        assert!((50.0 - start.top() - 0.729 * 20.0).abs() < 0.1, "and rise above it: {start:?}");
    }

    #[test]
    fn widths_grow_with_letters_and_size() {
        let width = |text, size| Fonts::shipped().width(text, size);
        assert_eq!(width("nn", 12.0), 2.0 * width("n", 12.0));
        assert!((width("loss", 24.0) - 2.0 * width("loss", 12.0)).abs() < 1e-5);
        assert_eq!(width("  ", 12.0), 0.0);
        assert!(Fonts::shipped().outlines(" ", 12.0, Anchor::Start, (0.0, 0.0)).is_none());
    }
}
