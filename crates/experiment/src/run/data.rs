//! The training data of a run, and how test data are made comparable to them.

use thalweg_datasets::{Dataset, Scaling, Transform};
use thalweg_numeric::{Stream, Streams};

use crate::file::{Learning, Task};
use crate::inputs::{Inputs, training_data as try_training_data};
use crate::plan::Job;

const CHECKED: &str = "the plan has checked the transforms";

/// The training data of a run, transforms applied.
pub(crate) fn training_data(task: &Learning, files: &Inputs, streams: Streams) -> Dataset {
    try_training_data(task, files, streams).expect(CHECKED)
}

impl Job {
    /// The data that the run learns from, transforms applied; `None` of a function in closed form.
    pub fn training_data(&self) -> Option<Dataset> {
        match &self.spec.task {
            Task::Learning(task) => Some(training_data(task, &self.inputs, self.spec.data_streams())),
            Task::Descent(_) => None,
        }
    }
}

/// Applies the transforms of a variant to test data. The shift and scale of the training data are applied
/// before, or where the variant says.
pub(crate) fn transform(
    data: &mut Dataset,
    transforms: &[Transform],
    scaling: Option<&Scaling>,
    stream: impl Fn(u64) -> Stream,
) {
    let is_scaled_later = transforms.iter().any(|transform| matches!(transform, Transform::Standardise(_)));
    if let (Some(scaling), false) = (scaling, is_scaled_later) {
        scaling.apply(data);
    }
    for (i, transform) in (0..).zip(transforms) {
        match (transform, scaling) {
            (Transform::Standardise(_), Some(scaling)) => scaling.apply(data),
            _ => transform.apply(data, &mut stream(i)).expect(CHECKED),
        }
    }
}

/// Applies to rows that were kept from training what was done to the features of all others alike.
pub(crate) fn transform_rows(data: &mut Dataset, training: &[Transform], scaling: Option<&Scaling>) {
    for transform in training {
        match (transform, scaling) {
            (Transform::Standardise(_), Some(scaling)) => scaling.apply(data),
            (Transform::Stretch(stretch), _) => stretch.apply(data).expect(CHECKED),
            _ => {}
        }
    }
}
