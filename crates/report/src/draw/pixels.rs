//! A sheet as pixels.

use tiny_skia::{
    BlendMode, FillRule, FilterQuality, IntRect, LineCap, LineJoin, Mask, MaskType, NonZeroRect, Paint, Path,
    PathBuilder, Pattern, Pixmap, PixmapMut, Rect, SpreadMode, StrokeDash, Transform,
};

use super::paper::{Element, Form, Paper, Stroke};
use super::{Color, Raster, raster};

/// The bytes of a PNG file, so many pixels wide, and so many to a metre if it has a length.
pub(super) fn draw(paper: &Paper, columns: u32, per_metre: Option<u32>) -> Vec<u8> {
    let density = (f64::from(columns) / paper.width) as f32;
    let rows = (paper.height as f32 * density).ceil() as u32;
    let mut pixels = Pixmap::new(columns, rows).expect("a figure has a size");
    let Color(r, g, b) = paper.ground();
    pixels.fill(tiny_skia::Color::from_rgba8(r, g, b, 255));
    draw_all(&paper.elements, Transform::from_scale(density, density), &mut pixels.as_mut());
    // The paper is opaque, so premultiplied colours are the colours.
    raster::encode(columns as usize, rows as usize, png::ColorType::Rgba, pixels.data(), per_metre)
}

fn draw_all(elements: &[Element], place: Transform, pixels: &mut PixmapMut<'_>) {
    for element in elements {
        match element {
            Element::Form(form) | Element::Text(Some(form)) => draw_form(form, place, pixels),
            Element::TextUp(Some(form), at) => draw_form(form, place.pre_concat(upwards(*at)), pixels),
            Element::Text(None) | Element::TextUp(None, _) => {}
            Element::Image(raster, area) => draw_image(raster, place.pre_concat(onto(raster, *area)), pixels),
            // What lies outside leaves nothing to draw.
            Element::Clipped(to, elements) => draw_clipped(to, elements, place, pixels).unwrap_or_default(),
        }
    }
}

/// A quarter turn to the left around (0, 0), and a shift.
fn upwards([x, y]: [f32; 2]) -> Transform {
    Transform::from_row(0.0, -1.0, 1.0, 0.0, x, y)
}

/// From the pixels of a picture to the sheet.
fn onto(raster: &Raster, [x, y, width, height]: [f32; 4]) -> Transform {
    Transform::from_row(width / raster.columns as f32, 0.0, 0.0, height / raster.rows() as f32, x, y)
}

fn draw_form(form: &Form, place: Transform, pixels: &mut PixmapMut<'_>) {
    let bounds = form.path.bounds();
    if let Some((color, opacity)) = form.fill
        && bounds.width() > 0.0
        && bounds.height() > 0.0
    {
        pixels.fill_path(&form.path, &paint(color, opacity), FillRule::Winding, place, None);
    }
    if let Some(stroke) = &form.stroke {
        pixels.stroke_path(&form.path, &paint(stroke.color, 1.0), &stroke.pen(), place, None);
    }
}

fn paint(color: Color, opacity: f32) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(color.0, color.1, color.2, (255.0 * opacity).round() as u8);
    paint
}

impl Stroke {
    fn pen(&self) -> tiny_skia::Stroke {
        tiny_skia::Stroke {
            width: self.width,
            line_cap: if self.round_ends { LineCap::Round } else { LineCap::Butt },
            line_join: if self.round_corners { LineJoin::Round } else { LineJoin::Miter },
            dash: StrokeDash::new(self.dash.to_vec(), 0.0),
            ..tiny_skia::Stroke::default()
        }
    }
}

fn draw_image(raster: &Raster, place: Transform, pixels: &mut PixmapMut<'_>) {
    let mut picture = Pixmap::new(raster.columns as u32, raster.rows() as u32).expect("a picture has pixels");
    for (pixel, color) in picture.data_mut().as_chunks_mut::<4>().0.iter_mut().zip(raster.downwards()) {
        *pixel = [color.0, color.1, color.2, 255];
    }
    let quality = if raster.smooth { FilterQuality::Bicubic } else { FilterQuality::Nearest };
    let shader = Pattern::new(picture.as_ref(), SpreadMode::Pad, quality, 1.0, Transform::identity());
    let area = Rect::from_xywh(0.0, 0.0, raster.columns as f32, raster.rows() as f32);
    let paint = Paint { shader, ..Paint::default() };
    pixels.fill_rect(area.expect("a picture has pixels"), &paint, place, None);
}

/// Draws a group on a sheet of its own, takes away what lies outside and puts the rest on the sheet below.
/// `None` if that is nothing.
fn draw_clipped(to: &Path, elements: &[Element], place: Transform, pixels: &mut PixmapMut<'_>) -> Option<()> {
    let drawn = elements.iter().filter_map(bounds).reduce(union)?;
    let seen = drawn.intersect(&to.compute_tight_bounds()?)?;
    let seen =
        NonZeroRect::from_ltrb(seen.left(), seen.top(), seen.right(), seen.bottom())?.transform(place)?;
    // Two pixels more on each side for edges between pixels.
    let [x, y] = [seen.x(), seen.y()].map(|place| place.floor() as i32 - 2);
    let [width, height] = [seen.width(), seen.height()].map(|length| length.ceil() as u32 + 4);
    let mut layer = Pixmap::new(width, height)?;
    let place = Transform::from_translate(-x as f32, -y as f32).pre_concat(place);
    draw_all(elements, place, &mut layer.as_mut());
    layer.apply_mask(&inside(to, place, [width, height])?);
    let at = Transform::from_translate(x as f32, y as f32);
    let paint = Paint {
        shader: Pattern::new(layer.as_ref(), SpreadMode::Pad, FilterQuality::Bilinear, 1.0, at),
        ..Paint::default()
    };
    let area = PathBuilder::from_rect(IntRect::from_xywh(x, y, width, height)?.to_rect());
    pixels.fill_path(&area, &paint, FillRule::Winding, Transform::identity(), None);
    Some(())
}

