//! SVG elements, and what becomes of them.

use std::fmt::Write;

use base64::Engine;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::WriteOptions;

use super::color::WHITE;
use super::fonts::{FAMILY, Fonts};
use super::{Color, Drawing, Pen, Raster, Shape, Style, raster};

/// Pixels of the PNG for one unit of the SVG.
const DENSITY: f32 = 2.0;

/// A sheet on which elements are put, in pixels from the upper left corner.
pub(super) struct Paper {
    pub(super) width: f64,
    pub(super) height: f64,
    body: String,
    clips: usize,
}

/// Which end of a text lies at its place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Paper {
    pub(super) fn new(width: f64, height: f64) -> Self {
        let mut paper = Self { width, height, body: String::new(), clips: 0 };
        paper.rectangle([0.0, 0.0, width, height], WHITE);
        paper
    }

    pub(super) fn text(&mut self, (x, y): (f64, f64), text: &str, size: f64, anchor: Anchor, color: Color) {
        self.write_text(&format!("x=\"{x:.2}\" y=\"{y:.2}\""), text, size, anchor, color);
    }

    /// Text that reads upwards.
    pub(super) fn text_up(&mut self, (x, y): (f64, f64), text: &str, size: f64, color: Color) {
        self.write_text(
            &format!("transform=\"translate({x:.2} {y:.2}) rotate(-90)\""),
            text,
            size,
            Anchor::Middle,
            color,
        );
    }

    pub(super) fn rectangle(&mut self, [x, y, width, height]: [f64; 4], color: Color) {
        let fill = color.hex();
        self.add(format_args!(
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" fill=\"{fill}\"/>"
        ));
    }

    pub(super) fn frame(&mut self, [x, y, width, height]: [f64; 4], color: Color) {
        let path = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)];
        self.line(&path, Pen::solid(color), 1.0);
    }

    pub(super) fn line(&mut self, points: &[(f64, f64)], pen: Pen, width: f64) {
        if points.len() < 2 {
            return;
        }
        let (path, stroke, dash) = (path(points), pen.color.hex(), pen.dash.attribute());
        self.add(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"{dash}/>"
        ));
    }

    /// Many lines as one element.
    pub(super) fn segments(&mut self, segments: &[[(f64, f64); 2]], color: Color, width: f64) {
        if segments.is_empty() {
            return;
        }
        let path: String = segments.iter().map(|ends| path(ends)).collect();
        let stroke = color.hex();
        self.add(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\" stroke-linecap=\"round\"/>"
        ));
    }

    pub(super) fn area(&mut self, points: &[(f64, f64)], color: Color, opacity: f64) {
        if points.len() < 3 {
            return;
        }
        let (path, fill) = (path(points), color.hex());
        self.add(format_args!("<path d=\"{path}Z\" fill=\"{fill}\" fill-opacity=\"{opacity}\"/>"));
    }

    pub(super) fn points(&mut self, centers: &[(f64, f64)], style: Style) {
        if centers.is_empty() {
            return;
        }
        let path: String = centers.iter().map(|center| shape(style.shape, *center, style.size)).collect();
        let (fill, stroke, width) = (style.color.hex(), style.edge.hex(), style.edge_width);
        let paint = match style.shape {
            Shape::Cross => format!("fill=\"none\" stroke=\"{fill}\" stroke-width=\"{}\"", width.max(2.0)),
            _ => format!("fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"{width}\""),
        };
        self.add(format_args!("<path d=\"{path}\" {paint}/>"));
    }

    pub(super) fn image(&mut self, [x, y, width, height]: [f64; 4], raster: &Raster) {
        let data = base64::engine::general_purpose::STANDARD.encode(raster.png());
        let rendering = if raster.smooth { "" } else { " image-rendering=\"optimizeSpeed\"" };
        self.add(format_args!(
            "<image x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" preserveAspectRatio=\"none\"{rendering} \
             href=\"data:image/png;base64,{data}\"/>"
        ));
    }

    /// Starts a group whose elements are cut off at a rectangle.
    pub(super) fn open_clip(&mut self, [x, y, width, height]: [f64; 4]) {
        let id = self.clips;
        self.clips += 1;
        self.add(format_args!(
            "<clipPath id=\"clip{id}\"><rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\"/>\
             </clipPath><g clip-path=\"url(#clip{id})\">"
        ));
    }

    pub(super) fn close_clip(&mut self) {
        self.add(format_args!("</g>"));
    }

    fn write_text(&mut self, place: &str, text: &str, size: f64, anchor: Anchor, color: Color) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (text, fill) = (escape(text), color.hex());
        self.add(format_args!(
            "<text {place} font-family=\"{FAMILY}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{fill}\">{text}\
             </text>"
        ));
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        writeln!(self.body, "{element}").expect("a string takes all text");
    }
}

/// Turns text into outlines and draws the pixels. `title` is for readers who cannot see the figure.
pub(super) fn print(paper: &Paper, fonts: &Fonts, title: &str, id: &str) -> Drawing {
    let (width, height, body) = (paper.width, paper.height, &paper.body);
    let tree = fonts.read(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">\n{body}</svg>"
    ));
    let prefix = Some(format!("{id}-"));
    let options = WriteOptions { id_prefix: prefix, coordinates_precision: 2, ..WriteOptions::default() };
    let outlined = tree.to_string(&options);
    // The outlines have a size but no box, without which a page cannot scale them.
    let head = format!("<svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {width} {height}\"", escape(title));
    let svg = outlined.replacen("<svg", &head, 1);
    let size = tree.size();
    let (columns, rows) = ((size.width() * DENSITY).ceil() as u32, (size.height() * DENSITY).ceil() as u32);
    let mut pixels = Pixmap::new(columns, rows).expect("a figure has a size");
    resvg::render(&tree, Transform::from_scale(DENSITY, DENSITY), &mut pixels.as_mut());
    // The paper is opaque, so premultiplied colours are the colours.
    let png = raster::encode(columns as usize, rows as usize, png::ColorType::Rgba, pixels.data());
    Drawing { svg, png }
}

/// For text and attributes of SVG and HTML. XML has no control characters, not even escaped.
pub(crate) fn escape(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn path(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        let command = if i == 0 { 'M' } else { 'L' };
        write!(path, "{command}{x:.2} {y:.2}").expect("a string takes all text");
    }
    path
}

/// The outline of a point.
fn shape(shape: Shape, (x, y): (f64, f64), r: f64) -> String {
    let closed = |points: &[(f64, f64)]| {
        path(&points.iter().map(|(dx, dy)| (x + r * dx, y + r * dy)).collect::<Vec<_>>()) + "Z"
    };
    match shape {
        Shape::Circle => {
            let (left, right) = (x - r, x + r);
            format!("M{left:.2} {y:.2}A{r} {r} 0 1 1 {right:.2} {y:.2}A{r} {r} 0 1 1 {left:.2} {y:.2}Z")
        }
        Shape::Square => closed(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
        Shape::Triangle => closed(&[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)]),
        Shape::Diamond => closed(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]),
        Shape::Cross => {
            let arm = |dx: f64, dy: f64| path(&[(x - r * dx, y - r * dy), (x + r * dx, y + r * dy)]);
            arm(1.0, 1.0) + &arm(1.0, -1.0)
        }
    }
}
