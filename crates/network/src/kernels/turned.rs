//! Products with one or two vectors of rows, computed as their transpose.

use thalweg_numeric::Real;
use thalweg_numeric::simd::{Machine, transpose};

use super::dots::lines;
use super::{Finish, Strided, multiply_add};
use crate::numerics::{Kernel, compiled};

/// The most rows: a vector in f32, two in f64.
pub(crate) const MOST: usize = 8;

/// A row stride for the left factor of `rows` rows: whole vectors.
pub(crate) fn stride<F: Real>(rows: usize) -> usize {
    rows.next_multiple_of(F::LANES)
}

/// out ← finish(left·rightᵀ) for up to eight rows, where it costs too much to transpose `right` for them: the
/// gradient of a layer's inputs, with the weight as it lies.
///
/// A tile is all rows, in V vectors, times as many columns as make eight sums, computed with `right` as the
/// left factor: its sums run over k in sequence, to the bit those of [`Tiles`](super::Tiles) that start from
/// zero. It is transposed in registers before it is stored.
pub(crate) struct Turned<'a, F> {
    pub rows: usize,
    pub columns: usize,
    pub depth: usize,
    /// Element (row, k) is at `k·stride(rows) + row`.
    pub left: &'a [F],
    /// Element (column, k) is at `column·stride + k`.
    pub right: Strided<'a, F>,
    pub finish: Finish<F>,
    /// Whole vectors of columns are stored, the last ones with numbers of no meaning behind `columns`.
    pub out: (&'a mut [F], usize),
}

compiled!(Turned);

impl<F: Real> Kernel for Turned<'_, F> {
    #[inline(always)]
    fn run<M: Machine, const FUSED: bool>(mut self, machine: M) {
        match stride::<F>(self.rows) {
            _ if const { F::LANES == 8 } => tiles::<F, M, FUSED, 8, 1, 1>(machine, &mut self),
            4 => tiles::<F, M, FUSED, 4, 1, 2>(machine, &mut self),
            _ => tiles::<F, M, FUSED, 4, 2, 1>(machine, &mut self),
        }
    }
}

/// N is the number of lanes, V that of the vectors of rows, and N·V·B = 8.
#[inline(always)]
fn tiles<F: Real, M: Machine, const FUSED: bool, const N: usize, const V: usize, const B: usize>(
    machine: M,
    t: &mut Turned<'_, F>,
) {
    for column in (0..t.columns).step_by(N * B) {
        let sums = sums::<F, M, FUSED, N, V, B>(machine, t, column);
        for (blocks, column) in sums.into_iter().zip((column..t.columns).step_by(N)) {
            for v in 0..V {
                let block = transpose::<F, M, N>(machine, blocks[v]);
                let at = (v * N, column);
                // So that how to finish is a constant inside the loop.
                match t.finish {
                    Finish::Store => store::<F, M, N>(machine, t, Finish::Store, at, block),
                    Finish::Rectify => store::<F, M, N>(machine, t, Finish::Rectify, at, block),
                    Finish::Mask => store::<F, M, N>(machine, t, Finish::Mask, at, block),
                    Finish::Scale => store::<F, M, N>(machine, t, Finish::Scale, at, block),
                    Finish::Move(a) => store::<F, M, N>(machine, t, Finish::Move(a), at, block),
                }
            }
        }
    }
}

/// The sums of one tile, V vectors for each column. Behind the last column it is computed again.
#[inline(always)]
fn sums<F: Real, M: Machine, const FUSED: bool, const N: usize, const V: usize, const B: usize>(
    machine: M,
    t: &Turned<'_, F>,
    column: usize,
) -> [[[F::Vector<M>; N]; V]; B] {
    let depth = t.depth;
    let mut y: [[&[F]; N]; B] = [[&[]; N]; B];
    for b in 0..B {
        y[b] = lines(t.right.values, t.right.stride, (column + b * N, t.columns), depth);
    }
    let mut sums = [[[F::splat(machine, F::ZERO); N]; V]; B];
    let vectors = &t.left.as_chunks::<N>().0.as_chunks::<V>().0[..depth];
    for k in 0..depth {
        let mut x = [F::splat(machine, F::ZERO); V];
        for v in 0..V {
            x[v] = F::load(&vectors[k][v]);
        }
        for b in 0..B {
            for n in 0..N {
                let y = F::splat(machine, y[b][n][k]);
                for v in 0..V {
                    sums[b][v][n] = multiply_add::<F, M, FUSED>(machine, y, x[v], sums[b][v][n]);
                }
            }
        }
    }
    sums
}

/// Finishes and stores a block of N rows and N columns.
#[inline(always)]
fn store<F: Real, M: Machine, const N: usize>(
    machine: M,
    t: &mut Turned<'_, F>,
    finish: Finish<F>,
    (first, column): (usize, usize),
    block: [F::Vector<M>; N],
) {
    for row in 0..N {
        if first + row < t.rows {
            let out = &mut t.out.0[(first + row) * t.out.1 + column..][..N];
            let old = if finish.reads() { F::load(out) } else { block[row] };
            F::store(out, finish.apply::<M>(machine, block[row], old));
        }
    }
}
