//! Vectors: a kernel is written once and runs in f32 and f64, with AVX-512, with AVX2 and without, to the
//! same bits.
//!
//! Most kernels have vectors of 256 bits and are a [`Kernel`]. One whose lanes have nothing to do with each
//! other may be a [`WideKernel`] too and gets those of 512 bits where the CPU has them. Intrinsics come from
//! the `pulp` crate, whose tokens prove by their type that the CPU has them. Where there is no AVX2, a vector
//! is a plain array of 256 bits, which the compiler maps to what the CPU has; on an x86-64 kernels may take
//! less code for it ([`Vectors::UNROLLED`]).
//!
//! [`Instructions`] is the one place that chooses machine code for the CPU at hand.

mod lanes;
mod machine;

use pulp::Scalar256b;
#[cfg(target_arch = "x86_64")]
use pulp::x86::{V3, V4};

pub use self::lanes::Lanes;
pub use self::machine::{Machine, Vectors};

/// Code that is compiled once for each kind of machine, with vectors of 256 bits.
pub trait Kernel {
    /// What it returns.
    type Output;

    /// Computes. This and all that it calls must be `#[inline(always)]`, so that each copy is compiled for
    /// its own instructions.
    fn run<M: Machine>(self, machine: M) -> Self::Output;
}

/// Code that is also compiled for vectors of 512 bits.
pub trait WideKernel: Kernel {
    /// Computes to the bits of [`Kernel::run`].
    fn run_wide<M: Vectors>(self, machine: M) -> Self::Output;
}

/// The widest instructions that were found.
#[derive(Debug, Clone, Copy)]
pub enum Instructions {
    /// What every CPU of this architecture has.
    Base,
    /// AVX2 and FMA on x86-64.
    #[cfg(target_arch = "x86_64")]
    Avx2(V3),
    /// The same and AVX-512 (F, VL, BW, CD and DQ).
    #[cfg(target_arch = "x86_64")]
    Avx512(V4),
}

impl Instructions {
    /// Asks the CPU; remembered by `pulp`, so this costs a load or two.
    #[inline]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(machine) = V4::try_new() {
            return Self::Avx512(machine);
        } else if let Some(machine) = V3::try_new() {
            return Self::Avx2(machine);
        }
        Self::Base
    }

    /// All that this CPU has, for tests of each copy.
    pub fn all() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        let wider = [V3::try_new().map(Self::Avx2), V4::try_new().map(Self::Avx512)];
        #[cfg(not(target_arch = "x86_64"))]
        let wider: [Option<Self>; 0] = [];
        [Self::Base].into_iter().chain(wider.into_iter().flatten()).collect()
    }

    /// Whether a multiplication and an addition are one instruction.
    pub fn fuse(self) -> bool {
        match self {
            Self::Base => cfg!(target_arch = "aarch64"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) | Self::Avx512(_) => true,
        }
    }

    /// Whether the CPU has two units for vectors of 512 bits. It does not tell so itself, but every one that
    /// is known with AVX-512 for numbers of 16 bits has them (Intel's servers from Sapphire Rapids on). On
    /// one unit, or two of 256 bits that work together, a product and a sum apart take no less time with wide
    /// vectors.
    #[inline]
    pub fn has_two_wide_units(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => std::arch::is_x86_feature_detected!("avx512fp16"),
            _ => false,
        }
    }

    /// Runs the copy of a kernel that was compiled for these instructions, that for AVX2 where there is
    /// AVX-512.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            Self::Base => kernel.run(Scalar256b),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(machine) => machine.vectorize(Call(kernel, machine)),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(machine) => Self::Avx2(*machine).run(kernel),
        }
    }

    /// The same for a kernel that fuses products and sums, of which there is no copy for a CPU without the
    /// instruction.
    ///
    /// # Panics
    /// On such a CPU.
    #[inline]
    pub fn run_fused<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            #[cfg(target_arch = "aarch64")]
            Self::Base => kernel.run(Scalar256b),
            #[cfg(not(target_arch = "aarch64"))]
            Self::Base => panic!("this CPU does not fuse products and sums"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(machine) => machine.vectorize(Call(kernel, machine)),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(machine) => Self::Avx2(*machine).run_fused(kernel),
        }
    }

    /// [`run`](Self::run), with vectors of 512 bits where the CPU has them.
    #[inline]
    pub fn run_wide<K: WideKernel>(self, kernel: K) -> K::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(machine) => machine.vectorize(CallWide(kernel, machine)),
            _ => self.run(kernel),
        }
    }

    /// [`run_fused`](Self::run_fused), with vectors of 512 bits where the CPU has them.
    ///
    /// # Panics
    /// On a CPU that does not fuse.
    #[inline]
    pub fn run_wide_fused<K: WideKernel>(self, kernel: K) -> K::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(machine) => machine.vectorize(CallWide(kernel, machine)),
            _ => self.run_fused(kernel),
        }
    }
}

