//! What the machine could do at best, measured just now: multiply-adds, reading from the caches, `axpy`.
//!
//! The loops are kernels as those of the library are, with the widest registers that these use.

use std::hint::black_box;
use std::time::Instant;

use serde_json::{Value, json};
use thalweg_numeric::Real;
use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::simd::{Instructions, Kernel, Lanes, Machine, Vectors, WideKernel};

/// Independent sums: more than the latency of two FMA units can hide, and no more than there are registers.
const SUMS: usize = 12;
/// Each loop is timed so often, and the fastest counts.
const REPEATS: usize = 20;
/// Half of a small level-1 cache.
const L1: usize = 16 << 10;
/// Half of a small level-2 cache.
const L2: usize = 128 << 10;
/// Parameters of the two-moons network.
const PARAMS: usize = 4482;

/// Rates of one core, apart from `fma_all`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ceilings {
    /// flop/s of fused multiply-adds in f32, two for each.
    pub fma_f32: f64,
    /// The same in f64.
    pub fma_f64: f64,
    /// flop/s in f32 of all cores at once.
    pub fma_all: f64,
    /// B/s read from the level-1 cache.
    pub read_l1: f64,
    /// B/s read from the level-2 cache.
    pub read_l2: f64,
    /// B/s that y ← y + a·x moves over the 4,482 parameters of the two-moons network, two reads and a write
    /// for each.
    pub axpy_f32: f64,
    /// The same in f64.
    pub axpy_f64: f64,
}

impl Ceilings {
    /// Measures all of them; a few tens of milliseconds.
    pub fn measure() -> Self {
        let all: Vec<f64> = rayon::broadcast(|_| fma::<f32>());
        Self {
            fma_f32: fma::<f32>(),
            fma_f64: fma::<f64>(),
            fma_all: all.iter().sum(),
            read_l1: read(L1),
            read_l2: read(L2),
            axpy_f32: axpy::<f32>(),
            axpy_f64: axpy::<f64>(),
        }
    }

    /// The higher of each rate in two measurements.
    pub fn best(self, other: Self) -> Self {
        Self {
            fma_f32: self.fma_f32.max(other.fma_f32),
            fma_f64: self.fma_f64.max(other.fma_f64),
            fma_all: self.fma_all.max(other.fma_all),
            read_l1: self.read_l1.max(other.read_l1),
            read_l2: self.read_l2.max(other.read_l2),
            axpy_f32: self.axpy_f32.max(other.axpy_f32),
            axpy_f64: self.axpy_f64.max(other.axpy_f64),
        }
    }

    /// One line for people.
    pub fn words(&self) -> String {
        let giga = |rate: f64| format!("{:.0}", rate / 1e9);
        format!(
            "ceilings of one core: FMA {} GFLOP/s in f32, {} in f64 (all cores: {} in f32); reads {} GB/s from L1, {} \
             from L2; axpy over {PARAMS} parameters {} GB/s in f32, {} in f64",
            giga(self.fma_f32),
            giga(self.fma_f64),
            giga(self.fma_all),
            giga(self.read_l1),
            giga(self.read_l2),
            giga(self.axpy_f32),
            giga(self.axpy_f64),
        )
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        json!({
            "fma-f32": self.fma_f32,
            "fma-f64": self.fma_f64,
            "fma-f32-all-cores": self.fma_all,
            "read-l1": self.read_l1,
            "read-l2": self.read_l2,
            "axpy-f32": self.axpy_f32,
            "axpy-f64": self.axpy_f64,
        })
    }
}

/// A loop.
trait Probe {
    /// Goes round once and returns its work. `FUSED` says how a product is added to a sum.
    fn run<M: Vectors, const FUSED: bool>(&mut self, machine: M) -> f64;
}

/// Work a second, the highest of some rounds.
fn rate(mut probe: impl Probe) -> f64 {
    let rates = (0..REPEATS).map(|_| {
        let start = Instant::now();
        let work = run(&mut probe);
        work / start.elapsed().as_secs_f64()
    });
    rates.fold(0.0, f64::max)
}

fn run(probe: &mut impl Probe) -> f64 {
    let instructions = Instructions::detect();
    if instructions.fuse() {
        instructions.run_wide_fused(Copied::<_, true>(probe))
    } else {
        instructions.run(Copied::<_, false>(probe))
    }
}

/// One of a probe's copies.
struct Copied<'a, P, const FUSED: bool>(&'a mut P);

impl<P: Probe, const FUSED: bool> Kernel for Copied<'_, P, FUSED> {
    type Output = f64;

    #[inline(always)]
    fn run<M: Machine>(self, machine: M) -> f64 {
        self.0.run::<M, FUSED>(machine)
    }
}

impl<P: Probe, const FUSED: bool> WideKernel for Copied<'_, P, FUSED> {
    #[inline(always)]
    fn run_wide<M: Vectors>(self, machine: M) -> f64 {
        self.0.run::<M, FUSED>(machine)
    }
}

/// x ← x·a + b for independent vectors x that stay in registers.
struct Fma<F> {
    x: F,
    a: F,
    b: F,
}

const FMA_ROUNDS: usize = 20_000;

