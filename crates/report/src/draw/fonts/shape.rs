//! From letters to glyphs, by the tables of the font.
//!
//! A letter is a glyph, from left to right, with the ligatures and the kerning of the font. A mark that is
//! written behind a letter, as in v̂, is put above it where it is put above any letter. What other scripts
//! need beyond that is left out.

use ttf_parser::gpos::{PairAdjustment, PositioningSubtable};
use ttf_parser::gsub::{LigatureSubstitution, SubstitutionSubtable};
use ttf_parser::opentype_layout::{LayoutTable, Lookup};
use ttf_parser::{Face, GlyphId, Tag};

/// The glyphs of a line of text, each with how far it moves on in units of the font.
pub(super) fn shape(face: &Face<'_>, text: &str) -> Vec<(GlyphId, i32)> {
    // As SVG has white space.
    let words = text.split(|c: char| c == ' ' || c.is_control()).filter(|word| !word.is_empty());
    let text = words.collect::<Vec<_>>().join(" ");
    let script = script(&text);
    let mut glyphs: Vec<GlyphId> =
        text.chars().map(|letter| face.glyph_index(letter).unwrap_or_default()).collect();
    for lookup in face.tables().gsub.iter().flat_map(|table| lookups(table, script, b"liga")) {
        for subtable in lookup.subtables.into_iter::<SubstitutionSubtable<'_>>() {
            if let SubstitutionSubtable::Ligature(ligatures) = subtable {
                glyphs = joined(&glyphs, &ligatures);
            }
        }
    }
    let advance = |glyph: &GlyphId| i32::from(face.glyph_hor_advance(*glyph).unwrap_or(0));
    let mut advances: Vec<i32> = glyphs.iter().map(advance).collect();
    for lookup in face.tables().gpos.iter().flat_map(|table| lookups(table, script, b"kern")) {
        for (pair, advance) in glyphs.windows(2).zip(&mut advances) {
            let mut subtables = lookup.subtables.into_iter::<PositioningSubtable<'_>>();
            *advance += subtables.find_map(|subtable| kerning(&subtable, pair)).unwrap_or(0);
        }
    }
    glyphs.into_iter().zip(advances).collect()
}

/// The script whose rules a line follows: Latin if its first letter is, else what holds of no script in
/// particular. Letters that stand for quantities in any script, such as ℓ, µ and 𝕏, do not count.
fn script(text: &str) -> Tag {
    let of_no_script =
        |c: char| matches!(c, 'µ' | '\u{2b9}'..='\u{2df}' | 'ℂ'..='⅏' | '\u{1d400}'..='\u{1d7ff}');
    let first = text.chars().find(|c| c.is_alphabetic() && !of_no_script(*c));
    // From A on, phonetic letters, those with more than one accent, and those above and below a line.
    let latin = |c: char| matches!(c, 'A'..'\u{2b9}' | '\u{1d00}'..='\u{1dbf}' | '\u{1e00}'..='\u{1eff}' | 'ⁱ' | 'ⁿ' | 'ₐ'..='ₜ');
    Tag::from_bytes(if first.is_some_and(latin) { b"latn" } else { b"DFLT" })
}

/// The lookups of a feature in a script.
fn lookups<'a>(table: &LayoutTable<'a>, script: Tag, feature: &[u8; 4]) -> Vec<Lookup<'a>> {
    let language = table.scripts.find(script).and_then(|script| script.default_language);
    let features = language.into_iter().flat_map(|language| language.feature_indices);
    let features = features.filter_map(|index| table.features.get(index));
    let wanted = features.filter(|candidate| candidate.tag == Tag::from_bytes(feature));
    wanted.flat_map(|feature| feature.lookup_indices).filter_map(|index| table.lookups.get(index)).collect()
}

/// The same glyphs, some of them replaced by a ligature.
fn joined(mut glyphs: &[GlyphId], ligatures: &LigatureSubstitution<'_>) -> Vec<GlyphId> {
    let mut joined = Vec::new();
    while let Some((first, rest)) = glyphs.split_first() {
        let set = ligatures.coverage.get(*first).and_then(|index| ligatures.ligature_sets.get(index));
        let follows = |parts: &[GlyphId]| rest.starts_with(parts);
        let found = set.into_iter().flatten().find_map(|ligature| {
            let parts: Vec<GlyphId> = ligature.components.into_iter().collect();
            follows(&parts).then_some((ligature.glyph, parts.len()))
        });
        let (glyph, parts) = found.unwrap_or((*first, 0));
        joined.push(glyph);
        glyphs = &rest[parts..];
    }
    joined
}

/// What a pair moves apart by, if the table has it.
fn kerning(subtable: &PositioningSubtable<'_>, pair: &[GlyphId]) -> Option<i32> {
    let PositioningSubtable::Pair(pairs) = subtable else { return None };
    let row = pairs.coverage().get(pair[0])?;
    let (value, _) = match pairs {
        PairAdjustment::Format1 { sets, .. } => sets.get(row)?.get(pair[1])?,
        PairAdjustment::Format2 { classes, matrix, .. } => {
            matrix.get((classes.0.get(pair[0]), classes.1.get(pair[1])))?
        }
    };
    Some(i32::from(value.x_advance))
}

#[cfg(test)]
mod tests {
    use super::super::FILE;
    use super::*;

    fn advances(text: &str) -> Vec<i32> {
        shape(&Face::parse(FILE, 0).unwrap(), text).into_iter().map(|(_, advance)| advance).collect()
    }

    #[test]
    fn pairs_move_together_or_apart() {
        let alone = [advances("A")[0], advances("V")[0]];
        let pair = advances("AV");
        assert!(pair[0] < alone[0] - 50 && pair[1] == alone[1], "{pair:?} {alone:?}");
        // By classes, in numbers as well as in words.
        assert_eq!(advances("17"), [advances("1")[0], advances("7")[0]]);
    }

    #[test]
    fn ligatures_are_of_latin_lines() {
        assert_eq!(advances("ffi").len(), 1, "the longest there is");
        assert_eq!([advances("affix").len(), advances("difference").len()], [3, 9]);
        assert_eq!(advances("1 fi").len(), 3, "numbers and spaces have no script");
        assert_eq!(advances("λ fi").len(), 4, "the line is Greek");
        assert_eq!([advances("ℓ fi").len(), advances("µ fi").len(), advances("xₐ fi").len()], [3, 3, 4]);
    }

    #[test]
    fn spaces_are_one_and_between_words_alone() {
        assert_eq!(advances(" a\n b  "), advances("a b"));
        assert_eq!(advances(" \u{7} "), [0; 0]);
    }

    #[test]
    fn a_letter_that_is_not_in_the_font_is_seen_as_missing() {
        let missing = shape(&Face::parse(FILE, 0).unwrap(), "\u{4e00}");
        assert!(missing[0].0 == GlyphId(0) && missing[0].1 > 0);
    }
}
