//! The product of a column and a row.

use thalweg_numeric::Real;
use thalweg_numeric::simd::Machine;

use super::{Finish, multiply_add};
use crate::numerics::{Kernel, compiled};

/// out ← finish((column, 1)·row), a matrix as wide as `row` with a row more than `column` has elements: the
/// gradient of a layer's weight and bias for a single sample, which is all writing. To the bit what
/// [`Tiles`](super::Tiles) computes over a depth of 1.
pub(crate) struct Outer<'a, F> {
    pub column: &'a [F],
    pub row: &'a [F],
    /// [`Finish::Store`] or [`Finish::Move`].
    pub finish: Finish<F>,
    pub out: &'a mut [F],
}

compiled!(Outer);

impl<F: Real> Kernel for Outer<'_, F> {
    #[inline(always)]
    fn run<M: Machine, const FUSED: bool>(self, machine: M) {
        // So that how to finish is a constant inside the loops.
        match self.finish {
            Finish::Store => every_row::<F, M, FUSED>(machine, self, Finish::Store),
            Finish::Move(a) => every_row::<F, M, FUSED>(machine, self, Finish::Move(a)),
            other => unreachable!("no outer product finishes by {other:?}"),
        }
    }
}

#[inline(always)]
fn every_row<F: Real, M: Machine, const FUSED: bool>(machine: M, outer: Outer<'_, F>, finish: Finish<F>) {
    if let Ok(row) = outer.row.try_into() {
        return pairs::<F, M, FUSED>(machine, outer, row, finish);
    }
    let rows = outer.column.iter().copied().chain([F::ONE]).enumerate();
    strips::<F, M, FUSED>(machine, rows, outer.row, finish, outer.out);
}

/// Rows of two, for two classes: as many at a time as fill two vectors.
#[inline(always)]
fn pairs<F: Real, M: Machine, const FUSED: bool>(
    machine: M,
    outer: Outer<'_, F>,
    row: [F; 2],
    finish: Finish<F>,
) {
    let (whole, rest) = outer.column.split_at(outer.column.len() - outer.column.len() % F::LANES);
    let (lines, last) = outer.out.split_at_mut(2 * whole.len());
    let mut y = [F::ZERO; 8];
    for i in 0..8 {
        y[i] = row[i % 2];
    }
    let (y, zero) = (F::load(&y), F::splat(machine, F::ZERO));
    for (x, lines) in whole.chunks_exact(F::LANES).zip(lines.chunks_exact_mut(2 * F::LANES)) {
        let x = twice::<F, M>(machine, F::load(x));
        for v in 0..2 {
            let line = &mut lines[v * F::LANES..];
            let product = multiply_add::<F, M, FUSED>(machine, x[v], y, zero);
            let old = if finish.reads() { F::load(line) } else { product };
            F::store(line, finish.apply::<M>(machine, product, old));
        }
    }
    let lines = last.as_chunks_mut::<2>().0;
    for (line, x) in lines.iter_mut().zip(rest.iter().chain([&F::ONE])) {
        // As in a tile, whose sums start from 0.
        let product = |y: F| if FUSED { x.mul_add(y, F::ZERO) } else { *x * y + F::ZERO };
        let pair = [product(row[0]), product(row[1])];
        *line = match finish {
            Finish::Move(rate) => [line[0] + rate * pair[0], line[1] + rate * pair[1]],
            _ => pair,
        };
    }
}

/// Each lane twice: abcdefgh becomes aabbccdd and eeffgghh.
#[inline(always)]
fn twice<F: Real, M: Machine>(machine: M, x: F::Vector<M>) -> [F::Vector<M>; 2] {
    let (even, odd) = F::exchange::<M, 1>(machine, x, x);
    let (mut first, mut second) = F::exchange::<M, 2>(machine, even, odd);
    if F::LANES == 8 {
        (first, second) = F::exchange::<M, 4>(machine, first, second);
    }
    [first, second]
}

/// Some rows of the result, each given by its number and its element of the column.
#[inline(always)]
pub(super) fn strips<F: Real, M: Machine, const FUSED: bool>(
    machine: M,
    rows: impl Iterator<Item = (usize, F)> + Clone,
    y: &[F],
    finish: Finish<F>,
    out: &mut [F],
) {
    let width = y.len();
    let mut end = width.next_multiple_of(F::LANES);
    // From right to left, because a vector that is wider than what is left of its row runs into the next one.
    while end > 0 {
        let rows = rows.clone();
        end -= F::LANES
            * match end / F::LANES {
                _ if end > width => strip::<F, M, FUSED, 1>(machine, rows, y, finish, end, out),
                8.. if const { M::UNROLLED } => strip::<F, M, FUSED, 8>(machine, rows, y, finish, end, out),
                2.. if const { M::UNROLLED } => strip::<F, M, FUSED, 2>(machine, rows, y, finish, end, out),
                _ => strip::<F, M, FUSED, 1>(machine, rows, y, finish, end, out),
            };
    }
}

/// The P vectors of columns before `end`, which stay in registers down through all rows. Returns `P`.
#[inline(always)]
fn strip<F: Real, M: Machine, const FUSED: bool, const P: usize>(
    machine: M,
    rows: impl Iterator<Item = (usize, F)>,
    row: &[F],
    finish: Finish<F>,
    end: usize,
    out: &mut [F],
) -> usize {
    let (zero, width, first) = (F::splat(machine, F::ZERO), row.len(), end - P * F::LANES);
    let mut y = [zero; P];
    for v in 0..P {
        let row = &row[first + v * F::LANES..];
        y[v] = if row.len() >= F::LANES { F::load(row) } else { F::load_some(machine, row) };
    }
    for (i, x) in rows {
        let (x, first) = (F::splat(machine, x), i * width + first);
        // What is stored behind a row is put right by the next strip or row, but what is moved there is not.
        if end <= width || !finish.reads() && out.len() - first >= P * F::LANES {
            let out = &mut out[first..][..P * F::LANES];
            for v in 0..P {
                let out = &mut out[v * F::LANES..];
                let product = multiply_add::<F, M, FUSED>(machine, x, y[v], zero);
                let old = if finish.reads() { F::load(out) } else { product };
                F::store(out, finish.apply::<M>(machine, product, old));
            }
        } else {
            let out = &mut out[first..][..width + P * F::LANES - end];
            let product = multiply_add::<F, M, FUSED>(machine, x, y[0], zero);
            let old = if finish.reads() { F::load_some(machine, out) } else { product };
            F::store_some(machine, out, finish.apply::<M>(machine, product, old));
        }
    }
    P
}
