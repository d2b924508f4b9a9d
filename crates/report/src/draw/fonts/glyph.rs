//! The outline of a glyph, from the font's table
//! [`glyf`](https://learn.microsoft.com/typography/opentype/spec/glyf).
//!
//! A contour is a ring of points, some on it and some that pull a curve towards them. It is drawn from its
//! first point, as FreeType does it, which other readers do not where that point is not on the contour.

use tiny_skia::{Path, PathBuilder, Point, Transform};
use ttf_parser::{Face, GlyphId, Tag, loca};

/// Bits of a point: whether it is on the contour, whether its flags count for others too, and how its steps
/// are written.
const ON: u8 = 0x01;
const REPEAT: u8 = 0x08;
const SHORT: [u8; 2] = [0x02, 0x04];
/// Of a short step: forwards. Of a long one: none.
const SAME: [u8; 2] = [0x10, 0x20];

/// Bits of a part: how its place and its scale are written, and whether others follow.
const WORDS: u16 = 0x01;
const SCALE: u16 = 0x08;
const MORE: u16 = 0x20;
const TWO_SCALES: u16 = 0x40;
const MATRIX: u16 = 0x80;

/// In units of the font, y upwards. `None` if there is nothing to be seen, as of a space.
pub(super) fn outline(face: &Face<'_>, glyph: GlyphId) -> Option<Path> {
    let mut path = PathBuilder::new();
    add(face, glyph, Transform::identity(), &mut path)?;
    path.finish()
}

/// Adds a glyph and the glyphs that it is put together of. `None` if the font has not what it promises.
fn add(face: &Face<'_>, glyph: GlyphId, place: Transform, path: &mut PathBuilder) -> Option<()> {
    let table = |name| face.raw_face().table(Tag::from_bytes(name));
    let format = face.tables().head.index_to_location_format;
    let places = loca::Table::parse(face.tables().maxp.number_of_glyphs, format, table(b"loca")?)?;
    let mut bytes = Bytes(table(b"glyf")?.get(places.glyph_range(glyph)?)?);
    let contours = bytes.number()?;
    // The box around it.
    bytes.skip(8)?;
    if let Ok(contours) = usize::try_from(contours) {
        return add_contours(contours, &mut bytes, place, path);
    }
    loop {
        let flags = bytes.number()? as u16;
        let part = GlyphId(bytes.number()? as u16);
        let mut shift =
            || if flags & WORDS != 0 { bytes.number() } else { bytes.byte().map(|x| i16::from(x as i8)) };
        let [x, y] = [f32::from(shift()?), f32::from(shift()?)];
        let mut scale = || bytes.number().map(|scale| f32::from(scale) / 16384.0);
        let own = if flags & SCALE != 0 {
            let both = scale()?;
            Transform::from_row(both, 0.0, 0.0, both, x, y)
        } else if flags & TWO_SCALES != 0 {
            Transform::from_row(scale()?, 0.0, 0.0, scale()?, x, y)
        } else if flags & MATRIX != 0 {
            Transform::from_row(scale()?, scale()?, scale()?, scale()?, x, y)
        } else {
            Transform::from_translate(x, y)
        };
        add(face, part, place.pre_concat(own), path)?;
        if flags & MORE == 0 {
            return Some(());
        }
    }
}

fn add_contours(
    contours: usize,
    bytes: &mut Bytes<'_>,
    place: Transform,
    path: &mut PathBuilder,
) -> Option<()> {
    let ends = (0..contours).map(|_| bytes.number().map(|last| usize::from(last as u16) + 1));
    let ends = ends.collect::<Option<Vec<_>>>()?;
    let hints = bytes.number()? as u16;
    bytes.skip(hints.into())?;
    let mut flags = Vec::new();
    while flags.len() < *ends.last()? {
        let flag = bytes.byte()?;
        let more = if flag & REPEAT != 0 { bytes.byte()? } else { 0 };
        flags.resize(flags.len() + 1 + usize::from(more), flag);
    }
    let (x, y) = (coordinates(bytes, &flags, 0)?, coordinates(bytes, &flags, 1)?);
    let point = |((x, y), flag): ((i16, i16), u8)| {
        let mut point = Point::from_xy(x.into(), y.into());
        place.map_point(&mut point);
        (point, flag & ON != 0)
    };
    let points: Vec<(Point, bool)> = x.into_iter().zip(y).zip(flags).map(point).collect();
    let mut first = 0;
    for end in ends {
        draw(points.get(first..end)?, path);
        first = end;
    }
    Some(())
}

/// All x, or all y, from their steps.
fn coordinates(bytes: &mut Bytes<'_>, flags: &[u8], axis: usize) -> Option<Vec<i16>> {
    let mut at = 0_i16;
    let mut next = |flag: &u8| {
        let step = match (flag & SHORT[axis] != 0, flag & SAME[axis] != 0) {
            (true, true) => bytes.byte()?.into(),
            (true, false) => -i16::from(bytes.byte()?),
            (false, true) => 0,
            (false, false) => bytes.number()?,
        };
        at = at.wrapping_add(step);
        Some(at)
    };
    flags.iter().map(&mut next).collect()
}

