//! The product of a column and a row.

use thalweg_numeric::Real;
use thalweg_numeric::simd::Machine;

use super::{Finish, multiply_add};
use crate::numerics::Kernel;

/// out ← finish((column, 1)·row), a matrix as wide as `row` with a row more than `column` has elements: the gradient of a
/// layer's weight and bias for a single sample, which is all writing. To the bit what [`Tiles`](super::Tiles) computes
/// over a depth of 1.
pub(crate) struct Outer<'a, F> {
    pub column: &'a [F],
    pub row: &'a [F],
    /// [`Finish::Store`] or [`Finish::Move`].
    pub finish: Finish<F>,
    pub out: &'a mut [F],
}

impl<F: Real> Kernel for Outer<'_, F> {
    #[inline(always)]
    fn run<M: Machine, const FUSED: bool>(self, machine: M) {
        // So that how to finish is a constant inside the loops.
        match self.finish {
            Finish::Store => strips::<F, M, FUSED>(machine, self, Finish::Store),
            Finish::Move(a) => strips::<F, M, FUSED>(machine, self, Finish::Move(a)),
            other => unreachable!("no outer product finishes by {other:?}"),
        }
    }
}

#[inline(always)]
fn strips<F: Real, M: Machine, const FUSED: bool>(machine: M, mut outer: Outer<'_, F>, finish: Finish<F>) {
    let width = outer.row.len();
    if let Ok(row) = outer.row.try_into() {
        return pairs(outer, row, finish);
    }
    let mut end = width.next_multiple_of(F::LANES);
    // From right to left, because a vector that is wider than what is left of its row runs into the next one.
    while end > 0 {
        end -= F::LANES
            * match end / F::LANES {
                _ if end > width => strip::<F, M, FUSED, 1>(machine, &mut outer, finish, end),
                8.. => strip::<F, M, FUSED, 8>(machine, &mut outer, finish, end),
                2.. => strip::<F, M, FUSED, 2>(machine, &mut outer, finish, end),
                _ => strip::<F, M, FUSED, 1>(machine, &mut outer, finish, end),
            };
    }
}

/// Rows of two, for two classes: a vector for each would be stored mostly in vain.
#[inline(always)]
fn pairs<F: Real>(outer: Outer<'_, F>, [a, b]: [F; 2], finish: Finish<F>) {
    let lines = outer.out.as_chunks_mut().0;
    for (line, x) in lines.iter_mut().zip(outer.column.iter().chain([&F::ONE])) {
        // The sum makes 0 of −0, as in a tile; with it a product is rounded once, fused or not.
        let pair = [*x * a + F::ZERO, *x * b + F::ZERO];
        *line = match finish {
            Finish::Move(rate) => [line[0] + rate * pair[0], line[1] + rate * pair[1]],
            _ => pair,
        };
    }
}

/// The P vectors of columns before `end`, which stay in registers down through all rows. Returns `P`.
#[inline(always)]
fn strip<F: Real, M: Machine, const FUSED: bool, const P: usize>(
    machine: M,
    outer: &mut Outer<'_, F>,
    finish: Finish<F>,
    end: usize,
) -> usize {
    let (zero, width, first) = (F::splat(machine, F::ZERO), outer.row.len(), end - P * F::LANES);
    let mut y = [zero; P];
    for v in 0..P {
        y[v] = F::load_some(machine, &outer.row[first + v * F::LANES..]);
    }
    for (i, x) in outer.column.iter().chain([&F::ONE]).enumerate() {
        let x = F::splat(machine, *x);
        let out = &mut outer.out[i * width + first..];
        // What is stored behind a row is put right by the next strip, but what is moved there is not.
        let room = if finish.reads() { width - first } else { out.len() };
        if room >= P * F::LANES && out.len() >= P * F::LANES {
            for v in 0..P {
                let out = &mut out[v * F::LANES..];
                let product = multiply_add::<F, M, FUSED>(machine, x, y[v], zero);
                let old = if finish.reads() { F::load(out) } else { product };
                F::store(out, finish.apply::<M>(machine, product, old));
            }
        } else {
            let room = room.min(out.len());
            let out = &mut out[..room];
            let product = multiply_add::<F, M, FUSED>(machine, x, y[0], zero);
            let old = if finish.reads() { F::load_some(machine, out) } else { product };
            F::store_some(machine, out, finish.apply::<M>(machine, product, old));
        }
    }
    P
}
