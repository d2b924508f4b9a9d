//! What a page shows of a figure: the same marks, with what can be read at them.

use super::panel::{self, BAND, BANDS};
use super::sheet::OF_REPORT;
use super::{Figure, Mark, Panel, fonts, inline, layout};

/// What stands behind a place of a panel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading {
    /// Where it is seen.
    pub(crate) at: (f64, f64),
    /// Which setting it is of, in words: `batch size 8`.
    pub(crate) of: String,
    /// The runs behind it by their keys, each with its value, if it has one of its own.
    pub(crate) runs: Vec<(String, Option<f64>)>,
}

impl Figure {
    /// Draws it as an SVG that stands in a page, with text as text. `desc` says in words what it shows.
    pub(crate) fn inline(&self, id: &str, desc: &str) -> String {
        let paper = layout::draw(self, &OF_REPORT, fonts::Fonts::shipped());
        inline::write(&paper, (&self.title, desc), id)
    }

    /// The title above all, and what stands above its only panel, or in the legend as text alone: words that
    /// a page writes itself. Returns them, and the figure without.
    pub(crate) fn without_words(&self) -> (Vec<String>, Self) {
        let mut bare = Self { title: String::new(), ..self.clone() };
        let mut words = Vec::new();
        if let [panel] = &mut bare.panels[..] {
            words.extend(std::mem::take(&mut panel.title).lines().map(str::to_owned));
        } else {
            let alone = |entry: &super::Entry| matches!(entry.sign, super::Sign::None);
            let captions = bare.legend.iter().filter(|entry| alone(entry) && !is_count(&entry.text));
            words.extend(captions.flat_map(|entry| entry.text.lines()).map(str::to_owned));
            bare.legend.retain(|entry| !alone(entry) || is_count(&entry.text));
        }
        (words, bare)
    }
}

/// Whether a text says how many entries of a legend are not named.
fn is_count(text: &str) -> bool {
    text.starts_with("and ") && text.ends_with(" more")
}

impl Panel {
    /// From which places on its scales to which its axes go.
    pub(crate) fn ranges(&self) -> ((f64, f64), (f64, f64)) {
        panel::ranges(self)
    }

    /// The opacity of each band.
    pub(crate) fn opacity_of_bands(&self) -> f64 {
        let bands = self.marks.iter().filter(|mark| matches!(mark, Mark::Band { .. })).count();
        BAND * (BANDS / bands as f64).min(1.0)
    }
}
