//! How much work a run is.

use thalweg_numeric::Layout;
use thalweg_optimizers::{Kind, Method, Rule, Update};

use crate::file::{ProbeKind, RunSpec, Task};
use crate::inputs::{Inputs, extent};

/// About how many operations a run takes, with those of the runs that its probes walk to.
pub(super) fn work(spec: &RunSpec, inputs: &Inputs) -> f64 {
    let step = match &spec.task {
        Task::Learning(task) => {
            let (_, n_features, n_classes) = extent(task, inputs);
            let architecture = task.model.architecture(n_features, n_classes);
            let batch = task.train.batch_size.size();
            let layout = architecture.layout();
            // Reading and writing the parameters costs a step about as much as 20 operations on each.
            gradients(&spec.optimizer) * architecture.step_flops(batch)
                + 20.0 * layout.dim() as f64
                + orthogonalisation(&spec.optimizer, &layout)
        }
        // With overhead and perhaps noise a coordinate costs as much as some 600 operations.
        Task::Descent(task) => 600.0 * gradients(&spec.optimizer) * task.objective.dim() as f64,
    };
    let others = spec.probes.iter().filter_map(|probe| match &probe.kind {
        ProbeKind::Path(path) => path.other.as_ref(),
        _ => None,
    });
    spec.task.steps() as f64 * step + others.map(|other| work(other, inputs)).sum::<f64>()
}

/// About how many gradients a step takes. A product with the Hessian costs two.
fn gradients(update: &Update) -> f64 {
    match &update.kind {
        Kind::Rule(_) => 1.0,
        Kind::Method(Method::Sam(_)) => 2.0,
        Kind::Method(Method::Lbfgs(_)) => 3.0,
        // Conjugate gradients end after a tenth of the iterations that they may take, more or less.
        Kind::Method(Method::Newton(config)) => 1.0 + 0.2 * config.iterations.get() as f64,
    }
}

/// Operations of Muon's iterations: three products in each, at a tenth of the speed of the network's.
fn orthogonalisation(update: &Update, layout: &Layout) -> f64 {
    let Kind::Rule(Rule::Muon(config)) = &update.kind else { return 0.0 };
    let iteration = |shape: &[usize]| match shape {
        [a, b] => 60.0 * (a.min(b) * a * b) as f64,
        _ => 0.0,
    };
    let all: f64 = layout.blocks().iter().map(|block| iteration(&block.shape)).sum();
    config.newton_schulz_steps.get() as f64 * all
}
