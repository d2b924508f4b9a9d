//! Noise of batch gradients.

use ndarray::Array2;
use thalweg_datasets::{Order, Sampler};
use thalweg_landscape::noise::{Draw, GradientNoise, NoiseError, autocorrelation, batch_bias};
use thalweg_landscape::theory;
use thalweg_numeric::bounded::Count;
use thalweg_numeric::{Objective, Stream, vector};
use thalweg_optimizers::Dynamics;

use super::check::room;
use super::{Extent, Learned, Measure, Measurement, ProbeInput, Target};
use crate::file::{Learning, Noise, RunSpec, Task};

impl Measure for Noise {
    fn quantities(&self, spec: &RunSpec) -> Vec<String> {
        let mut names = vec!["trace", "noise-scale", "temperature"];
        if self.directions > 0 {
            names.extend(["share", "effective-dimension"]);
        }
        if self.alignment_samples.is_some() {
            names.extend(["hessian.cosine", "hessian.chance"]);
        }
        let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        if self.sharpness_epochs.is_some() {
            names.push("batch.sharpness".to_owned());
            if batch_edge(spec, 1.0).is_some() {
                names.extend(["batch.sharpness.predicted", "batch.sharpness.ratio"].map(str::to_owned));
            }
        }
        if self.epochs.is_some() {
            let correlates =
                matches!(&spec.task, Task::Learning(task) if task.train.order == Order::Shuffled);
            for (name, has_ratio) in
                [("batch.trace", true), ("batch.bias", true), ("batch.correlation", correlates)]
            {
                names.push(name.to_owned());
                if has_ratio {
                    names.extend([format!("{name}.predicted"), format!("{name}.ratio")]);
                }
            }
        }
        names
    }

    fn check(&self, spec: &RunSpec, extent: &Extent) -> Vec<(&'static str, String)> {
        let Task::Learning(task) = &spec.task else {
            return vec![("kind", "a function in closed form has no batches".to_owned())];
        };
        let mut complaints = Vec::new();
        let (batch, n_samples) = (task.train.batch_size.size(), extent.n_samples);
        if self.needs_gradients() {
            complaints.extend(room("samples", n_samples as f64, extent.dim));
        }
        if n_samples < 2 {
            complaints.push((
                "samples",
                "found 1, expected at least 2: a single gradient has no covariance".to_owned(),
            ));
        }
        if let Some(epochs) = self.epochs {
            if epochs.get() < 2 {
                complaints.push(("epochs", "found 1, expected at least 2".to_owned()));
            }
            if task.train.order == Order::Sequential {
                let text = "with train.order = \"sequential\" every epoch has the same batches";
                complaints.push(("epochs", text.to_owned()));
            }
            let batches = epochs.get() as f64 * (n_samples / batch) as f64;
            complaints.extend(room("epochs", batches, extent.dim));
            if batch * 2 > n_samples {
                let text = format!("an epoch of {n_samples} samples has no two batches of {batch}");
                complaints.push(("epochs", text));
            }
        }
        complaints
    }

    fn measure(&self, input: &mut ProbeInput<'_>) -> Measurement {
        let mut measurement = Measurement::default();
        // Gradients that are not finite have no covariance; what was found before is kept.
        let _not_finite = self.fill(input, &mut measurement);
        measurement
    }
}

impl Noise {
    /// Whether the lengths of the gradients of single samples do not suffice.
    fn needs_gradients(&self) -> bool {
        self.directions > 0 || self.alignment_samples.is_some() || self.epochs.is_some()
    }

