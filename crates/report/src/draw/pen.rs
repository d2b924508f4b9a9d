//! How lines look.

use super::Color;

/// A colour and a dash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pen {
    pub(crate) color: Color,
    pub(crate) dash: Dash,
}

/// Whether a line is broken, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dash {
    Solid,
    Broken,
    Dotted,
    Mixed,
}

impl Pen {
    pub(crate) fn solid(color: Color) -> Self {
        Self { color, dash: Dash::Solid }
    }

    pub(crate) fn dashed(color: Color) -> Self {
        Self { color, dash: Dash::Broken }
    }
}

impl Dash {
    pub(super) const ALL: [Self; 4] = [Self::Solid, Self::Broken, Self::Dotted, Self::Mixed];

    /// The attribute of an SVG element, in pixels.
    pub(super) fn attribute(self) -> &'static str {
        match self {
            Self::Solid => "",
            Self::Broken => " stroke-dasharray=\"7 3\"",
            Self::Dotted => " stroke-dasharray=\"2 2.5\"",
            Self::Mixed => " stroke-dasharray=\"8 2.5 2 2.5\"",
        }
    }
}
