//! How much work a run is.
//!
//! An estimate, for a plan that is read before anything is computed: within a factor of two on the
//! experiments of the repository. The unit is an operation of the matrix products of a training step in
//! single precision, of which a core of 2025 does 1e11 in a second; the constants are times measured on
//! such a core.

use thalweg_network::Normalisation;

use crate::file::{
    Directions, FlowKind, Learning, PathCurve, Precision, Probe, ProbeKind, RunSpec, Task, Test,
};
use crate::inputs::{Inputs, extent, sizes, widths};
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

impl Work {
    /// That of a run which is as `after` from a share of its steps on.
    pub(super) fn then(self, after: Self, share: f64) -> Self {
        let mixed = |of: fn(&Self) -> f64| share * of(&self) + (1.0 - share) * of(&after);
        let (step, looks) = (mixed(|work| work.step), mixed(|work| work.looks));
        let steps = mixed(|work| work.all - work.looks - work.tests);
        Self { step, looks, tests: after.tests, all: steps + looks + after.tests }
    }
}

/// What a step takes besides arithmetic: the batch is chosen, kernels are called.
const STEP: f64 = 25_000.0;
/// A row of a batch, whose loss is computed.
const ROW: f64 = 2_500.0;
/// A number of a row, which is copied.
const INPUT: f64 = 20.0;
/// A hidden unit of a row, of which an elementary function is taken, which is normalised, or perhaps dropped.
const CURVED: f64 = 200.0;
const NORMALISED: f64 = 100.0;
const DROPPED: f64 = 600.0;
/// A sample is drawn: some random numbers and elementary functions.
const DRAW: f64 = 20_000.0;
/// A normal random number.
const NORMAL: f64 = 3_200.0;
/// A coordinate of an objective in closed form: its gradient and its update.
const COORDINATE: f64 = 3_500.0;
/// Products with a Hessian for a pair of eigenvalues, as Lanczos' method needs them on networks of the
/// repository.
const LANCZOS: f64 = 15.0;
/// A gradient costs as much as three evaluations, a product with the Hessian as much as two gradients.
const GRADIENT: f64 = 3.0;
const PRODUCT: f64 = 2.0 * GRADIENT;
/// Double precision costs twice as much, and probes look in it.
const DOUBLE: f64 = 2.0;

/// About how many operations a run takes.
pub(super) fn work(spec: &RunSpec, inputs: &Inputs) -> Work {
    let gradients = spec.optimizer.gradients_per_step();
    let noises = spec.optimizer.transforms.iter().filter(|transform| transform.is_random()).count();
    let noise = NORMAL * noises as f64;
    let steps = spec.task.steps();
    let evaluations = evaluation_steps(steps, spec.task.points_per_decade()).len() as f64;
    // `whole` is the loss of all training data, once.
    let (step, whole, tests) = match &spec.task {
        Task::Learning(task) => {
            let (n_samples, n_features, n_outputs) = extent(task, inputs);
            let architecture = task.model.architecture(n_features, n_outputs);
            let batch = task.train.batch_size.size();
            let width = if task.model.precision == Precision::F64 { DOUBLE } else { 1.0 };
            let layout = architecture.layout();
            let units = of_units(task);
            let dropped = if task.train.dropout.get() > 0.0 { DROPPED * hidden_units(task) } else { 0.0 };
            let row = ROW + INPUT * n_features as f64 + 2.0 * units + dropped;
            let gradient = width * architecture.step_flops(batch) + row * batch as f64;
            let step = STEP
                + gradients * gradient
                + width * spec.optimizer.step_flops(&layout)
                + noise * layout.dim() as f64;
            let row = forward(task, (n_features, n_outputs)) + ROW / 2.0 + units;
            let places =
                task.record.boundary.as_ref().map_or(0.0, |grid| grid.resolution.get().pow(2) as f64);
            (step, row * n_samples as f64, tests(task, inputs, width * row) + width * row * places)
        }
        Task::Descent(task) => {
            let coordinates = task.objective.dim() as f64;
            let step = STEP + (COORDINATE * gradients + noise) * coordinates;
            (step, COORDINATE * coordinates, 0.0)
        }
    };
    let of_probe = |probe: &Probe| {
        let share = match (&probe.samples, &spec.task) {
            (Some(samples), Task::Learning(task)) => samples.get() as f64 / extent(task, inputs).0 as f64,
            _ => 1.0,
        };
        let of_looks = measurements(probe, steps) * evaluations_of(&probe.kind);
        DOUBLE * share * whole * (of_looks + steps as f64 * evaluations_beside(&probe.kind))
    };
    let looks = evaluations * whole + spec.probes.iter().map(of_probe).sum::<f64>();
    Work { step, looks, tests, all: steps as f64 * step + looks + tests }
}

fn hidden_units(task: &Learning) -> f64 {
    task.model.hidden.iter().map(|width| width.get() as f64).sum()
}

