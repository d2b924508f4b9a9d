//! Large batches in shares that several threads can compute.

use std::ops::Range;

use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::{Real, vector};

use crate::division::size;
use crate::workspace::{Task, Workspace};

/// A share of a batch with its own work space and result.
#[derive(Debug, Clone)]
pub(crate) struct Share<F> {
    workspace: Workspace<F>,
    grad: Aligned<F>,
    total: F,
}

/// Writes the gradient into `grad` and returns the sum of the losses. Inside a rayon pool the shares are open
/// to every thread that is idle; their results are added in their order.
pub(crate) fn gradient<F: Real>(shares: &mut [Share<F>], task: &Task<'_, F>, grad: &mut [F]) -> F {
    compute(shares, task, 0, size(task.targets.len()));
    let (first, rest) = shares.split_first().expect("a batch has at least one share");
    grad.copy_from_slice(&first.grad);
    let mut total = first.total;
    for share in rest {
        vector::axpy(F::ONE, &share.grad, grad);
        total += share.total;
    }
    total
}

/// Computes the shares, of which the first is number `first`.
fn compute<F: Real>(shares: &mut [Share<F>], task: &Task<'_, F>, first: usize, size: usize) {
    if let [share] = shares {
        let end = task.targets.len().min((first + 1) * size);
        share.compute(task, (first * size).min(end)..end);
        return;
    }
    let half = shares.len() / 2;
    let (left, right) = shares.split_at_mut(half);
    // Outside a pool `join` would start one.
    if rayon::current_thread_index().is_some() {
        rayon::join(|| compute(left, task, first, size), || compute(right, task, first + half, size));
    } else {
        compute(left, task, first, size);
        compute(right, task, first + half, size);
    }
}

impl<F: Real> Share<F> {
    pub(crate) fn new(workspace: Workspace<F>, dim: usize) -> Self {
        Self { workspace, grad: aligned::zeros(dim), total: F::ZERO }
    }

    fn compute(&mut self, task: &Task<'_, F>, rows: Range<usize>) {
        self.total = self.workspace.gradient(task, rows, &mut self.grad);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use thalweg_numeric::Streams;

    use super::*;
    use crate::division::count;
    use crate::numerics::Isa;
    use crate::passes::Backward;
    use crate::{Architecture, Loss, Numerics, Targets};

    fn together_agrees<F: Real>(hidden: &[usize]) {
        // 383 rows are 4 shares, of which the last is shorter; 3 outputs make a narrow layer.
        let rows = 383;
        let architecture =
            Architecture { inputs: 70, hidden: hidden.to_vec(), outputs: 3, ..Architecture::default() };
        let mut stream = Streams::new(11, 0).stream("shares", 0);
        let mut draw = || F::from_f64(stream.normal());
        let params: Vec<F> = (0..architecture.layout().dim()).map(|_| draw()).collect();
        let inputs = Array2::from_shape_simple_fn((rows, 70), &mut draw);
        let labels: Vec<u32> = (0..rows as u32).map(|row| row % 3).collect();
        for numerics in [Numerics::Portable, Numerics::best()] {
            let mut space = Workspace::new(&architecture, Isa::of(numerics).expect("supported"), rows);
            let task = Task {
                loss: Loss::CrossEntropy,
                params: &params,
                inputs: inputs.view(),
                targets: Targets::Classes(&labels),
                backward: Backward::Many,
                scale: F::from_f64(1.0 / rows as f64),
                dropout: None,
            };
            let mut shares: Vec<_> =
                (0..count(rows)).map(|_| Share::new(space.clone(), params.len())).collect();
            let (mut at_once, mut together) = (params.clone(), params.clone());
            let total = gradient(&mut shares, &task, &mut at_once);
            assert_eq!(space.gradient_by_shares(&task, &mut together), total);
            assert_eq!(together, at_once, "{numerics}");
        }
    }

    #[test]
    fn shares_together_and_at_once_have_the_same_bits() {
        together_agrees::<f32>(&[33, 17]);
        together_agrees::<f64>(&[33, 17]);
        // Wide layers.
        together_agrees::<f32>(&[1000, 70]);
    }
}
