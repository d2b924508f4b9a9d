//! Which arithmetic a network computes with.

use std::fmt;

use serde::{Deserialize, Serialize};
use thalweg_numeric::simd::{self, Instructions, Machine, Vectors};

/// How a product is added to a sum.
///
/// Both add in the same fixed order, so each gives the same bits on every CPU that supports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Numerics {
    /// Fused multiply-add, rounded once. Needs AVX2 and FMA on x86-64 (2013 and later); always there on
    /// AArch64.
    Fast,
    /// Separate multiplication and addition, rounded twice: runs everywhere, at 0.8 of the speed on AVX2, at
    /// 0.6 where fused products go by two units of 512 bits.
    Portable,
}

impl Numerics {
    /// [`Fast`](Self::Fast) where the CPU supports it, else [`Portable`](Self::Portable).
    pub fn best() -> Self {
        if Self::Fast.is_supported() { Self::Fast } else { Self::Portable }
    }

    /// Whether this CPU has the instructions. A fused multiply-add in software would be 50 times slower, so
    /// there is none.
    pub fn is_supported(self) -> bool {
        Isa::of(self).is_ok()
    }
}

impl fmt::Display for Numerics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fast => "fast",
            Self::Portable => "portable",
        })
    }
}

/// Numerics for which this CPU has no instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} numerics need a CPU with fused multiply-add (AVX2 and FMA on x86-64)\nhint: use portable numerics"
)]
pub struct UnsupportedNumerics(pub Numerics);

/// Instructions that this CPU was found to have, and whether products are fused; cannot be made otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Isa {
    instructions: Instructions,
    fused: bool,
}

/// A kernel with its operands. `run` must be `#[inline(always)]`, and everything that it calls too, so that
/// each copy is compiled for its own instructions.
pub(crate) trait Kernel {
    /// Computes. `FUSED` says how a product is added to a sum.
    fn run<M: Machine, const FUSED: bool>(self, machine: M);
}

/// A kernel with a copy for vectors of 512 bits.
pub(crate) trait WideKernel {
    /// Whether the columns of its result fill vectors of 512 bits. Where they do not, those of 256 bits waste
    /// less.
    fn fills_wide(&self) -> bool;

    /// Computes, as [`Kernel::run`] does.
    fn run_wide<M: Vectors, const FUSED: bool>(self, machine: M);
}

impl<K: WideKernel> Kernel for K {
    #[inline(always)]
    fn run<M: Machine, const FUSED: bool>(self, machine: M) {
        self.run_wide::<M, FUSED>(machine);
    }
}

/// A kernel that [`compiled!`] has compiled in this crate for both floats. All kernels together take minutes,
/// and would take them again in every crate, test and program that uses a network.
pub(crate) trait Compiled {
    fn run_on(self, isa: Isa);
}

/// Implements [`Compiled`] for a kernel with a lifetime and a float, and with the function of [`Isa`] that
/// runs it.
macro_rules! compiled {
    ($kernel:ident) => {
        compiled!($kernel, run_here);
    };
    ($kernel:ident, $run:ident) => {
        const _: () = {
            use thalweg_numeric::{Either, Real};

            use crate::numerics::{Compiled, Isa};

            struct Both(Isa);

            impl Either for Both {
                type Argument<'a, F: Real> = $kernel<'a, F>;

                #[inline(never)]
                fn single(self, kernel: $kernel<'_, f32>) {
                    self.0.$run(kernel);
                }

                #[inline(never)]
                fn double(self, kernel: $kernel<'_, f64>) {
                    self.0.$run(kernel);
                }
            }

            impl<F: Real> Compiled for $kernel<'_, F> {
                #[inline(always)]
                fn run_on(self, isa: Isa) {
                    F::call(Both(isa), self);
                }
            }
        };
    };
}
pub(crate) use compiled;

impl Isa {
    pub(crate) fn of(numerics: Numerics) -> Result<Self, UnsupportedNumerics> {
        let instructions = Instructions::detect();
        match numerics {
            Numerics::Fast if !instructions.fuse() => Err(UnsupportedNumerics(numerics)),
            _ => Ok(Self { instructions, fused: numerics == Numerics::Fast }),
        }
    }

