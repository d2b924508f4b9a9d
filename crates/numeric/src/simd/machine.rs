//! What the kernels need of a machine beyond `pulp`: shuffles and masks, the same everywhere.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{_CMP_LE_OQ, _CMP_NEQ_UQ, _CMP_NLE_UQ};

use pulp::Scalar256b;
use pulp::bytemuck::cast;
#[cfg(target_arch = "x86_64")]
use pulp::x86::{V3, V4};

/// A token that proves that the CPU has some instructions, for vectors of any width.
pub trait Vectors: pulp::Simd {
    /// Whether kernels are unrolled for it into tiles of many sizes. On an x86-64 without AVX2 they are not:
    /// no speed is asked of processors from before 2013, and tiles for them took almost as long to compile as
    /// those for AVX2 and AVX-512 together.
    const UNROLLED: bool = true;
    /// How many vectors the CPU has registers for: 16, or 32.
    const REGISTERS: usize = 16;

    /// [`Lanes::exchange`](super::Lanes::exchange) in f32.
    fn exchange_f32s<const STEP: usize>(self, a: Self::f32s, b: Self::f32s) -> (Self::f32s, Self::f32s);
    /// [`Lanes::exchange`](super::Lanes::exchange) in f64.
    fn exchange_f64s<const STEP: usize>(self, a: Self::f64s, b: Self::f64s) -> (Self::f64s, Self::f64s);
    /// [`Lanes::transpose_fours`](super::Lanes::transpose_fours) in f32.
    #[inline(always)]
    fn transpose_fours_f32s(self, [a, b, c, d]: [Self::f32s; 4]) -> [Self::f32s; 4] {
        let ((a, c), (b, d)) = (self.exchange_f32s::<2>(a, c), self.exchange_f32s::<2>(b, d));
        let ((a, b), (c, d)) = (self.exchange_f32s::<1>(a, b), self.exchange_f32s::<1>(c, d));
        [a, b, c, d]
    }
    /// [`Lanes::transpose_fours`](super::Lanes::transpose_fours) in f64.
    #[inline(always)]
    fn transpose_fours_f64s(self, [a, b, c, d]: [Self::f64s; 4]) -> [Self::f64s; 4] {
        let ((a, c), (b, d)) = (self.exchange_f64s::<2>(a, c), self.exchange_f64s::<2>(b, d));
        let ((a, b), (c, d)) = (self.exchange_f64s::<1>(a, b), self.exchange_f64s::<1>(c, d));
        [a, b, c, d]
    }
    /// [`Lanes::load_halves`](super::Lanes::load_halves) in f32.
    fn load_halves_f32s(self, first: &[f32], second: &[f32]) -> Self::f32s;
    /// [`Lanes::load_halves`](super::Lanes::load_halves) in f64.
    fn load_halves_f64s(self, first: &[f64], second: &[f64]) -> Self::f64s;
    /// [`Lanes::zero_unless_positive`](super::Lanes::zero_unless_positive) in f32.
    #[inline(always)]
    fn zero_unless_positive_f32s(self, sign: Self::f32s, value: Self::f32s) -> Self::f32s {
        let zero = self.splat_f32s(0.0);
        self.select_f32s(self.less_than_or_equal_f32s(sign, zero), zero, value)
    }
    /// [`Lanes::zero_unless_positive`](super::Lanes::zero_unless_positive) in f64.
    #[inline(always)]
    fn zero_unless_positive_f64s(self, sign: Self::f64s, value: Self::f64s) -> Self::f64s {
        let zero = self.splat_f64s(0.0);
        self.select_f64s(self.less_than_or_equal_f64s(sign, zero), zero, value)
    }
}

/// The same for vectors of 256 bits, with what `pulp` does not offer for all of them.
pub trait Machine: Vectors {
    /// [`Lanes::not_zero`](super::Lanes::not_zero) in f32.
    fn not_zero_f32s(self, vector: Self::f32s) -> u8;
    /// [`Lanes::not_zero`](super::Lanes::not_zero) in f64.
    fn not_zero_f64s(self, vector: Self::f64s) -> u8;
}

impl Vectors for Scalar256b {
    const UNROLLED: bool = !cfg!(target_arch = "x86_64");

    #[inline(always)]
    fn exchange_f32s<const STEP: usize>(self, a: Self::f32s, b: Self::f32s) -> (Self::f32s, Self::f32s) {
        let (a, b) = exchange::<f32, 8, STEP>(cast(a), cast(b));
        (cast(a), cast(b))
    }

    #[inline(always)]
    fn exchange_f64s<const STEP: usize>(self, a: Self::f64s, b: Self::f64s) -> (Self::f64s, Self::f64s) {
        let (a, b) = exchange::<f64, 4, STEP>(cast(a), cast(b));
        (cast(a), cast(b))
    }

