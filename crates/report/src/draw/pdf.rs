//! A sheet as a PDF of one page, with the letters that it needs of the font inside, so that its text can be
//! searched and copied.
//!
//! The file holds no date and no number of its own, so it has the same bytes everywhere.

mod font;

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, TextStr};
use tiny_skia::{Path, PathSegment, Point};

use super::paper::{Element, Form, Paper, Stroke, Words};
use super::{Color, Raster};
use font::Font;

/// The bytes of the file; a unit of the sheet is so many millimetres.
pub(super) fn write(paper: &Paper, title: &str, millimetres: f64) -> Vec<u8> {
    let point = (millimetres * 72.0 / 25.4) as f32;
    let [width, height] = [paper.width, paper.height].map(|length| length as f32 * point);
    let (mut content, images) = (Content::new(), Vec::new());
    // On a sheet y points downwards.
    content.transform([point, 0.0, 0.0, -point, 0.0, height]);
    content.set_miter_limit(4.0);
    let (font, words) = (Font::new(&paper.words), paper.words.iter());
    let mut writer = Writer { content, font, words, images, opacities: Vec::new() };
    writer.elements(&paper.elements);
    let Writer { content, font, images, opacities, .. } = writer;

    let (mut pdf, mut next) = (Pdf::new(), Ref::new(1));
    let [catalog, pages, page, contents, info, letters] = std::array::from_fn(|_| next.bump());
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    pdf.document_info(info).title(TextStr(title));
    let images: Vec<(Ref, Raster)> = images.into_iter().map(|raster| (next.bump(), raster)).collect();
    let opacities: Vec<(Ref, f32)> = opacities.into_iter().map(|opacity| (next.bump(), opacity)).collect();
    let mut leaf = pdf.page(page);
    leaf.media_box(Rect::new(0.0, 0.0, width, height)).parent(pages).contents(contents);
    let mut resources = leaf.resources();
    resources.fonts().pair(FONT, letters);
    let mut names = resources.x_objects();
    for (i, (image, _)) in images.iter().enumerate() {
        names.pair(Name(numbered("I", i).as_bytes()), *image);
    }
    names.finish();
    let mut names = resources.ext_g_states();
    for (i, (state, _)) in opacities.iter().enumerate() {
        names.pair(Name(numbered("O", i).as_bytes()), *state);
    }
    names.finish();
    resources.finish();
    leaf.finish();
    pdf.stream(contents, &packed(&content.finish())).filter(Filter::FlateDecode);
    for (at, raster) in &images {
        image(&mut pdf, *at, raster);
    }
    for (at, opacity) in opacities {
        pdf.ext_graphics(at).non_stroking_alpha(opacity);
    }
    font.write(&mut pdf, letters, &mut next);
    pdf.finish()
}

/// The font among the resources of the page.
const FONT: Name<'static> = Name(b"F");

/// The name of the i-th of some resources.
fn numbered(kind: &str, i: usize) -> String {
    format!("{kind}{i}")
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).and_then(|()| packer.finish()).expect("memory takes all bytes")
}

fn image(pdf: &mut Pdf, at: Ref, raster: &Raster) {
    let rgb: Vec<u8> = raster.downwards().flat_map(|color| [color.0, color.1, color.2]).collect();
    let data = packed(&rgb);
    let mut image = pdf.image_xobject(at, &data);
    image.filter(Filter::FlateDecode);
    image.width(raster.columns as i32).height(raster.rows() as i32).bits_per_component(8);
    image.color_space().device_rgb();
    image.interpolate(raster.smooth);
}

struct Writer<'a> {
    content: Content,
    font: Font,
    /// What the elements of text that are still to come say.
    words: std::slice::Iter<'a, Words>,
    images: Vec<Raster>,
    opacities: Vec<f32>,
}

