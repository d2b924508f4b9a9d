//! The part of the font that a PDF needs.

use std::collections::BTreeMap;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str};
use subsetter::GlyphRemapper;

use crate::draw::fonts::{FILE, Fonts};
use crate::draw::paper::{Anchor, Words};

/// A font with an A for each of six letters in front is one of which only some glyphs are there.
const NAME: Name<'static> = Name(b"AAAAAA+DejaVuSans");
const SYSTEM: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// Glyphs by the numbers that they have in the PDF.
pub(super) struct Font {
    numbers: GlyphRemapper,
    /// What each glyph of the whole font stands for.
    meaning: BTreeMap<u16, String>,
}

impl Font {
    /// With the glyphs of all words.
    pub(super) fn new(words: &[Words]) -> Self {
        let fonts = Fonts::shipped();
        let (mut numbers, mut meaning) = (GlyphRemapper::new(), BTreeMap::new());
        // A blank alone is no word, and so would have no glyph.
        meaning.extend(fonts.face().glyph_index(' ').map(|glyph| (glyph.0, " ".to_owned())));
        for Words { text, .. } in words {
            for (glyph, _) in fonts.glyphs(text) {
                numbers.remap(glyph);
            }
            // A ligature is the glyph of several letters, which stand beside each other.
            let letters: Vec<char> = text.chars().collect();
            for n in 1..=3 {
                for part in letters.windows(n) {
                    let part: String = part.iter().collect();
                    if let [(glyph, _)] = fonts.glyphs(&part)[..] {
                        meaning.entry(glyph).or_insert(part);
                    }
                }
            }
        }
        Self { numbers, meaning }
    }

    /// Writes the operators that show a line of text where it stands on the sheet.
    pub(super) fn show(&self, content: &mut Content, words: &Words, is_upright: bool) {
        let fonts = Fonts::shipped();
        let glyphs = fonts.glyphs(&words.text);
        let length = fonts.width(&words.text, words.size) as f32;
        let before = match words.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => length / 2.0,
            Anchor::End => length,
        };
        let [x, y] = words.at;
        content.set_text_matrix(if is_upright {
            [0.0, -1.0, -1.0, 0.0, x, y + before]
        } else {
            [1.0, 0.0, 0.0, -1.0, x - before, y]
        });
        let mut shown = content.show_positioned();
        let mut items = shown.items();
        for (glyph, advance) in glyphs {
            let number = self.numbers.get(glyph).unwrap_or_default();
            items.show(Str(&number.to_be_bytes()));
            // What the glyph itself does not move on, in thousandths of the size, backwards.
            let kerning = thousandths(advance - fonts.advance(glyph));
            if kerning != 0.0 {
                items.adjust(-kerning);
            }
        }
    }

    /// Writes the font under a reference.
    pub(super) fn write(&self, pdf: &mut Pdf, at: Ref, next: &mut Ref) {
        let fonts = Fonts::shipped();
        let [descendant, descriptor, file, meaning] = std::array::from_fn(|_| next.bump());
        pdf.type0_font(at)
            .base_font(NAME)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(descendant)
            .to_unicode(meaning);
        let mut glyphs = pdf.cid_font(descendant);
        glyphs.subtype(CidFontType::Type2).base_font(NAME).system_info(SYSTEM).font_descriptor(descriptor);
        glyphs.default_width(0.0).cid_to_gid_map_predefined(Name(b"Identity"));
        let widths = self.numbers.remapped_gids().map(|glyph| thousandths(fonts.advance(glyph)));
        glyphs.widths().consecutive(0, widths);
        glyphs.finish();
        let face = fonts.face();
        let of = |height: i16| thousandths(i32::from(height));
        let bounds = face.global_bounding_box();
        pdf.font_descriptor(descriptor)
            .name(NAME)
            .flags(FontFlags::NON_SYMBOLIC)
            .bbox(Rect::new(of(bounds.x_min), of(bounds.y_min), of(bounds.x_max), of(bounds.y_max)))
            .italic_angle(0.0)
            .ascent(of(face.ascender()))
            .descent(of(face.descender()))
            .cap_height(of(face.capital_height().unwrap_or(face.ascender())))
            // How thick stems are is asked for and not told by the font; viewers do not use it.
            .stem_v(88.0)
            .font_file2(file);
        let subset = subsetter::subset(FILE, 0, &self.numbers).expect("the shipped file is a font");
        pdf.stream(file, &super::packed(&subset))
            .filter(Filter::FlateDecode)
            .pair(Name(b"Length1"), subset.len() as i32);
        let mut meanings = UnicodeCmap::new(Name(b"Letters"), SYSTEM);
        for glyph in self.numbers.remapped_gids() {
            if let (Some(text), Some(number)) = (self.meaning.get(&glyph), self.numbers.get(glyph)) {
                meanings.pair_with_multiple(number, text.chars());
            }
        }
        pdf.cmap(meaning, &meanings.finish());
    }
}

