//! The losses of classes.

use thalweg_landscape::classes::frequency_exponent;

use super::{Extent, Measure, Measurement, ProbeInput, Target};
use crate::file::{Classes, RunSpec, Task};

impl Measure for Classes {
    fn quantities(&self, _spec: &RunSpec) -> Vec<String> {
        let losses = self.of.iter().map(|class| format!("loss-{class}"));
        losses.chain(["frequency-exponent".to_owned()]).collect()
    }

    fn check(&self, spec: &RunSpec, extent: &Extent) -> Vec<(&'static str, String)> {
        let Task::Learning(task) = &spec.task else {
            return vec![("kind", "a function in closed form has no classes".to_owned())];
        };
        if task.is_regression() {
            return vec![("kind", "the data have numbers as targets, and no classes".to_owned())];
        }
        let n_classes = extent.n_outputs as u64;
        let absent = self.of.iter().find(|class| **class >= n_classes);
        let complaint =
            absent.map(|class| format!("found {class}, expected less than the {n_classes} classes"));
        complaint.map(|text| ("of", text)).into_iter().collect()
    }

    fn measure(&self, input: &mut ProbeInput<'_>) -> Measurement {
        let Target::Network(learned) = &mut input.target else {
            unreachable!("the plan has checked that there is a network")
        };
        let n_classes = learned.architecture.outputs;
        let (network, inputs, targets) = learned.with(input.samples);
        let labels = targets.classes();
        let (mut losses, mut correct) = (vec![0.0; labels.len()], vec![false; labels.len()]);
        network.scores(input.params, inputs, labels, &mut losses, &mut correct);
        let (mut counts, mut means) = (vec![0_usize; n_classes], vec![0.0; n_classes]);
        for (loss, label) in losses.iter().zip(labels) {
            counts[*label as usize] += 1;
            means[*label as usize] += loss;
        }
        means.iter_mut().zip(&counts).for_each(|(mean, count)| *mean /= *count as f64);
        let mut measurement = Measurement::default();
        for class in &self.of {
            measurement.value(&format!("loss-{class}"), means[*class as usize]);
        }
        if let Some(exponent) = frequency_exponent(&counts, &means) {
            measurement.value("frequency-exponent", exponent);
        }
        measurement
    }
}
