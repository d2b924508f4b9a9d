//! The decision boundary with the training data.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};
use thalweg_records::Record;

use super::scatter::{FEATURES, Points, legend};
use super::{PanelConfig, array, runs_of};
use crate::Results;
use crate::draw::{Aspect, Axis, CLASSES, Color, Entry, Figure, INK, Mark, Panel, Pen, Raster, Scale, Sign};

/// `kind = "boundary"`: the class probability as shading, the line p = ½ and the training points. Needs
/// `record.data` and `record.boundary`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Boundary {
    /// Its name, which is also that of its files: letters, digits, - and _.
    pub id: String,
    /// What stands above the figure.
    pub title: String,
    /// The panels, a run each.
    pub panels: Vec<PanelConfig>,
    /// How many panels stand side by side. Default 1 to 5, by their number.
    pub columns: Option<NonZeroUsize>,
}

impl Boundary {
    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        let mut any_flipped = false;
        let panels = self.panels.iter().zip(runs_of(results, &self.panels)?).map(|(config, run)| {
            let points = Points::of(run)?;
            any_flipped |= points.any_flipped();
            panel(&config.title, run, &points)
        });
        let panels = panels.collect::<Result<_, String>>()?;
        let mut legend = legend(any_flipped);
        let text = "boundary P(class 1) = ½; the paler, the less sure".to_owned();
        legend.push(Entry { sign: Sign::Line(Pen::solid(INK)), text });
        Ok(Figure {
            title: self.title.clone(),
            panels,
            columns: self.columns.map(NonZeroUsize::get),
            legend,
            bar: None,
            left_out: Vec::new(),
        })
    }
}

pub(super) fn panel(title: &str, run: &Record, points: &Points) -> Result<Panel, String> {
    let array = |name: &str| array(run, name, "boundary", "record.boundary = {}");
    let (probability, extent) = (array("boundary.probability")?, array("boundary.extent")?);
    let contour = array("boundary.contour")?;
    let extent: [f64; 4] = extent.data.as_slice().try_into().map_err(|_| "the extent is not four numbers")?;
    let [x0, x1, y0, y1] = extent;
    // The grid's extent names its outermost points; the pixels around them reach half a step further.
    let [rows, columns] = probability.shape[..] else { return Err("the probability is no grid".to_owned()) };
    let half = |low: f64, high: f64, n: usize| (high - low) / (n - 1).max(1) as f64 / 2.0;
    let (dx, dy) = (half(x0, x1, columns), half(y0, y1, rows));
    let raster = Raster {
        extent: [x0 - dx, x1 + dx, y0 - dy, y1 + dy],
        columns,
        smooth: true,
        pixels: probability.data.iter().map(|p| shade(*p)).collect(),
    };
    let segments = contour.data.chunks_exact(4).map(|s| [s[0], s[1], s[2], s[3]]).collect();
    let mut marks = vec![Mark::Image(raster), Mark::Segments { segments, color: INK, width: 1.8 }];
    marks.extend(points.marks());
    let axis = |label: &str, range| Axis { range: Some(range), ..Axis::new(label, Scale::Linear) };
    Ok(Panel {
        title: title.to_owned(),
        x: axis(FEATURES[0], (x0, x1)),
        y: axis(FEATURES[1], (y0, y1)),
        aspect: Aspect::Equal,
        marks,
    })
}

/// White at ½, towards the colour of the more probable class.
fn shade(p: f64) -> Color {
    CLASSES[usize::from(p > 0.5)].tint(0.45 * (2.0 * p - 1.0).abs())
}