    /// Runs the copy of a kernel that was compiled for these instructions.
    #[inline(always)]
    pub(crate) fn run(self, kernel: impl Compiled) {
        kernel.run_on(self);
    }

    /// The same, for [`compiled!`] alone: compiles it where it is called.
    #[inline(always)]
    pub(crate) fn run_here(self, kernel: impl Kernel) {
        if self.fused {
            self.instructions.run_fused(Copied::<_, true>(kernel));
        } else {
            self.instructions.run(Copied::<_, false>(kernel));
        }
    }

    /// The same for a kernel that does not ask whether products are fused: one copy for each width is enough
    /// for both numerics.
    #[inline(always)]
    pub(crate) fn run_either_here(self, kernel: impl Kernel) {
        self.instructions.run(Copied::<_, false>(kernel));
    }

    /// [`run_either_here`](Self::run_either_here) with vectors of 512 bits where these are there and full.
    #[inline(always)]
    pub(crate) fn run_either_wide_here(self, kernel: impl WideKernel) {
        if kernel.fills_wide() {
            self.instructions.run_wide(Copied::<_, false>(kernel));
        } else {
            self.run_either_here(kernel);
        }
    }

    /// [`run_here`](Self::run_here) with vectors of 512 bits where these are there and full, but not for
    /// portable numerics, which would be one more copy to compile.
    #[inline(always)]
    pub(crate) fn run_fused_wide_here(self, kernel: impl WideKernel) {
        if self.fused && kernel.fills_wide() {
            self.instructions.run_wide_fused(Copied::<_, true>(kernel));
        } else {
            self.run_here(kernel);
        }
    }

    /// The same, and for portable numerics too where they gain by it.
    #[inline(always)]
    pub(crate) fn run_wide_here(self, kernel: impl WideKernel) {
        if !self.fused && self.instructions.has_two_wide_units() && kernel.fills_wide() {
            self.instructions.run_wide(Copied::<_, false>(kernel));
        } else {
            self.run_fused_wide_here(kernel);
        }
    }

    /// Every copy that this CPU can run, with whether it fuses.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<(Self, bool)> {
        let copies = |instructions: Instructions| {
            let kinds = [false, true].into_iter().filter(move |fused| !fused || instructions.fuse());
            kinds.map(move |fused| (Self { instructions, fused }, fused))
        };
        Instructions::all().into_iter().flat_map(copies).collect()
    }
}

/// One of a kernel's copies.
struct Copied<K, const FUSED: bool>(K);

impl<K: Kernel, const FUSED: bool> simd::Kernel for Copied<K, FUSED> {
    type Output = ();

    #[inline(always)]
    fn run<M: Machine>(self, machine: M) {
        self.0.run::<M, FUSED>(machine);
    }
}

impl<K: WideKernel, const FUSED: bool> simd::WideKernel for Copied<K, FUSED> {
    #[inline(always)]
    fn run_wide<M: Vectors>(self, machine: M) {
        self.0.run_wide::<M, FUSED>(machine);
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::simd::Lanes;

    use super::*;

    /// Writes the lanes of its vectors in f32.
    struct Width<'a> {
        full: bool,
        lanes: &'a mut usize,
    }

    impl WideKernel for Width<'_> {
        fn fills_wide(&self) -> bool {
            self.full
        }

        #[inline(always)]
        fn run_wide<M: Vectors, const FUSED: bool>(self, _: M) {
            *self.lanes = f32::lanes::<M>();
        }
    }

    #[test]
    fn wide_vectors_are_for_products_that_fill_them_and_gain_by_them() {
        for (isa, fused) in Isa::all() {
            // By its name in words, since the variant exists on x86-64 alone.
            let wide = format!("{:?}", isa.instructions).starts_with("Avx512");
            for full in [false, true] {
                let (mut of_fused, mut of_both) = (0, 0);
                isa.run_fused_wide_here(Width { full, lanes: &mut of_fused });
                isa.run_wide_here(Width { full, lanes: &mut of_both });
                let gains = fused || isa.instructions.has_two_wide_units();
                assert_eq!(of_fused, if wide && full && fused { 16 } else { 8 }, "{isa:?}, full {full}");
                assert_eq!(of_both, if wide && full && gains { 16 } else { 8 }, "{isa:?}, full {full}");
            }
        }
    }
}
