//! The first training images.

use serde::{Deserialize, Serialize};
use thalweg_records::Record;

use super::pictures::Pictures;
use super::{PanelConfig, array, runs_of};
use crate::Results;
use crate::draw::{Figure, INK, Panel};

/// `kind = "images"`: the first training images of some runs, each below its label. Needs `record.images`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Images {
    /// Its name, which is also that of its files: letters, digits, - and _.
    pub id: String,
    /// What stands above the figure.
    pub title: String,
    /// The panels, a run each.
    pub panels: Vec<PanelConfig>,
}

/// More than these would make a figure that no page can show.
const MOST: usize = 400;

impl Images {
    /// For a sheet that is so many pixels across.
    pub(super) fn build(&self, results: &Results, across: f64) -> Result<Figure, String> {
        let panels = self.panels.iter().zip(runs_of(results, &self.panels)?);
        let panels =
            panels.map(|(config, run)| panel(&config.title, run, across)).collect::<Result<_, _>>()?;
        Ok(Figure {
            title: self.title.clone(),
            panels,
            columns: Some(1),
            legend: Vec::new(),
            bar: None,
            left_out: Vec::new(),
        })
    }
}

fn panel(title: &str, run: &Record, across: f64) -> Result<Panel, String> {
    let (what, setting) = ("images", "record.images = 20");
    let pictures = Pictures::of(run, "data.images", what, setting)?;
    let labels = array(run, "data.image-labels", what, setting)?;
    let texts: Vec<String> = labels.data.iter().take(MOST).map(ToString::to_string).collect();
    let title = match pictures.len() {
        n if n > MOST => format!("{title} (the first {MOST} of {n})"),
        _ => title.to_owned(),
    };
    Ok(pictures.panel(title, &texts, |ink| INK.tint(ink.clamp(0.0, 1.0)), (across, 0.0)))
}
