//! Products with one or two vectors of rows, computed as their transpose.

use thalweg_numeric::Real;
use thalweg_numeric::simd::{Vectors, load_transposed, transpose};

use super::dots::lines;
use super::{Finish, Strided, multiply_add};
use crate::numerics::{WideKernel, compiled};

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
/// zero. It is transposed in registers before it is stored. With 32 registers square blocks of `right` are
/// transposed there instead, so that a vector is a row's.
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

compiled!(Turned, run_fused_wide_here);

impl<F: Real> WideKernel for Turned<'_, F> {
    fn fills_wide(&self) -> bool {
        self.columns.is_multiple_of(F::WIDE_LANES) && self.depth.is_multiple_of(F::LANES) && self.depth > 0
    }

    #[inline(always)]
    fn run_wide<M: Vectors, const FUSED: bool>(mut self, machine: M) {
        match stride::<F>(self.rows) {
            _ if const { M::REGISTERS == 32 && F::LANES == 8 } => {
                strips::<F, M, FUSED, 16, 8, 8>(machine, &mut self)
            }
            4 if const { M::REGISTERS == 32 } => strips::<F, M, FUSED, 8, 4, 4>(machine, &mut self),
            _ if const { M::REGISTERS == 32 } => strips::<F, M, FUSED, 8, 4, 8>(machine, &mut self),
            _ if const { F::LANES == 8 } => tiles::<F, M, FUSED, 8, 1, 1>(machine, &mut self),
            4 => tiles::<F, M, FUSED, 4, 1, 2>(machine, &mut self),
            _ => tiles::<F, M, FUSED, 4, 2, 1>(machine, &mut self),
        }
    }
}

/// A vector of columns at a time, where whole ones fill columns and depth. N is the number of lanes, H half
/// of it, S the stride of the rows.
#[inline(always)]
fn strips<F: Real, M: Vectors, const FUSED: bool, const N: usize, const H: usize, const S: usize>(
    machine: M,
    t: &mut Turned<'_, F>,
) {
    let Strided { values, stride } = t.right;
    let n_blocks = t.depth / H;
    let left = &t.left.as_chunks::<S>().0.as_chunks::<H>().0[..n_blocks];
    for column in (0..t.columns).step_by(N) {
        let mut lines: [&[[F; H]]; N] = [&[]; N];
        for (i, line) in lines.iter_mut().enumerate() {
            *line = &values[(column + i) * stride..].as_chunks().0[..n_blocks];
        }
        let turned = |k: usize| load_transposed::<F, M, N, H>(machine, lines.map(|line| &line[k]));
        let mut sums = [F::splat(machine, F::ZERO); S];
        // A block ahead, so that its shuffles fill the gaps between the products of the block before.
        let mut right = turned(0);
        for (k, left) in left.iter().enumerate() {
            let next = if k + 1 < n_blocks { turned(k + 1) } else { right };
            for i in 0..H {
                for row in 0..S {
                    let x = F::splat(machine, left[i][row]);
                    sums[row] = multiply_add::<F, M, FUSED>(machine, right[i], x, sums[row]);
                }
            }
            right = next;
        }
        finish::<F, M, S>(machine, t, (0, column), sums);
    }
}

/// N is the number of lanes, V that of the vectors of rows, and N·V·B = 8.
#[inline(always)]
fn tiles<F: Real, M: Vectors, const FUSED: bool, const N: usize, const V: usize, const B: usize>(
    machine: M,
    t: &mut Turned<'_, F>,
) {
    for column in (0..t.columns).step_by(N * B) {
        let sums = sums::<F, M, FUSED, N, V, B>(machine, t, column);
        for (blocks, column) in sums.into_iter().zip((column..t.columns).step_by(N)) {
            for v in 0..V {
                let block = transpose::<F, M, N>(machine, blocks[v]);
                finish::<F, M, N>(machine, t, (v * N, column), block);
            }
        }
    }
}

/// The sums of one tile, V vectors for each column. Behind the last column it is computed again.
#[inline(always)]
fn sums<F: Real, M: Vectors, const FUSED: bool, const N: usize, const V: usize, const B: usize>(
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

/// Finishes and stores a vector of columns of N rows.
#[inline(always)]
fn finish<F: Real, M: Vectors, const N: usize>(
    machine: M,
    t: &mut Turned<'_, F>,
    at: (usize, usize),
    rows: [F::Vector<M>; N],
) {
    // So that how to finish is a constant inside the loop.
    match t.finish {
        Finish::Store => store::<F, M, N>(machine, t, Finish::Store, at, rows),
        Finish::Rectify => store::<F, M, N>(machine, t, Finish::Rectify, at, rows),
        Finish::Mask => store::<F, M, N>(machine, t, Finish::Mask, at, rows),
        Finish::Scale => store::<F, M, N>(machine, t, Finish::Scale, at, rows),
        Finish::Move(a) => store::<F, M, N>(machine, t, Finish::Move(a), at, rows),
    }
}

#[inline(always)]
fn store<F: Real, M: Vectors, const N: usize>(
    machine: M,
    t: &mut Turned<'_, F>,
    finish: Finish<F>,
    (first, column): (usize, usize),
    rows: [F::Vector<M>; N],
) {
    for row in 0..N {
        if first + row < t.rows {
            let out = &mut t.out.0[(first + row) * t.out.1 + column..][..F::lanes::<M>()];
            let old = if finish.reads() { F::load(out) } else { rows[row] };
            F::store(out, finish.apply::<M>(machine, rows[row], old));
        }
    }
}
