//! Which arithmetic a network computes with, and the one place that chooses machine code for the CPU at hand.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a product is added to a sum.
///
/// Both add in the same fixed order, so each gives the same bits on every CPU that supports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Numerics {
    /// Fused multiply-add, rounded once. Needs AVX2 and FMA on x86-64 (2013 and later); always there on AArch64.
    Fast,
    /// Separate multiplication and addition, rounded twice: runs everywhere, at 0.8 of the speed on AVX2.
    Portable,
}

impl Numerics {
    /// [`Fast`](Self::Fast) where the CPU supports it, else [`Portable`](Self::Portable).
    pub fn best() -> Self {
        if Self::Fast.is_supported() { Self::Fast } else { Self::Portable }
    }

    /// Whether this CPU has the instructions. A fused multiply-add in software would be 50 times slower, so there is
    /// none.
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

/// Instructions that this CPU was found to have; cannot be made otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Isa(Level);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Base,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    Fused,
}

/// A kernel with its operands. `run` must be `#[inline(always)]`, and everything that it calls too, so that each copy
/// is compiled for its own instructions.
pub(crate) trait Kernel {
    /// Computes. `FUSED` says how a product is added to a sum.
    fn run<const FUSED: bool>(self);
}

impl Isa {
    pub(crate) fn of(numerics: Numerics) -> Result<Self, UnsupportedNumerics> {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            match numerics {
                Numerics::Portable => return Ok(Self(Level::Avx2)),
                Numerics::Fast if std::arch::is_x86_feature_detected!("fma") => {
                    return Ok(Self(Level::Fused));
                }
                Numerics::Fast => {}
            }
        }
        #[cfg(target_arch = "aarch64")]
        if numerics == Numerics::Fast {
            return Ok(Self(Level::Fused));
        }
        match numerics {
            Numerics::Portable => Ok(Self(Level::Base)),
            Numerics::Fast => Err(UnsupportedNumerics(numerics)),
        }
    }

    /// Runs the copy of a kernel that was compiled for these instructions.
    #[cfg_attr(
        target_arch = "x86_64",
        expect(
            unsafe_code,
            reason = "an `Isa` is only made for instructions that the CPU was found to have"
        )
    )]
    pub(crate) fn run(self, kernel: impl Kernel) {
        match self.0 {
            Level::Base => kernel.run::<false>(),
            // SAFETY: `Isa::of` has detected AVX2.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { run_avx2(kernel) },
            // SAFETY: `Isa::of` has detected AVX2 and FMA.
            #[cfg(target_arch = "x86_64")]
            Level::Fused => unsafe { run_avx2_fma(kernel) },
            #[cfg(target_arch = "aarch64")]
            Level::Fused => kernel.run::<true>(),
        }
    }

    /// Every copy that this CPU can run, with whether it fuses.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<(Self, bool)> {
        let supported = [Numerics::Portable, Numerics::Fast].into_iter().filter_map(|n| Self::of(n).ok());
        let mut all: Vec<_> = supported
            .map(|isa| (isa, isa == Self::of(Numerics::Fast).unwrap_or(Self(Level::Base))))
            .collect();
        if !all.contains(&(Self(Level::Base), false)) {
            all.push((Self(Level::Base), false));
        }
        all
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn run_avx2(kernel: impl Kernel) {
    kernel.run::<false>();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2_fma(kernel: impl Kernel) {
    kernel.run::<true>();
}
