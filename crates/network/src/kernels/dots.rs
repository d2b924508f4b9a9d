//! Products by dot products, for results too narrow for a tile.

use thalweg_numeric::Real;
use thalweg_numeric::simd::{Machine, sum_lanes};

use super::{Left, Product, Start, multiply_add};
use crate::numerics::{Kernel, compiled};

/// Lanes of a dot product.
const DOT: usize = 8;

/// A product by dot products along contiguous rows of both factors, for results too narrow for a tile.
///
/// A dot product is summed in eight lanes and these in a balanced tree, then added to its start. As many as a
/// vector has lanes are computed at a time, of R rows and C columns, so that one tree sums them all. `left`
/// must be [`Left::Rows`].
pub(crate) struct Dots<'a, F>(pub Product<'a, F>);

compiled!(Dots);

impl<F: Real> Kernel for Dots<'_, F> {
    #[inline(always)]
    fn run<M: Machine, const FUSED: bool>(self, machine: M) {
        let p = self.0;
        match p.columns {
            1 if const { F::LANES == 8 } => groups::<F, M, FUSED, 1, 8, 1>(machine, p),
            2 | 3 if const { F::LANES == 8 } => groups::<F, M, FUSED, 1, 4, 2>(machine, p),
            _ if const { F::LANES == 8 } => groups::<F, M, FUSED, 1, 1, 8>(machine, p),
            1 => groups::<F, M, FUSED, 2, 4, 1>(machine, p),
            2 | 3 => groups::<F, M, FUSED, 2, 2, 2>(machine, p),
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
    for column in (0..p.columns).step_by(C) {
        let mut start = [F::ZERO; DOT];
        if let Start::Row(bias) = p.start {
            for i in 0..R * C {
                start[i] = bias[(column + i % C).min(p.columns - 1)];
            }
        }
        let start = F::load(&start);
        let y = lines::<F, C>(p.right.values, p.right.stride, (column, p.columns), p.depth);
        for row in (0..p.rows).step_by(R) {
            group::<F, M, FUSED, N, R, C>(machine, &mut p, (start, &y), (row, column));
        }
    }
}

/// R rows times C columns. Behind the last row or column the last one is computed again.
#[inline(always)]
fn group<F: Real, M: Machine, const FUSED: bool, const N: usize, const R: usize, const C: usize>(
    machine: M,
    p: &mut Product<'_, F>,
    (start, y): (F::Vector<M>, &[&[F]; C]),
    (row, column): (usize, usize),
) {
    let Left::Rows(left, left_stride) = p.left else { unreachable!("dot products need contiguous rows") };
    let x = lines::<F, R>(left, left_stride, (row, p.rows), p.depth);
    let dots = sums::<F, M, FUSED, N, R, C>(machine, p.depth, &x, y);
    let adds = matches!(p.start, Start::Current);
    let old = if adds || p.finish.reads() { read::<F, M, R, C>(machine, p, row, column) } else { start };
    let sum = F::plus(machine, if adds { old } else { start }, dots);
    let done = p.finish.apply::<M>(machine, sum, old);
    write::<F, M, R, C>(machine, p, (row, column), done);
}

/// What `out` holds of R rows and C columns, row by row.
#[inline(always)]
fn read<F: Real, M: Machine, const R: usize, const C: usize>(
    machine: M,
    p: &Product<'_, F>,
    row: usize,
    column: usize,
) -> F::Vector<M> {
    let (rows, columns) = (R.min(p.rows - row), C.min(p.columns - column));
    let line = |r: usize| &p.out[(row + r) * p.out_stride + column..][..columns];
    if R == 1 {
        return if columns == C { F::load(line(0)) } else { F::load_some(machine, line(0)) };
    }
    let mut old = [F::ZERO; DOT];
    for r in 0..rows {
        for c in 0..columns {
            old[r * C + c] = line(r)[c];
        }
    }
    F::load(&old)
}

/// Writes R rows and C columns of `out`, as far as there are so many.
#[inline(always)]
fn write<F: Real, M: Machine, const R: usize, const C: usize>(
    machine: M,
    p: &mut Product<'_, F>,
    (row, column): (usize, usize),
    done: F::Vector<M>,
) {
    let (rows, columns) = (R.min(p.rows - row), C.min(p.columns - column));
    let mut lines = [F::ZERO; DOT];
    F::store(&mut lines, done);
    for r in 0..rows {
        let line = &mut p.out[(row + r) * p.out_stride + column..][..columns];
        if R == 1 && columns == C {
            F::store(line, done);
        } else if R == 1 {
            F::store_some(machine, line, done);
        } else if let Ok(line) = <&mut [F; C]>::try_from(&mut *line) {
            // By a constant length, which needs no call.
            line.copy_from_slice(&lines[r * C..][..C]);
        } else {
            line.copy_from_slice(&lines[r * C..][..columns]);
        }
    }
}

/// N lines of a matrix from the `first`; behind the last of `count` that one again.
#[inline(always)]
pub(super) fn lines<F, const N: usize>(
    values: &[F],
    stride: usize,
    (first, count): (usize, usize),
    length: usize,
) -> [&[F]; N] {
    let mut lines: [&[F]; N] = [&[]; N];
    let mut rest = &values[first.min(count - 1) * stride..];
    for n in 0..N {
        lines[n] = &rest[..length];
        if n + 1 < N {
            rest = &rest[if first + n + 1 < count { stride } else { 0 }..];
        }
    }
    lines
}

/// The first `n` blocks of each line: slices of one length, so that a loop over it needs no bounds checks.
#[inline(always)]
fn blocks<'a, F, const N: usize>(lines: &[&'a [F]; N], n: usize) -> [&'a [[F; DOT]]; N] {
    let mut blocks: [&[[F; DOT]]; N] = [&[]; N];
    for i in 0..N {
        blocks[i] = &lines[i].as_chunks().0[..n];
    }
    blocks
}

/// The dot products of R rows and C columns, which are as many as a vector has lanes; each is summed in N
/// vectors.
#[inline(always)]
pub(super) fn sums<F: Real, M: Machine, const FUSED: bool, const N: usize, const R: usize, const C: usize>(
    machine: M,
    depth: usize,
    x: &[&[F]; R],
    y: &[&[F]; C],
) -> F::Vector<M> {
    let mut sums = [[[F::splat(machine, F::ZERO); N]; C]; R];
    let whole = depth - depth % DOT;
    let n_blocks = depth / DOT;
    let (blocks_x, blocks_y) = (blocks(x, n_blocks), blocks(y, n_blocks));
    for k in 0..n_blocks {
        for n in 0..N {
            for r in 0..R {
                for c in 0..C {
                    let (x, y) = (&blocks_x[r][k][n * F::LANES..], &blocks_y[c][k][n * F::LANES..]);
                    sums[r][c][n] =
                        multiply_add::<F, M, FUSED>(machine, F::load(x), F::load(y), sums[r][c][n]);
                }
            }
        }
    }
    for n in 0..N {
        let k = whole + n * F::LANES;
        if k < depth {
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
