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
