//! A step for a single sample behind a rectifier, where many rows are idle.

use thalweg_numeric::Real;
use thalweg_numeric::simd::Machine;

use super::{Finish, dots, outer};
use crate::numerics::{Kernel, compiled};

/// Inputs that are looked through at a time: the bits of a mask.
pub(super) const BLOCK: usize = 64;

/// For a single sample the gradient of a layer's inputs, masked, and a step of gradient descent on the layer:
///
/// ```text
/// xᵢ ← Σⱼ Wᵢⱼ δⱼ where xᵢ ≠ 0,   (W; b) ← (W; b) + a·(x, 1)ᵀδ with the old x
/// ```
///
/// Where a rectifier has left 0, nothing goes back and no weight moves, so these rows of W are not even read,
/// if a is negative and a and δ are finite. To the bit what [`Dots`](super::Dots), masked, and
/// [`Outer`](super::Outer) compute.
pub(crate) struct Sparse<'a, F> {
    /// x: none is negative, but there may be NaN.
    pub inputs: &'a mut [F],
    /// δ.
    pub delta: &'a [F],
    /// a.
    pub rate: F,
    /// W and then b.
    pub params: &'a mut [F],
}

compiled!(Sparse);

impl<F: Real> Kernel for Sparse<'_, F> {
    #[inline(always)]
    fn run<M: Machine, const FUSED: bool>(self, machine: M) {
        if const { F::LANES == 8 } {
            step::<F, M, FUSED, 1, 8>(machine, self);
        } else {
            step::<F, M, FUSED, 2, 4>(machine, self);
        }
    }
}

/// C rows at a time, C being the number of lanes; N·C = 8.
#[inline(always)]
fn step<F: Real, M: Machine, const FUSED: bool, const N: usize, const C: usize>(
    machine: M,
    Sparse { inputs, delta, rate, params }: Sparse<'_, F>,
) {
    let (width, bias, finish) = (delta.len(), inputs.len(), Finish::Move(rate));
    // Then a·0·δ is −0, and a weight plus −0 is that weight.
    let skip = rate < F::ZERO && rate.is_finite() && all_finite::<F, M>(machine, delta);
    for (block, inputs) in inputs.chunks_mut(BLOCK).enumerate() {
        let weights = &mut params[block * BLOCK * width..];
        let mut active = if skip { not_zero::<F, M>(machine, inputs) } else { !0 >> (BLOCK - inputs.len()) };
        while active != 0 {
            let mut places = [0; C];
            let (mut count, mut rows): (usize, [&[F]; C]) = (0, [&[]; C]);
            for c in 0..C {
                // Behind the last row that one again.
                if active != 0 {
                    (places[c], count) = (active.trailing_zeros() as usize, c + 1);
                    active &= active - 1;
                } else {
                    places[c] = places[c - 1];
                }
                rows[c] = &weights[places[c] * width..][..width];
            }
            let sums = dots::sums::<F, M, FUSED, N, 1, C>(machine, width, &[delta], &rows);
            let mut back = [F::ZERO; 8];
            F::store(&mut back, F::plus(machine, F::splat(machine, F::ZERO), sums));
            let places = &places[..count];
            let rows = places.iter().map(|place| (*place, inputs[*place]));
            outer::strips::<F, M, FUSED>(machine, rows, delta, finish, weights);
            for (place, back) in places.iter().zip(back) {
                inputs[*place] = if inputs[*place] == F::ZERO { F::ZERO } else { back };
            }
        }
    }
    outer::strips::<F, M, FUSED>(machine, [(bias, F::ONE)].into_iter(), delta, finish, params);
}

/// Whether all are finite: 0 times such a number is 0.
#[inline(always)]
pub(super) fn all_finite<F: Real, M: Machine>(machine: M, values: &[F]) -> bool {
    let zero = F::splat(machine, F::ZERO);
    let vectors = values.chunks_exact(F::LANES);
    let mut all = F::times(machine, zero, F::load_some(machine, vectors.remainder()));
    for values in vectors {
        all = F::or(machine, all, F::times(machine, zero, F::load(values)));
    }
    F::not_zero(machine, all) == 0
}

/// A bit for each number that is not 0.
#[inline(always)]
fn not_zero<F: Real, M: Machine>(machine: M, values: &[F]) -> u64 {
    let mut mask = 0;
    for (i, values) in values.chunks(F::LANES).enumerate() {
        mask |= u64::from(F::not_zero(machine, load::<F, M>(machine, values))) << (i * F::LANES);
    }
    mask
}

/// Up to a vector.
#[inline(always)]
fn load<F: Real, M: Machine>(machine: M, values: &[F]) -> F::Vector<M> {
    if values.len() == F::LANES { F::load(values) } else { F::load_some(machine, values) }
}
