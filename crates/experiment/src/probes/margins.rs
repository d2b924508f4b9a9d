//! Margins of a classifier, and the angle to the separators of largest margin.

use ndarray::ArrayView1;
use thalweg_landscape::margins::{HAS_SOLVER, angle, inverse_log, loss_share, quantile};
use thalweg_numeric::bounded::{Count, Fraction};
use thalweg_numeric::vector;
use thalweg_optimizers::Dynamics;
use thalweg_records::Curve;

use super::{Extent, Learned, Measure, Measurement, ProbeInput, Target};
use crate::file::{Margins, RunSpec, Task};

/// The norms of the separators, in the order of [`Learned::separators`].
const NORMS: [&str; 2] = ["l2", "max"];

impl Measure for Margins {
    fn quantities(&self, spec: &RunSpec) -> Vec<String> {
        let plain = ["least", "median", "normalised", "loss-share"].map(str::to_owned);
        let plain = plain.into_iter().filter(|name| name != "normalised" || is_scaled_by_its_length(spec));
        let names = |norm: &str| [format!("{norm}.angle"), format!("{norm}.share")];
        let separators = self.separators.then(|| NORMS.into_iter().flat_map(names));
        plain.chain(separators.into_iter().flatten()).collect()
    }

    fn predicted_curves(&self, spec: &RunSpec) -> Vec<String> {
        // Where labels are smoothed there is a minimum, and no way to infinity.
        let is_smoothed =
            matches!(&spec.task, Task::Learning(task) if task.model.label_smoothing.get() > 0.0);
        let turns_to_l2 =
            !is_smoothed && matches!(spec.dynamics(), Dynamics::GradientDescent | Dynamics::Momentum { .. });
        if self.separators && turns_to_l2 { vec!["l2.angle".to_owned()] } else { Vec::new() }
    }

    fn predict(&self, curve: &Curve) -> Vec<f64> {
        inverse_log(&curve.steps, curve.values.last().copied().unwrap_or(f64::NAN))
    }

    fn check(&self, spec: &RunSpec, extent: &Extent) -> Vec<(&'static str, String)> {
        let Task::Learning(task) = &spec.task else {
            return vec![("kind", "a function in closed form has no classes".to_owned())];
        };
        if task.is_regression() {
            return vec![("kind", "margins are of classes, the data have numbers as targets".to_owned())];
        }
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
        if self.separators && extent.n_outputs != 2 {
            let text = format!("only two classes have one direction, the data have {}", extent.n_outputs);
            complaints.push(("separators", text));
        }
        complaints
    }

    fn measure(&self, input: &mut ProbeInput<'_>) -> Measurement {
        let Target::Network(learned) = &mut input.target else {
            unreachable!("the plan has checked that there is a network")
        };
        let layers = learned.architecture.hidden.len() as i32 + 1;
        let is_scaled = is_scaled_by_its_length(input.spec);
        let (network, inputs, targets) = learned.with(input.samples);
        let labels = targets.classes();
        let n = labels.len();
        let (mut margins, mut losses, mut correct) = (vec![0.0; n], vec![0.0; n], vec![false; n]);
        network.margins(input.params, inputs, labels, &mut margins);
        network.scores(input.params, inputs, labels, &mut losses, &mut correct);
        let mut measurement = Measurement::default();
        let least = quantile(&margins, Fraction::of(0.0)).unwrap_or(f64::NAN);
        measurement.value("least", least);
        measurement.value("median", quantile(&margins, Fraction::of(0.5)).unwrap_or(f64::NAN));
        if is_scaled {
            measurement.value("normalised", least / vector::norm(input.params).powi(layers));
        }
        measurement.value("loss-share", loss_share(&margins, &losses, self.share).unwrap_or(f64::NAN));
        if self.separators {
            compare(learned, input.params, input.samples, &mut measurement);
        }
        measurement
    }
}

/// Whether the margins of a network grow about as ‖θ‖ᴸ: not with layer normalisation or residual connections.
fn is_scaled_by_its_length(spec: &RunSpec) -> bool {
    matches!(&spec.task, Task::Learning(task) if task.model.is_plain())
}

/// Holds the direction of a linear model against the separators. What cannot be separated has none.
fn compare(learned: &mut Learned, params: &[f64], samples: Option<Count>, measurement: &mut Measurement) {
    let separators = learned.separators(samples);
    let (_, inputs, targets) = learned.with(samples);
    let labels = targets.classes();
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
        measurement.value(&format!("{norm}.angle"), angle(&direction, &best.direction));
        measurement.value(&format!("{norm}.share"), margin(&direction) / length / best.margin);
    }
}
