//! Which arrays of a layout are matrices, and the steps of those that are not.

use std::ops::Range;

use thalweg_numeric::{Layout, Real};

use super::{RuleSettings, RuleState};

/// An array with two axes, fan-in and fan-out.
pub(super) struct Matrix {
    pub(super) range: Range<usize>,
    pub(super) fan_in: usize,
    pub(super) fan_out: usize,
}

impl Matrix {
    /// The shorter side.
    pub(super) fn rows(&self) -> usize {
        self.fan_in.min(self.fan_out)
    }

    /// Where entry k stands in the matrix or its transpose, whichever has no more rows than columns.
    pub(super) fn place(&self, k: usize) -> usize {
        if self.fan_in > self.fan_out { k % self.fan_out * self.fan_in + k / self.fan_out } else { k }
    }
}

/// The matrices of a layout, and where all other arrays lie.
pub(super) fn split(layout: &Layout) -> (Vec<Matrix>, Vec<Range<usize>>) {
    let (mut matrices, mut rest) = (vec![], vec![]);
    for block in layout.blocks() {
        let range = block.range.clone();
        match block.shape[..] {
            [fan_in, fan_out] if !range.is_empty() => matrices.push(Matrix { range, fan_in, fan_out }),
            _ => rest.push(range),
        }
    }
    (matrices, rest)
}

/// The most rows, and the most entries, that a matrix has.
pub(super) fn most(matrices: &[Matrix]) -> (usize, usize) {
    let rows = matrices.iter().map(Matrix::rows).max();
    let entries = matrices.iter().map(|matrix| matrix.range.len()).max();
    (rows.unwrap_or(0), entries.unwrap_or(0))
}

/// All arrays that are no matrices, and what moves them.
pub(super) struct Rest<F> {
    ranges: Vec<Range<usize>>,
    pub(super) state: Box<dyn RuleState<F>>,
    // Work space, not remembered: all of them in one piece.
    params: Vec<F>,
    grad: Vec<F>,
}

impl<F: Real> Rest<F> {
    pub(super) fn new(ranges: Vec<Range<usize>>, rule: &dyn RuleSettings<F>) -> Self {
        let length = ranges.iter().map(Range::len).sum();
        let state = rule.build(&Layout::new([("rest", vec![length])]));
        Self { ranges, state, params: vec![F::ZERO; length], grad: vec![F::ZERO; length] }
    }

    pub(super) fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        let mut at = 0;
        for range in &self.ranges {
            self.params[at..at + range.len()].copy_from_slice(&params[range.clone()]);
            self.grad[at..at + range.len()].copy_from_slice(&grad[range.clone()]);
            at += range.len();
        }
        self.state.step(lr, &mut self.params, &self.grad);
        let mut at = 0;
        for range in &self.ranges {
            params[range.clone()].copy_from_slice(&self.params[at..at + range.len()]);
            at += range.len();
        }
    }
}