/// A kernel with its machine, as `pulp` wants it.
#[cfg(target_arch = "x86_64")]
struct Call<K>(K, V3);

#[cfg(target_arch = "x86_64")]
impl<K: Kernel> pulp::NullaryFnOnce for Call<K> {
    type Output = K::Output;

    #[inline(always)]
    fn call(self) -> K::Output {
        self.0.run(self.1)
    }
}

/// The same for vectors of 512 bits.
#[cfg(target_arch = "x86_64")]
struct CallWide<K>(K, V4);

#[cfg(target_arch = "x86_64")]
impl<K: WideKernel> pulp::NullaryFnOnce for CallWide<K> {
    type Output = K::Output;

    #[inline(always)]
    fn call(self) -> K::Output {
        self.0.run_wide(self.1)
    }
}

/// The transpose of N vectors in each block of N lanes: lane j of vector i becomes lane i of vector j. N is
/// 2, 4 or 8, as many as a vector has lanes or fewer.
#[inline(always)]
pub fn transpose<F: Lanes, M: Vectors, const N: usize>(
    machine: M,
    mut rows: [F::Vector<M>; N],
) -> [F::Vector<M>; N] {
    if N == 8 {
        rows = exchange_all::<F, M, N, 4>(machine, rows);
    }
    if N == 2 {
        return exchange_all::<F, M, N, 1>(machine, rows);
    }
    for i in (0..N).step_by(4) {
        let four = F::transpose_fours(machine, [rows[i], rows[i + 1], rows[i + 2], rows[i + 3]]);
        rows[i..i + 4].copy_from_slice(&four);
    }
    rows
}

/// The transpose of H numbers of each of N = 2·H lines of memory, where N is the number of lanes. The first
/// exchange is in the loads of half vectors.
#[inline(always)]
pub fn load_transposed<F: Lanes, M: Vectors, const N: usize, const H: usize>(
    machine: M,
    lines: [&[F; H]; N],
) -> [F::Vector<M>; H] {
    let mut rows = [F::load_halves(machine, lines[0], lines[H]); H];
    for i in 0..H {
        rows[i] = F::load_halves(machine, lines[i], lines[i + H]);
    }
    transpose::<F, M, H>(machine, rows)
}

#[inline(always)]
fn exchange_all<F: Lanes, M: Vectors, const N: usize, const STEP: usize>(
    machine: M,
    mut rows: [F::Vector<M>; N],
) -> [F::Vector<M>; N] {
    for i in 0..N {
        if i & STEP == 0 {
            (rows[i], rows[i + STEP]) = F::exchange::<M, STEP>(machine, rows[i], rows[i + STEP]);
        }
    }
    rows
}

