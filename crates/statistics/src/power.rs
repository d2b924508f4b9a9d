//! How large an effect must be, or how many replicates it takes.

use std::f64::consts::LN_2;

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::gamma::ln_gamma;

use crate::estimate::student;

/// The chance of deciding right that is called enough.
pub const POWER: f64 = 0.8;

/// More replicates than this are not counted.
const MOST: usize = 10_000;
/// Intervals of Simpson's rule: its error is far below 10⁻⁶ here.
const INTERVALS: usize = 400;

/// The chance that n values from N(δ, 1) decide, at the two-sided level `alpha`, that their mean is above 0:
///
/// ```text
/// P(T > t),   T noncentral t with n − 1 degrees of freedom and noncentrality δ√n,   t = t₁₋α/₂(n − 1)
/// ```
pub fn power(effect: f64, n: usize, alpha: f64) -> f64 {
    if n < 2 {
        return 0.0;
    }
    let df = (n - 1) as f64;
    let critical = student(df).inverse_cdf(1.0 - alpha / 2.0);
    let normal = Normal::standard();
    let shift = effect * (n as f64).sqrt();
    // s, the estimated spread, has the density 2 (ν/2)^(ν/2)/Γ(ν/2) · s^(ν−1) e^(−νs²/2).
    let constant = LN_2 + df / 2.0 * libm::log(df / 2.0) - ln_gamma(df / 2.0);
    let density = |s: f64| {
        if s > 0.0 {
            libm::exp(constant + (df - 1.0) * libm::log(s) - df * s * s / 2.0)
        } else {
            f64::from(u8::from(df == 1.0)) * libm::exp(constant)
        }
    };
    // Its standard deviation is about 1/√(2ν); eight of them leave nothing out.
    let width = 8.0 / (2.0 * df).sqrt();
    let start = (1.0 - width).max(0.0);
    let h = (1.0 + width - start) / INTERVALS as f64;
    let at = |i: usize| {
        let s = start + h * i as f64;
        density(s) * normal.cdf(shift - critical * s)
    };
    let inner: f64 = (1..INTERVALS).map(|i| at(i) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
    ((at(0) + inner + at(INTERVALS)) * h / 3.0).min(1.0)
}

/// The smallest effect, in units of the spread, that n replicates decide with a chance of [`POWER`]; `None`
/// below 2.
pub fn detectable(n: usize, alpha: f64) -> Option<f64> {
    if n < 2 {
        return None;
    }
    let (mut low, mut high) = (0.0, 1.0);
    while power(high, n, alpha) < POWER {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if power(middle, n, alpha) < POWER { low = middle } else { high = middle }
    }
    Some(high)
}

/// The replicates that decide an effect of so many spreads with a chance of [`POWER`]; `None` if that takes
/// more than ten thousand.
pub fn replicates_needed(effect: f64, alpha: f64) -> Option<usize> {
    // With a known spread it would be ((z₁₋α/₂ + z_power)/δ)², which is never too many; the estimate of it
    // takes a few more.
    let z = |p: f64| Normal::standard().inverse_cdf(p);
    let least = ((z(1.0 - alpha / 2.0) + z(POWER)) / effect).powi(2).ceil();
    if least.is_nan() || least > MOST as f64 {
        return None;
    }
    (least.max(2.0) as usize..=MOST).find(|n| power(effect.abs(), *n, alpha) >= POWER)
}

/// The replicates that a sign test needs at the least: 2^(1−n) ≤ α.
pub fn signs_needed(alpha: f64) -> usize {
    (1.0 - libm::log2(alpha)).ceil() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_is_that_of_the_tables() {
        // G*Power 3.1, one-sample t test, two-sided: n = 34 for d = 0.5, n = 15 for d = 0.8, at 80 %.
        assert_eq!((replicates_needed(0.5, 0.05), replicates_needed(0.8, 0.05)), (Some(34), Some(15)));
        assert!((power(0.5, 34, 0.05) - 0.8078).abs() < 1e-3, "{}", power(0.5, 34, 0.05));
        // Without an effect one direction is decided in half of the level.
        for n in [2, 3, 10, 100] {
            assert!((power(0.0, n, 0.05) - 0.025).abs() < 1e-5, "{n}: {}", power(0.0, n, 0.05));
        }
        assert_eq!(replicates_needed(1e-4, 0.05), None);
    }

    #[test]
    fn the_smallest_effect_and_the_replicates_belong_together() {
        for n in [5, 10, 34] {
            let effect = detectable(n, 0.01).unwrap();
            assert!((power(effect, n, 0.01) - POWER).abs() < 1e-6, "{n}: {effect}");
            assert_eq!(replicates_needed(effect * 1.0001, 0.01), Some(n));
        }
        assert_eq!((detectable(1, 0.05), signs_needed(0.05), signs_needed(0.05 / 9.0)), (None, 6, 9));
    }
}
