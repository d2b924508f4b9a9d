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
    /// What a line is called that has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Solid => "solid",
            Self::Broken => "broken",
            Self::Dotted => "dotted",
            Self::Mixed => "dash-dotted",
        }
    }

    /// The lengths of dashes and of the gaps between them, in pixels; none for an unbroken line.
    pub(crate) fn lengths(self) -> &'static [f32] {
        match self {
            Self::Solid => &[],
            Self::Broken => &[7.0, 3.0],
            Self::Dotted => &[2.0, 2.5],
            Self::Mixed => &[8.0, 2.5, 2.0, 2.5],
        }
    }
}
