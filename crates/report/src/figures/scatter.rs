//! The training data.

use serde::{Deserialize, Serialize};
use thalweg_records::Record;

use super::{PanelConfig, array, runs_of};
use crate::Results;
use crate::draw::{Aspect, Axis, CLASSES, Entry, FLIPPED, Figure, Mark, Panel, Scale, Shape, Sign, Style};

/// `kind = "scatter"`: the training points of some runs, those with a flipped label marked. Needs
/// `record.data`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Scatter {
    /// Its name, which is also that of its files: letters, digits, - and _.
    pub id: String,
    /// What stands above the figure.
    pub title: String,
    /// The panels, a run each.
    pub panels: Vec<PanelConfig>,
}

/// The labels of both axes.
pub(super) const FEATURES: [&str; 2] = ["x₁", "x₂"];

/// Points of classes 0 and 1, each sound and flipped: (x, y).
#[derive(Default)]
pub(super) struct Points {
    sound: [Vec<(f64, f64)>; 2],
    flipped: [Vec<(f64, f64)>; 2],
}

impl Scatter {
    pub(super) fn build(&self, results: &Results) -> Result<Figure, String> {
        let mut any_flipped = false;
        let panels = self.panels.iter().zip(runs_of(results, &self.panels)?).map(|(panel, run)| {
            let points = Points::of(run)?;
            any_flipped |= points.any_flipped();
            Ok(Panel {
                title: panel.title.clone(),
                x: Axis::new(FEATURES[0], Scale::Linear),
                y: Axis::new(FEATURES[1], Scale::Linear),
                aspect: Aspect::Equal,
                marks: points.marks(),
            })
        });
        let panels = panels.collect::<Result<_, String>>()?;
        Ok(Figure {
            title: self.title.clone(),
            panels,
            columns: None,
            legend: legend(any_flipped),
            bar: None,
            left_out: Vec::new(),
        })
    }
}

/// The signs of classes and flips.
pub(super) fn legend(any_flipped: bool) -> Vec<Entry> {
    let entry = |class: usize, flipped: bool, text: &str| Entry {
        sign: Sign::Point(style(class, flipped)),
        text: text.to_owned(),
    };
    let mut legend = vec![entry(0, false, "class 0"), entry(1, false, "class 1")];
    if any_flipped {
        legend.push(entry(0, true, "flipped to 0"));
        legend.push(entry(1, true, "flipped to 1"));
    }
    legend
}

/// Circles and triangles by the label that training sees; a heavy outline if it was flipped.
fn style(class: usize, flipped: bool) -> Style {
    let color = CLASSES[class];
    let shape = [Shape::Circle, Shape::Triangle][class];
    let white = color.tint(0.0);
    let (edge, edge_width, size) = if flipped { (FLIPPED, 2.0, 4.6) } else { (white, 0.6, 3.4) };
    Style { shape, color, edge, edge_width, size }
}

impl Points {
    pub(super) fn of(run: &Record) -> Result<Self, String> {
        let array = |name: &str| array(run, name, "data", "record.data = true");
        let (inputs, labels, flipped) =
            (array("data.inputs")?, array("data.labels")?, array("data.flipped")?);
        if inputs.shape.get(1) != Some(&2) {
            let n = inputs.shape.get(1).copied().unwrap_or_default();
            return Err(format!("data of {n} features cannot be drawn in a plane"));
        }
        let mut points = Self { sound: Default::default(), flipped: Default::default() };
        for ((point, label), flipped) in inputs.data.chunks(2).zip(&labels.data).zip(&flipped.data) {
            let kind = if *flipped > 0.0 { &mut points.flipped } else { &mut points.sound };
            let class = kind.get_mut(*label as usize).ok_or("only two classes can be drawn")?;
            class.push((point[0], point[1]));
        }
        Ok(points)
    }

    pub(super) fn any_flipped(&self) -> bool {
        self.flipped.iter().any(|class| !class.is_empty())
    }

    /// Flipped points last, so that none is hidden.
    pub(super) fn marks(&self) -> Vec<Mark> {
        let mark = |points: &[Vec<(f64, f64)>; 2], class: usize, flipped: bool| Mark::Points {
            points: points[class].clone(),
            style: style(class, flipped),
        };
        vec![
            mark(&self.sound, 0, false),
            mark(&self.sound, 1, false),
            mark(&self.flipped, 0, true),
            mark(&self.flipped, 1, true),
        ]
    }
}
