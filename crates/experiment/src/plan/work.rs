//! How much work a run is, and how much memory it takes.
//!
//! Estimates, for a plan that is read before anything is computed: within a factor of two on the experiments
//! of the repository. Operations count as those of the matrix products of a training step.

use crate::file::{Learning, PathCurve, Probe, ProbeKind, RunSpec, Task, Test};
use crate::inputs::{Inputs, dim_of, extent, sizes, widths};
use crate::outcome::evaluation_steps;

/// About how many operations the parts of a run take.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Work {
    /// One step.
    pub step: f64,
    /// All evaluations on the training data and all looks of probes.
    pub looks: f64,
    /// All test sets.
    pub tests: f64,
    /// All of the run.
    pub all: f64,
}

/// Operations to draw a sample: some random numbers and elementary functions.
const DRAW: f64 = 300.0;
/// Products with a Hessian for a pair of eigenvalues, as Lanczos' method needs them on networks of the
/// repository.
const LANCZOS: f64 = 40.0;
/// A gradient costs as much as three evaluations, a product with the Hessian as much as two gradients.
const GRADIENT: f64 = 3.0;
const PRODUCT: f64 = 2.0 * GRADIENT;
/// Double precision costs twice as much, and probes look in it.
const DOUBLE: f64 = 2.0;

/// About how many operations a run takes.
pub(super) fn work(spec: &RunSpec, inputs: &Inputs) -> Work {
    let gradients = spec.optimizer.gradients_per_step();
    let steps = spec.task.steps();
    let evaluations = evaluation_steps(steps, spec.task.points_per_decade()).len() as f64;
    // `whole` is the loss of all training data, once.
    let (step, whole, tests) = match &spec.task {
        Task::Learning(task) => {
            let (n_samples, n_features, n_outputs) = extent(task, inputs);
            let architecture = task.model.architecture(n_features, n_outputs);
            let batch = task.train.batch_size.size();
            let step = gradients * architecture.step_flops(batch)
                + spec.optimizer.step_flops(&architecture.layout());
            let row = forward(task, (n_features, n_outputs));
            (step, row * n_samples as f64, tests(task, inputs, row))
        }
        // With overhead and perhaps noise a coordinate costs as much as some 600 operations.
        Task::Descent(task) => {
            let coordinates = task.objective.dim() as f64;
            (600.0 * gradients * coordinates, 100.0 * coordinates, 0.0)
        }
    };
    let of_probe = |probe: &Probe| {
        let share = match (&probe.samples, &spec.task) {
            (Some(samples), Task::Learning(task)) => samples.get() as f64 / extent(task, inputs).0 as f64,
            _ => 1.0,
        };
        probe.looks(steps) as f64 * DOUBLE * share * whole * evaluations_of(&probe.kind)
    };
    let looks = evaluations * whole + spec.probes.iter().map(of_probe).sum::<f64>();
    Work { step, looks, tests, all: steps as f64 * step + looks + tests }
}

/// Operations for the logits of one sample.
fn forward(task: &Learning, ends: (usize, usize)) -> f64 {
    2.0 * widths(task, ends).windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>()
}

fn tests(task: &Learning, inputs: &Inputs, row: f64) -> f64 {
    let held_out = inputs.held_out.as_ref().map_or(0, |data| data.n_samples()) as f64;
    let samples = match &task.test {
        None => 0.0,
        Some(Test::Sets(test)) => {
            let rows = test.samples.map_or(held_out, |n| n.get() as f64);
            test.sets.map_or(1.0, |sets| sets.get() as f64) * rows * test.variants.len() as f64
        }
        Some(Test::Rows(rows)) => {
            let all = inputs.dataset.as_ref().map_or(0, |data| data.n_samples());
            sizes(rows, all).map_or(held_out, |(_, test)| test as f64)
        }
    };
    samples * (row + DRAW)
}

/// How often one look of a probe evaluates the loss of all its samples, or does what costs as much.
fn evaluations_of(kind: &ProbeKind) -> f64 {
    match kind {
        ProbeKind::Norms(_) => GRADIENT,
        ProbeKind::Margins(_) => 2.0,
        ProbeKind::Spectrum(spectrum) => {
            let pairs = (spectrum.top.max(1) + spectrum.bottom) as f64;
            let products = (LANCZOS * pairs.sqrt()).min(spectrum.steps.get() as f64);
            PRODUCT * (products + spectrum.trace_samples.map_or(0.0, |n| n.get() as f64))
        }
        ProbeKind::Noise(noise) => {
            let aligned = noise.alignment_samples.map_or(0.0, |n| PRODUCT * n.get() as f64);
            let epochs = noise.epochs.map_or(0.0, |n| GRADIENT * n.get() as f64);
            2.0 * GRADIENT * (1.0 + noise.directions as f64) + aligned + epochs
        }
        // Noise of two kinds in weights and one in inputs, then ascents and searches in four measures.
        ProbeKind::Width(width) => {
            let ascents = GRADIENT * 2.0 * (width.starts.get() * width.steps.get()) as f64;
            3.0 * width.samples_of_noise.get() as f64 + ascents + PRODUCT * LANCZOS
        }
        ProbeKind::Path(path) => {
            let curve = path.curve.as_ref().map_or(0.0, |PathCurve { steps, .. }| {
                GRADIENT * steps.get() as f64 + path.points.get() as f64
            });
            2.0 * path.points.get() as f64 + curve
        }
        ProbeKind::Slice(slice) => {
            (slice.resolution.get() * slice.resolution.get()) as f64 + PRODUCT * LANCZOS
        }
        ProbeKind::Stationary(_) => PRODUCT * LANCZOS / 10.0,
    }
}

