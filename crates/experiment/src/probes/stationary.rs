//! How widely a run wanders where it has come to rest, beside what theory says of a quadratic.

use thalweg_landscape::spectrum::{Hessian, Lanczos, SpectrumError, Wanted};
use thalweg_landscape::theory;
use thalweg_numeric::bounded::{Count, NonNegative};
use thalweg_numeric::vector;
use thalweg_optimizers::Dynamics;

use super::check::{room, within};
use super::noise::{batch_factor, gradients};
use super::{Extent, Measure, Measurement, ProbeInput, Target};
use crate::file::{RunSpec, Stationary, Task};

impl Measure for Stationary {
    fn quantities(&self, _spec: &RunSpec) -> Vec<String> {
        let names = ["curvature", "variance", "variance.predicted", "variance.ratio", "gibbs"];
        let modes = (1..=self.modes.get()).flat_map(|i| names.map(|name| format!("mode-{i}.{name}")));
        modes.chain(["gibbs.spread".to_owned()]).collect()
    }

    fn check(&self, spec: &RunSpec, extent: &Extent) -> Vec<(&'static str, String)> {
        let mut complaints = Vec::new();
        if linear(spec).is_none() {
            let text = "there is a prediction for sgd, perhaps with a transform thermal-noise of constant temperature, and \
                        for plain momentum, both with a constant schedule and without train.dropout";
            complaints.push(("kind", text.to_owned()));
        }
        complaints.extend(within("modes", self.modes.get(), (1, extent.dim as u64)));
        complaints.extend(room(
            "modes",
            steps_for(self.modes).get().min(extent.dim as u64) as f64,
            extent.dim,
        ));
        complaints.extend(room("samples", extent.n_samples as f64, extent.dim));
        complaints
    }

    fn remembers(&self) -> bool {
        true
    }

    fn measure(&self, input: &mut ProbeInput<'_>) -> Measurement {
        let mut measurement = Measurement::default();
        if input.ends && input.history.len() > 1 {
            // A Hessian that is not finite has no modes.
            let _not_finite = self.fill(input, &mut measurement);
        }
        measurement
    }
}

impl Stationary {
    fn fill(&self, input: &mut ProbeInput<'_>, measurement: &mut Measurement) -> Result<(), SpectrumError> {
        let history = input.history;
        let n = history.len() as f64;
        let mut mean = vec![0.0; input.params.len()];
        history.iter().for_each(|place| vector::axpy(1.0 / n, place, &mut mean));
        let Linear { lr, beta, temperature } =
            linear(input.spec).expect("the plan has checked that there is a prediction");
        let (top, steps) = (self.modes.size(), steps_for(self.modes));
        let wanted = Wanted { top, bottom: 0, tolerance: NonNegative::of(1e-9), steps };
        let mut lanczos = Lanczos::new(mean.len(), wanted);
        let (mut objective, _, stream) = input.objective();
        let mut hessian = Hessian { objective: &mut *objective, params: &mean };
        let modes = lanczos.run(&mut hessian, stream)?.top;
        drop(objective);
        let (along, trace) = batch_noise(input, &mean);
        let equilibrium = temperature + theory::temperature(lr / (1.0 - beta), trace, mean.len());
        let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
        for (i, mode) in (1..).zip(modes) {
            let places: Vec<f64> = history.iter().map(|place| vector::dot(place, &mode.vector)).collect();
            let centre = places.iter().sum::<f64>() / n;
            let variance = places.iter().map(|x| (x - centre) * (x - centre)).sum::<f64>() / (n - 1.0);
            let noise = along(&mode.vector) + 2.0 * temperature / lr;
            let predicted = theory::heavy_ball_variance(lr, beta, mode.value, noise);
            measurement.value(&format!("mode-{i}.curvature"), mode.value);
            measurement.value(&format!("mode-{i}.variance"), variance);
            measurement.predict(&format!("mode-{i}.variance"), predicted);
            let gibbs = variance * mode.value / equilibrium;
            measurement.value(&format!("mode-{i}.gibbs"), gibbs);
            (least, most) = (least.min(gibbs), most.max(gibbs));
        }
        measurement.value("gibbs.spread", most / least);
        Ok(())
    }
}

/// Variance of a batch gradient along a direction, and in all.
type Along = (Box<dyn Fn(&[f64]) -> f64>, f64);

fn batch_noise(input: &mut ProbeInput<'_>, at: &[f64]) -> Along {
    let none: Along = (Box::new(|_| 0.0), 0.0);
    let (Task::Learning(task), Target::Network(learned)) = (&input.spec.task, &mut input.target) else {
        return none;
    };
    let factor = batch_factor(task, learned.n_samples());
    let Ok(noise) = gradients(learned, at, input.samples) else { return none };
    let trace = factor * noise.trace();
    (Box::new(move |u| factor * noise.variance_along(u)), trace)
}

/// A run whose steps near a minimum are linear, with constant noise.
struct Linear {
    lr: f64,
    /// Of momentum; 0 for SGD.
    beta: f64,
    temperature: f64,
}

/// The run as such a one, if it is: then there is a prediction.
fn linear(spec: &RunSpec) -> Option<Linear> {
    if matches!(&spec.task, Task::Learning(task) if task.drops_units()) {
        return None;
    }
    let lr = spec.schedule.constant()?;
    let temperature = spec.optimizer.temperature()?;
    match spec.dynamics() {
        Dynamics::GradientDescent => Some(Linear { lr, beta: 0.0, temperature }),
        // Thermal noise moves the parameters themselves, so momentum does not carry it on.
        Dynamics::Momentum { beta, dampening: 0.0, nesterov: false } if temperature == 0.0 => {
            Some(Linear { lr, beta, temperature })
        }
        _ => None,
    }
}

/// Most steps of Lanczos' method.
fn steps_for(modes: Count) -> Count {
    modes.max(Count::of(100))
}
