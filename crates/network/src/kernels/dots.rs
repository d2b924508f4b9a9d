//! Products by dot products, for results too narrow for a tile.

use thalweg_numeric::Real;
use thalweg_numeric::simd::{Machine, sum_lanes};

use super::{Left, Product, Start, multiply_add};
use crate::numerics::Kernel;

/// Lanes of a dot product.
const DOT: usize = 8;

/// A product by dot products along contiguous rows of both factors, for results too narrow for a tile.
///
/// A dot product is summed in eight lanes and these in a balanced tree, then added to its start. As many as a vector
/// has lanes are computed at a time, of R rows and C columns, so that one tree sums them all. `left` must be
/// [`Left::Rows`].
pub(crate) struct Dots<'a, F>(pub Product<'a, F>);

impl<F: Real> Kernel for Dots<'_, F> {
    #[inline(always)]
    fn run<M: Machine, const FUSED: bool>(self, machine: M) {
        let p = self.0;
        match (F::LANES, p.columns) {
            (8, 1) => groups::<F, M, FUSED, 1, 8, 1>(machine, p),
            (8, 2 | 3) => groups::<F, M, FUSED, 1, 4, 2>(machine, p),
            (8, _) => groups::<F, M, FUSED, 1, 1, 8>(machine, p),
            (_, 1) => groups::<F, M, FUSED, 2, 4, 1>(machine, p),
            (_, 2 | 3) => groups::<F, M, FUSED, 2, 2, 2>(machine, p),
            _ => groups::<F, M, FUSED, 2, 1, 4>(machine, p),
        }
    }
}

/// All groups of R rows and C columns.
#[inline(always)]
fn groups<F: Real, M: Machine, const FUSED: bool, const N: usize, const R: usize, const C: usize>(
    machine: M,
    mut p: Product<'_, F>,
) {
    for row in (0..p.rows).step_by(R) {
        for column in (0..p.columns).step_by(C) {
            group::<F, M, FUSED, N, R, C>(machine, &mut p, row, column);
        }
    }
}

/// R rows times C columns. Behind the last row or column the last one is computed again.
#[inline(always)]
fn group<F: Real, M: Machine, const FUSED: bool, const N: usize, const R: usize, const C: usize>(
    machine: M,
    p: &mut Product<'_, F>,
    row: usize,
    column: usize,
) {
    let dots = sums::<F, M, FUSED, N, R, C>(machine, p, row, column);
    let (mut old, mut start) = ([F::ZERO; DOT], [F::ZERO; DOT]);
    for r in 0..R {
        for c in 0..C {
            let (row, column) = ((row + r).min(p.rows - 1), (column + c).min(p.columns - 1));
            old[r * C + c] = p.out[row * p.out_stride + column];
            start[r * C + c] = match p.start {
                Start::Zero => F::ZERO,
                Start::Row(bias) => bias[column],
                Start::Current => old[r * C + c],
            };
        }
    }
    let sum = F::plus(machine, F::load(&start), dots);
    let done = p.finish.apply::<F, M>(machine, sum, F::load(&old));
    F::store(&mut old, done);
    for r in 0..R.min(p.rows - row) {
        for c in 0..C.min(p.columns - column) {
            p.out[(row + r) * p.out_stride + column + c] = old[r * C + c];
        }
    }
}

/// The dot products of R rows and C columns, which are as many as a vector has lanes; each is summed in N vectors.
#[inline(always)]
fn sums<F: Real, M: Machine, const FUSED: bool, const N: usize, const R: usize, const C: usize>(
    machine: M,
    p: &Product<'_, F>,
    row: usize,
    column: usize,
) -> F::Vector<M> {
    let Left::Rows(left, left_stride) = p.left else { unreachable!("dot products need contiguous rows") };
    let (right, right_stride) = p.right;
    let mut x: [&[F]; R] = [&[]; R];
    for r in 0..R {
        x[r] = &left[(row + r).min(p.rows - 1) * left_stride..][..p.depth];
    }
    let mut y: [&[F]; C] = [&[]; C];
    for c in 0..C {
        y[c] = &right[(column + c).min(p.columns - 1) * right_stride..][..p.depth];
    }
    let mut sums = [[[F::splat(machine, F::ZERO); N]; C]; R];
    let whole = p.depth - p.depth % DOT;
    for k in (0..whole).step_by(DOT) {
        for n in 0..N {
            let k = k + n * F::LANES;
            for r in 0..R {
                for c in 0..C {
                    let (x, y) = (F::load(&x[r][k..]), F::load(&y[c][k..]));
                    sums[r][c][n] = multiply_add::<F, M, FUSED>(machine, x, y, sums[r][c][n]);
                }
            }
        }
    }
    for n in 0..N {
        let k = whole + n * F::LANES;
        if k < p.depth {
            for r in 0..R {
                for c in 0..C {
                    let (x, y) = (F::load_some(machine, &x[r][k..]), F::load_some(machine, &y[c][k..]));
                    sums[r][c][n] = multiply_add::<F, M, FUSED>(machine, x, y, sums[r][c][n]);
                }
            }
        }
    }
    let mut dots = [F::splat(machine, F::ZERO); DOT];
    for r in 0..R {
        for c in 0..C {
            dots[r * C + c] = sums[r][c][0];
            for n in 1..N {
                dots[r * C + c] = F::plus(machine, dots[r * C + c], sums[r][c][n]);
            }
        }
    }
    sum_lanes::<F, M>(machine, dots)
}