    fn fill(&self, input: &mut ProbeInput<'_>, measurement: &mut Measurement) -> Result<(), NoiseError> {
        let (Task::Learning(task), Target::Network(learned)) = (&input.spec.task, &mut input.target) else {
            unreachable!("the plan has checked that there is a network")
        };
        let lr = input.spec.learning_rate(input.step + 1);
        let (n_all, batch) = (learned.n_samples(), task.train.batch_size);
        let all =
            self.needs_gradients().then(|| gradients(learned, input.params, input.samples)).transpose()?;
        let (trace, noise_scale) = match &all {
            Some(noise) => (noise.trace(), noise.noise_scale()),
            None => trace_and_scale(learned, input.params, input.samples),
        };
        let of_batches = batch_factor(task, n_all) * trace;
        measurement.value("trace", trace);
        measurement.value("noise-scale", noise_scale);
        measurement.value("temperature", theory::temperature(lr, of_batches, input.params.len()));
        if let Some(epochs) = self.sharpness_epochs {
            let sharpness = batch_sharpness(learned, input.params, task, epochs, &mut input.stream);
            measurement.value("batch.sharpness", sharpness);
            if let Some(edge) = batch_edge(input.spec, lr) {
                measurement.predict("batch.sharpness", edge);
            }
        }
        let Some(noise) = all else { return Ok(()) };
        if self.directions > 0 {
            let spectrum = noise.spectrum(0)?;
            let squares: f64 = spectrum.variances.iter().map(|variance| variance * variance).sum();
            measurement.value("share", spectrum.share(self.directions as usize));
            measurement.value("effective-dimension", noise.trace() * noise.trace() / squares);
        }
        if let Some(samples) = self.alignment_samples {
            let (mut objective, params, stream) = input.objective();
            let (norm, trace) = norm_and_trace(&mut *objective, params, samples, stream);
            let alignment = noise.alignment(&mut *objective, params, norm);
            measurement.value("hessian.cosine", alignment.cosine);
            // tr(HS) of noise that is the same in all directions.
            let chance = trace * noise.trace() / noise.dim() as f64;
            measurement.value("hessian.chance", alignment.cosine * chance / alignment.trace);
        }
        if let Some(epochs) = self.epochs {
            compare_batches(&noise, task, epochs, &mut input.stream, measurement)?;
            let draw = match task.train.order {
                Order::WithReplacement => Draw::WithReplacement,
                Order::Shuffled | Order::Sequential => Draw::WithoutReplacement,
            };
            measurement.predict("batch.trace", noise.batch_factor(draw, batch) * noise.trace());
        }
        Ok(())
    }
}

/// The gradients at `params` of all samples that count.
pub(super) fn gradients(
    learned: &mut Learned,
    params: &[f64],
    samples: Option<Count>,
) -> Result<GradientNoise, NoiseError> {
    let (network, inputs, targets) = learned.with(samples);
    let mut rows = Array2::zeros((targets.len(), network.dim()));
    network.per_sample_gradients(params, inputs, targets.reborrow(), rows.view_mut());
    GradientNoise::new(rows.view())
}

/// tr S = (1/n) Σ‖gᵢ‖² − ‖g‖² and tr S/‖g‖², without the gradients gᵢ of the samples.
fn trace_and_scale(learned: &mut Learned, params: &[f64], samples: Option<Count>) -> (f64, f64) {
    let (network, inputs, targets) = learned.with(samples);
    let (mut squares, mut mean) = (vec![0.0; targets.len()], vec![0.0; network.dim()]);
    network.gradient_squares(params, inputs, targets.reborrow(), &mut squares);
    network.gradient(params, inputs, targets.reborrow(), &mut mean);
    let square = vector::dot(&mean, &mean);
    let difference = squares.iter().sum::<f64>() / squares.len() as f64 - square;
    // Rounding may leave less than nothing where all gradients are the same.
    let trace = if difference < 0.0 { 0.0 } else { difference };
    (trace, theory::noise_scale(trace, square))
}

/// c: the covariance of a batch gradient over that of a single one, for batches of all `n_samples` as the run
/// draws them.
pub(super) fn batch_factor(task: &Learning, n_samples: usize) -> f64 {
    let batch = task.train.batch_size.get();
    match task.train.order {
        Order::WithReplacement => 1.0 / batch as f64,
        Order::Shuffled | Order::Sequential => theory::batch_noise(batch, n_samples as u64),
    }
}

/// Estimates of ‖H‖ = √E‖Hz‖² and tr H = E[zᵀHz] with signs z.
fn norm_and_trace(
    objective: &mut dyn Objective<f64>,
    params: &[f64],
    samples: Count,
    stream: &mut Stream,
) -> (f64, f64) {
    let (mut z, mut product) = (vec![0.0; params.len()], vec![0.0; params.len()]);
    let (mut squares, mut trace) = (0.0, 0.0);
    for _ in 0..samples.get() {
        z.fill_with(|| if stream.below(2) == 0 { -1.0 } else { 1.0 });
        objective.hessian_vector(params, &z, &mut product);
        squares += vector::dot(&product, &product);
        trace += vector::dot(&z, &product);
    }
    let n = samples.get() as f64;
    ((squares / n).sqrt(), trace / n)
}

