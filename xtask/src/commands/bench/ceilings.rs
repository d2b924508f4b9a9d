//! What the machine could do at best, measured just now: multiply-adds, reading from the caches, `axpy`.
//!
//! The loops are arrays of fixed size which the compiler keeps in vector registers, compiled once more for AVX2 and FMA
//! as the kernels of the library are. The registers are those that the kernels use: a CPU with wider ones could do more.

use std::hint::black_box;
use std::time::Instant;

use serde_json::{Value, json};
use thalweg_numeric::Real;

/// Bytes of a vector register.
const VECTOR: usize = 32;
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
    /// B/s that y ← y + a·x moves over the 4,482 parameters of the two-moons network, two reads and a write for each.
    pub axpy_f32: f64,
    /// The same in f64.
    pub axpy_f64: f64,
}

impl Ceilings {
    /// Measures all of them; a few tens of milliseconds.
    pub fn measure() -> Self {
        let all: Vec<f64> = rayon::broadcast(|_| fma::<f32, { VECTOR / 4 }>());
        Self {
            fma_f32: fma::<f32, { VECTOR / 4 }>(),
            fma_f64: fma::<f64, { VECTOR / 8 }>(),
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

/// A loop. `run` is `#[inline(always)]`, so that each copy is compiled for its own instructions.
trait Probe {
    /// Goes round once. `FUSED` says how a product is added to a sum.
    fn run<const FUSED: bool>(&mut self);
}

/// Work a second of a probe that does `work` in a round.
fn rate(work: f64, mut probe: impl Probe) -> f64 {
    let seconds = (0..REPEATS).map(|_| {
        let start = Instant::now();
        dispatch(&mut probe);
        start.elapsed().as_secs_f64()
    });
    work / seconds.fold(f64::INFINITY, f64::min)
}

#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "AVX2 and FMA are used only where the CPU was found to have them")
)]
fn dispatch(probe: &mut impl Probe) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        // SAFETY: AVX2 and FMA were just detected.
        return unsafe { run_avx2_fma(probe) };
    }
    if cfg!(target_arch = "aarch64") { probe.run::<true>() } else { probe.run::<false>() }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2_fma(probe: &mut impl Probe) {
    probe.run::<true>();
}

/// Independent sums that stay in registers.
struct Fma<F, const LANES: usize> {
    factors: [[F; LANES]; 2],
    sums: [[F; LANES]; SUMS],
}

const FMA_ROUNDS: usize = 20_000;

fn fma<F: Real, const LANES: usize>() -> f64 {
    // Sums stay near 1: with a factor below 1 they neither grow nor shrink to denormals.
    let factors = black_box([[F::from_f64(0.5); LANES], [F::from_f64(0.25); LANES]]);
    let flop = (2 * LANES * SUMS * FMA_ROUNDS) as f64;
    rate(flop, Fma { factors, sums: [[F::ONE; LANES]; SUMS] })
}

impl<F: Real, const LANES: usize> Probe for Fma<F, LANES> {
    #[inline(always)]
    fn run<const FUSED: bool>(&mut self) {
        let [a, b] = self.factors;
        let mut sums = self.sums;
        for _ in 0..FMA_ROUNDS {
            for sum in &mut sums {
                for lane in 0..LANES {
                    let x = sum[lane];
                    sum[lane] = if FUSED { x.mul_add(a[lane], b[lane]) } else { x * a[lane] + b[lane] };
                }
            }
        }
        self.sums = black_box(sums);
    }
}

/// Sums over an array, again and again.
struct Read {
    values: Vec<f32>,
    rounds: usize,
}

fn read(bytes: usize) -> f64 {
    let rounds = (8 << 20) / bytes;
    rate((rounds * bytes) as f64, Read { values: vec![1.0; bytes / size_of::<f32>()], rounds })
}

impl Probe for Read {
    #[inline(always)]
    fn run<const FUSED: bool>(&mut self) {
        const LANES: usize = VECTOR / size_of::<f32>();
        for _ in 0..self.rounds {
            let mut sums = [[0.0_f32; LANES]; SUMS];
            for block in black_box(&self.values).as_chunks::<{ LANES * SUMS }>().0 {
                for (sum, x) in sums.iter_mut().zip(block.as_chunks::<LANES>().0) {
                    for lane in 0..LANES {
                        sum[lane] += x[lane];
                    }
                }
            }
            black_box(sums);
        }
    }
}

/// y ← y + a·x, again and again.
struct Axpy<F> {
    a: F,
    x: Vec<F>,
    y: Vec<F>,
}

const AXPY_ROUNDS: usize = 200;

fn axpy<F: Real>() -> f64 {
    let bytes = (3 * PARAMS * AXPY_ROUNDS * size_of::<F>()) as f64;
    rate(bytes, Axpy { a: black_box(F::from_f64(1e-3)), x: vec![F::ONE; PARAMS], y: vec![F::ZERO; PARAMS] })
}

impl<F: Real> Probe for Axpy<F> {
    #[inline(always)]
    fn run<const FUSED: bool>(&mut self) {
        for _ in 0..AXPY_ROUNDS {
            for (y, x) in self.y.iter_mut().zip(black_box(&self.x)) {
                *y = if FUSED { x.mul_add(self.a, *y) } else { *y + self.a * *x };
            }
            black_box(&mut self.y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loops_compute_what_they_should() {
        let (a, b) = ([0.5_f64; 4], [0.25; 4]);
        let mut fma = Fma { factors: [a, b], sums: [[1.0; 4]; SUMS] };
        dispatch(&mut fma);
        // x = x/2 + 1/4 has its fixed point at 1/2, and halves the distance to it in every round.
        assert_eq!(fma.sums, [[0.5; 4]; SUMS]);
        let mut axpy = Axpy { a: 0.5, x: vec![2.0_f64; 3], y: vec![1.0; 3] };
        dispatch(&mut axpy);
        assert_eq!(axpy.y, [1.0 + AXPY_ROUNDS as f64; 3]);
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
