//! Activation functions with their first two derivatives.

use serde::{Deserialize, Serialize};
use thalweg_numeric::Real;
use thalweg_numeric::simd::Machine;

use crate::numerics::{Kernel, compiled};

/// The function φ between two layers, element by element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// max(0, z), with slope 0 at 0 as in PyTorch. NaN stays NaN.
    Relu,
    /// z, or 0.01·z for z < 0 (PyTorch's default). Maas, Hannun & Ng, *Rectifier nonlinearities improve
    /// neural network acoustic models*, 2013.
    LeakyRelu,
    /// tanh z.
    Tanh,
    /// 1/(1 + e^−z).
    Sigmoid,
    /// z·Φ(z) with the normal distribution function Φ(z) = ½(1 + erf(z/√2)), exact. Hendrycks & Gimpel,
    /// *Gaussian error linear units*, 2016.
    Gelu,
    /// ln(1 + e^z), a smooth ReLU. Dugas, Bengio, Bélisle, Nadeau & Garcia, *Incorporating second-order
    /// functional knowledge for better option pricing*, NIPS 2000.
    Softplus,
    /// z/(1 + e^−z). Elfwing, Uchibe & Doya, *Sigmoid-weighted linear units for neural network function
    /// approximation in reinforcement learning*, Neural Networks 107 (2018). `swish` is read, too:
    /// Ramachandran, Zoph & Le, *Searching for activation functions* (2017), with β = 1.
    #[serde(alias = "swish")]
    Silu,
    /// z, or e^z − 1 for z < 0; at 0 the derivatives are those from the right. Clevert, Unterthiner &
    /// Hochreiter, *Fast and accurate deep network learning by exponential linear units*, ICLR 2016, with
    /// their α = 1.
    Elu,
    /// z: a deep linear network.
    Identity,
}

const LEAK: f64 = 0.01;

impl Activation {
    /// φ(z).
    #[inline(always)]
    pub(crate) fn value<F: Real>(self, z: F) -> F {
        match self {
            Self::Relu => rectified(z),
            Self::LeakyRelu => {
                if z < F::ZERO {
                    F::from_f64(LEAK) * z
                } else {
                    z
                }
            }
            Self::Tanh => z.tanh(),
            Self::Sigmoid => logistic(z),
            Self::Gelu => z * normal_distribution(z),
            Self::Softplus => softplus(z),
            Self::Silu => z * logistic(z),
            Self::Elu => {
                if z < F::ZERO {
                    exp_m1(z)
                } else {
                    z
                }
            }
            Self::Identity => z,
        }
    }

    /// φ′(z), where `value` is φ(z).
    #[inline(always)]
    pub(crate) fn slope<F: Real>(self, z: F, value: F) -> F {
        match self {
            Self::Relu => step(value, F::ZERO),
            Self::LeakyRelu => step(value, F::from_f64(LEAK)),
            Self::Tanh => F::ONE - value * value,
            Self::Sigmoid => value * (F::ONE - value),
            Self::Gelu => normal_distribution(z) + z * normal_density(z),
            Self::Softplus => logistic(z),
            Self::Silu => logistic(z) + value * logistic(-z),
            Self::Elu => {
                if value < F::ZERO {
                    value + F::ONE
                } else {
                    F::ONE
                }
            }
            Self::Identity => F::ONE,
        }
    }

    /// φ″(z), where `value` is φ(z).
    #[inline]
    pub(crate) fn curvature<F: Real>(self, z: F, value: F) -> F {
        let two = F::from_f64(2.0);
        match self {
            Self::Relu | Self::LeakyRelu | Self::Identity => F::ZERO,
            Self::Tanh => -two * value * (F::ONE - value * value),
            Self::Sigmoid => value * (F::ONE - value) * (F::ONE - two * value),
            Self::Gelu => (two - z * z) * normal_density(z),
            Self::Softplus => logistic(z) * logistic(-z),
            Self::Silu => {
                let (above, below) = (logistic(z), logistic(-z));
                above * below * (two + z * (below - above))
            }
            Self::Elu => {
                if value < F::ZERO {
                    value + F::ONE
                } else {
                    F::ZERO
                }
            }
        }
    }

    /// Whether φ″ is 0, but for a kink.
    pub fn is_straight(self) -> bool {
        matches!(self, Self::Relu | Self::LeakyRelu | Self::Identity)
    }

