//! Figures as data, and their drawing as SVG and PNG.
//!
//! A [`Figure`] says what is seen; `layout` decides where panels go and `panel` what is in them, `paper`
//! keeps it, and `svg` and `pixels` draw it. Text becomes outlines of the font that comes with the crate, so
//! a figure is the same on every machine.

mod bar;
mod color;
mod ends;
mod fonts;
mod inline;
mod layout;
mod lines;
mod outline;
mod panel;
mod paper;
mod pen;
mod pixels;
mod raster;
mod scale;
mod screen;
mod svg;
mod ticks;

pub(crate) use bar::Bar;
pub(crate) use color::{BEHIND, CLASSES, Color, FLIPPED, INK, WHITE, ordered, series, viridis};
pub(crate) use layout::PIXELS;
pub(crate) use panel::NAME;
pub(crate) use paper::{Anchor, escape};
pub(crate) use pen::{Dash, Pen};
pub(crate) use raster::Raster;
pub(crate) use scale::{Ruler, ticks_at};
pub(crate) use screen::Reading;
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
    Series(Pen, Shape),
    Point(Style),
    Band(Color),
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
    Cross,
}

impl Shape {
    /// Shapes of the series of a summary.
    pub(crate) const SERIES: [Self; 4] = [Self::Circle, Self::Square, Self::Triangle, Self::Diamond];
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
        let paper = layout::draw(self, fonts::Fonts::shipped());
        Drawing { svg: svg::write(&paper, &self.title, id), png: pixels::draw(&paper) }
    }
}

impl Axis {
    pub(crate) fn new(label: impl Into<String>, scale: Scale) -> Self {
        Self { label: label.into(), scale, range: None, ticks: Ticks::Round }
    }
}

#[cfg(test)]
mod tests;
