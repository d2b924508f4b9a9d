//! How much room a run takes, in the memory and on the disk.
//!
//! Estimates, for a plan that is read before anything is computed: within a factor of three on the
//! experiments of the repository.

use thalweg_network::{gradients_of_shares, rows_of_block};

use super::work::measurements;
use crate::file::{Learning, Precision, Probe, ProbeKind, RecordSettings, RunSpec, Task, Test};
use crate::inputs::{Inputs, dim_of, extent, layout_of, widths};
use crate::outcome::evaluation_steps;

/// About how many bytes a run takes, but for files, which runs share.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Footprint {
    /// Of the memory at most, while it is computed.
    pub memory: f64,
    /// Of the disk, once it is in the store.
    pub disk: f64,
}

impl Footprint {
    /// Bytes of the memory that a run takes as long as its experiment is planned, computed or reported on:
    /// its spec and key, later its record without arrays. Measured with 10,000 runs of one step.
    pub const PLANNED: f64 = 12_000.0;

    /// Room for either.
    pub(super) fn or(self, other: Self) -> Self {
        Self { memory: self.memory.max(other.memory), disk: self.disk.max(other.disk) }
    }

    pub(super) fn new(spec: &RunSpec, inputs: &Inputs) -> Self {
        match &spec.task {
            Task::Learning(task) => {
                Self { memory: memory(spec, task, inputs), disk: disk(spec, Some(task), inputs) }
            }
            Task::Descent(_) => {
                let numbers = 4.0 + spec.optimizer.numbers_per_parameter();
                let sides = spec.optimizer.extra_numbers(&layout_of(&spec.task, inputs));
                let memory = 8.0 * (dim_of(&spec.task, inputs) * numbers + sides);
                Self { memory, disk: disk(spec, None, inputs) }
            }
        }
    }
}

fn bytes_of(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => 4.0,
        Precision::F64 => 8.0,
    }
}

/// ```text
/// parameters × (weights, gradient and weights turned for the way back + what the optimizer remembers + the
///     first three for each share of a large batch that has a gradient of its own)
/// + what the optimizer remembers of the sides of matrices
/// + end weights as numbers in f64 and as a file
/// + data + activations of a block of rows
/// + in f64, with probes: weights, gradient, what Lanczos' method and looks keep
/// ```
fn memory(spec: &RunSpec, task: &Learning, inputs: &Inputs) -> f64 {
    let dim = dim_of(&spec.task, inputs);
    let (n_samples, n_features, n_outputs) = extent(task, inputs);
    let size = bytes_of(task.model.precision);
    let batch = task.train.batch_size.get() as f64;
    let of_shares = match task.model.precision {
        Precision::F32 => gradients_of_shares::<f32>,
        Precision::F64 => gradients_of_shares::<f64>,
    };
    let shares = of_shares(dim as usize, task.train.batch_size.get() as usize) as f64;
    let copies = 3.0 + spec.optimizer.numbers_per_parameter() + 3.0 * shares;
    let saved = 8.0 + size;
    let units: f64 = widths(task, (n_features, n_outputs)).iter().sum();
    let block = match task.model.precision {
        Precision::F32 => rows_of_block::<f32>,
        Precision::F64 => rows_of_block::<f64>,
    };
    let rows = batch.min(block(dim as usize) as f64) + shares * batch.min(126.0);
    let activations = 4.0 * units * rows;
    let data = (n_samples * n_features) as f64 * (8.0 + 2.0 * size);
    let probes = if spec.probes.is_empty() {
        0.0
    } else {
        let vectors = spec.probes.iter().map(|probe| match &probe.kind {
            ProbeKind::Spectrum(spectrum) => spectrum.steps.get() as f64,
            ProbeKind::Flow(_) => 110.0,
            ProbeKind::Noise(_) => n_samples as f64,
            ProbeKind::Stationary(_) => probe.looks(spec.task.steps()) as f64,
            _ => 6.0,
        });
        8.0 * (dim * (4.0 + vectors.fold(0.0, f64::max)) + (n_samples * n_features) as f64)
    };
    let sides = spec.optimizer.extra_numbers(&layout_of(&spec.task, inputs));
    dim * (size * copies + saved) + size * (sides + activations) + data + probes
}

