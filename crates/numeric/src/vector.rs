//! Kernels on flat vectors. Sums run in a fixed order: eight partial sums, then a balanced tree.

use crate::Real;
use crate::simd::{Instructions, Kernel, Machine};

const LANES: usize = 8;

/// Does something with each item, mostly entries of several slices zipped together, by AVX2 where the CPU has
/// it. The bits are those of a plain loop: no product and sum are fused.
///
/// Closures should be `move`, so that the compiler sees that no slice overlaps with a captured number.
///
/// ```
/// let (x, mut y) = ([1.0_f32, 2.0, 3.0], [0.5, 0.0, -0.5]);
/// thalweg_numeric::vector::for_each(y.iter_mut().zip(&x), |(y, x)| *y += x * x);
/// assert_eq!(y, [1.5, 4.0, 8.5]);
/// ```
#[inline]
pub fn for_each<I: IntoIterator>(items: I, each: impl FnMut(I::Item)) {
    Instructions::detect().run(ForEach { items, each });
}

struct ForEach<I, E> {
    items: I,
    each: E,
}

impl<I: IntoIterator, E: FnMut(I::Item)> Kernel for ForEach<I, E> {
    type Output = ();

    #[inline(always)]
    fn run<M: Machine>(mut self, _: M) {
        for item in self.items {
            (self.each)(item);
        }
    }
}

/// Σ aᵢ·bᵢ.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// assert_eq!(thalweg_numeric::vector::dot(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 32.0);
/// ```
pub fn dot<F: Real>(a: &[F], b: &[F]) -> F {
    assert_eq!(a.len(), b.len(), "dot needs two vectors of one length");
    Instructions::detect().run(Dot { a, b })
}

struct Dot<'a, F> {
    a: &'a [F],
    b: &'a [F],
}

impl<F: Real> Kernel for Dot<'_, F> {
    type Output = F;

    #[inline(always)]
    fn run<M: Machine>(self, _: M) -> F {
        let mut lanes = [F::ZERO; LANES];
        let (a_blocks, a_rest) = self.a.as_chunks::<LANES>();
        let (b_blocks, b_rest) = self.b.as_chunks::<LANES>();
        for (x, y) in a_blocks.iter().zip(b_blocks) {
            for lane in 0..LANES {
                lanes[lane] += x[lane] * y[lane];
            }
        }
        for (lane, (x, y)) in a_rest.iter().zip(b_rest).enumerate() {
            lanes[lane] += *x * *y;
        }
        let [a, b, c, d, e, f, g, h] = lanes;
        ((a + b) + (c + d)) + ((e + f) + (g + h))
    }
}

/// Euclidean norm √(Σ xᵢ²).
pub fn norm<F: Real>(x: &[F]) -> F {
    dot(x, x).sqrt()
}

/// y ← y + a·x, each product and each sum rounded.
///
/// # Panics
/// If the lengths differ.
pub fn axpy<F: Real>(a: F, x: &[F], y: &mut [F]) {
    assert_eq!(x.len(), y.len(), "axpy needs two vectors of one length");
    for_each(y.iter_mut().zip(x), move |(y, x)| *y += a * *x);
}

/// θ ← θ − η g, as a step of gradient descent, but 0 where a parameter would become subnormal, as one that
/// shrinks by a factor each step does in the end. Otherwise the bits are those of [`axpy`].
///
/// # Panics
/// If the lengths differ.
pub fn descend<F: Real>(lr: F, grad: &[F], params: &mut [F]) {
    assert_eq!(grad.len(), params.len(), "descend needs two vectors of one length");
    for_each(params.iter_mut().zip(grad), move |(x, g)| *x = (*x - lr * *g).zero_below(F::LEAST_NORMAL));
}

/// Whether every entry is finite.
pub fn all_finite<F: Real>(x: &[F]) -> bool {
    x.iter().all(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_matches_a_plain_sum_at_every_tail_length() {
        for n in 0..35 {
            let a: Vec<f64> = (0..n).map(|i| f64::from(i) - 3.5).collect();
            let b: Vec<f64> = (0..n).map(|i| 2.0 * f64::from(i) + 0.5).collect();
            let plain: f64 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
            // Products and sums of these halves and quarters are exact in f64.
            assert_eq!(dot(&a, &b), plain, "length {n}");
        }
    }

    #[test]
    fn axpy_and_norm_match_hand_computed_values() {
        let mut y = [1.0_f32, -1.0, 0.5];
        axpy(2.0, &[1.0, 2.0, 3.0], &mut y);
        assert_eq!(y, [3.0, 3.0, 6.5]);
        assert_eq!(norm(&[3.0_f64, 0.0, -4.0]), 5.0);
    }

    #[test]
    fn descend_is_axpy_without_subnormal_numbers() {
        let (grad, start) = ([0.3_f32, -7.0, 1e-30, 0.0], [1.0, 0.1, 0.0, -2.0]);
        let (mut ours, mut plain) = (start, start);
        descend(0.7, &grad, &mut ours);
        axpy(-0.7, &grad, &mut plain);
        assert_eq!(ours, plain);
        let least = f32::LEAST_NORMAL;
        let mut params = [0.0, 1.0, 3.0 * least, 0.5 * least];
        descend(0.5, &[1.5 * least, 1.5 * least, 5.0 * least, 0.0], &mut params);
        assert_eq!(params, [0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn one_nan_or_infinity_is_seen() {
        assert!(all_finite(&[0.0_f32, -1.0]));
        assert!(!all_finite(&[0.0, f32::NAN]));
        assert!(!all_finite(&[f32::INFINITY, 0.0]));
    }
}
