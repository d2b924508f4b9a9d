//! Whether features can be standardised: none may be constant in the training data of a replicate.

use std::collections::HashSet;

use thalweg_datasets::{Dataset, Over, Source, Standardise, Transform, TransformError};
use thalweg_document::Problem;

use super::transforms::{Complaint, TRAIN};
use crate::file::{HoldOut, Learning, RunSpec, Task, TestRows};
use crate::inputs::{Inputs, kept_rows, sizes, training_data};

const HINT: &str = "leave out what is constant, or take all features together: over = \"all\"";

/// What is wrong with the scaling of the first replicate.
pub(super) fn check_scaling(spec: &RunSpec, task: &Learning, inputs: &Inputs) -> Option<Complaint> {
    before_scaling(task)?;
    let error = training_data(task, inputs, spec.data_streams()).err()?;
    Some((TRAIN, constant(&error, inputs, ""), Some(HINT)))
}

/// The data of which all replicates were looked at, so that those of a sweep over other settings are made
/// once.
#[derive(Default)]
pub(super) struct Scalings {
    seen: HashSet<String>,
}

impl Scalings {
    /// What is wrong with the scaling of the first replicate behind that of `spec` in which something is.
    pub(super) fn check(&mut self, spec: &RunSpec, inputs: &Inputs, replicates: u64) -> Option<Problem> {
        let Task::Learning(task) = &spec.task else { return None };
        if !may_differ(task, inputs) {
            return None;
        }
        let sections = ["data", "test", "seed", "data-seed"].map(|name| spec.section(name));
        if !self.seen.insert(format!("{sections:?} {:?}", spec.files)) {
            return None;
        }
        (1..replicates).find_map(|replicate| {
            let streams = spec.of_replicate(replicate).data_streams();
            let error = training_data(task, inputs, streams).err()?;
            let of = format!(" of replicate {replicate}");
            Some(Problem::new(TRAIN, constant(&error, inputs, &of)).hint(HINT))
        })
    }
}

/// The transforms up to the first that scales each feature. Taken together, features are constant only if
/// nothing can be learned of them.
fn before_scaling(task: &Learning) -> Option<&[Transform]> {
    let is_needed = |transform: &Transform| {
        matches!(transform, Transform::Standardise(Standardise { over: Over::Feature }))
    };
    let transforms = task.data.transforms();
    transforms.iter().position(is_needed).map(|place| &transforms[..place])
}

/// Whether a feature may be constant in one replicate alone: where replicates have rows of their own, and few
/// enough of them.
fn may_differ(task: &Learning, inputs: &Inputs) -> bool {
    let Some(before) = before_scaling(task) else { return false };
    let is_of_labels =
        |transform: &Transform| matches!(transform, Transform::FlipLabels(_) | Transform::ShuffleLabels(_));
    let is_read = matches!(task.data, Source::Csv(_) | Source::Idx(_) | Source::Npy(_) | Source::Parquet(_));
    let (Some(data), true) = (&inputs.dataset, is_read && before.iter().all(is_of_labels)) else {
        return true;
    };
    match kept_rows(task) {
        None | Some(TestRows::File(_) | TestRows::HoldOut(HoldOut { fixed: true, .. })) => false,
        Some(rows) => {
            let least = sizes(rows, data.n_samples()).map_or(0, |(train, _)| train);
            largest_groups(data).any(|equal| equal >= least)
        }
    }
}

/// For each feature how many samples have the value that most of them have.
fn largest_groups(data: &Dataset) -> impl Iterator<Item = usize> {
    let numbers = data.inputs.to_array::<f64>();
    (0..numbers.ncols()).map(move |feature| {
        let mut values = numbers.column(feature).to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values.chunk_by(|a, b| a == b).map(<[f64]>::len).max().unwrap_or(0)
    })
}

/// The features that are constant by their names, if they have some; `of` says in which training data.
fn constant(error: &TransformError, inputs: &Inputs, of: &str) -> String {
    const DATA: &str = "the training data";
    let text = match (error, &inputs.feature_names) {
        (TransformError::Constant { features }, Some(names)) => {
            let named: Vec<String> = features.iter().map(|i| format!("{:?}", names[*i])).collect();
            format!("standardise cannot scale what is constant in {DATA}: {}", named.join(", "))
        }
        _ => error.to_string(),
    };
    text.replacen(DATA, &format!("{DATA}{of}"), 1)
}
