//! The sealed float trait behind all numerics.

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::elementary::{double, single};
use crate::simd::Lanes;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A function of an argument that is made for either float, with a body for each.
///
/// What is generic over [`Real`] is compiled in every crate that uses it. A kernel that is called through
/// [`Real::call`] is compiled once, in the crate that implements this.
pub trait Either {
    /// The argument.
    type Argument<'a, F: Real>;

    /// The function for f32.
    fn single(self, argument: Self::Argument<'_, f32>);
    /// The function for f64.
    fn double(self, argument: Self::Argument<'_, f64>);
}

/// A floating-point number: `f32` or `f64`, and nothing else.
///
/// The transcendental functions come from this crate (those that kernels use: [`exp`](Self::exp),
/// [`ln_1p`](Self::ln_1p), [`tanh`](Self::tanh)) or the `libm` crate and not from the operating system, so
/// that a result has the same bits on every platform, alone and in a vector.
pub trait Real:
    sealed::Sealed
    + Lanes
    + Copy
    + Send
    + Sync
    + Default
    + PartialOrd
    + Debug
    + Display
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sum
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// ε, the distance from 1 to the next larger number.
    const EPSILON: Self;
    /// The least normal number, 1.2·10⁻³⁸ in f32 and 2.2·10⁻³⁰⁸ in f64. Below it are subnormal numbers, which
    /// have fewer digits the smaller they are, and with which a CPU may take a hundred times as long.
    const LEAST_NORMAL: Self;
    /// 2¹⁰ times [`LEAST_NORMAL`](Self::LEAST_NORMAL), 1.2·10⁻³⁵ in f32 and 2.3·10⁻³⁰⁵ in f64: below it
    /// [`settled`](Self::settled) numbers are 0.
    ///
    /// The power is the one for which a product with 10⁻³, a usual learning rate or 1 − β, is still normal. A
    /// weight feels nothing of such a number unless it is below 10⁻²⁷ in f32 itself.
    const NEGLIGIBLE: Self;
    /// The name that configurations and files use: `"f32"` or `"f64"`.
    const NAME: &'static str;

    /// The nearest representable number.
    fn from_f64(value: f64) -> Self;
    /// The same number in f64; exact.
    fn to_f64(self) -> f64;
    /// `self · a + b`, rounded once. Slow on a CPU without the instruction.
    fn mul_add(self, a: Self, b: Self) -> Self;
    /// √self.
    fn sqrt(self) -> Self;
    /// |self|.
    fn abs(self) -> Self;
    /// The least number whose product with `self` is normal; for factors of 1 or more, and for 0, with which
    /// every product is 0, it is the least normal number.
    fn least_factor(self) -> Self {
        let factor = self.abs();
        if factor >= Self::ONE || factor == Self::ZERO {
            Self::LEAST_NORMAL
        } else if factor < Self::LEAST_NORMAL {
            Self::from_f64(f64::INFINITY)
        } else {
            // The quotient may have been rounded down.
            Self::LEAST_NORMAL / factor * (Self::ONE + Self::EPSILON)
        }
    }
    /// `self`, but 0 where |self| < `least`; NaN stays. Two or three instructions of a vector, without a
    /// branch.
    ///
    /// ```
    /// use thalweg_numeric::Real;
    ///
    /// assert_eq!([-0.25, 0.5, -2.0].map(|x: f32| x.zero_below(0.5)), [0.0, 0.5, -2.0]);
    /// assert_eq!(1e-310.zero_below(f64::LEAST_NORMAL), 0.0);
    /// ```
    fn zero_below(self, least: Self) -> Self;
    /// `self`, but 0 below [`NEGLIGIBLE`](Self::NEGLIGIBLE): what decays geometrically ends at 0. Of itself
    /// it would end in subnormal numbers and stay there, as 0.9 of a few units in the last place is rounded
    /// to as many.
    #[inline(always)]
    fn settled(self) -> Self {
        self.zero_below(Self::NEGLIGIBLE)
    }
    /// e^self, within 1 ulp.
    fn exp(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// ln(1 + self), within 1 ulp, also of small arguments.
    fn ln_1p(self) -> Self;
    /// Hyperbolic tangent, within 1.5 ulp.
    fn tanh(self) -> Self;
    /// The error function 2/√π ∫₀ˣ e^{−t²} dt.
    fn erf(self) -> Self;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// Calls a function for this float.
    fn call<E: Either>(function: E, argument: E::Argument<'_, Self>);
}

macro_rules! real {
    ($float:ident, $elementary:ident, $ln:ident, $erf:ident, $call:ident) => {
        impl Real for $float {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const EPSILON: Self = $float::EPSILON;
            const LEAST_NORMAL: Self = $float::MIN_POSITIVE;
            const NEGLIGIBLE: Self = 1024.0 * $float::MIN_POSITIVE;
            const NAME: &'static str = stringify!($float);

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $float
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                $float::mul_add(self, a, b)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $float::sqrt(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $float::abs(self)
            }
            #[inline(always)]
            fn zero_below(self, least: Self) -> Self {
                if $float::abs(self) < least { 0.0 } else { self }
            }
            #[inline(always)]
            fn exp(self) -> Self {
                $elementary::exp(self)
            }
            #[inline]
            fn ln(self) -> Self {
                libm::$ln(self)
            }
            #[inline(always)]
            fn ln_1p(self) -> Self {
                $elementary::ln_1p(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                $elementary::tanh(self)
            }
            #[inline]
            fn erf(self) -> Self {
                libm::$erf(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                $float::is_finite(self)
            }
            #[inline(always)]
            fn call<E: Either>(function: E, argument: E::Argument<'_, Self>) {
                function.$call(argument);
            }
        }
    };
}

real!(f32, single, logf, erff, single);
real!(f64, double, log, erf, double);

#[cfg(test)]
mod tests {
    use super::*;

    fn products_are_normal<F: Real>(is_normal: fn(F) -> bool) {
        for factor in [1e-3, 0.1, 0.3, 1.0 / 3.0, 0.5, 0.9, 0.999, 1.0, 7.0] {
            let factor = F::from_f64(factor);
            let least = factor.least_factor();
            assert!(is_normal(least * factor) && is_normal(least), "{factor}: {least}");
            // And no larger than it need be: a per mille less is too little.
            let less = least * F::from_f64(0.999);
            assert!(!is_normal(less * factor) || !is_normal(less), "{factor}");
        }
        let tiny = F::LEAST_NORMAL * F::from_f64(0.1);
        assert!(!tiny.least_factor().is_finite() && F::ZERO.least_factor() == F::LEAST_NORMAL);
    }

    #[test]
    fn the_least_factor_makes_a_normal_product() {
        products_are_normal(f32::is_normal);
        products_are_normal(f64::is_normal);
    }

    #[test]
    fn only_small_numbers_become_zero() {
        let least = f32::LEAST_NORMAL;
        assert_eq!(
            [least, -least, -0.9 * least, 1e-45].map(|x| x.zero_below(least)),
            [least, -least, 0.0, 0.0]
        );
        let negligible = f64::NEGLIGIBLE;
        assert_eq!([negligible, -0.999 * negligible].map(Real::settled), [negligible, 0.0]);
        assert!(f32::NAN.zero_below(least).is_nan() && f32::INFINITY.zero_below(f32::INFINITY).is_infinite());
    }
}