/// Units of the font as thousandths of its size.
fn thousandths(units: i32) -> f32 {
    1000.0 * units as f32 / f32::from(Fonts::shipped().face().units_per_em())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::INK;

    /// The operators that show a text at (7, 40).
    fn shown(text: &str, anchor: Anchor, is_upright: bool) -> (Font, String) {
        let words = Words { text: text.to_owned(), at: [7.0, 40.0], size: 10.0, anchor, color: INK };
        let font = Font::new(std::slice::from_ref(&words));
        let mut content = Content::new();
        font.show(&mut content, &words, is_upright);
        (font, String::from_utf8_lossy(&content.finish()).into_owned())
    }

    #[test]
    fn text_begins_where_its_anchor_says() {
        // Four letters n of 0.634 of the size each, of which a unit of the font is 1/2048.
        let length = 4.0 * 1298.0 / 2048.0 * 10.0;
        assert!((Fonts::shipped().width("nnnn", 10.0) - length).abs() < 1e-4);
        let matrix = |anchor, is_upright| -> Vec<f64> {
            let (_, operators) = shown("nnnn", anchor, is_upright);
            let numbers = operators.split(" Tm").next().unwrap().to_owned();
            numbers.split_whitespace().map(|number| number.parse().unwrap()).collect()
        };
        let close = |found: Vec<f64>, expected: [f64; 6]| {
            let apart = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            // Places are single precision numbers.
            assert!(found.len() == 6 && apart < 1e-4, "{found:?} {expected:?}");
        };
        close(matrix(Anchor::Start, false), [1.0, 0.0, 0.0, -1.0, 7.0, 40.0]);
        close(matrix(Anchor::End, false), [1.0, 0.0, 0.0, -1.0, 7.0 - length, 40.0]);
        // Upwards a text begins below its middle.
        close(matrix(Anchor::Middle, true), [0.0, -1.0, -1.0, 0.0, 7.0, 40.0 + length / 2.0]);
    }

    #[test]
    fn pairs_are_kerned_and_every_glyph_has_its_meaning() {
        let fonts = Fonts::shipped();
        let (a, moved) = fonts.glyphs("AV")[0];
        let closer = thousandths(fonts.advance(a) - moved);
        assert!(closer > 30.0, "V moves towards A: {closer}");
        let (_, operators) = shown("AV", Anchor::Start, false);
        // Whole parts of a thousandth; a positive number moves back.
        assert!(operators.contains(&format!(" {}", closer.trunc())), "{operators:?} {closer}");
        let (font, _) = shown("fi η₀", Anchor::Start, false);
        let of = |text: &str| font.meaning.values().any(|known| known == text);
        assert!(["η", "₀", " "].into_iter().all(of), "{:?}", font.meaning);
        let glyphs = fonts.glyphs("fi η₀");
        assert!(glyphs.iter().all(|(glyph, _)| font.meaning.contains_key(glyph)), "{glyphs:?}");
    }
}
