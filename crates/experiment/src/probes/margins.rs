//! Margins of a classifier, and the angle to the separators of largest margin.

use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};
use thalweg_landscape::margins::{HAS_SOLVER, angle, inverse_log, loss_share, quantile};
use thalweg_numeric::bounded::{Count, Fraction};
use thalweg_numeric::vector;
use thalweg_optimizers::{Kind, Rule};
use thalweg_records::Curve;

use super::{Extent, Ground, Learned, Look, Scene, Seen};
use crate::RunSpec;
use crate::settings::Task;

/// `kind = "margins"`: a sample's margin is the logit of its label less the largest other logit.
///
/// `least` and `median` of them; `normalised`, the least over ‖θ‖ᴸ, L the number of layers; `loss-share`, what the samples with
/// the smallest margins carry of the whole loss.
///
/// With [`separators`](Self::separators), for a linear model of two classes that can be separated: the direction w = w₁ − w₀
/// with its bias as one more feature, held against the separators of largest margin. `l2.angle` and `max.angle` in radians to
/// those among all w with ‖w‖₂ = 1 and with ‖w‖_∞ = 1; `l2.share` and `max.share` of the largest margin that the direction
/// has. With the `l2.angle` of sgd and momentum goes the curve c/ln t of theory, with c such that it meets the last value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Margins {
    /// The share of samples with the smallest margins. Default 0.1.
    #[serde(default = "tenth")]
    pub share: Fraction,
    /// Default false.
    #[serde(default)]
    pub separators: bool,
}

/// The norms of the separators, in the order of [`Learned::separators`].
const NORMS: [&str; 2] = ["l2", "max"];

impl Look for Margins {
    fn quantities(&self, _spec: &RunSpec) -> Vec<String> {
        let plain = ["least", "median", "normalised", "loss-share"].map(str::to_owned);
        let names = |norm: &str| [format!("{norm}.angle"), format!("{norm}.share")];
        let separators = self.separators.then(|| NORMS.into_iter().flat_map(names));
        plain.into_iter().chain(separators.into_iter().flatten()).collect()
    }

    fn predicted_curves(&self, spec: &RunSpec) -> Vec<String> {
        let turns_to_l2 = matches!(spec.optimizer.kind, Kind::Rule(Rule::Sgd(_) | Rule::Momentum(_)));
        if self.separators && turns_to_l2 { vec!["l2.angle".to_owned()] } else { Vec::new() }
    }

    fn predict(&self, curve: &Curve) -> Vec<f64> {
        inverse_log(&curve.steps, curve.values.last().copied().unwrap_or(f64::NAN))
    }

    fn check(&self, spec: &RunSpec, extent: &Extent) -> Vec<(&'static str, String)> {
        let Task::Learning(task) = &spec.task else {
            return vec![("kind", "a function in closed form has no classes".to_owned())];
        };
        let mut complaints = Vec::new();
        if self.separators && !HAS_SOLVER {
            let text =
                "this build has no solver for them: build thalweg-experiment with its feature `separators`";
            complaints.push(("separators", text.to_owned()));
        }
        if self.separators && !task.model.hidden.is_empty() {
            complaints.push((
                "separators",
                "only a linear model has a direction: set model.hidden = []".to_owned(),
            ));
        }
        if self.separators && extent.n_classes != 2 {
            let text = format!("only two classes have one direction, the data have {}", extent.n_classes);
            complaints.push(("separators", text));
        }
        complaints
    }

    fn look(&self, scene: &mut Scene<'_>) -> Seen {
        let Ground::Network(learned) = &mut scene.ground else {
            unreachable!("the plan has checked that there is a network")
        };
        let layers = learned.architecture.hidden.len() as i32 + 1;
        let (network, inputs, labels) = learned.with(scene.samples);
        let n = labels.len();
        let (mut margins, mut losses, mut correct) = (vec![0.0; n], vec![0.0; n], vec![false; n]);
        network.margins(scene.params, inputs, labels, &mut margins);
        network.scores(scene.params, inputs, labels, &mut losses, &mut correct);
        let mut seen = Seen::default();
        let least = quantile(&margins, Fraction::of(0.0)).unwrap_or(f64::NAN);
        seen.value("least", least);
        seen.value("median", quantile(&margins, Fraction::of(0.5)).unwrap_or(f64::NAN));
        seen.value("normalised", least / vector::norm(scene.params).powi(layers));
        seen.value("loss-share", loss_share(&margins, &losses, self.share).unwrap_or(f64::NAN));
        if self.separators {
            compare(learned, scene.params, scene.samples, &mut seen);
        }
        seen
    }
}

/// Holds the direction of a linear model against the separators. What cannot be separated has none.
fn compare(learned: &mut Learned, params: &[f64], samples: Option<Count>, seen: &mut Seen) {
    let separators = learned.separators(samples);
    let (_, inputs, labels) = learned.with(samples);
    let direction: Vec<f64> = params.chunks_exact(2).map(|pair| pair[1] - pair[0]).collect();
    let margin = |w: &[f64]| {
        let (bias, weights) = w.split_last().expect("there is a bias");
        let value = |(x, label): (ArrayView1<'_, f64>, &u32)| {
            let side: f64 = x.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>() + bias;
            if *label == 1 { side } else { -side }
        };
        inputs.rows().into_iter().zip(labels).map(value).fold(f64::INFINITY, f64::min)
    };
    let largest = direction.iter().fold(0.0, |most: f64, w| most.max(w.abs()));
    for ((norm, best), length) in NORMS.into_iter().zip(separators).zip([vector::norm(&direction), largest]) {
        let Some(best) = best else { continue };
        seen.value(&format!("{norm}.angle"), angle(&direction, &best.direction));
        seen.value(&format!("{norm}.share"), margin(&direction) / length / best.margin);
    }
}

fn tenth() -> Fraction {
    Fraction::of(0.1)
}