/// The sums of the lanes of as many vectors as a vector has lanes, one in each lane; those of eight lanes in
/// the order ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)). Reads the first `LANES` vectors.
#[inline(always)]
pub fn sum_lanes<F: Lanes, M: Machine>(machine: M, mut vectors: [F::Vector<M>; 8]) -> F::Vector<M> {
    if F::LANES == 8 {
        for i in 0..4 {
            let (a, b) = F::exchange::<M, 4>(machine, vectors[i], vectors[i + 4]);
            vectors[i] = F::plus(machine, a, b);
        }
    }
    for i in 0..2 {
        let (a, b) = F::exchange::<M, 2>(machine, vectors[i], vectors[i + 2]);
        vectors[i] = F::plus(machine, a, b);
    }
    let (a, b) = F::exchange::<M, 1>(machine, vectors[0], vectors[1]);
    F::plus(machine, a, b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Real;

    /// Writes the transpose of `LANES` vectors, then the sums of the lanes of each.
    struct Shuffles<'a, F> {
        values: &'a [F],
        out: &'a mut [F],
    }

    impl<F: Real> Kernel for Shuffles<'_, F> {
        type Output = ();

        #[inline(always)]
        fn run<M: Machine>(self, machine: M) {
            let n = F::LANES;
            let mut vectors = [F::splat(machine, F::ZERO); 8];
            for (vector, values) in vectors.iter_mut().zip(self.values.chunks_exact(n)) {
                *vector = F::load::<M>(values);
            }
            let mut out = self.out.chunks_exact_mut(n);
            let mut write = |vector| F::store::<M>(out.next().expect("n + 1 vectors"), vector);
            if n == 8 {
                transpose::<F, M, 8>(machine, vectors).into_iter().for_each(&mut write);
            } else {
                let [a, b, c, d, ..] = vectors;
                transpose::<F, M, 4>(machine, [a, b, c, d]).into_iter().for_each(&mut write);
            }
            write(sum_lanes::<F, M>(machine, vectors));
        }
    }

    fn shuffles_match<F: Real>() {
        let n = F::LANES;
        // Irregular, so that another order of a sum is seen.
        let values: Vec<F> = (0..n * n).map(|i| F::from_f64((1.7 * i as f64).sin())).collect();
        for instructions in Instructions::all() {
            let mut out = vec![F::ZERO; n * (n + 1)];
            instructions.run(Shuffles { values: &values, out: &mut out });
            for i in 0..n {
                for j in 0..n {
                    assert_eq!(out[i * n + j], values[j * n + i], "{instructions:?} ({i}, {j})");
                }
                let lane = |j| values[i * n + j];
                let half = |j| {
                    if n == 8 {
                        (lane(j) + lane(j + 4)) + (lane(j + 2) + lane(j + 6))
                    } else {
                        lane(j) + lane(j + 2)
                    }
                };
                assert_eq!(out[n * n + i], half(0) + half(1), "{instructions:?} sum {i}");
            }
        }
    }

    #[test]
    fn shuffles_move_every_lane_to_its_place() {
        shuffles_match::<f32>();
        shuffles_match::<f64>();
    }

    /// Writes the transpose of half of each of as many lines as a vector has lanes.
    struct Halves<'a, F> {
        lines: &'a [F],
        out: &'a mut [F],
    }

    impl<F: Real> Kernel for Halves<'_, F> {
        type Output = usize;

        #[inline(always)]
        fn run<M: Machine>(self, machine: M) -> usize {
            self.run_wide(machine)
        }
    }

    impl<F: Real> WideKernel for Halves<'_, F> {
        #[inline(always)]
        fn run_wide<M: Vectors>(self, machine: M) -> usize {
            match F::lanes::<M>() {
                4 => halves::<F, M, 4, 2>(machine, self),
                8 => halves::<F, M, 8, 4>(machine, self),
                _ => halves::<F, M, 16, 8>(machine, self),
            }
            F::lanes::<M>()
        }
    }

    #[inline(always)]
    fn halves<F: Real, M: Vectors, const N: usize, const H: usize>(machine: M, halves: Halves<'_, F>) {
        let lines = halves.lines.as_chunks::<H>().0.first_chunk::<N>().expect("N lines").each_ref();
        let turned = load_transposed::<F, M, N, H>(machine, lines);
        for (out, vector) in halves.out.chunks_exact_mut(N).zip(turned) {
            F::store::<M>(out, vector);
        }
    }

    fn halves_are_transposed<F: Real>() {
        let lines: Vec<F> = (0..16 * 8).map(|i| F::from_f64(f64::from(i))).collect();
        for instructions in Instructions::all() {
            for wide in [false, true] {
                let mut out = vec![F::ZERO; 16 * 8];
                let kernel = Halves { lines: &lines, out: &mut out };
                let lanes = if wide { instructions.run_wide(kernel) } else { instructions.run(kernel) };
                for i in 0..lanes {
                    for j in 0..lanes / 2 {
                        let expected = lines[i * (lanes / 2) + j];
                        assert_eq!(out[j * lanes + i], expected, "{instructions:?} ({i}, {j}) of {lanes}");
                    }
                }
            }
        }
    }

    #[test]
    fn halves_of_lines_are_transposed_in_every_width() {
        halves_are_transposed::<f32>();
        halves_are_transposed::<f64>();
    }
}
