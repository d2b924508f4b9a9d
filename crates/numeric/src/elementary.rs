//! e^x, ln(1 + x) and tanh x without branches, so that a loop over a slice becomes vector instructions.
//!
//! Only single additions, multiplications, divisions, comparisons and shifts of bits are used, never a fused
//! multiply-add: a result has the same bits in a vector and alone, on every CPU and in either numerics.
//! Inside a [`Kernel`](crate::simd::Kernel) the loops get the vectors of the CPU at hand, eight lanes of f32
//! with AVX2.
//!
//! ```text
//! e^x        x = k·ln 2 + r,  |r| ≤ ½·ln 2
//!            c = r − r²·P(r²),  e^r = 1 + r + r·c/(2 − c)
//! ln(1 + x)  1 + x = 2^k·(1 + f),  √½ ≤ 1 + f < √2,  s = f/(2 + f)
//!            ln(1 + f) = f − ½f² + s·(½f² + s²·R(s²))
//! tanh x     x + x·Q(x²) below 0.625, else 1 − 2/(e^2x + 1)
//! ```
//!
//! e^x and ln(1 + x) follow `e_exp.c` and `s_log1p.c` of fdlibm (Sun Microsystems, 1993) and their f32
//! versions in FreeBSD, tanh x follows `tanh.c` and `tanhf.c` of the Cephes library (S. L. Moshier,
//! 1989–1992). The coefficients are theirs: best approximations by Remez's algorithm, rounded to the float.
//! k·ln 2 is subtracted in two parts, the first so short that its product with k is exact (W. J. Cody & W.
//! Waite, *Software manual for the elementary functions*, 1980).
//!
//! Errors in units in the last place (ulp), the largest over 10⁸ arguments in f32 and 36,000 in f64, rounded
//! up:
//!
//! | | f32 | f64 |
//! |---|---|---|
//! | e^x | 0.90 | 0.84 |
//! | ln(1 + x) | 0.83 | 0.76 |
//! | tanh x | 1.30 | 1.28 |
//!
//! Overflow gives ∞, underflow is gradual, NaN stays NaN, and ln(1 + x) and tanh x keep the sign of a zero.

/// What differs between the two floats only by its constants.
macro_rules! functions {
    ($float:ident, $bits:ident) => {
        /// Bits of the fraction of a float.
        const FRACTION: u32 = $float::MANTISSA_DIGITS - 1;
        const BIAS: $bits = $float::MAX_EXP as $bits - 1;
        /// 2^FRACTION: above it a float has no fraction. In a sum with it the last bits are those of a whole
        /// number.
        const WHOLE: $float = (1_u64 << FRACTION) as $float;

        #[inline(always)]
        pub(crate) fn exp(x: $float) -> $float {
            // So that k has few bits; the results are ∞ and 0. A NaN passes both.
            let x = if x > OVERFLOW { OVERFLOW } else { x };
            let x = if x < UNDERFLOW { UNDERFLOW } else { x };
            // Half as much again, so that a negative k does not leave the binade.
            let rounding = 1.5 * WHOLE;
            let shifted = x * std::$float::consts::LOG2_E + rounding;
            let k = shifted - rounding;
            let (high, low) = (x - k * LN_2_HIGH, k * LN_2_LOW);
            let r = high - low;
            let square = r * r;
            let c = r - square * polynomial(square, EXP);
            let power = 1.0 + ((r * c / (2.0 - c) - low) + high);
            // 2^k in two factors, as it may be beyond the floats when the result is not.
            let k = shifted.to_bits().wrapping_sub(rounding.to_bits());
            let half = k.wrapping_add(2 * (BIAS + 1)) >> 1;
            let first = $float::from_bits(half.wrapping_sub(1) << FRACTION);
            let second = $float::from_bits(k.wrapping_sub(half).wrapping_add(2 * BIAS + 1) << FRACTION);
            power * first * second
        }

        #[inline(always)]
        pub(crate) fn ln_1p(x: $float) -> $float {
            let sum = 1.0 + x;
            let lost = if x > 1.0 { 1.0 - (sum - x) } else { x - (sum - 1.0) };
            let root = SQRT_HALF.to_bits();
            let shifted = sum.to_bits().wrapping_add((1.0 as $float).to_bits() - root);
            let k = $float::from_bits(shifted >> FRACTION | WHOLE.to_bits()) - (WHOLE + BIAS as $float);
            let fraction = shifted & ((1 << FRACTION) - 1);
            let reduced = $float::from_bits(fraction.wrapping_add(root)) - 1.0;
            // Near 0 the argument itself has all its bits.
            let f = if k == 0.0 { x } else { reduced };
            let lost = if k == 0.0 { 0.0 } else { lost / sum };
            let half_square = 0.5 * f * f;
            let s = f / (2.0 + f);
            let square = s * s;
            let rest = s * (half_square + square * polynomial(square, LN));
            let value = k * LN_2_HIGH - ((half_square - (rest + (k * LN_2_LOW + lost))) - f);
            let pole = if x == -1.0 { $float::NEG_INFINITY } else { $float::NAN };
            let value = if x > -1.0 { value } else { pole };
            if x == 0.0 || x == $float::INFINITY { x } else { value }
        }

        #[inline(always)]
        pub(crate) fn tanh(x: $float) -> $float {
            let size = x.abs();
            let small = size + size * tanh_excess(size * size);
            let large = 1.0 - 2.0 / (exp(2.0 * size) + 1.0);
            let value = if size < 0.625 { small } else { large };
            value.copysign(x)
        }

        /// Σ cᵢ xⁿ⁻ⁱ by Horner's scheme, the highest power first.
        #[inline(always)]
        fn polynomial<const N: usize>(x: $float, coefficients: [$float; N]) -> $float {
            let mut sum = 0.0;
            for coefficient in coefficients {
                sum = sum * x + coefficient;
            }
            sum
        }
    };
}

