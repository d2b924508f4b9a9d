//! Named random streams on Xoshiro256++.
//!
//! Every consumer of randomness draws from a stream of its own, derived from (seed, replicate, purpose,
//! index). So no consumer can shift another's numbers: a run with more test sets trains on the same batches.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::Rng;
use serde::{Deserialize, Serialize};

/// All streams of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
    replicate: u64,
}

impl Streams {
    /// The streams of replicate `replicate` of an experiment with seed `seed`.
    pub fn new(seed: u64, replicate: u64) -> Self {
        Self { seed, replicate }
    }

    /// Which of the independent repetitions.
    pub fn replicate(self) -> u64 {
        self.replicate
    }

    /// The streams of another replicate of the experiment.
    pub fn of_replicate(self, replicate: u64) -> Self {
        Self { replicate, ..self }
    }

    /// The stream of one consumer, for example `("test-set", 17)`.
    ///
    /// The 256-bit state is the BLAKE3 hash of all four names.
    pub fn stream(self, purpose: &str, index: u64) -> Stream {
        let mut hasher = blake3::Hasher::new();
        for number in [self.seed, self.replicate, index] {
            hasher.update(&number.to_le_bytes());
        }
        hasher.update(purpose.as_bytes());
        Stream(Xoshiro256PlusPlus::from_seed(hasher.finalize().into()))
    }
}

/// One sequence of random numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream(Xoshiro256PlusPlus);

impl Stream {
    /// Uniform on [0, 1): a multiple of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Standard normal N(0, 1), by Box and Muller's transform with the logarithm and cosine of `libm`, so
    /// that the bits do not depend on the platform.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(1.0 - self.uniform())).sqrt();
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    /// Uniform on 0 … `end` − 1.
    ///
    /// # Panics
    /// If `end` is 0.
    pub fn below(&mut self, end: u32) -> u32 {
        use rand::RngExt;
        self.0.random_range(0..end)
    }

    /// Puts `items` into a random order; every permutation is equally likely.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        items.shuffle(&mut self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_of_name_gives_another_stream() {
        let first =
            |seed, replicate, purpose, index| Streams::new(seed, replicate).stream(purpose, index).uniform();
        let base = first(42, 0, "init", 0);
        assert_eq!(base, first(42, 0, "init", 0));
        for other in [
            first(43, 0, "init", 0),
            first(42, 1, "init", 0),
            first(42, 0, "data", 0),
            first(42, 0, "init", 1),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn values_are_stable() {
        let mut stream = Streams::new(42, 0).stream("data", 0);
        let mut order: Vec<u32> = (0..8).collect();
        stream.shuffle(&mut order);
        let drawn = (stream.uniform(), stream.normal(), stream.below(1000), order);
        assert_eq!(
            format!("{drawn:?}"),
            "(0.1379939424373754, -1.3317680608514013, 901, [7, 4, 2, 1, 5, 0, 6, 3])"
        );
    }

    #[test]
    fn moments_match_the_distributions() {
        let mut stream = Streams::new(7, 0).stream("moments", 0);
        let n = 200_000;
        let mean =
            |mut draw: Box<dyn FnMut() -> f64 + '_>| (0..n).map(|_| draw()).sum::<f64>() / f64::from(n);
        // Five standard errors of each mean, 5·σ/√n with n = 2·10⁵.
        assert!((mean(Box::new(|| stream.uniform())) - 0.5).abs() < 5.0 * 0.2887 / 447.2);
        assert!(mean(Box::new(|| stream.normal())).abs() < 5.0 / 447.2);
        assert!(
            (mean(Box::new(|| stream.normal().powi(2))) - 1.0).abs() < 5.0 * std::f64::consts::SQRT_2 / 447.2
        );
        assert!((mean(Box::new(|| stream.normal().powi(4))) - 3.0).abs() < 5.0 * 9.798 / 447.2);
        assert!((mean(Box::new(|| f64::from(stream.below(10)))) - 4.5).abs() < 5.0 * 2.872 / 447.2);
    }
}
