//! How large a figure is drawn, and for whom.

use super::panel::TICK;
use super::{Figure, PIXELS, layout};

/// What a figure is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// A paper: text of 8 points, no title and no notes, since a caption says them.
    Paper,
    /// Slides: text of 18 points.
    Slides,
    /// A page on a screen: text of 13 pixels, as in the report.
    Screen,
}

/// A length on paper or on a screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Length {
    /// On paper.
    Millimetres(f64),
    /// Of a screen, of which 96 are an inch.
    Pixels(f64),
}

/// How a figure is to look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// What it is made for.
    pub theme: Theme,
    /// Whether it is light on dark paper.
    pub is_dark: bool,
    /// How wide it is. Default 85 mm for a paper, 240 mm for slides, and what suits it on a screen.
    pub width: Option<Length>,
}

/// The least and the largest width of a figure, in millimetres.
pub const WIDTHS: [f64; 2] = [40.0, 600.0];

const INCH: f64 = 25.4;

/// Pixels of an inch of a PNG with a length on paper.
const DENSITY: f64 = 300.0;

/// The sheet of a figure in units, of which text is so many high as the module `panel` says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sheet {
    /// `None` if it is what suits the figure.
    pub(super) width: Option<f64>,
    /// Space around everything.
    pub(super) margin: f64,
    pub(super) is_dark: bool,
}

/// That of a report.
pub(super) const OF_REPORT: Sheet = Sheet { width: None, margin: 16.0, is_dark: false };

impl Sheet {
    /// From tick to tick of a horizontal axis, about.
    pub(super) fn each(&self) -> f64 {
        if self.width.is_some() { 55.0 } else { 75.0 }
    }

    /// The height of a panel that has no other wish, for its width.
    pub(super) fn height(&self, width: f64) -> f64 {
        // Of a given sheet as wide as a column of a paper there would be slits upright.
        let least = if self.width.is_some() { 110.0 } else { 250.0 };
        (0.68 * width).max(least)
    }
}

impl Theme {
    /// Size of the text at ticks, in millimetres.
    fn text(self) -> f64 {
        match self {
            Self::Paper => 8.0 * INCH / 72.0,
            Self::Slides => 18.0 * INCH / 72.0,
            Self::Screen => 13.0 * INCH / 96.0,
        }
    }
}

impl Length {
    /// On paper.
    pub fn millimetres(self) -> f64 {
        match self {
            Self::Millimetres(length) => length,
            Self::Pixels(length) => length * INCH / 96.0,
        }
    }
}

impl Look {
    /// How wide the figure is, if that does not follow from what it shows.
    fn width(&self) -> Option<Length> {
        self.width.or(match self.theme {
            Theme::Paper => Some(Length::Millimetres(85.0)),
            Theme::Slides => Some(Length::Millimetres(240.0)),
            Theme::Screen => None,
        })
    }

    /// Millimetres of a unit.
    pub(super) fn unit(&self) -> f64 {
        self.theme.text() / TICK
    }

    pub(super) fn sheet(&self) -> Sheet {
        Sheet {
            width: self.width().map(|width| width.millimetres() / self.unit()),
            margin: if self.theme == Theme::Paper { 2.0 } else { OF_REPORT.margin },
            is_dark: self.is_dark,
        }
    }

    /// Height of the text at ticks, in pixels of a screen.
    pub(crate) fn text_height(&self) -> f64 {
        self.theme.text() * 96.0 / INCH
    }

    /// How many panels of a figure stand side by side, and the whole width, in pixels of a screen.
    pub(crate) fn grid(&self, figure: &Figure) -> (usize, f64) {
        let (columns, width) = layout::shape(figure, &self.sheet());
        (columns, width * self.unit() * 96.0 / INCH)
    }

    /// Units across the sheet, without the space around everything.
    pub(crate) fn across(&self) -> f64 {
        let Sheet { width, margin, .. } = self.sheet();
        width.map_or(PIXELS, |width| width - 2.0 * margin)
    }

    /// So many units as a length of SVG.
    pub(super) fn length(&self, units: f64) -> String {
        let millimetres = units * self.unit();
        match self.width() {
            Some(Length::Millimetres(_)) => format!("{}mm", short(millimetres)),
            _ => short(millimetres * 96.0 / INCH),
        }
    }

    /// Pixels across a PNG that is so many units wide, and of a metre if it has a length on paper.
    pub(super) fn pixels(&self, units: f64) -> (u32, Option<u32>) {
        let inches = units * self.unit() / INCH;
        match self.width() {
            Some(Length::Millimetres(_)) => {
                ((DENSITY * inches).round() as u32, Some((1000.0 * DENSITY / INCH).round() as u32))
            }
            Some(Length::Pixels(wanted)) => (wanted.round() as u32, None),
            // As in the report, fine enough for screens with two pixels at each place.
            None => ((2.0 * 96.0 * inches).round() as u32, None),
        }
    }
}

/// Two decimals at most.
fn short(x: f64) -> String {
    let text = format!("{x:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(theme: Theme, width: Option<Length>) -> Look {
        Look { theme, is_dark: false, width }
    }

    #[test]
    fn text_has_its_size_at_any_width() {
        for width in [85.0, 170.0] {
            let paper = look(Theme::Paper, Some(Length::Millimetres(width)));
            let units = paper.sheet().width.unwrap();
            // 8 points of 1/72 inch.
            assert!((width / units * TICK - 2.8222).abs() < 1e-3);
            assert_eq!(paper.length(units), format!("{width}mm"));
            assert_eq!(paper.pixels(units), ((width / 25.4 * 300.0).round() as u32, Some(11811)));
        }
    }

    #[test]
    fn pixels_are_those_that_are_asked_for() {
        let slides = look(Theme::Slides, Some(Length::Pixels(1200.0)));
        let units = slides.sheet().width.unwrap();
        // 18 points are 24 pixels.
        assert!((1200.0 / units * TICK - 24.0).abs() < 1e-9);
        assert_eq!((slides.length(units), slides.pixels(units)), ("1200".to_owned(), (1200, None)));
        let screen = look(Theme::Screen, None);
        assert_eq!(
            (screen.sheet().width, screen.pixels(680.0), screen.length(680.0)),
            (None, (1360, None), "680".to_owned())
        );
    }
}
