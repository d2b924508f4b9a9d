//! Colours that colour-blind readers can tell apart.

use super::{Dash, Pen};

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Color(pub(crate) u8, pub(crate) u8, pub(crate) u8);

/// Text, axes and outlines.
pub(crate) const INK: Color = Color(0x22, 0x22, 0x22);

/// Grid lines.
pub(super) const GRID: Color = Color(0xe4, 0xe4, 0xe4);

/// The paper.
pub(crate) const WHITE: Color = Color(0xff, 0xff, 0xff);

/// The two classes of a data set: blue and vermilion of Okabe & Ito.
pub(crate) const CLASSES: [Color; 2] = [Color(0x00, 0x72, 0xb2), Color(0xd5, 0x5e, 0x00)];

/// The outline of points whose label was flipped.
pub(crate) const FLIPPED: Color = Color(0x00, 0x00, 0x00);

/// Okabe & Ito, *Color universal design*, 2008, without black and the yellow that is too faint for lines.
const SERIES: [Color; 6] = [
    Color(0x00, 0x72, 0xb2),
    Color(0xd5, 0x5e, 0x00),
    Color(0x00, 0x9e, 0x73),
    Color(0xcc, 0x79, 0xa7),
    Color(0x56, 0xb4, 0xe9),
    Color(0xe6, 0x9f, 0x00),
];

/// The pen of series `i` where the order means nothing: six colours, then the same with another dash.
pub(crate) fn series(i: usize) -> Pen {
    Pen { color: SERIES[i % SERIES.len()], dash: Dash::ALL[i / SERIES.len() % Dash::ALL.len()] }
}

/// More ordered series than this are told apart by their dashes too.
const ALIKE: usize = 12;

/// Points of viridis (van der Walt & Smith, 2015), which rises evenly in lightness; its last fifth is too
/// light for lines on white and left out.
const VIRIDIS: [[f64; 3]; 9] = [
    [68.0, 1.0, 84.0],
    [72.0, 36.0, 117.0],
    [65.0, 68.0, 135.0],
    [53.0, 95.0, 141.0],
    [42.0, 120.0, 142.0],
    [33.0, 145.0, 140.0],
    [34.0, 168.0, 132.0],
    [68.0, 191.0, 112.0],
    [122.0, 209.0, 81.0],
];

/// The pen of series `i` of `n` that have an order. Neighbours of many are too alike in colour, so their
/// dashes differ.
pub(crate) fn ordered(i: usize, n: usize) -> Pen {
    let dash = if n > ALIKE { Dash::ALL[i % 2] } else { Dash::Solid };
    Pen { color: viridis(if n < 2 { 0.0 } else { i as f64 / (n - 1) as f64 }), dash }
}

/// From 0, dark, to 1, light.
pub(crate) fn viridis(share: f64) -> Color {
    let place = share.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let low = (place as usize).min(VIRIDIS.len() - 2);
    let rest = place - low as f64;
    let channel = |c: usize| (VIRIDIS[low][c] + rest * (VIRIDIS[low + 1][c] - VIRIDIS[low][c])).round() as u8;
    Color(channel(0), channel(1), channel(2))
}

impl Color {
    /// Itself mixed with white: share 0 is white, 1 the colour.
    pub(crate) fn tint(self, share: f64) -> Self {
        let mix = |c: u8| (255.0 + share * (f64::from(c) - 255.0)).round() as u8;
        Self(mix(self.0), mix(self.1), mix(self.2))
    }

    pub(super) fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}