    /// Whether the derivatives need z itself and cannot be had from φ(z).
    pub(crate) fn keeps_argument(self) -> bool {
        matches!(self, Self::Gelu | Self::Softplus | Self::Silu)
    }
}

/// z ← φ(z) in the first `columns` of each row.
pub(crate) struct Values<'a, F> {
    pub activation: Activation,
    pub values: &'a mut [F],
    pub stride: usize,
    pub columns: usize,
}

compiled!(Values, run_either_here);

impl<F: Real> Kernel for Values<'_, F> {
    #[inline(always)]
    fn run<M: Machine, const FUSED: bool>(self, _: M) {
        for row in self.values.chunks_exact_mut(self.stride) {
            let row = &mut row[..self.columns];
            // So that the function is a constant inside the loops, which then become vector instructions.
            match self.activation {
                Activation::Relu => values(Activation::Relu, row),
                Activation::LeakyRelu => values(Activation::LeakyRelu, row),
                Activation::Tanh => values(Activation::Tanh, row),
                Activation::Sigmoid => values(Activation::Sigmoid, row),
                Activation::Gelu => values(Activation::Gelu, row),
                Activation::Softplus => values(Activation::Softplus, row),
                Activation::Silu => values(Activation::Silu, row),
                Activation::Elu => values(Activation::Elu, row),
                Activation::Identity => {}
            }
        }
    }
}

#[inline(always)]
fn values<F: Real>(activation: Activation, row: &mut [F]) {
    for z in row {
        *z = activation.value(*z);
    }
}

/// φ(z) ← φ′(z) in the first `columns` of each row.
pub(crate) struct Slopes<'a, F> {
    pub activation: Activation,
    /// z, where the derivatives need it.
    pub arguments: &'a [F],
    pub values: &'a mut [F],
    pub stride: usize,
    pub columns: usize,
}

compiled!(Slopes, run_either_here);

impl<F: Real> Kernel for Slopes<'_, F> {
    #[inline(always)]
    fn run<M: Machine, const FUSED: bool>(self, _: M) {
        for (r, row) in self.values.chunks_exact_mut(self.stride).enumerate() {
            let row = &mut row[..self.columns];
            let arguments = || &self.arguments[r * self.stride..];
            match self.activation {
                Activation::Relu => slopes(Activation::Relu, row),
                Activation::LeakyRelu => slopes(Activation::LeakyRelu, row),
                Activation::Tanh => slopes(Activation::Tanh, row),
                Activation::Sigmoid => slopes(Activation::Sigmoid, row),
                Activation::Elu => slopes(Activation::Elu, row),
                Activation::Gelu => slopes_at(Activation::Gelu, arguments(), row),
                Activation::Softplus => slopes_at(Activation::Softplus, arguments(), row),
                Activation::Silu => slopes_at(Activation::Silu, arguments(), row),
                Activation::Identity => row.fill(F::ONE),
            }
        }
    }
}

#[inline(always)]
fn slopes<F: Real>(activation: Activation, row: &mut [F]) {
    for a in row {
        *a = activation.slope(*a, *a);
    }
}

#[inline(always)]
fn slopes_at<F: Real>(activation: Activation, arguments: &[F], row: &mut [F]) {
    for (a, z) in row.iter_mut().zip(arguments) {
        *a = activation.slope(*z, *a);
    }
}

/// max(0, z), but NaN stays NaN, so that a divergence is seen.
#[inline(always)]
pub(crate) fn rectified<F: Real>(z: F) -> F {
    if z < F::ZERO { F::ZERO } else { z }
}

/// The slope of a rectifier that is `below` left of 0; 1 for NaN, so that a NaN behind it comes through.
#[inline(always)]
fn step<F: Real>(value: F, below: F) -> F {
    if value <= F::ZERO { below } else { F::ONE }
}

/// 1/(1 + e^−z).
#[inline(always)]
fn logistic<F: Real>(z: F) -> F {
    F::ONE / (F::ONE + (-z).exp())
}

/// ln(1 + e^z), which neither overflows nor loses small values.
#[inline(always)]
pub(crate) fn softplus<F: Real>(z: F) -> F {
    let above = if z > F::ZERO { z } else { F::ZERO };
    above + (-z.abs()).exp().ln_1p()
}

