//! Large batches in shares that several threads can compute.

use std::ops::Range;

use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::{Real, vector};

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

/// Writes the gradient into `grad` and returns the sum of the losses. Inside a rayon pool the shares are open
/// to every thread that is idle; their results are added in their order.
pub(crate) fn gradient<F: Real>(shares: &mut [Share<F>], task: &Task<'_, F>, grad: &mut [F]) -> F {
    let rows = task.targets.len();
    // Whole tiles of six rows.
    let size = rows.div_ceil(shares.len()).next_multiple_of(6);
    compute(shares, task, 0, size);
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
    use super::*;

    #[test]
    fn shares_depend_on_the_rows_alone_and_cover_them() {
        assert_eq!([1, 126, 127, 256, 500, 1008, 1009, 8192].map(count), [1, 1, 2, 3, 4, 8, 8, 8]);
    }
}