/// The functions in f32.
pub(crate) mod single {
    const OVERFLOW: f32 = 89.0;
    const UNDERFLOW: f32 = -104.0;
    /// 15 bits.
    const LN_2_HIGH: f32 = 6.931_457_5e-1;
    const LN_2_LOW: f32 = 1.428_606_8e-6;
    const SQRT_HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;
    const EXP: [f32; 2] = [-2.766_733_3e-3, 1.666_662_5e-1];
    const LN: [f32; 4] = [0.242_790_79, 0.284_987_87, 0.400_009_72, 0.666_666_6];
    const TANH: [f32; 5] = [-5.704_988_7e-3, 2.063_908_8e-2, -5.373_971_6e-2, 1.333_144_2e-1, -3.333_328e-1];

    functions!(f32, u32);

    /// tanh(x)/x − 1 of x².
    #[inline(always)]
    fn tanh_excess(square: f32) -> f32 {
        square * polynomial(square, TANH)
    }
}

/// The functions in f64.
pub(crate) mod double {
    const OVERFLOW: f64 = 710.0;
    const UNDERFLOW: f64 = -746.0;
    /// 33 bits.
    const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const SQRT_HALF: f64 = std::f64::consts::FRAC_1_SQRT_2;
    const EXP: [f64; 5] = [
        4.138_136_797_057_238_5e-8,
        -1.653_390_220_546_525_2e-6,
        6.613_756_321_437_934e-5,
        -2.777_777_777_701_559_3e-3,
        1.666_666_666_666_660_2e-1,
    ];
    const LN: [f64; 7] = [
        1.479_819_860_511_658_6e-1,
        1.531_383_769_920_937_3e-1,
        1.818_357_216_161_805e-1,
        2.222_219_843_214_978_4e-1,
        2.857_142_874_366_239e-1,
        3.999_999_999_940_942e-1,
        6.666_666_666_666_735e-1,
    ];
    const TANH: [f64; 3] = [-0.964_399_179_425_052_3, -99.287_723_100_191_86, -1_614.687_684_417_084_5];
    const TANH_BELOW: [f64; 4] =
        [1.0, 112.811_678_491_632_93, 2_235.488_390_601_004_5, 4_844.063_053_251_255];

    functions!(f64, u64);

    /// tanh(x)/x − 1 of x².
    #[inline(always)]
    fn tanh_excess(square: f64) -> f64 {
        square * polynomial(square, TANH) / polynomial(square, TANH_BELOW)
    }
}

#[cfg(test)]
mod tests;
