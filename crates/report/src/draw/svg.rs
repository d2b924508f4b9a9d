//! A sheet as SVG.

use std::fmt::{Arguments, Write};

use base64::Engine;
use tiny_skia::{Path, PathSegment, Point};

use super::Raster;
use super::paper::{Element, Form, Paper, Stroke, escape};

/// Parts of 1 to which places are rounded, and numbers by which others are multiplied.
const COARSE: f32 = 1e2;
const FINE: f32 = 1e8;

/// The text of an SVG file of a size with its units. `title` is for readers who cannot see the figure; every
/// id in it begins with `id`.
pub(super) fn write(paper: &Paper, title: &str, id: &str, [wide, high]: &[String; 2]) -> String {
    let (width, height) = (paper.width, paper.height);
    let mut writer = Writer { out: String::new(), depth: 0, id, clips: 0 };
    let images = if paper.elements.iter().any(has_image) {
        " xmlns:xlink=\"http://www.w3.org/1999/xlink\""
    } else {
        ""
    };
    let head = format!(
        "svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {width} {height}\" width=\"{wide}\" height=\"{high}\" \
         xmlns=\"http://www.w3.org/2000/svg\"{images}",
        escape(title)
    );
    writer.group("svg", &head, |writer| {
        let clips = paper.elements.iter().filter_map(|element| match element {
            Element::Clipped(path, _) => Some(path),
            _ => None,
        });
        let clips: Vec<&Path> = clips.collect();
        if !clips.is_empty() {
            writer.group("defs", "defs", |writer| writer.clips(&clips));
        }
        writer.elements(&paper.elements);
    });
    writer.out
}

fn has_image(element: &Element) -> bool {
    match element {
        Element::Image(..) => true,
        Element::Clipped(_, elements) => elements.iter().any(has_image),
        Element::Form(_) | Element::Text(_) | Element::TextUp(..) => false,
    }
}

struct Writer<'a> {
    out: String,
    depth: usize,
    id: &'a str,
    /// Clipped groups so far.
    clips: usize,
}

impl Writer<'_> {
    fn clips(&mut self, paths: &[&Path]) {
        for (i, path) in paths.iter().enumerate() {
            let head = format!("clipPath id=\"{}-clip{i}\"", self.id);
            let data = data(path);
            self.group("clipPath", &head, |writer| {
                writer.line(format_args!("<path fill=\"#000000\" stroke=\"none\" d=\"{data}\"/>"));
            });
        }
    }

    fn elements(&mut self, elements: &[Element]) {
        for element in elements {
            match element {
                Element::Form(form) => self.form(form),
                Element::Text(form) => self.text(form.as_ref()),
                Element::TextUp(form, [x, y]) => {
                    let head =
                        format!("g transform=\"matrix(0 -1 1 0 {} {})\"", number(*x, FINE), number(*y, FINE));
                    self.group("g", &head, |writer| writer.text(form.as_ref()));
                }
                Element::Image(raster, area) => self.image(raster, *area),
                Element::Clipped(_, elements) => {
                    let head = format!("g clip-path=\"url(#{}-clip{})\"", self.id, self.clips);
                    self.clips += 1;
                    self.group("g", &head, |writer| writer.elements(elements));
                }
            }
        }
    }

    fn text(&mut self, form: Option<&Form>) {
        if let Some(form) = form {
            self.group("g", "g", |writer| writer.form(form));
        }
    }

    fn form(&mut self, form: &Form) {
        let fill = match form.fill {
            None => "none".to_owned(),
            Some((color, 1.0)) => color.hex(),
            Some((color, opacity)) => format!("{}\" fill-opacity=\"{opacity}", color.hex()),
        };
        let (stroke, data) = (form.stroke.as_ref().map_or("none".to_owned(), stroke), data(&form.path));
        self.line(format_args!("<path fill=\"{fill}\" stroke=\"{stroke}\" d=\"{data}\"/>"));
    }

    fn image(&mut self, raster: &Raster, [x, y, width, height]: [f32; 4]) {
        let (columns, rows) = (raster.columns, raster.rows());
        let scale = [width / columns as f32, height / rows as f32].map(|scale| number(scale, FINE));
        let [x, y] = [x, y].map(|place| number(place, FINE));
        let rendering = if raster.smooth { "" } else { " image-rendering=\"optimizeSpeed\"" };
        let data = base64::engine::general_purpose::STANDARD.encode(raster.png());
        let head = format!("g transform=\"matrix({} 0 0 {} {x} {y})\"", scale[0], scale[1]);
        self.group("g", &head, |writer| {
            writer.line(format_args!(
                "<image width=\"{columns}\" height=\"{rows}\"{rendering} xlink:href=\"data:image/png;base64, {data}\"/>"
            ));
        });
    }

    /// An element with others inside.
    fn group(&mut self, name: &str, head: &str, inside: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        self.line(format_args!("<{head}>"));
        let opened = self.out.len();
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        if self.out.len() > opened {
            self.line(format_args!("</{name}>"));
        } else {
            self.out.truncate(start);
            self.line(format_args!("<{head}/>"));
        }
    }

    fn line(&mut self, text: Arguments<'_>) {
        writeln!(self.out, "{:1$}{text}", "", 4 * self.depth).expect("a string takes all text");
    }
}