    #[inline(always)]
    fn load_halves_f32s(self, first: &[f32], second: &[f32]) -> Self::f32s {
        cast([front::<_, 4>(first), front(second)])
    }

    #[inline(always)]
    fn load_halves_f64s(self, first: &[f64], second: &[f64]) -> Self::f64s {
        cast([front::<_, 2>(first), front(second)])
    }
}

impl Machine for Scalar256b {
    #[inline(always)]
    fn not_zero_f32s(self, vector: Self::f32s) -> u8 {
        not_zero::<f32, 8>(cast(vector))
    }

    #[inline(always)]
    fn not_zero_f64s(self, vector: Self::f64s) -> u8 {
        not_zero::<f64, 4>(cast(vector))
    }
}

/// The first N of a slice that has as many: half a vector.
#[inline(always)]
fn front<F: Copy, const N: usize>(values: &[F]) -> [F; N] {
    *values.first_chunk().expect("half a vector")
}

#[inline(always)]
fn exchange<F: Copy, const N: usize, const STEP: usize>(a: [F; N], b: [F; N]) -> ([F; N], [F; N]) {
    let (mut first, mut second) = (a, b);
    for lane in 0..N {
        if lane & STEP == 0 {
            second[lane] = a[lane + STEP];
        } else {
            first[lane] = b[lane - STEP];
        }
    }
    (first, second)
}

#[inline(always)]
fn not_zero<F: Default + PartialEq, const N: usize>(vector: [F; N]) -> u8 {
    let mut mask = 0;
    for (lane, value) in vector.iter().enumerate() {
        mask |= u8::from(*value != F::default()) << lane;
    }
    mask
}

#[cfg(target_arch = "x86_64")]
impl Machine for V3 {
    #[inline(always)]
    fn not_zero_f32s(self, vector: Self::f32s) -> u8 {
        let avx = self.avx;
        avx._mm256_movemask_ps(avx._mm256_cmp_ps::<_CMP_NEQ_UQ>(cast(vector), avx._mm256_setzero_ps())) as u8
    }

    #[inline(always)]
    fn not_zero_f64s(self, vector: Self::f64s) -> u8 {
        let avx = self.avx;
        avx._mm256_movemask_pd(avx._mm256_cmp_pd::<_CMP_NEQ_UQ>(cast(vector), avx._mm256_setzero_pd())) as u8
    }
}

/// By shuffles: the compiler does not find them and moves element by element, at five times the cost.
#[cfg(target_arch = "x86_64")]
impl Vectors for V3 {
    #[inline(always)]
    fn exchange_f32s<const STEP: usize>(self, a: Self::f32s, b: Self::f32s) -> (Self::f32s, Self::f32s) {
        if STEP == 1 {
            let (a, b, avx) = (cast(a), cast(b), self.avx);
            let first = avx._mm256_blend_ps::<0b1010_1010>(a, avx._mm256_moveldup_ps(b));
            let second = avx._mm256_blend_ps::<0b1010_1010>(avx._mm256_movehdup_ps(a), b);
            return (cast(first), cast(second));
        }
        // Pairs of f32 are moved as f64 are.
        let (a, b) = (cast(a), cast(b));
        let (a, b) = if STEP == 2 { self.exchange_f64s::<1>(a, b) } else { self.exchange_f64s::<2>(a, b) };
        (cast(a), cast(b))
    }

    #[inline(always)]
    fn exchange_f64s<const STEP: usize>(self, a: Self::f64s, b: Self::f64s) -> (Self::f64s, Self::f64s) {
        let (a, b, avx) = (cast(a), cast(b), self.avx);
        if STEP == 1 {
            (cast(avx._mm256_unpacklo_pd(a, b)), cast(avx._mm256_unpackhi_pd(a, b)))
        } else {
            let first = avx._mm256_permute2f128_pd::<0x20>(a, b);
            (cast(first), cast(avx._mm256_permute2f128_pd::<0x31>(a, b)))
        }
    }

    #[inline(always)]
    fn load_halves_f32s(self, first: &[f32], second: &[f32]) -> Self::f32s {
        cast(self.avx._mm256_set_m128(cast(front::<_, 4>(second)), cast(front::<_, 4>(first))))
    }

    #[inline(always)]
    fn load_halves_f64s(self, first: &[f64], second: &[f64]) -> Self::f64s {
        cast(self.avx._mm256_set_m128d(cast(front::<_, 2>(second)), cast(front::<_, 2>(first))))
    }

    // By two instructions in place of the three that a selection becomes.
    #[inline(always)]
    fn zero_unless_positive_f32s(self, sign: Self::f32s, value: Self::f32s) -> Self::f32s {
        let at_most = self.avx._mm256_cmp_ps::<_CMP_LE_OQ>(cast(sign), self.avx._mm256_setzero_ps());
        cast(self.avx._mm256_andnot_ps(at_most, cast(value)))
    }