/// Bytes of a record's frame: settings, provenance, hashes, final values, its part of a file's contents.
const FRAME: f64 = 2_500.0;
/// Bytes of a number of a curve or a test set, in decimal digits.
const DIGITS: f64 = 20.0;
/// Curves of a probe, and of the evaluations.
const CURVES: f64 = 6.0;

fn disk(spec: &RunSpec, task: Option<&Learning>, inputs: &Inputs) -> f64 {
    let steps = spec.task.steps();
    let evaluations = evaluation_steps(steps, spec.task.points_per_decade()).len() as f64;
    let looks: f64 = spec.probes.iter().map(|probe| measurements(probe, steps)).sum();
    let arrays: f64 = spec.probes.iter().map(array_of).sum();
    let size = task.map_or(8.0, |task| bytes_of(task.model.precision));
    let numbers = CURVES * (evaluations + looks) + task.map_or(0.0, numbers_of_tests);
    let recorded = task.map_or(0.0, |task| recorded(&task.record, task, inputs));
    FRAME + DIGITS * numbers + size * dim_of(&spec.task, inputs) + arrays + recorded
}

/// The arrays that a probe keeps for figures.
fn array_of(probe: &Probe) -> f64 {
    match &probe.kind {
        ProbeKind::Slice(slice) => 8.0 * (slice.resolution.get() * slice.resolution.get()) as f64,
        ProbeKind::Path(path) => 16.0 * path.points.get() as f64,
        _ => 0.0,
    }
}

/// An accuracy of each test set.
fn numbers_of_tests(task: &Learning) -> f64 {
    match &task.test {
        Some(Test::Sets(test)) => {
            test.sets.map_or(1.0, |sets| sets.get() as f64) * test.variants.len() as f64
        }
        Some(Test::Rows(_)) | None => 0.0,
    }
}

/// The arrays that `[record]` asks for.
fn recorded(record: &RecordSettings, task: &Learning, inputs: &Inputs) -> f64 {
    let (n_samples, n_features, n_outputs) = extent(task, inputs);
    let data = if record.data { 8 * n_samples * (n_features + 1) } else { 0 };
    let images = record.images.map_or(0, |n| 4 * n.size() * n_features);
    let weights = if record.weights { 4 * n_features * n_outputs } else { 0 };
    let boundary =
        record.boundary.as_ref().map_or(0, |grid| 4 * grid.resolution.size() * grid.resolution.size());
    (data + images + weights + boundary) as f64
}

#[cfg(test)]
mod tests {
    use super::super::work::tests::job;

    #[test]
    fn a_billion_parameters_take_more_than_twenty_gigabytes() {
        let of = |model: &str| job(model, "").footprint;
        // Measured with [6000, 6000], with checkpoints and without, in batches of 10 and of 500: 24 bytes a
        // parameter (Adam 32), so 23 GB here.
        assert!(of("[31000, 31000]").memory > 22e9 && of("[31000, 31000]").memory < 26e9);
        assert!(of("[31000, 31000]").disk > 3.8e9 && of("[31000, 31000]").disk < 4e9);
        assert!(of("[64, 64]").memory < 1e7 && of("[64, 64]").disk < 1e5);
    }

    #[test]
    fn what_is_recorded_counts() {
        let of = |more: &str| job("[4]", more).footprint.disk;
        // 100 × 100 probabilities in single precision.
        assert_eq!(of("record = { boundary = { resolution = 100 } }") - of(""), 40_000.0);
        // 40 points with 2 coordinates and a class.
        assert_eq!(of("record = { data = true }") - of(""), 960.0);
    }
}
