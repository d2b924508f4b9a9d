//! What a run reads from files, and what follows from it.

mod answers;
mod split;

use std::collections::BTreeMap;
use std::sync::Arc;

use thalweg_datasets::{Dataset, TransformError};
use thalweg_network::{Normalisation, Tensor};
use thalweg_numeric::{Layout, Streams};

pub(crate) use self::answers::Answers;
pub(crate) use self::split::{counts, shares, sizes, split};
use crate::file::{Learning, Task, Test, TestRows};

/// The content of the files that a run needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inputs {
    /// The training data of a source that is read, before any transform.
    pub dataset: Option<Arc<Dataset>>,
    /// What is said of a feature that only f64 can hold, if there is one.
    pub beyond_f32: Option<String>,
    /// The same of the table of `[test]`.
    pub test_beyond_f32: Option<String>,
    /// The names of the features of a table.
    pub feature_names: Option<Arc<[String]>>,
    /// What was found in the files that stands in no setting, to be told.
    pub notes: Vec<String>,
    /// The test data that it brings along, or those of the file of `[test]`.
    pub held_out: Option<Arc<Dataset>>,
    /// Rows and columns, if the data are images.
    pub image: Option<(usize, usize)>,
    /// The tensors of `model.init = { kind = "file" }`.
    pub weights: Option<Arc<Vec<Tensor<f64>>>>,
    /// What it reads for other data after a fork.
    pub after: Option<Arc<Inputs>>,
    /// The BLAKE3 hash of each file, by its path as written.
    pub files: BTreeMap<String, String>,
}

/// The training data's numbers of samples, features and outputs: classes or targets.
pub(crate) fn extent(task: &Learning, inputs: &Inputs) -> (usize, usize, usize) {
    let (n_samples, n_features, n_outputs) = extent_before(task, inputs);
    let after = task.data.transforms().iter().fold(n_samples, |n, transform| transform.n_samples(n));
    (after, n_features, n_outputs)
}

/// The same before any transform.
pub(crate) fn extent_before(task: &Learning, inputs: &Inputs) -> (usize, usize, usize) {
    task.data.drawn_extent().unwrap_or_else(|| {
        let dataset = inputs.dataset.as_ref().expect("files are loaded before their run is looked at");
        let (all, n_features) = dataset.inputs.dim();
        let kept = kept_rows(task).and_then(|rows| sizes(rows, all));
        (kept.map_or(all, |(train, _)| train), n_features, dataset.n_outputs())
    })
}

/// The rows that are kept from training, if any are.
pub(crate) fn kept_rows(task: &Learning) -> Option<&TestRows> {
    match &task.test {
        Some(Test::Rows(rows)) => Some(rows),
        Some(Test::Sets(_)) | None => None,
    }
}

/// The training data of a run, transforms applied.
///
/// # Errors
/// If a transform does not fit the data.
pub(crate) fn training_data(
    task: &Learning,
    inputs: &Inputs,
    streams: Streams,
) -> Result<Dataset, TransformError> {
    let drawn = task
        .data
        .drawn_extent()
        .and_then(|(samples, ..)| task.data.draw(samples, &mut streams.stream("data", 0)));
    let mut data = match (drawn, &inputs.dataset) {
        (Some(dataset), _) => dataset,
        (None, Some(dataset)) => Dataset::clone(dataset),
        (None, None) => unreachable!("the plan has loaded the files"),
    };
    if let Some(split) = kept_rows(task).and_then(|rows| split(rows, &data, streams)) {
        data.select(&split.train);
    }
    for (i, transform) in (0..).zip(task.data.transforms()) {
        transform.apply(&mut data, &mut streams.stream("flips", i))?;
    }
    Ok(data)
}

/// Of the layers, from the inputs to the outputs.
pub(crate) fn widths(task: &Learning, (n_features, n_outputs): (usize, usize)) -> Vec<f64> {
    let hidden = task.model.hidden.iter().map(|width| width.size());
    std::iter::once(n_features).chain(hidden).chain([n_outputs]).map(|width| width as f64).collect()
}

/// The number of parameters of a network.
pub(crate) fn dim_of_network(task: &Learning, ends: (usize, usize)) -> f64 {
    let widths = widths(task, ends);
    let of_layers: f64 = widths.windows(2).map(|pair| (pair[0] + 1.0) * pair[1]).sum();
    let normalised = match task.model.normalisation {
        Normalisation::None => &[],
        Normalisation::Layer => &widths[1..widths.len() - 1],
    };
    of_layers + 2.0 * normalised.iter().sum::<f64>()
}

/// The arrays of parameters.
pub(crate) fn layout_of(task: &Task, inputs: &Inputs) -> Layout {
    match task {
        Task::Learning(task) => {
            let (_, n_features, n_outputs) = extent(task, inputs);
            task.model.architecture(n_features, n_outputs).layout()
        }
        Task::Descent(task) => Layout::point(task.objective.dim()),
    }
}

/// The number of parameters.
pub(crate) fn dim_of(task: &Task, inputs: &Inputs) -> f64 {
    match task {
        Task::Learning(task) => {
            let (_, n_features, n_outputs) = extent(task, inputs);
            dim_of_network(task, (n_features, n_outputs))
        }
        Task::Descent(task) => task.objective.dim() as f64,
    }
}
