//! Large batches in shares that several threads can compute.

use std::ops::Range;

use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::{Real, vector};

use crate::kernels::LARGE;
use crate::workspace::{BLOCK, Task, Workspace};

/// The most shares of a batch.
const MOST: usize = 8;

/// A share of a batch with its own work space and result.
#[derive(Debug, Clone)]
pub(crate) struct Share<F> {
    workspace: Workspace<F>,
    grad: Aligned<F>,
    total: F,
}

/// How many shares a batch is cut into: a function of its rows alone, so that the bits do not depend on the
/// threads.
#[inline]
pub(crate) fn count(rows: usize) -> usize {
    rows.div_ceil(BLOCK).min(MOST)
}

/// Whether a gradient is so large that shares are better computed by all threads together, layer after layer,
/// than each by one with a gradient and transposed weights of its own.
fn is_wide<F>(dim: usize) -> bool {
    dim * size_of::<F>() >= LARGE
}

/// The most rows that a network computes at a time: a block, or of a wide gradient all shares that are one
/// block each.
pub fn rows_of_block<F>(dim: usize) -> usize {
    if is_wide::<F>(dim) { MOST * BLOCK } else { BLOCK }
}

/// How many gradients of their own the shares of a batch need, for a network without layer normalisation,
/// residual connections and dropout: none of a single share, or of several that are computed together, as
/// one block. With these extras several shares have one each.
pub fn gradients_of_shares<F>(dim: usize, rows: usize) -> usize {
    match count(rows) {
        1 => 0,
        _ if is_wide::<F>(dim) && size(rows) <= BLOCK => 0,
        shares => shares,
    }
}

/// The rows of each share but the last: whole tiles of six.
pub(crate) fn size(rows: usize) -> usize {
    rows.div_ceil(count(rows)).next_multiple_of(6)
}

/// The sum of the losses of all rows, as those of the shares are added.
pub(crate) fn sum<F: Real>(losses: &[F]) -> F {
    let add = |total: F, loss: F| total + loss;
    let of_share = |share: &[F]| share.iter().copied().fold(F::ZERO, add);
    losses.chunks(size(losses.len())).map(of_share).fold(F::ZERO, add)
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
    use crate::numerics::Isa;
    use crate::passes::Backward;
    use crate::{Architecture, Loss, Numerics, Targets};

    #[test]
    fn shares_depend_on_the_rows_alone_and_cover_them() {
        assert_eq!([1, 126, 127, 256, 500, 1008, 1009, 8192].map(count), [1, 1, 2, 3, 4, 8, 8, 8]);
    }

    #[test]
    fn shares_of_a_wide_gradient_have_none_of_their_own_unless_they_are_of_several_blocks() {
        let of = |dim| [126, 127, 1008, 1009].map(|rows| gradients_of_shares::<f32>(dim, rows));
        assert_eq!(of(LARGE / 4 - 1), [0, 2, 8, 8]);
        assert_eq!(of(LARGE / 4), [0, 0, 0, 8]);
    }

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
