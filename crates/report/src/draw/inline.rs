//! A sheet as SVG inside a page, whose text is text: it can be searched, copied and read aloud. Places are
//! those of the font that comes with the crate, which is a wide one, so that the reader's own has room.

use std::fmt::Write;

use tiny_skia::{Path, PathSegment, Point};

use super::paper::{Anchor, Element, Form, Paper, Words, escape};
use super::svg::stroke;
use super::{INK, Raster};

/// The element of a page. `(title, desc)` are for readers who cannot see it; every id in it begins with `id`.
pub(super) fn write(paper: &Paper, (title, desc): (&str, &str), id: &str) -> String {
    let (width, height) = (paper.width, paper.height);
    let mut out = format!(
        "<svg role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\">\n<title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n",
        escape(title),
        escape(desc)
    );
    let mut writer = Writer { out: &mut out, id, words: paper.words.iter(), clips: 0 };
    writer.elements(&paper.elements);
    out + "</svg>\n"
}

struct Writer<'a> {
    out: &'a mut String,
    id: &'a str,
    /// What the elements of text that are still to come say.
    words: std::slice::Iter<'a, Words>,
    clips: usize,
}

impl Writer<'_> {
    fn elements(&mut self, elements: &[Element]) {
        for element in elements {
            match element {
                Element::Form(form) => self.form(form),
                Element::Text(_) => self.text(false),
                Element::TextUp(..) => self.text(true),
                Element::Image(raster, area) => self.image(raster, *area),
                Element::Clipped(path, elements) => self.clipped(path, elements),
            }
        }
    }

    fn clipped(&mut self, path: &Path, elements: &[Element]) {
        let name = format!("{}-clip{}", self.id, self.clips);
        self.clips += 1;
        let data = compact(path);
        self.line(&format!("<clipPath id=\"{name}\"><path d=\"{data}\"/></clipPath>"));
        self.line(&format!("<g clip-path=\"url(#{name})\">"));
        self.elements(elements);
        self.line("</g>");
    }

    fn form(&mut self, form: &Form) {
        let fill = match form.fill {
            None => "none".to_owned(),
            Some((color, 1.0)) => color.hex(),
            Some((color, opacity)) => format!("{}\" fill-opacity=\"{opacity}", color.hex()),
        };
        let stroke =
            form.stroke.as_ref().map_or_else(String::new, |form| format!(" stroke=\"{}\"", stroke(form)));
        let data = compact(&form.path);
        self.line(&format!("<path fill=\"{fill}\"{stroke} d=\"{data}\"/>"));
    }

    fn text(&mut self, is_upright: bool) {
        let Some(Words { text, at: [x, y], size, anchor, color }) = self.words.next() else { return };
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let place = if is_upright {
            format!("transform=\"translate({x} {y}) rotate(-90)\"")
        } else {
            format!("x=\"{x}\" y=\"{y}\"")
        };
        let fill = if *color == INK { String::new() } else { format!(" fill=\"{}\"", color.hex()) };
        self.line(&format!("<text {place} font-size=\"{size}\"{anchor}{fill}>{}</text>", escape(text)));
    }

    fn image(&mut self, raster: &Raster, [x, y, width, height]: [f32; 4]) {
        let class = if raster.smooth { "" } else { " class=\"squares\"" };
        self.line(&format!(
            "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\"{class} \
             href=\"{}\"/>",
            raster.url()
        ));
    }

    fn line(&mut self, text: &str) {
        writeln!(self.out, "{text}").expect("a string takes all text");
    }
}

/// The commands of an outline, each place by its distance from the last in tenths of a pixel: a page has
/// thousands of points, and what is drawn anew is not drawn from these.
fn compact(path: &Path) -> String {
    let (mut out, mut at, mut start, mut last) = (String::new(), (0, 0), (0, 0), ' ');
    let tenths = |point: Point| ((10.0 * point.x).round() as i32, (10.0 * point.y).round() as i32);
    for segment in path.segments() {
        let (command, points) = match segment {
            PathSegment::MoveTo(to) => ('m', vec![to]),
            PathSegment::LineTo(to) => ('l', vec![to]),
            PathSegment::QuadTo(by, to) => ('q', vec![by, to]),
            PathSegment::CubicTo(first, second, to) => ('c', vec![first, second, to]),
            PathSegment::Close => ('z', Vec::new()),
        };
        // Behind a move more of its numbers would be lines.
        if command != last || command == 'm' {
            out.push(command);
        }
        for (x, y) in points.iter().map(|point| tenths(*point)) {
            push(&mut out, x - at.0);
            push(&mut out, y - at.1);
        }
        at = points.last().map_or(start, |point| tenths(*point));
        if command == 'm' {
            start = at;
        }
        last = command;
    }
    out
}

/// Adds a number of tenths, with a space before it only if it would else be one with what stands there.
fn push(out: &mut String, tenths: i32) {
    if tenths >= 0 && out.ends_with(|c: char| c.is_ascii_digit()) {
        out.push(' ');
    }
    let (whole, rest) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    out.push_str(if tenths < 0 { "-" } else { "" });
    if whole > 0 || rest == 0 {
        write!(out, "{whole}").expect("a string takes all text");
    }
    if rest > 0 {
        write!(out, ".{rest}").expect("a string takes all text");
    }
}

#[cfg(test)]
mod tests {
    use super::super::Color;
    use super::*;

    #[test]
    fn outlines_are_short_and_end_where_they_should() {
        let mut path = tiny_skia::PathBuilder::new();
        path.move_to(10.04, 20.0);
        path.line_to(10.54, 19.25);
        path.line_to(110.0, 19.2);
        path.cubic_to(1.0, 2.0, 3.0, 4.0, 5.0, 6.0);
        path.close();
        path.move_to(10.0, 21.0);
        path.line_to(9.93, 21.0);
        // Rounded places, not rounded steps: the second line ends at 110 although its step is 99.5.
        assert_eq!(
            compact(&path.finish().unwrap()),
            "m10 20l.5-.7 99.5-.1c-109-17.2-107-15.2-105-13.2zm0 1l-.1 0"
        );
    }

    #[test]
    fn text_is_text_and_is_escaped() {
        let mut paper = Paper::new(20.0, 10.0, false);
        paper.text((7.0, 8.5), "a<b", 9.0, Anchor::End, INK);
        paper.open_clip([1.0, 1.0, 5.0, 5.0]);
        paper.text((1.0, 2.0), "", 9.0, Anchor::Start, INK);
        paper.close_clip();
        paper.text_up((3.0, 4.25), "up", 9.0, Anchor::Middle, Color(255, 0, 16));
        let svg = write(&paper, ("t & t", "one \"panel\""), "x");
        let lines: Vec<&str> = svg.lines().filter(|line| line.starts_with("<text")).collect();
        assert_eq!(
            lines,
            [
                "<text x=\"7\" y=\"8.5\" font-size=\"9\" text-anchor=\"end\">a&lt;b</text>",
                "<text x=\"1\" y=\"2\" font-size=\"9\"></text>",
                "<text transform=\"translate(3 4.25) rotate(-90)\" font-size=\"9\" text-anchor=\"middle\" \
                 fill=\"#ff0010\">up</text>",
            ]
        );
        assert!(svg.contains("<title id=\"x-title\">t &amp; t</title>"), "{svg}");
        assert!(svg.contains("<desc id=\"x-desc\">one &quot;panel&quot;</desc>"), "{svg}");
        assert!(svg.contains("<g clip-path=\"url(#x-clip0)\">"), "{svg}");
    }
}