    #[inline(always)]
    fn zero_unless_positive_f64s(self, sign: Self::f64s, value: Self::f64s) -> Self::f64s {
        let at_most = self.avx._mm256_cmp_pd::<_CMP_LE_OQ>(cast(sign), self.avx._mm256_setzero_pd());
        cast(self.avx._mm256_andnot_pd(at_most, cast(value)))
    }
}

#[cfg(target_arch = "x86_64")]
impl Vectors for V4 {
    const REGISTERS: usize = 32;

    #[inline(always)]
    fn exchange_f32s<const STEP: usize>(self, a: Self::f32s, b: Self::f32s) -> (Self::f32s, Self::f32s) {
        if STEP == 1 {
            let (a, b, avx) = (cast(a), cast(b), self.avx512f);
            let first = avx._mm512_mask_moveldup_ps(a, 0b1010_1010_1010_1010, b);
            return (cast(first), cast(avx._mm512_mask_movehdup_ps(b, 0b0101_0101_0101_0101, a)));
        }
        // Pairs of f32 are moved as f64 are.
        let (a, b) = (cast(a), cast(b));
        let (a, b) = match STEP {
            2 => self.exchange_f64s::<1>(a, b),
            4 => self.exchange_f64s::<2>(a, b),
            _ => self.exchange_f64s::<4>(a, b),
        };
        (cast(a), cast(b))
    }

    #[inline(always)]
    fn exchange_f64s<const STEP: usize>(self, a: Self::f64s, b: Self::f64s) -> (Self::f64s, Self::f64s) {
        let (a, b, avx) = (cast(a), cast(b), self.avx512f);
        match STEP {
            1 => (cast(avx._mm512_unpacklo_pd(a, b)), cast(avx._mm512_unpackhi_pd(a, b))),
            // Quarters: the first and third of b to the odd places, the others of a to the even ones.
            2 => {
                let first = avx._mm512_mask_shuffle_f64x2::<0b10_10_00_00>(a, 0b1100_1100, b, b);
                (cast(first), cast(avx._mm512_mask_shuffle_f64x2::<0b11_11_01_01>(b, 0b0011_0011, a, a)))
            }
            _ => {
                let first = avx._mm512_shuffle_f64x2::<0b01_00_01_00>(a, b);
                (cast(first), cast(avx._mm512_shuffle_f64x2::<0b11_10_11_10>(a, b)))
            }
        }
    }

    // By instructions that move within quarters, of which each step takes one.
    #[inline(always)]
    fn transpose_fours_f32s(self, rows: [Self::f32s; 4]) -> [Self::f32s; 4] {
        let ([a, b, c, d], avx) = (rows.map(cast), self.avx512f);
        let first = [cast(avx._mm512_unpacklo_ps(a, b)), cast(avx._mm512_unpackhi_ps(a, b))];
        let second = [cast(avx._mm512_unpacklo_ps(c, d)), cast(avx._mm512_unpackhi_ps(c, d))];
        [
            cast(avx._mm512_unpacklo_pd(first[0], second[0])),
            cast(avx._mm512_unpackhi_pd(first[0], second[0])),
            cast(avx._mm512_unpacklo_pd(first[1], second[1])),
            cast(avx._mm512_unpackhi_pd(first[1], second[1])),
        ]
    }

    #[inline(always)]
    fn load_halves_f32s(self, first: &[f32], second: &[f32]) -> Self::f32s {
        let avx = self.avx512f;
        let first = avx._mm512_castps256_ps512(cast(front::<_, 8>(first)));
        let second = cast(front::<_, 8>(second));
        cast(avx._mm512_insertf64x4::<1>(cast(first), second))
    }

    #[inline(always)]
    fn load_halves_f64s(self, first: &[f64], second: &[f64]) -> Self::f64s {
        let avx = self.avx512f;
        let first = avx._mm512_castpd256_pd512(cast(front::<_, 4>(first)));
        cast(avx._mm512_insertf64x4::<1>(first, cast(front::<_, 4>(second))))
    }

    // By two instructions too: the mask is that of the lanes that stay.
    #[inline(always)]
    fn zero_unless_positive_f32s(self, sign: Self::f32s, value: Self::f32s) -> Self::f32s {
        let avx = self.avx512f;
        let stays = avx._mm512_cmp_ps_mask::<_CMP_NLE_UQ>(cast(sign), avx._mm512_setzero_ps());
        cast(avx._mm512_maskz_mov_ps(stays, cast(value)))
    }

    #[inline(always)]
    fn zero_unless_positive_f64s(self, sign: Self::f64s, value: Self::f64s) -> Self::f64s {
        let avx = self.avx512f;
        let stays = avx._mm512_cmp_pd_mask::<_CMP_NLE_UQ>(cast(sign), avx._mm512_setzero_pd());
        cast(avx._mm512_maskz_mov_pd(stays, cast(value)))
    }
}
