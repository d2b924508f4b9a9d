//! Figures as data, and their drawing as SVG and PNG.
//!
//! A [`Figure`] says what is seen; `layout` decides where panels go and `panel` what is in them, `paper`
//! keeps it, and `svg` and `pixels` draw it. Text becomes outlines of the font that comes with the crate, so
//! a figure is the same on every machine.

mod bar;
mod color;
mod ends;
mod fit;
mod fonts;
mod inline;
mod layout;
mod lines;
mod marks;
mod outline;
mod panel;
mod paper;
mod pdf;
mod pen;
mod pixels;
mod raster;
mod scale;
mod screen;
mod sheet;
mod svg;
mod ticks;

pub(crate) use bar::Bar;
pub(crate) use color::{BEHIND, CLASSES, Color, FLIPPED, INK, WHITE, ordered, series, viridis};
pub(crate) use layout::PIXELS;
pub(crate) use panel::NAME;
pub(crate) use paper::{Anchor, escape};
pub(crate) use pen::{Dash, Pen};
pub(crate) use raster::Raster;
pub(crate) use scale::{Ruler, drawn, in_powers, texts_of, ticks_at};
pub(crate) use screen::Reading;
pub use sheet::{Length, Look, Theme, WIDTHS};
pub use thalweg_records::Scale;

/// A picture of one or several panels.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    pub(crate) title: String,
    pub(crate) panels: Vec<Panel>,
    /// How many panels stand side by side. Default what suits their number.
    pub(crate) columns: Option<usize>,
    /// Stands between title and panels, where it hides nothing.
    pub(crate) legend: Vec<Entry>,
    /// Stands below the legend: what colours mean that a field has in all panels.
    pub(crate) bar: Option<Bar>,
    /// What of the data is not drawn, or not named, in words; the captions say it too.
    pub(crate) left_out: Vec<String>,
}

/// What a sign in the figure means.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) sign: Sign,
    pub(crate) text: String,
}

/// A sign in the legend.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sign {
    Line(Pen),
    /// A line with a point on it.
    Series(Pen, Style),
    Point(Style),
    Band(Color),
    /// The heading of the entries behind it, which opens a row.
    Title,
    /// Text alone.
    None,
}

/// One pair of axes and what is drawn on them.
#[derive(Debug, Clone)]
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) aspect: Aspect,
    pub(crate) marks: Vec<Mark>,
}

/// How long a unit of the axes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aspect {
    /// What fills the panel.
    Free,
    /// The panel is so many pixels high, whatever its width.
    Height(u32),
    /// The same on both axes.
    Equal,
    /// One pixel on axes that are not drawn, x from 0 to [`PIXELS`].
    Pixels,
}

/// An axis.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    pub(crate) label: String,
    pub(crate) scale: Scale,
    /// From where to where; else what the marks need.
    pub(crate) range: Option<(f64, f64)>,
    pub(crate) ticks: Ticks,
}

/// Where an axis has ticks, and what stands at them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ticks {
    /// At round numbers.
    Round,
    /// At these numbers if all have room, else at round ones.
    At(Vec<(f64, String)>),
    /// At 0, 1, … on a linear axis, each with its name.
    Names(Vec<String>),
}

/// Something drawn at data coordinates.
#[derive(Debug, Clone)]
pub(crate) enum Mark {
    Line {
        points: Vec<(f64, f64)>,
        pen: Pen,
        width: f64,
    },
    Points {
        points: Vec<(f64, f64)>,
        style: Style,
    },
    /// Vertical bars (x, low, high).
    Bars {
        bars: Vec<(f64, f64, f64)>,
        color: Color,
    },
    /// Points for values without a place on one axis, at an end of it, where they stand on the other.
    Edge {
        at: Vec<f64>,
        side: Side,
        style: Style,
    },
    /// Horizontal bars (y, low, high).
    Rows {
        bars: Vec<(f64, f64, f64)>,
        color: Color,
    },
    /// A rectangle x₀, x₁, y₀, y₁ with a little space around it, and in its middle a text if it has room.
    Cell {
        area: [f64; 4],
        color: Color,
        text: String,
    },
    /// The name of a line, to the right of the panel at the height of its end.
    End {
        at: (f64, f64),
        text: String,
        pen: Pen,
    },
    /// The area between (x, low) and (x, high).
    Band {
        ends: Vec<(f64, f64, f64)>,
        color: Color,
    },
    /// Loose pieces x₀, y₀, x₁, y₁.
    Segments {
        segments: Vec<[f64; 4]>,
        color: Color,
        width: f64,
    },
    Image(Raster),
    Text {
        at: (f64, f64),
        text: String,
        anchor: Anchor,
    },
    /// What can be read at a place where figures can be looked into; nothing is drawn.
    Reading(Reading),
}

/// An edge of a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Head,
    Foot,
    Left,
}

