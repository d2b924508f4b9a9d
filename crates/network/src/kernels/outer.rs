//! The product of a column and a row.

use thalweg_numeric::Real;
use thalweg_numeric::simd::Machine;

use super::multiply_add;
use crate::numerics::Kernel;

/// out ← (column, 1)·row, a matrix as wide as `row` with a row more than `column` has elements: the gradient of a
/// layer's weight and bias for a single sample, which is all writing. To the bit what [`Tiles`](super::Tiles) computes
/// over a depth of 1.
pub(crate) struct Outer<'a, F> {
    pub column: &'a [F],
    pub row: &'a [F],
    pub out: &'a mut [F],
}

impl<F: Real> Kernel for Outer<'_, F> {
    #[inline(always)]
    fn run<M: Machine, const FUSED: bool>(mut self, machine: M) {
        let width = self.row.len();
        if let Ok(row) = self.row.try_into() {
            return pairs(self, row);
        }
        let mut end = width.next_multiple_of(F::LANES);
        // From right to left, because a vector that is wider than what is left of its row runs into the next one.
        while end > 0 {
            end -= F::LANES
                * match end / F::LANES {
                    _ if end > width => strip::<F, M, FUSED, 1>(machine, &mut self, end),
                    8.. => strip::<F, M, FUSED, 8>(machine, &mut self, end),
                    2.. => strip::<F, M, FUSED, 2>(machine, &mut self, end),
                    _ => strip::<F, M, FUSED, 1>(machine, &mut self, end),
                };
        }
    }
}

/// Rows of two, for two classes: a vector for each would be stored mostly in vain.
#[inline(always)]
fn pairs<F: Real>(outer: Outer<'_, F>, [a, b]: [F; 2]) {
    let lines = outer.out.as_chunks_mut().0;
    for (line, x) in lines.iter_mut().zip(outer.column) {
        // The sum makes 0 of −0, as in a tile; with it a product is rounded once, fused or not.
        *line = [*x * a + F::ZERO, *x * b + F::ZERO];
    }
    if let Some(bias) = lines.last_mut() {
        *bias = [a + F::ZERO, b + F::ZERO];
    }
}

/// The P vectors of columns before `end`, which stay in registers down through all rows. Returns `P`.
#[inline(always)]
fn strip<F: Real, M: Machine, const FUSED: bool, const P: usize>(
    machine: M,
    outer: &mut Outer<'_, F>,
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
        if out.len() >= P * F::LANES {
            for v in 0..P {
                F::store(&mut out[v * F::LANES..], multiply_add::<F, M, FUSED>(machine, x, y[v], zero));
            }
        } else {
            F::store_some(machine, out, multiply_add::<F, M, FUSED>(machine, x, y[0], zero));
        }
    }
    P
}
