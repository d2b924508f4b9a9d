//! The weights of each class as a picture.

use serde::{Deserialize, Serialize};
use thalweg_document::Problem;
use thalweg_records::Record;

use super::pictures::{Pictures, edges};
use super::{PanelConfig, runs_of};
use crate::Results;
use crate::draw::{Anchor, Color, Figure, INK, Mark, Panel, Raster, Ruler, Scale, drawn};

/// `kind = "weights"`: one row a panel, the weights of a linear classifier of images as one picture a class,
/// on one symmetric scale from dark blue below 0 over grey to light yellow above, so that signs stay apart
/// without colours. Needs `record.weights`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Weights {
    /// Its name, which is also that of its files: letters, digits, - and _.
    pub id: String,
    /// What stands above the figure.
    pub title: String,
    /// The rows, a run each.
    pub panels: Vec<PanelConfig>,
    /// The scale of a row ends at this quantile of its |weight|, above 0 and up to 1; what lies beyond has
    /// the colour of the end. Default 1, the largest.
    #[serde(default = "one")]
    pub quantile: f64,
}

/// Space for the colour bar below the pictures; where the bar lies in it: x from and to, y from and to. In
/// pixels.
const FOOT: f64 = 48.0;
const BAR: [f64; 4] = [30.0, 330.0, 26.0, 38.0];

impl Weights {
    pub(super) fn check(&self) -> Option<Problem> {
        let message = || format!("found {}, expected a number above 0 and up to 1", self.quantile);
        let is_share = self.quantile > 0.0 && self.quantile <= 1.0;
        (!is_share).then(|| Problem::new("quantile", message()))
    }

    /// For a sheet that is so many pixels across.
    pub(super) fn build(&self, results: &Results, across: f64) -> Result<Figure, String> {
        let panels = self.panels.iter().zip(runs_of(results, &self.panels)?);
        let panel = |(config, run): (&PanelConfig, &Record)| self.panel(&config.title, run, across);
        let panels = panels.map(panel).collect::<Result<_, _>>()?;
        Ok(Figure {
            title: self.title.clone(),
            panels,
            columns: Some(1),
            legend: Vec::new(),
            bar: None,
            left_out: Vec::new(),
        })
    }

    fn panel(&self, title: &str, run: &Record, across: f64) -> Result<Panel, String> {
        let pictures = Pictures::of(run, "weights.images", "weights as pictures", "record.weights = true")?;
        let limit = self.limit(pictures.values);
        let classes: Vec<String> = (0..pictures.len()).map(|class| class.to_string()).collect();
        let mut panel = pictures.panel(title.to_owned(), &classes, |w| shade(w / limit), (across, FOOT));
        panel.marks.extend(self.bar(limit, across));
        Ok(panel)
    }

    /// Where the scale ends.
    fn limit(&self, weights: &[f64]) -> f64 {
        let mut sizes: Vec<f64> = weights.iter().map(|w| w.abs()).filter(|size| size.is_finite()).collect();
        sizes.sort_by(f64::total_cmp);
        let place = (self.quantile * sizes.len() as f64).ceil() as usize;
        let limit = sizes.get(place.saturating_sub(1)).copied().unwrap_or(0.0);
        // All weights 0 have the colour of 0 on any scale.
        if limit > 0.0 { limit } else { 1.0 }
    }

    /// The colour bar with its numbers, and what it shows.
    fn bar(&self, limit: f64, across: f64) -> Vec<Mark> {
        let [x0, _, y0, y1] = BAR;
        // Half of a narrow sheet is for what the colours mean.
        let x1 = BAR[1].min(0.5 * across);
        let extent = [x0, x1, y0, y1];
        // An odd number of colours, so that the middle one is that of 0.
        let colors = (-100..=100).map(|i| shade(f64::from(i) / 100.0)).collect();
        let mut marks = vec![Mark::Image(Raster { extent, columns: 201, pixels: colors, smooth: false })];
        let mut lines = edges(extent).to_vec();
        for (value, text) in Scale::Linear.ticks((-limit, limit), 4) {
            let x = x0 + (value / limit + 1.0) / 2.0 * (x1 - x0);
            lines.push([x, y0 - 5.0, x, y0]);
            marks.push(Mark::Text { at: (x, y0 - 19.0), text, anchor: Anchor::Middle });
        }
        marks.push(Mark::Segments { segments: lines, color: INK, width: 1.0 });
        let mut text = "weight".to_owned();
        if self.quantile < 1.0 {
            let share = drawn(100.0 * (1.0 - self.quantile), 3);
            text += &format!(
                "; the largest {share} % lie beyond ±{} and have the colour of the end",
                drawn(limit, 2)
            );
        }
        marks.push(Mark::Text { at: (x1 + 16.0, y0 + 1.0), text, anchor: Anchor::Start });
        marks
    }
}

/// The colours of −1, 0 and 1, whose lightness rises in even steps.
pub(super) const ENDS: [Color; 3] =
    [Color(0x0a, 0x2f, 0x6b), Color(0x8a, 0x8d, 0x91), Color(0xff, 0xe9, 0xa8)];

/// From −1, dark, over grey to 1, light.
fn shade(share: f64) -> Color {
    let end = ENDS[if share > 0.0 { 2 } else { 0 }];
    ENDS[1].mixed(end, share.abs().min(1.0))
}

fn one() -> f64 {
    1.0
}
