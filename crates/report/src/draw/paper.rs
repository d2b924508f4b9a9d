//! The sheet of a figure: what is on it, in the order in which it is drawn.
//!
//! All places are in pixels from the upper left corner, to two decimals.

use tiny_skia::Path;

use super::color::WHITE;
use super::fonts::Fonts;
use super::outline::{self, rounded};
use super::{Color, Pen, Raster, Shape, Style};

/// A sheet on which elements are put.
pub(super) struct Paper {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) elements: Vec<Element>,
    /// What the elements of text say, in their order.
    pub(super) words: Vec<Words>,
    /// The clipped group that is open.
    clipped: Option<(Path, Vec<Element>)>,
    /// Whether colours are those for dark paper, but for those that are kept.
    is_dark: bool,
    keeps: bool,
}

/// Something on a sheet.
pub(super) enum Element {
    Form(Form),
    /// A line of text; nothing if none of it is seen.
    Text(Option<Form>),
    /// A line of text that reads upwards, as if it were horizontal, and where its point (0, 0) lies.
    TextUp(Option<Form>, [f32; 2]),
    /// Pixels with x, y, width and height.
    Image(Raster, [f32; 4]),
    /// A group that is cut off at the outline of a rectangle.
    Clipped(Path, Vec<Element>),
}

/// A line of text as letters.
pub(super) struct Words {
    pub(super) text: String,
    /// Where its anchor lies.
    pub(super) at: [f32; 2],
    pub(super) size: f64,
    pub(super) anchor: Anchor,
    pub(super) color: Color,
}

/// An outline with its paint.
pub(super) struct Form {
    pub(super) path: Path,
    /// A colour and its opacity.
    pub(super) fill: Option<(Color, f32)>,
    pub(super) stroke: Option<Stroke>,
}

/// How an outline is drawn.
pub(super) struct Stroke {
    pub(super) color: Color,
    pub(super) width: f32,
    pub(super) round_ends: bool,
    pub(super) round_corners: bool,
    /// Lengths of dashes and of the gaps between them; empty for an unbroken line.
    pub(super) dash: &'static [f32],
}

/// Which end of a text lies at its place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Paper {
    pub(super) fn new(width: f64, height: f64, is_dark: bool) -> Self {
        let (elements, words) = (Vec::new(), Vec::new());
        let mut paper = Self { width, height, elements, words, clipped: None, is_dark, keeps: false };
        paper.rectangle([0.0, 0.0, width, height], WHITE);
        paper
    }

    /// Its own colour.
    pub(super) fn ground(&self) -> Color {
        if self.is_dark { WHITE.in_the_dark() } else { WHITE }
    }

    /// Whether what comes keeps its colours on dark paper, as a field and what is drawn on it do.
    pub(super) fn keep_colors(&mut self, keeps: bool) {
        self.keeps = keeps;
    }

    fn paint(&self, color: Color) -> Color {
        if self.is_dark && !self.keeps { color.in_the_dark() } else { color }
    }

    pub(super) fn text(&mut self, (x, y): (f64, f64), text: &str, size: f64, anchor: Anchor, color: Color) {
        let color = self.paint(color);
        let outlines = Fonts::shipped().outlines(text, size, anchor, (rounded(x), rounded(y)));
        self.add(Element::Text(outlines.map(|path| Form::filled(path, color))));
        self.words.push(Words { text: text.to_owned(), at: [rounded(x), rounded(y)], size, anchor, color });
    }

    /// Text that reads upwards.
    pub(super) fn text_up(
        &mut self,
        (x, y): (f64, f64),
        text: &str,
        size: f64,
        anchor: Anchor,
        color: Color,
    ) {
        let color = self.paint(color);
        let outlines = Fonts::shipped().outlines(text, size, anchor, (0.0, 0.0));
        let form = outlines.map(|path| Form::filled(path, color));
        self.add(Element::TextUp(form, [rounded(x), rounded(y)]));
        self.words.push(Words { text: text.to_owned(), at: [rounded(x), rounded(y)], size, anchor, color });
    }

    pub(super) fn rectangle(&mut self, area: [f64; 4], color: Color) {
        let color = self.paint(color);
        self.form(outline::rectangle(area).map(|path| Form::filled(path, color)));
    }

    pub(super) fn frame(&mut self, [x, y, width, height]: [f64; 4], color: Color) {
        let path = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)];
        self.line(&path, Pen::solid(color), 1.0);
    }

    pub(super) fn line(&mut self, points: &[(f64, f64)], pen: Pen, width: f64) {
        let stroke = Stroke {
            round_corners: true,
            dash: pen.dash.lengths(),
            ..Stroke::new(self.paint(pen.color), width)
        };
        self.form(outline::line(points).map(|path| Form { path, fill: None, stroke: Some(stroke) }));
    }

    /// Many lines as one element.
    pub(super) fn segments(&mut self, segments: &[[(f64, f64); 2]], color: Color, width: f64) {
        let stroke = Stroke { round_ends: true, ..Stroke::new(self.paint(color), width) };
        self.form(outline::segments(segments).map(|path| Form { path, fill: None, stroke: Some(stroke) }));
    }

    pub(super) fn area(&mut self, points: &[(f64, f64)], color: Color, opacity: f64) {
        let fill = Some((self.paint(color), opacity as f32));
        self.form(outline::area(points).map(|path| Form { path, fill, stroke: None }));
    }

    pub(super) fn points(&mut self, centers: &[(f64, f64)], style: Style) {
        let style = Style { color: self.paint(style.color), edge: self.paint(style.edge), ..style };
        let (fill, stroke) = match style.shape {
            Shape::Cross => (None, Stroke::new(style.color, style.edge_width.max(2.0))),
            _ => (Some((style.color, 1.0)), Stroke::new(style.edge, style.edge_width)),
        };
        let stroke = (stroke.width > 0.0).then_some(stroke);
        self.form(outline::points(centers, style).map(|path| Form { path, fill, stroke }));
    }

    pub(super) fn image(&mut self, area: [f64; 4], raster: &Raster) {
        self.add(Element::Image(raster.clone(), area.map(rounded)));
    }

    /// Starts a group whose elements are cut off at a rectangle, up to [`close_clip`](Self::close_clip).
    pub(super) fn open_clip(&mut self, area: [f64; 4]) {
        self.clipped = outline::rectangle(area).map(|path| (path, Vec::new()));
    }

    pub(super) fn close_clip(&mut self) {
        if let Some((path, elements)) = self.clipped.take() {
            self.elements.push(Element::Clipped(path, elements));
        }
    }

    fn form(&mut self, form: Option<Form>) {
        self.elements_mut().extend(form.map(Element::Form));
    }

    fn add(&mut self, element: Element) {
        self.elements_mut().push(element);
    }

    fn elements_mut(&mut self) -> &mut Vec<Element> {
        self.clipped.as_mut().map_or(&mut self.elements, |(_, elements)| elements)
    }
}

impl Form {
    fn filled(path: Path, color: Color) -> Self {
        Self { path, fill: Some((color, 1.0)), stroke: None }
    }
}

impl Stroke {
    fn new(color: Color, width: f64) -> Self {
        Self { color, width: width as f32, round_ends: false, round_corners: false, dash: &[] }
    }
}

/// For text and attributes of SVG and HTML. XML has no control characters, not even escaped.
pub(crate) fn escape(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