/// A colour, and how it is drawn, as the inside of an attribute and those after it.
pub(super) fn stroke(stroke: &Stroke) -> String {
    let mut text = stroke.color.hex();
    if stroke.width != 1.0 {
        write!(text, "\" stroke-width=\"{}", stroke.width).expect("a string takes all text");
    }
    if stroke.round_ends {
        text += "\" stroke-linecap=\"round";
    }
    if stroke.round_corners {
        text += "\" stroke-linejoin=\"round";
    }
    if !stroke.dash.is_empty() {
        let lengths: Vec<String> = stroke.dash.iter().map(f32::to_string).collect();
        text = text + "\" stroke-dasharray=\"" + &lengths.join(" ");
    }
    text
}

fn data(path: &Path) -> String {
    let points = |command: char, points: &[Point]| {
        let numbers = points.iter().flat_map(|p| [p.x, p.y]).map(|x| number(x, COARSE));
        numbers.fold(command.to_string(), |text, number| text + " " + &number)
    };
    let segment = |segment| match segment {
        PathSegment::MoveTo(to) => points('M', &[to]),
        PathSegment::LineTo(to) => points('L', &[to]),
        PathSegment::QuadTo(by, to) => points('Q', &[by, to]),
        PathSegment::CubicTo(first, second, to) => points('C', &[first, second, to]),
        PathSegment::Close => "Z".to_owned(),
    };
    path.segments().map(segment).collect::<Vec<_>>().join(" ")
}

/// A number rounded to parts of 1.
fn number(value: f32, parts: f32) -> String {
    let rounded = if value.fract() == 0.0 { value } else { (value * parts).round() / parts };
    rounded.to_string()
}

#[cfg(test)]
mod tests {
    use super::super::paper::Anchor;
    use super::super::{Color, Pen, Shape, Style, pen::Dash};
    use super::*;

    #[test]
    fn numbers_are_rounded_and_whole_ones_short() {
        assert_eq!([0.125, -0.125, 3.0, 7.999].map(|x| number(x, COARSE)), ["0.13", "-0.13", "3", "8"]);
    }

    #[test]
    fn a_sheet_is_written_element_by_element() {
        let color = Color(255, 0, 16);
        let mut paper = Paper::new(20.0, 10.0, false);
        paper.line(&[(1.0, 2.0), (3.456, 2.0)], Pen { color, dash: Dash::Dotted }, 2.0);
        paper.open_clip([1.0, 1.0, 5.0, 5.0]);
        paper.area(&[(0.0, 0.0), (1.0, 0.0), (0.0, -1.5)], color, 0.25);
        paper.close_clip();
        let style = Style { shape: Shape::Cross, color, edge: color, edge_width: 0.0, size: 1.0 };
        paper.points(&[(5.0, 6.0)], style);
        paper.text_up((7.0, 8.5), " ", 9.0, Anchor::Middle, color);
        paper.text((7.0, 8.5), " ", 9.0, Anchor::End, color);
        paper.image(
            [1.0, 2.0, 6.0, 3.0],
            &Raster { extent: [0.0; 4], columns: 2, pixels: vec![color; 2], smooth: false },
        );
        let written = write(&paper, "a & b", "x", &["20".to_owned(), "10".to_owned()]);
        let (start, end) = written.split_once(";base64, ").unwrap();
        let expected = r##"<svg role="img" aria-label="a &amp; b" viewBox="0 0 20 10" width="20" height="10" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">
    <defs>
        <clipPath id="x-clip0">
            <path fill="#000000" stroke="none" d="M 1 1 L 6 1 L 6 6 L 1 6 Z"/>
        </clipPath>
    </defs>
    <path fill="#ffffff" stroke="none" d="M 0 0 L 20 0 L 20 10 L 0 10 Z"/>
    <path fill="none" stroke="#ff0010" stroke-width="2" stroke-linejoin="round" stroke-dasharray="2 2.5" d="M 1 2 L 3.46 2"/>
    <g clip-path="url(#x-clip0)">
        <path fill="#ff0010" fill-opacity="0.25" stroke="none" d="M 0 0 L 1 0 L 0 -1.5 Z"/>
    </g>
    <path fill="none" stroke="#ff0010" stroke-width="2" d="M 4 5 L 6 7 M 4 7 L 6 5"/>
    <g transform="matrix(0 -1 1 0 7 8.5)"/>
    <g transform="matrix(3 0 0 3 1 2)">
        <image width="2" height="1" image-rendering="optimizeSpeed" xlink:href="data:image/png"##;
        assert_eq!(start, expected);
        assert!(end.ends_with("\"/>\n    </g>\n</svg>\n"));
    }
}