/// Pixels across a thumbnail, to which a page gives fewer, so that it is sharp on finer screens.
const THUMBNAIL: u32 = 240;

/// How a point looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub(crate) shape: Shape,
    pub(crate) color: Color,
    /// Around the shape.
    pub(crate) edge: Color,
    pub(crate) edge_width: f64,
    /// Radius in pixels.
    pub(crate) size: f64,
}

/// The shape of a point, so that colour is never the only difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
    /// A triangle that stands on its tip.
    Nabla,
    Plus,
    Cross,
}

/// Shapes of series, first all of them filled and then all hollow.
const SHAPES: [Shape; 6] =
    [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond, Shape::Nabla, Shape::Plus];

/// Where names stand that are not in the legend, as its heading says.
pub(crate) const AT_ENDS: &str = "at the ends of the lines";

/// Width of the edge of a hollow point, and of the fine one around a filled one.
const HOLLOW: f64 = 1.4;
const FINE: f64 = 0.4;

impl Style {
    /// The point of series `i`: twelve of them stay apart without any colour.
    pub(crate) fn series(i: usize, color: Color, size: f64) -> Self {
        let shape = SHAPES[i % SHAPES.len()];
        let filled = Self { shape, color, edge: color, edge_width: 0.0, size };
        if (i / SHAPES.len()).is_multiple_of(2) { filled } else { filled.hollow() }
    }

    /// The same without anything within its edge.
    pub(crate) fn hollow(self) -> Self {
        Self { color: WHITE, edge: self.color, edge_width: HOLLOW, ..self }
    }

    /// The same with a fine edge, if it has none, so that points on one another can be counted.
    pub(crate) fn edged(self) -> Self {
        if self.edge_width > 0.0 { self } else { Self { edge: INK, edge_width: FINE, ..self } }
    }
}

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Svg,
    Pdf,
    Png,
}

/// A figure as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Drawing {
    pub(crate) svg: String,
    pub(crate) png: Vec<u8>,
}

/// The lines of a name on an axis, none wider than so many pixels, as one text.
pub(crate) fn broken(name: &str, width: f64) -> String {
    lines::wrap(name, panel::TICK, width, fonts::Fonts::shipped()).join("\n")
}

impl Figure {
    /// The first panel in which nothing has a place on the axes, so that these would be made up.
    pub(crate) fn empty_panel(&self) -> Option<&Panel> {
        self.panels.iter().find(|panel| !panel::shows_anything(panel))
    }

    /// Gives all panels the axes that hold what any of them shows.
    pub(crate) fn share_axes(&mut self) {
        panel::share_axes(&mut self.panels);
    }

    /// Draws it: SVG, and PNG with two pixels a unit. `id` tells the elements of this SVG from those of
    /// others on the same page.
    pub(crate) fn render(&self, id: &str) -> Drawing {
        let paper = layout::draw(self, &sheet::OF_REPORT, fonts::Fonts::shipped());
        let size = [paper.width, paper.height].map(|length| length.to_string());
        let png = pixels::draw(&paper, (2.0 * paper.width) as u32, None);
        Drawing { svg: svg::write(&paper, &self.title, id, &size), png }
    }

    /// A small PNG without the words around the panels, by which a reader knows it again.
    pub(crate) fn thumbnail(&self) -> Vec<u8> {
        let paper = layout::draw(&self.without_words().1, &sheet::OF_REPORT, fonts::Fonts::shipped());
        pixels::draw(&paper, THUMBNAIL, None)
    }

    /// What its drawing does not say because a caption is to: title, notes, and what is left out.
    pub(crate) fn caption_for(&self, look: &Look) -> Option<String> {
        let lines = || std::iter::once(self.title.clone()).chain(self.without_words().0);
        (look.theme == Theme::Paper).then(|| lines().collect::<Vec<_>>().join("\n") + "\n")
    }

    /// Draws it as it is to look, by the name of its kind of file.
    pub(crate) fn render_as(&self, id: &str, look: &Look, kind: Kind) -> Vec<u8> {
        let bare = match look.theme {
            Theme::Paper => self.without_words().1,
            Theme::Slides | Theme::Screen => self.clone(),
        };
        let paper = layout::draw(&bare, &look.sheet(), fonts::Fonts::shipped());
        match kind {
            Kind::Svg => {
                let size = [paper.width, paper.height].map(|units| look.length(units));
                svg::write(&paper, &self.title, id, &size).into_bytes()
            }
            Kind::Pdf => pdf::write(&paper, &self.title, look.unit()),
            Kind::Png => {
                let (columns, per_metre) = look.pixels(paper.width);
                pixels::draw(&paper, columns, per_metre)
            }
        }
    }
}

impl Axis {
    pub(crate) fn new(label: impl Into<String>, scale: Scale) -> Self {
        Self { label: label.into(), scale, range: None, ticks: Ticks::Round }
    }
}

#[cfg(test)]
mod tests;