fn fma<F: Real>() -> f64 {
    // x stays near 1: with a factor below 1 it neither grows nor shrinks to denormals.
    rate(Fma { x: F::ONE, a: black_box(F::from_f64(0.5)), b: black_box(F::from_f64(0.25)) })
}

impl<F: Real> Probe for Fma<F> {
    #[inline(always)]
    fn run<M: Vectors, const FUSED: bool>(&mut self, machine: M) -> f64 {
        let (a, b) = (F::splat(machine, self.a), F::splat(machine, self.b));
        // So that nobody sees that they are all the same.
        let mut sums = black_box([F::splat(machine, self.x); SUMS]);
        for _ in 0..FMA_ROUNDS {
            for x in &mut sums {
                *x = if FUSED {
                    F::times_plus(machine, *x, a, b)
                } else {
                    F::plus(machine, F::times(machine, *x, a), b)
                };
            }
        }
        F::store_some(machine, std::slice::from_mut(&mut self.x), black_box(sums)[0]);
        (2 * F::lanes::<M>() * SUMS * FMA_ROUNDS) as f64
    }
}

/// Sums over an array, again and again.
struct Read {
    values: Aligned<f32>,
    rounds: usize,
}

fn read(bytes: usize) -> f64 {
    // Not zeros, which a system may have in one page of memory for all.
    let values = aligned::copy(&vec![1.0; bytes / size_of::<f32>()]);
    rate(Read { values, rounds: (8 << 20) / bytes })
}

impl Probe for Read {
    #[inline(always)]
    fn run<M: Vectors, const FUSED: bool>(&mut self, machine: M) -> f64 {
        let lanes = f32::lanes::<M>();
        let mut sums = [f32::splat(machine, 0.0); SUMS];
        for _ in 0..self.rounds {
            for block in black_box(&self.values[..]).chunks_exact(SUMS * lanes) {
                for (sum, x) in sums.iter_mut().zip(block.chunks_exact(lanes)) {
                    *sum = f32::plus(machine, *sum, f32::load::<M>(x));
                }
            }
        }
        black_box(sums);
        let values = self.values.len() - self.values.len() % (SUMS * lanes);
        (self.rounds * values * size_of::<f32>()) as f64
    }
}

/// y ← y + a·x, again and again.
struct Axpy<F: Real> {
    a: F,
    x: Aligned<F>,
    y: Aligned<F>,
}

const AXPY_ROUNDS: usize = 200;

fn axpy<F: Real>() -> f64 {
    rate(Axpy {
        a: black_box(F::from_f64(1e-3)),
        x: aligned::copy(&[F::ONE; PARAMS]),
        y: aligned::zeros(PARAMS),
    })
}

impl<F: Real> Probe for Axpy<F> {
    #[inline(always)]
    fn run<M: Vectors, const FUSED: bool>(&mut self, _: M) -> f64 {
        for _ in 0..AXPY_ROUNDS {
            for (y, x) in self.y.iter_mut().zip(&black_box(&self.x)[..]) {
                *y = if FUSED { x.mul_add(self.a, *y) } else { *y + self.a * *x };
            }
            black_box(&mut self.y);
        }
        (3 * self.x.len() * AXPY_ROUNDS * size_of::<F>()) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loops_compute_what_they_should() {
        let mut fma = Fma { x: 1.0, a: 0.5, b: 0.25 };
        let flop = run(&mut fma);
        // x = x/2 + 1/4 has its fixed point at 1/2, and halves the distance to it in every round.
        assert_eq!(fma.x, 0.5);
        // 12 sums, 20,000 rounds, a product and a sum, in four or eight lanes.
        assert!([4.0, 8.0].contains(&(flop / 480_000.0)), "{flop}");
        let mut axpy = Axpy { a: 0.5, x: aligned::copy(&[2.0_f64; 3]), y: aligned::copy(&[1.0; 3]) };
        // Three numbers of 8 bytes, each read from x and y and written to y.
        assert_eq!(run(&mut axpy), 72.0 * AXPY_ROUNDS as f64);
        assert_eq!(axpy.y[..], [1.0 + AXPY_ROUNDS as f64; 3]);
        // Twelve vectors at a time, of eight or sixteen lanes: 960 numbers of 4 bytes are read thrice.
        let mut read = Read { values: aligned::copy(&[1.0; 1000]), rounds: 3 };
        assert_eq!(run(&mut read), 11_520.0);
    }

    #[test]
    fn the_best_of_two_is_the_best_of_each() {
        let zero = Ceilings {
            fma_f32: 0.0,
            fma_f64: 0.0,
            fma_all: 0.0,
            read_l1: 0.0,
            read_l2: 0.0,
            axpy_f32: 0.0,
            axpy_f64: 0.0,
        };
        let (one, other) =
            (Ceilings { fma_f32: 3.0, axpy_f64: 1.0, ..zero }, Ceilings { axpy_f64: 2.0, ..zero });
        assert_eq!(one.best(other), Ceilings { fma_f32: 3.0, axpy_f64: 2.0, ..zero });
        assert_eq!(other.best(one), one.best(other));
    }
}