/// e^z − 1 for z ≤ 0, also of small |z|: 2t/(1 − t) with t = tanh(z/2).
#[inline(always)]
fn exp_m1<F: Real>(z: F) -> F {
    let t = (F::from_f64(0.5) * z).tanh();
    (t + t) / (F::ONE - t)
}

#[inline(always)]
fn normal_distribution<F: Real>(z: F) -> F {
    F::from_f64(0.5) * (F::ONE + (z * F::from_f64(std::f64::consts::FRAC_1_SQRT_2)).erf())
}

#[inline(always)]
fn normal_density<F: Real>(z: F) -> F {
    /// 1/√(2π).
    const PEAK: f64 = 0.5 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2;
    F::from_f64(PEAK) * (F::from_f64(-0.5) * z * z).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Activation; 9] = [
        Activation::Relu,
        Activation::LeakyRelu,
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Gelu,
        Activation::Softplus,
        Activation::Silu,
        Activation::Elu,
        Activation::Identity,
    ];

    #[test]
    fn known_values() {
        // From the math module of Python 3 (tanh, exp, erfc, log1p and expm1) at −1.5.
        for (activation, expected) in [
            (Activation::Relu, 0.0),
            (Activation::LeakyRelu, -0.015),
            (Activation::Tanh, -0.905_148_253_644_866_4),
            (Activation::Sigmoid, 0.182_425_523_806_356_35),
            (Activation::Gelu, -0.100_210_801_903_287_13),
            (Activation::Softplus, 0.201_413_277_982_752_4),
            (Activation::Silu, -0.273_638_285_709_534_5),
            (Activation::Elu, -0.776_869_839_851_570_2),
            (Activation::Identity, -1.5),
        ] {
            let value: f64 = activation.value(-1.5);
            // A few ulps for the libraries' transcendentals.
            assert!((value - expected).abs() < 1e-15, "{activation:?} {value:?}");
        }
    }

    #[test]
    fn derivatives_match_central_differences() {
        let h = 1e-5;
        for activation in ALL {
            for z in [-3.1, -0.7, -0.2, 0.3, 1.9_f64] {
                let value = |z| activation.value(z);
                let slope = |z| activation.slope(z, activation.value(z));
                let numeric = (value(z + h) - value(z - h)) / (2.0 * h);
                // h² times a third derivative of about 1, and rounding 1e-16/h: both near 1e-10.
                assert!((slope(z) - numeric).abs() < 1e-9, "{activation:?} slope at {z}");
                let numeric = (slope(z + h) - slope(z - h)) / (2.0 * h);
                assert!((activation.curvature(z, value(z)) - numeric).abs() < 1e-9, "{activation:?} at {z}");
            }
        }
    }

    #[test]
    fn extreme_arguments_stay_finite_and_nan_stays_nan() {
        for activation in ALL {
            for z in [-1e4_f32, 1e4] {
                let value = activation.value(z);
                let derivatives = (activation.slope(z, value), activation.curvature(z, value));
                assert!(value.is_finite() && derivatives.0.is_finite() && derivatives.1.is_finite());
            }
            assert!(activation.value(f32::NAN).is_nan(), "{activation:?}");
        }
    }

    #[test]
    fn small_values_and_slopes_keep_their_precision() {
        // To first order: e^z for softplus, its slope and its curvature far left, z e^z for SiLU, z for ELU
        // near 0.
        let (far, near) = (-40.0_f64, -1e-12);
        let (power, softplus) = (Real::exp(far), Activation::Softplus);
        let silu = Activation::Silu.value(far);
        for (found, expected) in [
            (softplus.value(far), power),
            (softplus.slope(far, softplus.value(far)), power),
            (softplus.curvature(far, softplus.value(far)), power),
            (softplus.curvature(-far, softplus.value(-far)), power),
            (silu, far * power),
            (Activation::Silu.slope(far, silu), (1.0 + far) * power),
            (Activation::Silu.curvature(far, silu), (2.0 + far) * power),
            (Activation::Elu.value(near), near),
        ] {
            // The next order is 5e-13 of ELU, e^−40 of the others; a few roundings of 1e-16.
            assert!((found / expected - 1.0).abs() < 1e-12, "{found:e} {expected:e}");
        }
    }

    #[test]
    fn rectifiers_have_the_lower_slope_at_zero() {
        assert_eq!(Activation::Relu.slope(0.0, 0.0), 0.0);
        assert_eq!(Activation::LeakyRelu.slope(0.0, 0.0), LEAK);
    }
}