/// About how many bytes a run takes at most while it is computed, but for files, which runs share.
///
/// ```text
/// parameters × (weights + gradient + what the optimizer remembers + a share of a large batch each)
/// + data + activations of a block of rows
/// + in f64, with probes: weights, gradient, what Lanczos' method and looks keep
/// ```
pub(super) fn memory(spec: &RunSpec, inputs: &Inputs) -> f64 {
    let dim = dim_of(&spec.task, inputs);
    let Task::Learning(task) = &spec.task else {
        return 8.0 * dim * (4.0 + spec.optimizer.numbers_per_parameter());
    };
    let (n_samples, n_features, n_outputs) = extent(task, inputs);
    let size = if task.model.precision == crate::file::Precision::F64 { 8.0 } else { 4.0 };
    let batch = task.train.batch_size.get() as f64;
    // A batch of more than a block has up to eight shares, each with a gradient and activations of its own.
    let shares = (batch / 126.0).ceil().clamp(1.0, 8.0);
    let copies = 3.0 + spec.optimizer.numbers_per_parameter() + if shares > 1.0 { 2.0 * shares } else { 0.0 };
    let units: f64 = widths(task, (n_features, n_outputs)).iter().sum();
    let activations = 4.0 * units * batch.min(126.0) * (1.0 + shares);
    let data = (n_samples * n_features) as f64 * (8.0 + 2.0 * size);
    let probes = if spec.probes.is_empty() {
        0.0
    } else {
        let vectors = spec.probes.iter().map(|probe| match &probe.kind {
            ProbeKind::Spectrum(spectrum) => spectrum.steps.get() as f64,
            ProbeKind::Noise(_) => n_samples as f64,
            ProbeKind::Stationary(_) => probe.looks(spec.task.steps()) as f64,
            _ => 6.0,
        });
        8.0 * (dim * (4.0 + vectors.fold(0.0, f64::max)) + (n_samples * n_features) as f64)
    };
    size * (dim * copies + activations) + data + probes
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use thalweg_document::{Document, Overlays};

    use crate::file::Spec;
    use crate::plan::{Disk, Job, plan};

    fn job(model: &str, more: &str) -> Job {
        let text = format!(
            "title = 'a'\ndata = {{ kind = 'two-moons', samples = 40 }}\nmodel = {{ hidden = {model} }}\n\
             optimizer = {{ kind = 'sgd' }}\nschedule = {{ kind = 'constant', initial = 0.1 }}\n\
             train = {{ steps = 10, batch-size = 8 }}\n{more}"
        );
        let document = Document::of_text("a.toml", &text, &Overlays::default()).unwrap();
        plan(&Spec::read(&document, Path::new("a.toml")).0, &Disk).experiment.jobs.remove(0)
    }

    #[test]
    fn test_sets_count() {
        let tests = "test = { sets = 20_000, samples = 500, variants = { clean = [] } }";
        // 2·(2·64 + 64·64 + 64·2) = 8,704 operations a sample, and what it takes to draw it.
        let expected = 20_000.0 * 500.0 * (8_704.0 + super::DRAW);
        assert_eq!(job("[64, 64]", tests).work.tests, expected);
        assert!(job("[64, 64]", tests).work.all > expected && job("[64, 64]", "").work.all < 1e9);
    }

    #[test]
    fn looks_count() {
        let of = |more: &str| job("[64, 64]", more).work.looks;
        let slice = |when: &str| {
            of(&format!("[[probe]]\nkind = 'slice'\ndirections = 'random'\nresolution = 20\nwhen = {when}"))
        };
        // In double precision, a forward pass of 40 samples for each of 400 places, and what finds the
        // directions.
        let one = super::DOUBLE * 40.0 * 8_704.0 * (400.0 + super::PRODUCT * super::LANCZOS);
        assert_eq!(slice("{ kind = 'end' }") - of(""), one);
        assert_eq!(slice("{ kind = 'steps', at = [0, 5, 10] }") - of(""), 3.0 * one);
    }

    #[test]
    fn weights_and_gradient_of_a_billion_parameters_are_at_least_eight_gigabytes() {
        let memory = job("[31000, 31000]", "").memory;
        assert!(memory > 7.7e9 && memory < 20e9, "{memory:e}");
        assert!(job("[64, 64]", "").memory < 1e7);
    }
}
