//! How much work a run is.

use crate::file::{RunSpec, Task};
use crate::inputs::{Inputs, extent};

/// About how many operations a run takes.
pub(super) fn work(spec: &RunSpec, inputs: &Inputs) -> f64 {
    let gradients = spec.optimizer.gradients_per_step();
    let step = match &spec.task {
        Task::Learning(task) => {
            let (_, n_features, n_classes) = extent(task, inputs);
            let architecture = task.model.architecture(n_features, n_classes);
            let batch = task.train.batch_size.size();
            gradients * architecture.step_flops(batch) + spec.optimizer.step_flops(&architecture.layout())
        }
        // With overhead and perhaps noise a coordinate costs as much as some 600 operations.
        Task::Descent(task) => 600.0 * gradients * task.objective.dim() as f64,
    };
    spec.task.steps() as f64 * step
}
