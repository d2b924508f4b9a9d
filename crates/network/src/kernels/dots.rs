//! Products by dot products, for results too narrow for a tile.

use thalweg_numeric::Real;

use super::{Left, Product, Start, multiply_add};
use crate::numerics::Kernel;

/// Lanes of a dot product.
const DOT: usize = 8;

/// A product by dot products along contiguous rows of both factors, for results too narrow for a tile.
///
/// A dot product is summed in eight lanes and these in a balanced tree, then added to its start. `left` must be
/// [`Left::Rows`].
pub(crate) struct Dots<'a, F>(pub Product<'a, F>);

impl<F: Real> Kernel for Dots<'_, F> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let p = self.0;
        let (left, left_stride) = match p.left {
            Left::Rows(left, stride) => (left, stride),
            Left::Columns(..) => unreachable!("dot products need contiguous rows"),
        };
        let (right, right_stride) = p.right;
        for row in 0..p.rows {
            let left = &left[row * left_stride..][..p.depth];
            let out = &mut p.out[row * p.out_stride..][..p.columns];
            for (column, out) in out.iter_mut().enumerate() {
                let dot = dot::<F, FUSED>(left, &right[column * right_stride..][..p.depth]);
                let start = match p.start {
                    Start::Zero => F::ZERO,
                    Start::Row(bias) => bias[column],
                    Start::Current => *out,
                };
                let sum = start + dot;
                *out = p.finish.apply(sum, *out);
            }
        }
    }
}

#[inline(always)]
fn dot<F: Real, const FUSED: bool>(a: &[F], b: &[F]) -> F {
    let (a_chunks, a_rest) = a.as_chunks::<DOT>();
    let (b_chunks, b_rest) = b.as_chunks::<DOT>();
    let mut sums = [F::ZERO; DOT];
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..DOT {
            sums[lane] = multiply_add::<F, FUSED>(a[lane], b[lane], sums[lane]);
        }
    }
    for (lane, (a, b)) in a_rest.iter().zip(b_rest).enumerate() {
        sums[lane] = multiply_add::<F, FUSED>(*a, *b, sums[lane]);
    }
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sums;
    ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))
}