/// Draws a contour: a line from point to point, a curve past each that is not on the contour. Between two of
/// these there is one.
fn draw(points: &[(Point, bool)], path: &mut PathBuilder) {
    let middle = |a: Point, b: Point| Point::from_xy(0.5 * (a.x + b.x), 0.5 * (a.y + b.y));
    let (start, rest) = match points {
        [(first, true), rest @ ..] => (*first, rest),
        [rest @ .., (last, true)] => (*last, rest),
        [(first, _), .., (last, _)] => (middle(*last, *first), points),
        _ => return,
    };
    path.move_to(start.x, start.y);
    let mut pull: Option<Point> = None;
    for (point, on) in rest.iter().copied() {
        match pull {
            None if on => path.line_to(point.x, point.y),
            None => {}
            Some(by) => {
                let to = if on { point } else { middle(by, point) };
                path.quad_to(by.x, by.y, to.x, to.y);
            }
        }
        pull = (!on).then_some(point);
    }
    if let Some(by) = pull {
        path.quad_to(by.x, by.y, start.x, start.y);
    }
    path.close();
}

/// What is left of a glyph's data: bytes and numbers of two, the larger one first.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn number(&mut self) -> Option<i16> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(i16::from_be_bytes(*number))
    }

    fn skip(&mut self, n: usize) -> Option<()> {
        self.0 = self.0.get(n..)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use tiny_skia::PathSegment;

    use super::super::FILE;
    use super::*;

    fn of(letter: char) -> Option<Path> {
        let face = Face::parse(FILE, 0).unwrap();
        outline(&face, face.glyph_index(letter).unwrap())
    }

    #[test]
    fn a_bar_has_four_corners_and_no_line_too_many() {
        let path = of('|').unwrap();
        assert_eq!((path.segments().count(), path.points().len()), (5, 4), "M L L L Z");
        assert!(path.bounds().bottom() > 1000.0 && path.bounds().top() < -100.0, "above and below");
        assert!(of(' ').is_none());
    }

    #[test]
    fn outlines_are_those_of_another_reader() {
        struct Bounds(PathBuilder);
        impl ttf_parser::OutlineBuilder for Bounds {
            fn move_to(&mut self, x: f32, y: f32) {
                self.0.move_to(x, y);
            }
            fn line_to(&mut self, x: f32, y: f32) {
                self.0.line_to(x, y);
            }
            fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
                self.0.quad_to(x1, y1, x, y);
            }
            fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
                self.0.cubic_to(x1, y1, x2, y2, x, y);
            }
            fn close(&mut self) {
                self.0.close();
            }
        }
        let face = Face::parse(FILE, 0).unwrap();
        // The sum over all points of where they lie does not tell where a ring begins.
        let sum = |path: &Path| {
            path.segments().fold([0.0; 2], |[x, y], segment| match segment {
                PathSegment::QuadTo(by, to) => [x + by.x + 0.3 * to.x, y + by.y + 0.3 * to.y],
                _ => [x, y],
            })
        };
        for letter in ('!'..='~').chain("éÄß½⁰⁸₀−ηθ‖∞".chars()) {
            let glyph = face.glyph_index(letter).unwrap();
            let mut theirs = Bounds(PathBuilder::new());
            face.outline_glyph(glyph, &mut theirs);
            let (ours, theirs) = (outline(&face, glyph).unwrap(), theirs.0.finish().unwrap());
            assert_eq!(ours.bounds(), theirs.bounds(), "{letter}");
            let (a, b) = (sum(&ours), sum(&theirs));
            assert!((a[0] - b[0]).abs() < 0.1 && (a[1] - b[1]).abs() < 0.1, "{letter}: {a:?} {b:?}");
        }
    }

    #[test]
    fn a_ring_begins_at_its_first_point_or_where_the_curve_past_it_begins() {
        let at = |x: f32, y: f32| Point::from_xy(x, y);
        let drawn = |points: &[(Point, bool)]| {
            let mut path = PathBuilder::new();
            draw(points, &mut path);
            path.finish().unwrap().segments().collect::<Vec<_>>()
        };
        use PathSegment::{Close, LineTo, MoveTo, QuadTo};
        let (a, b, c) = (at(0.0, 0.0), at(4.0, 0.0), at(4.0, 6.0));
        assert_eq!(drawn(&[(a, true), (b, true), (c, false)]), [MoveTo(a), LineTo(b), QuadTo(c, a), Close]);
        assert_eq!(drawn(&[(a, false), (b, true), (c, true)]), [MoveTo(c), QuadTo(a, b), Close]);
        let between = [at(2.0, 3.0), at(2.0, 0.0), at(4.0, 3.0)];
        let round =
            [MoveTo(between[0]), QuadTo(a, between[1]), QuadTo(b, between[2]), QuadTo(c, between[0]), Close];
        assert_eq!(drawn(&[(a, false), (b, false), (c, false)]), round);
    }
}
