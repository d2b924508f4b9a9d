//! The two floats with their vectors.

use super::{Machine, Vectors};

/// A number with its vectors. All functions go lane by lane.
pub trait Lanes: Sized {
    /// Lanes of a vector of 256 bits: 8 in f32, 4 in f64.
    const LANES: usize;
    /// Lanes of a vector of 512 bits.
    const WIDE_LANES: usize = 2 * Self::LANES;
    /// A vector.
    type Vector<M: Vectors>: Copy;

    /// Lanes of a vector of a machine.
    #[inline(always)]
    fn lanes<M: Vectors>() -> usize {
        size_of::<Self::Vector<M>>() / size_of::<Self>()
    }

    /// The same number in every lane.
    fn splat<M: Vectors>(machine: M, value: Self) -> Self::Vector<M>;
    /// As many as a vector has lanes, from the front of a slice.
    fn load<M: Vectors>(values: &[Self]) -> Self::Vector<M>;
    /// The first half of the lanes of one slice, then as many of another.
    fn load_halves<M: Vectors>(machine: M, first: &[Self], second: &[Self]) -> Self::Vector<M>;
    /// What a slice holds, up to a vector, and zeros behind.
    fn load_some<M: Vectors>(machine: M, values: &[Self]) -> Self::Vector<M>;
    /// Writes to the front of a slice that has room for a vector.
    fn store<M: Vectors>(values: &mut [Self], vector: Self::Vector<M>);
    /// Writes as many lanes as a slice has room for.
    fn store_some<M: Vectors>(machine: M, values: &mut [Self], vector: Self::Vector<M>);
    /// a + b.
    fn plus<M: Vectors>(machine: M, a: Self::Vector<M>, b: Self::Vector<M>) -> Self::Vector<M>;
    /// a·b.
    fn times<M: Vectors>(machine: M, a: Self::Vector<M>, b: Self::Vector<M>) -> Self::Vector<M>;
    /// a·b + c, rounded once. Slow on a CPU without the instruction.
    fn times_plus<M: Vectors>(
        machine: M,
        a: Self::Vector<M>,
        b: Self::Vector<M>,
        c: Self::Vector<M>,
    ) -> Self::Vector<M>;
    /// `value`, but 0 where `sign` ≤ 0. A NaN in `sign` is not ≤ 0.
    fn zero_unless_positive<M: Vectors>(
        machine: M,
        sign: Self::Vector<M>,
        value: Self::Vector<M>,
    ) -> Self::Vector<M>;
    /// The bits of both: 0 where a and b are, to [`not_zero`](Self::not_zero).
    fn or<M: Vectors>(machine: M, a: Self::Vector<M>, b: Self::Vector<M>) -> Self::Vector<M>;
    /// Which lanes are not 0, the first as the lowest bit. A NaN is not 0.
    fn not_zero<M: Machine>(machine: M, vector: Self::Vector<M>) -> u8;
    /// Exchanges blocks of `STEP` lanes, a power of two, between two vectors: the odd blocks of `a` with the
    /// even ones of `b`. With STEP = 2 abcdefgh and ABCDEFGH become abABefEF and cdCDghGH.
    fn exchange<M: Vectors, const STEP: usize>(
        machine: M,
        a: Self::Vector<M>,
        b: Self::Vector<M>,
    ) -> (Self::Vector<M>, Self::Vector<M>);
    /// Transposes each block of four by four lanes of four vectors: what exchanges of 2 lanes and then of 1
    /// do.
    fn transpose_fours<M: Vectors>(machine: M, rows: [Self::Vector<M>; 4]) -> [Self::Vector<M>; 4];
}

macro_rules! lanes {
    ($float:ident, $vector:ident, $lanes:literal, $as_simd:ident, $as_mut_simd:ident, $splat:ident, $load_some:ident,
     $store_some:ident, $add:ident, $multiply:ident, $multiply_add:ident, $zero_unless_positive:ident,
     $or:ident, $not_zero:ident, $exchange:ident, $transpose_fours:ident, $load_halves:ident) => {
        impl Lanes for $float {
            const LANES: usize = $lanes;
            type Vector<M: Vectors> = M::$vector;

            #[inline(always)]
            fn splat<M: Vectors>(machine: M, value: Self) -> M::$vector {
                machine.$splat(value)
            }
            #[inline(always)]
            fn load<M: Vectors>(values: &[Self]) -> M::$vector {
                M::$as_simd(&values[..Self::lanes::<M>()]).0[0]
            }
            #[inline(always)]
            fn load_halves<M: Vectors>(machine: M, first: &[Self], second: &[Self]) -> M::$vector {
                machine.$load_halves(first, second)
            }
            #[inline(always)]
            fn load_some<M: Vectors>(machine: M, values: &[Self]) -> M::$vector {
                machine.$load_some(values)
            }
            #[inline(always)]
            fn store<M: Vectors>(values: &mut [Self], vector: M::$vector) {
                M::$as_mut_simd(&mut values[..Self::lanes::<M>()]).0[0] = vector;
            }
            #[inline(always)]
            fn store_some<M: Vectors>(machine: M, values: &mut [Self], vector: M::$vector) {
                machine.$store_some(values, vector);
            }
            #[inline(always)]
            fn plus<M: Vectors>(machine: M, a: M::$vector, b: M::$vector) -> M::$vector {
                machine.$add(a, b)
            }
            #[inline(always)]
            fn times<M: Vectors>(machine: M, a: M::$vector, b: M::$vector) -> M::$vector {
                machine.$multiply(a, b)
            }
            #[inline(always)]
            fn times_plus<M: Vectors>(machine: M, a: M::$vector, b: M::$vector, c: M::$vector) -> M::$vector {
                machine.$multiply_add(a, b, c)
            }
            #[inline(always)]
            fn zero_unless_positive<M: Vectors>(
                machine: M,
                sign: M::$vector,
                value: M::$vector,
            ) -> M::$vector {
                machine.$zero_unless_positive(sign, value)
            }
            #[inline(always)]
            fn or<M: Vectors>(machine: M, a: M::$vector, b: M::$vector) -> M::$vector {
                machine.$or(a, b)
            }
            #[inline(always)]
            fn not_zero<M: Machine>(machine: M, vector: M::$vector) -> u8 {
                machine.$not_zero(vector)
            }
            #[inline(always)]
            fn exchange<M: Vectors, const STEP: usize>(
                machine: M,
                a: M::$vector,
                b: M::$vector,
            ) -> (M::$vector, M::$vector) {
                machine.$exchange::<STEP>(a, b)
            }
            #[inline(always)]
            fn transpose_fours<M: Vectors>(machine: M, rows: [M::$vector; 4]) -> [M::$vector; 4] {
                machine.$transpose_fours(rows)
            }
        }
    };
}

lanes!(
    f32,
    f32s,
    8,
    as_simd_f32s,
    as_mut_simd_f32s,
    splat_f32s,
    partial_load_f32s,
    partial_store_f32s,
    add_f32s,
    mul_f32s,
    mul_add_f32s,
    zero_unless_positive_f32s,
    or_f32s,
    not_zero_f32s,
    exchange_f32s,
    transpose_fours_f32s,
    load_halves_f32s
);
lanes!(
    f64,
    f64s,
    4,
    as_simd_f64s,
    as_mut_simd_f64s,
    splat_f64s,
    partial_load_f64s,
    partial_store_f64s,
    add_f64s,
    mul_f64s,
    mul_add_f64s,
    zero_unless_positive_f64s,
    or_f64s,
    not_zero_f64s,
    exchange_f64s,
    transpose_fours_f64s,
    load_halves_f64s
);