/// The mask of what lies inside.
fn inside(path: &Path, place: Transform, [width, height]: [u32; 2]) -> Option<Mask> {
    let mut outside = Pixmap::new(width, height)?;
    outside.fill(tiny_skia::Color::BLACK);
    let hole = Paint { blend_mode: BlendMode::Clear, ..Paint::default() };
    outside.fill_path(path, &hole, FillRule::Winding, place, None);
    let mut mask = Mask::from_pixmap(outside.as_ref(), MaskType::Alpha);
    mask.invert();
    Some(mask)
}

/// What an element covers, strokes included.
fn bounds(element: &Element) -> Option<Rect> {
    let of = |form: &Form| match &form.stroke {
        None => form.path.compute_tight_bounds(),
        // A dash covers no more than the unbroken line.
        Some(stroke) => {
            let pen = tiny_skia::Stroke { dash: None, ..stroke.pen() };
            form.path.stroke(&pen, 1.0)?.compute_tight_bounds()
        }
    };
    match element {
        Element::Form(form) | Element::Text(Some(form)) => of(form),
        Element::TextUp(Some(form), at) => of(form)?.transform(upwards(*at)),
        Element::Text(None) | Element::TextUp(None, _) => None,
        Element::Image(raster, area) => {
            let own = Rect::from_xywh(0.0, 0.0, raster.columns as f32, raster.rows() as f32)?;
            own.transform(onto(raster, *area))
        }
        Element::Clipped(path, _) => path.compute_tight_bounds(),
    }
}

fn union(a: Rect, b: Rect) -> Rect {
    let (left, top) = (a.left().min(b.left()), a.top().min(b.top()));
    let (right, bottom) = (a.right().max(b.right()), a.bottom().max(b.bottom()));
    Rect::from_ltrb(left, top, right, bottom).unwrap_or(a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Anchor, INK, WHITE};

    const RED: Color = Color(255, 0, 0);

    /// The columns and rows from which to which pixels are not white, in units of the sheet.
    fn ink(paper: &Paper) -> [f64; 4] {
        let mut reader =
            png::Decoder::new(std::io::Cursor::new(draw(paper, (2.0 * paper.width) as u32, None)))
                .read_info()
                .unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let width = reader.next_frame(&mut bytes).unwrap().width as usize;
        let inked = bytes.as_chunks::<4>().0.iter().enumerate().filter(|(_, pixel)| pixel[..3] != [255; 3]);
        inked.fold(
            [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY],
            |[l, r, t, b], (i, _)| {
                let (x, y) = ((i % width) as f64 / 2.0, (i / width) as f64 / 2.0);
                [l.min(x), r.max(x + 0.5), t.min(y), b.max(y + 0.5)]
            },
        )
    }

    #[test]
    fn a_clipped_group_is_seen_inside_alone_and_where_it_lies() {
        let mut paper = Paper::new(100.0, 80.0, false);
        paper.open_clip([30.0, 20.0, 40.0, 10.0]);
        paper.rectangle([10.0, 22.0, 40.0, 50.0], RED);
        paper.close_clip();
        assert_eq!(ink(&paper), [30.0, 50.0, 22.0, 30.0]);
        let mut outside = Paper::new(100.0, 80.0, false);
        outside.open_clip([30.0, 20.0, 40.0, 10.0]);
        outside.rectangle([10.0, 42.0, 40.0, 10.0], RED);
        outside.close_clip();
        assert_eq!(ink(&outside)[0], f64::INFINITY);
    }

    #[test]
    fn a_group_is_cut_off_with_its_strokes_and_texts() {
        let mut paper = Paper::new(100.0, 80.0, false);
        paper.open_clip([0.0, 0.0, 100.0, 80.0]);
        paper.segments(&[[(20.0, 40.0), (60.0, 40.0)]], RED, 10.0);
        paper.close_clip();
        assert_eq!(ink(&paper), [15.0, 65.0, 35.0, 45.0], "with round ends");
    }

    #[test]
    fn text_reads_upwards() {
        let mut paper = Paper::new(100.0, 100.0, false);
        paper.text_up((50.0, 60.0), "l........", 20.0, Anchor::Middle, INK);
        let [left, right, top, bottom] = ink(&paper);
        assert!(top < 40.0 && bottom > 80.0 && left > 33.0 && right < 51.0, "{left} {right} {top} {bottom}");
        // The tall letter comes first, so it is at the bottom.
        let mut first = Paper::new(100.0, 100.0, false);
        first.text_up((50.0, 60.0), "l", 20.0, Anchor::Middle, INK);
        assert!((ink(&first)[0] - left).abs() < 1.0);
        paper.rectangle([0.0, 70.0, 100.0, 30.0], WHITE);
        assert!(ink(&paper)[0] > 45.0, "only dots above");
    }

    #[test]
    fn opacity_lets_the_paper_through() {
        let mut paper = Paper::new(10.0, 10.0, false);
        paper.area(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)], RED, 0.25);
        let mut reader = png::Decoder::new(std::io::Cursor::new(draw(&paper, 20, None))).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut bytes).unwrap();
        assert!(
            bytes[0] == 255 && bytes[1].abs_diff(191) < 2 && bytes[2].abs_diff(191) < 2,
            "{:?}",
            &bytes[..4]
        );
    }
}
