//! The settings of a run, as the tables of an experiment file spell them.
//!
//! Each default stands beside its key, with its source. A [`RunSpec`] holds them all with nothing left open; serialised
//! it is what a record keeps and what the run's key is made of.

mod descent;
mod learning;
mod probe;

use std::collections::BTreeMap;

use serde::Serialize;
use thalweg_optimizers::{OptimizerConfig, Schedule};

pub use descent::{
    ClosedForm, Descent, DescentRecord, DescentTrain, DoubleWell, Occupation, Plane, Quadratic, Start,
};
pub use learning::{BoundaryGrid, Learning, Model, Precision, RecordSettings, Test, Train};
pub use probe::{
    Directions, End, Every, LogSpaced, Margins, Matrix, Noise, Norms, Path, PathCurve, Probe, ProbeKind,
    Slice, Spectrum, Stationary, Steps, When, Width,
};

/// One run: everything that decides its numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunSpec {
    /// The experiment's seed.
    pub seed: u64,
    /// Which of the independent repetitions, from 0. Data, initialisation and batches all depend on it.
    pub replicate: u64,
    /// What is minimised, for how long, and what is kept of it.
    // Flattening is safe in this direction: it is reading that would let unknown keys through.
    #[serde(flatten)]
    pub task: Task,
    /// The update rule, and what comes before it.
    pub optimizer: OptimizerConfig,
    /// The learning rate over the steps.
    pub schedule: Schedule,
    /// What is looked at besides the loss.
    #[serde(rename = "probe", skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<Probe>,
    /// The files that the run reads: path as written, and the BLAKE3 hash of the content.
    pub files: BTreeMap<String, String>,
}

/// What is minimised: told apart by whether the file has `[data]` and `[model]` or `[objective]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Task {
    /// The loss of a network on data.
    Learning(Box<Learning>),
    /// A function in closed form.
    Descent(Descent),
}

impl RunSpec {
    /// Whether the run draws no random number at all, so that all replicates are the same: its results are facts, not samples.
    pub fn is_deterministic(&self) -> bool {
        let is_fixed = match &self.task {
            Task::Descent(task) => matches!(task.start, Start::Point(_)),
            Task::Learning(task) => task.is_deterministic(),
        };
        // Probes draw directions, batches and starting vectors.
        is_fixed && self.probes.is_empty() && !self.optimizer.is_random()
    }

    /// The same for another replicate; so are the runs that its probes walk to.
    pub(crate) fn of_replicate(&self, replicate: u64) -> Self {
        let mut spec = Self { replicate, ..self.clone() };
        for probe in &mut spec.probes {
            if let ProbeKind::Path(path) = &mut probe.kind
                && let Some(other) = &mut path.other
            {
                **other = other.of_replicate(replicate);
            }
        }
        spec
    }
}

impl Task {
    /// Number of parameter updates, at most.
    pub fn steps(&self) -> u64 {
        match self {
            Self::Learning(learning) => learning.train.steps.get(),
            Self::Descent(descent) => descent.train.steps.get(),
        }
    }

    /// Evaluations for each factor of 10 in steps.
    pub(crate) fn points_per_decade(&self) -> u64 {
        match self {
            Self::Learning(learning) => learning.record.points_per_decade.get(),
            Self::Descent(descent) => descent.record.points_per_decade.get(),
        }
    }
}