impl Writer<'_> {
    fn elements(&mut self, elements: &[Element]) {
        for element in elements {
            match element {
                Element::Form(form) => self.form(form),
                Element::Text(_) => self.text(false),
                Element::TextUp(..) => self.text(true),
                Element::Image(raster, area) => self.image(raster, *area),
                Element::Clipped(to, elements) => {
                    self.content.save_state();
                    self.path(to);
                    self.content.clip_nonzero().end_path();
                    self.elements(elements);
                    self.content.restore_state();
                }
            }
        }
    }

    fn form(&mut self, form: &Form) {
        let opacity = form.fill.map_or(1.0, |(_, opacity)| opacity);
        self.content.save_state();
        if opacity < 1.0 {
            let i = self.opacities.iter().position(|known| *known == opacity).unwrap_or_else(|| {
                self.opacities.push(opacity);
                self.opacities.len() - 1
            });
            self.content.set_parameters(Name(numbered("O", i).as_bytes()));
        }
        if let Some((color, _)) = form.fill {
            let [r, g, b] = shares(color);
            self.content.set_fill_rgb(r, g, b);
        }
        if let Some(stroke) = &form.stroke {
            self.stroke(stroke);
        }
        self.path(&form.path);
        match (&form.fill, &form.stroke) {
            (Some(_), Some(_)) => self.content.fill_nonzero_and_stroke(),
            (Some(_), None) => self.content.fill_nonzero(),
            (None, Some(_)) => self.content.stroke(),
            (None, None) => self.content.end_path(),
        };
        self.content.restore_state();
    }

    fn stroke(&mut self, stroke: &Stroke) {
        let [r, g, b] = shares(stroke.color);
        self.content.set_stroke_rgb(r, g, b).set_line_width(stroke.width);
        if stroke.round_ends {
            self.content.set_line_cap(LineCapStyle::RoundCap);
        }
        if stroke.round_corners {
            self.content.set_line_join(LineJoinStyle::RoundJoin);
        }
        if !stroke.dash.is_empty() {
            self.content.set_dash_pattern(stroke.dash.iter().copied(), 0.0);
        }
    }

    fn path(&mut self, path: &Path) {
        let mut at = Point::zero();
        // A third of the way from either end to the point that pulls, since a PDF has cubic curves alone.
        let towards = |from: Point, by: Point| {
            (from.x + 2.0 / 3.0 * (by.x - from.x), from.y + 2.0 / 3.0 * (by.y - from.y))
        };
        for segment in path.segments() {
            match segment {
                PathSegment::MoveTo(to) => {
                    self.content.move_to(to.x, to.y);
                    at = to;
                }
                PathSegment::LineTo(to) => {
                    self.content.line_to(to.x, to.y);
                    at = to;
                }
                PathSegment::QuadTo(by, to) => {
                    let ((x1, y1), (x2, y2)) = (towards(at, by), towards(to, by));
                    self.content.cubic_to(x1, y1, x2, y2, to.x, to.y);
                    at = to;
                }
                PathSegment::CubicTo(first, second, to) => {
                    self.content.cubic_to(first.x, first.y, second.x, second.y, to.x, to.y);
                    at = to;
                }
                PathSegment::Close => {
                    self.content.close_path();
                }
            }
        }
    }

    fn image(&mut self, raster: &Raster, [x, y, width, height]: [f32; 4]) {
        self.content.save_state();
        self.content.transform([width, 0.0, 0.0, -height, x, y + height]);
        self.content.x_object(Name(numbered("I", self.images.len()).as_bytes()));
        self.content.restore_state();
        self.images.push(raster.clone());
    }

    fn text(&mut self, is_upright: bool) {
        let Some(words) = self.words.next() else { return };
        let [r, g, b] = shares(words.color);
        self.content.begin_text();
        self.content.set_fill_rgb(r, g, b).set_font(FONT, words.size as f32);
        self.font.show(&mut self.content, words, is_upright);
        self.content.end_text();
    }
}

/// Parts of 1.
fn shares(color: Color) -> [f32; 3] {
    [color.0, color.1, color.2].map(|channel| f32::from(channel) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::super::{Anchor, Pen};
    use super::*;

    /// A sheet with each kind of element.
    fn paper() -> Paper {
        let mut paper = Paper::new(100.0, 50.0, false);
        let color = Color(0xff, 0x00, 0x10);
        paper.line(&[(1.0, 2.0), (30.0, 2.0)], Pen::dashed(color), 2.0);
        paper.open_clip([1.0, 1.0, 50.0, 5.0]);
        paper.area(&[(0.0, 0.0), (1.0, 0.0), (0.0, -1.5)], color, 0.25);
        paper.close_clip();
        paper.text((7.0, 20.0), "loss η₀", 9.0, Anchor::Start, color);
        paper.text_up((7.0, 40.0), "steps", 9.0, Anchor::Middle, color);
        paper.image(
            [1.0, 2.0, 6.0, 3.0],
            &Raster { extent: [0.0; 4], columns: 2, pixels: vec![color; 2], smooth: false },
        );
        paper
    }

    fn holds(bytes: &[u8], text: &str) -> bool {
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    }

    #[test]
    fn a_file_has_its_size_font_and_picture_and_the_same_bytes_again() {
        // 72 points to 25.4 mm: of 1 mm a unit, 100 units are 283.46 points.
        let written = write(&paper(), "a title", 1.0);
        assert!(written.starts_with(b"%PDF-") && holds(&written, "/MediaBox [0 0 283.46"));
        for part in
            ["/FontFile2", "/ToUnicode", "/Subtype /Image", "/Interpolate false", "/ca 0.25", "(a title)"]
        {
            assert!(holds(&written, part), "{part}");
        }
        assert!(!holds(&written, "CreationDate"));
        // The whole font is 757 KB.
        assert!(written.len() < 30_000, "{}", written.len());
        assert_eq!(written, write(&paper(), "a title", 1.0));
    }
}
