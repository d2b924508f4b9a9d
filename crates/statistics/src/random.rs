//! Seeded numbers for resampling.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::Rng;

/// A reproducible source of resamples and permutations.
pub(crate) struct Random(Xoshiro256PlusPlus);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A uniform index below `n`, by the high half of a product; its bias is below n/2⁶⁴.
    pub(crate) fn index(&mut self, n: usize) -> usize {
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }

    /// Sums of 12 uniforms: normal to within what a test of a few thousand draws can see.
    #[cfg(test)]
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.index(1 << 30) as f64 / f64::from(1 << 30)).sum::<f64>() - 6.0
    }

    pub(crate) fn shuffle(&mut self, items: &mut [f64]) {
        items.shuffle(&mut self.0);
    }
}
