//! How much work a run is.

use crate::file::{ProbeKind, RunSpec, Task};
use crate::inputs::{Inputs, extent};

/// About how many operations a run takes, with those of the runs that its probes walk to.
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
    let others = spec.probes.iter().filter_map(|probe| match &probe.kind {
        ProbeKind::Path(path) => path.other.as_ref(),
        _ => None,
    });
    spec.task.steps() as f64 * step + others.map(|other| work(other, inputs)).sum::<f64>()
}