/// The curvature of the loss of a batch along its own gradient at which a step of SGD leaves that loss where
/// it is, to second order.
fn batch_edge(spec: &RunSpec, lr: f64) -> Option<f64> {
    let drops_units = matches!(&spec.task, Task::Learning(task) if task.drops_units());
    let is_plain = spec.optimizer.transforms.is_empty() && !drops_units;
    let is_plain = is_plain && spec.dynamics() == Dynamics::GradientDescent;
    is_plain.then(|| theory::gradient_descent_edge(lr))
}

/// E[g_BᵀH_B g_B]/E‖g_B‖² over all batches of so many epochs.
fn batch_sharpness(
    learned: &mut Learned,
    params: &[f64],
    task: &Learning,
    epochs: Count,
    stream: &mut Stream,
) -> f64 {
    let (n, batch) = (learned.n_samples(), task.train.batch_size.size());
    let mut sampler = Sampler::new(task.train.order, n, batch, stream.clone());
    let (mut gradient, mut product) = (vec![0.0; params.len()], vec![0.0; params.len()]);
    let (mut curvatures, mut squares) = (0.0, 0.0);
    for _ in 0..epochs.size() * n.div_ceil(batch) {
        let rows = sampler.next_batch();
        let (network, inputs, targets) = learned.batch(rows);
        network.gradient(params, inputs.view(), targets.targets(0..rows.len()), &mut gradient);
        let mut hessian = network.hessian_at(params, inputs.view(), targets.targets(0..rows.len()));
        hessian.product(&gradient, &mut product);
        curvatures += vector::dot(&gradient, &product);
        squares += vector::dot(&gradient, &gradient);
    }
    curvatures / squares
}

/// Draws epochs of whole batches and compares their noise with what is expected of it.
fn compare_batches(
    noise: &GradientNoise,
    task: &Learning,
    epochs: Count,
    stream: &mut Stream,
    measurement: &mut Measurement,
) -> Result<(), NoiseError> {
    let (n, batch, dim) = (noise.n_samples(), task.train.batch_size.size(), noise.dim());
    let whole = n / batch;
    let is_shuffled = task.train.order == Order::Shuffled;
    // The short batch that ends a shuffled epoch does not count.
    let all = if is_shuffled { n.div_ceil(batch) } else { whole };
    let mut sampler = Sampler::new(task.train.order, n, batch, stream.clone());
    let mut firsts = Array2::zeros((epochs.size(), dim));
    let mut rows = vec![Array2::zeros((whole, dim)); epochs.size()];
    for (epoch, mut first) in rows.iter_mut().zip(firsts.rows_mut()) {
        for i in 0..all {
            let batch = sampler.next_batch();
            if let Some(mut row) = epoch.rows_mut().into_iter().nth(i) {
                noise.batch_noise(batch, row.as_slice_mut().expect("in standard order"));
            }
        }
        first.assign(&epoch.row(0));
    }
    let squares: f64 = rows.iter().flatten().map(|x| x * x).sum();
    measurement.value("batch.trace", squares / (whole * epochs.size()) as f64);
    let centre = vec![0.0; dim];
    measurement.value("batch.bias", batch_bias(firsts.view(), &centre)?.ratio());
    measurement.predict("batch.bias", 1.0);
    let views: Vec<_> = rows.iter().map(|epoch| epoch.view()).collect();
    let correlation = autocorrelation(&views, &centre, 1);
    measurement.value("batch.correlation", correlation.first().copied().unwrap_or(f64::NAN));
    if is_shuffled {
        // Whole batches B of n samples: the covariance of two of them is −S/(n − 1), of one with itself
        // S/B·(n − B)/(n − 1).
        measurement.predict("batch.correlation", -(batch as f64) / (n - batch) as f64);
    }
    Ok(())
}