/// What hidden units take besides products, of one sample and one way.
fn of_units(task: &Learning) -> f64 {
    let curved = if task.model.activation.is_straight() { 0.0 } else { CURVED };
    let normalised = if task.model.normalisation == Normalisation::None { 0.0 } else { NORMALISED };
    hidden_units(task) * (curved + normalised)
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

/// How often a probe measures; some only remember where they have looked, and do so at the end.
pub(super) fn measurements(probe: &Probe, steps: u64) -> f64 {
    match probe.kind {
        ProbeKind::Slice(_) | ProbeKind::Stationary(_) => 1.0,
        _ => probe.looks(steps) as f64,
    }
}

/// How often one measurement of a probe evaluates the loss of all its samples, or does what costs as much.
fn evaluations_of(kind: &ProbeKind) -> f64 {
    match kind {
        ProbeKind::Norms(_) => GRADIENT,
        ProbeKind::Margins(_) => 2.0,
        ProbeKind::Classes(_) | ProbeKind::Features(_) => 1.0,
        ProbeKind::Spectrum(spectrum) => {
            let pairs = (spectrum.top.max(1) + spectrum.bottom) as f64;
            let products = (LANCZOS * pairs).min(spectrum.steps.get() as f64);
            PRODUCT * (products + spectrum.trace_samples.map_or(0.0, |n| n.get() as f64))
        }
        ProbeKind::Noise(noise) => {
            let aligned = noise.alignment_samples.map_or(0.0, |n| PRODUCT * n.get() as f64);
            let epochs = noise.epochs.map_or(0.0, |n| GRADIENT * n.get() as f64);
            let sharpness = noise.sharpness_epochs.map_or(0.0, |n| (GRADIENT + PRODUCT) * n.get() as f64);
            // Eigenvectors of the covariance, along which the curvature is found: about twice a spectrum.
            let eigenvectors = 2.0 * PRODUCT * LANCZOS * noise.directions as f64;
            2.0 * GRADIENT + eigenvectors + aligned + epochs + sharpness
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
            let eigenvectors =
                if slice.directions == Directions::Hessian { 2.0 * PRODUCT * LANCZOS } else { 0.0 };
            (slice.resolution.get() * slice.resolution.get()) as f64 + eigenvectors
        }
        ProbeKind::Stationary(_) => PRODUCT * LANCZOS / 10.0,
        ProbeKind::Flow(_) => 3.0 * PRODUCT * LANCZOS,
    }
}

/// The same that a probe does beside each step of the run.
fn evaluations_beside(kind: &ProbeKind) -> f64 {
    let ProbeKind::Flow(flow) = kind else { return 0.0 };
    // A step of the run and two losses, then sub-steps of four gradients each and the eigenpairs, which are
    // nearly known.
    let sub_step = 4.0 * GRADIENT;
    GRADIENT
        + 2.0
        + match flow.of {
            FlowKind::Gradient => 2.0 * sub_step + PRODUCT * LANCZOS / 5.0,
            FlowKind::Modified => 2.0 * (sub_step + 4.0 * PRODUCT) + PRODUCT * LANCZOS / 5.0,
            FlowKind::Central => 2.0 * (sub_step + PRODUCT * LANCZOS / 2.5),
        }
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::Path;

    use thalweg_document::{Document, Overlays};

    use crate::file::Spec;
    use crate::plan::{Disk, Job, plan};

    pub(in super::super) fn job(model: &str, more: &str) -> Job {
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
        // 2·(2·64 + 64·64 + 64·2) = 8,704 operations a sample, and what it takes to draw it and find its
        // loss.
        let expected = 20_000.0 * 500.0 * (8_704.0 + super::DRAW + super::ROW / 2.0);
        assert_eq!(job("[64, 64]", tests).work.tests, expected);
        assert!(job("[64, 64]", tests).work.all > expected && job("[64, 64]", "").work.all < 1e9);
    }

    #[test]
    fn looks_count() {
        let of = |more: &str| job("[64, 64]", more).work.looks;
        let slice = |more: &str| of(&format!("[[probe]]\nkind = 'slice'\nresolution = 20\n{more}")) - of("");
        // In double precision, a forward pass of 40 samples for each of 400 places.
        let one = super::DOUBLE * 40.0 * (8_704.0 + super::ROW / 2.0);
        assert_eq!(slice("directions = 'random'"), 400.0 * one);
        // Of the places on the way only the plane is made.
        assert_eq!(slice("when = { kind = 'steps', at = [0, 5, 10] }"), 400.0 * one);
        let norms = |when: &str| of(&format!("[[probe]]\nkind = 'norms'\nwhen = {when}")) - of("");
        assert_eq!(norms("{ kind = 'steps', at = [0, 5, 10] }"), 3.0 * norms("{ kind = 'end' }"));
    }
}
