//! Products with a vector of rows, computed as their transpose.

use thalweg_numeric::Real;
use thalweg_numeric::simd::{Machine, transpose};

use super::dots::lines;
use super::{Finish, multiply_add};
use crate::numerics::Kernel;

/// out ← finish(left·rightᵀ) for no more rows than a vector has lanes, where it costs too much to transpose `right` for
/// them: the gradient of a layer's inputs, with the weight as it lies.
///
/// A tile is all rows, in one vector, times eight columns, computed with `right` as the left factor: its sums run over k in
/// sequence, to the bit those of [`Tiles`](super::Tiles) that start from zero. It is transposed in registers before it is
/// stored.
pub(crate) struct Turned<'a, F> {
    pub rows: usize,
    pub columns: usize,
    pub depth: usize,
    /// Element (row, k) is at `k·LANES + row`, with LANES those of a vector.
    pub left: &'a [F],
    /// Element (column, k) is at `column·stride + k`.
    pub right: (&'a [F], usize),
    pub finish: Finish<F>,
    /// Whole vectors of columns are stored, the last ones with numbers of no meaning behind `columns`.
    pub out: (&'a mut [F], usize),
}

impl<F: Real> Kernel for Turned<'_, F> {
    #[inline(always)]
    fn run<M: Machine, const FUSED: bool>(mut self, machine: M) {
        if F::LANES == 8 {
            tiles::<F, M, FUSED, 8, 1>(machine, &mut self);
        } else {
            tiles::<F, M, FUSED, 4, 2>(machine, &mut self);
        }
    }
}

/// N is the number of lanes, and N·B = 8.
#[inline(always)]
fn tiles<F: Real, M: Machine, const FUSED: bool, const N: usize, const B: usize>(
    machine: M,
    t: &mut Turned<'_, F>,
) {
    for column in (0..t.columns).step_by(N * B) {
        let sums = sums::<F, M, FUSED, N, B>(machine, t, column);
        for (block, column) in sums.into_iter().zip((column..t.columns).step_by(N)) {
            let block = transpose::<F, M, N>(machine, block);
            // So that how to finish is a constant inside the loop.
            match t.finish {
                Finish::Store => store::<F, M, N>(machine, t, Finish::Store, column, block),
                Finish::Rectify => store::<F, M, N>(machine, t, Finish::Rectify, column, block),
                Finish::Mask => store::<F, M, N>(machine, t, Finish::Mask, column, block),
                Finish::Scale => store::<F, M, N>(machine, t, Finish::Scale, column, block),
                Finish::Move(a) => store::<F, M, N>(machine, t, Finish::Move(a), column, block),
            }
        }
    }
}

/// The sums of one tile, a vector for each column. Behind the last column it is computed again.
#[inline(always)]
fn sums<F: Real, M: Machine, const FUSED: bool, const N: usize, const B: usize>(
    machine: M,
    t: &Turned<'_, F>,
    column: usize,
) -> [[F::Vector<M>; N]; B] {
    let mut y: [[&[F]; N]; B] = [[&[]; N]; B];
    for b in 0..B {
        y[b] = lines(t.right.0, t.right.1, (column + b * N, t.columns), t.depth);
    }
    let mut sums = [[F::splat(machine, F::ZERO); N]; B];
    for (k, x) in t.left.as_chunks::<N>().0[..t.depth].iter().enumerate() {
        let x = F::load(x);
        for b in 0..B {
            for n in 0..N {
                let y = F::splat(machine, y[b][n][k]);
                sums[b][n] = multiply_add::<F, M, FUSED>(machine, y, x, sums[b][n]);
            }
        }
    }
    sums
}

/// Finishes and stores a block of all rows and N columns.
#[inline(always)]
fn store<F: Real, M: Machine, const N: usize>(
    machine: M,
    t: &mut Turned<'_, F>,
    finish: Finish<F>,
    column: usize,
    block: [F::Vector<M>; N],
) {
    for row in 0..N {
        if row < t.rows {
            let out = &mut t.out.0[row * t.out.1 + column..][..N];
            let old = if finish.reads() { F::load(out) } else { block[row] };
            F::store(out, finish.apply::<M>(machine, block[row], old));
        }
    }
}
