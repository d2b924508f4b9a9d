//! Numbers with intervals.

use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};

use crate::random::Random;

/// The level of every interval.
pub const LEVEL: f64 = 0.95;

/// Resamples of a bootstrap: 250 of them lie beyond either end of a 95 % interval, which moves the ends by
/// about one per cent of the interval's length from seed to seed.
const RESAMPLES: usize = 10_000;

/// A number, its 95 % interval and the size of the sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The best guess.
    pub point: f64,
    /// Lower and upper end; `None` if the sample is too small for one.
    pub interval: Option<(f64, f64)>,
    /// The number of values.
    pub n: usize,
}

/// The mean with Student's t interval.
///
/// ```text
/// x̄ ± t₀.₉₇₅(n − 1) · s/√n
/// ```
/// Exact for normal values at every n ≥ 2, which makes it the interval for a handful of replicates: a
/// percentile bootstrap of 3 values covers the truth in only three cases of four.
///
/// # Panics
/// If there is no value.
///
/// ```
/// let estimate = thalweg_statistics::mean(&[1.0, 2.0, 3.0]);
/// assert_eq!(estimate.point, 2.0);
/// // 4.3027 is the 97.5 % quantile of Student's t with 2 degrees of freedom.
/// assert!((estimate.interval.unwrap().1 - (2.0 + 4.3027 / 3.0_f64.sqrt())).abs() < 1e-4);
/// ```
pub fn mean(values: &[f64]) -> Estimate {
    let (n, point) = (values.len(), plain_mean(values));
    let interval = (n >= 2).then(|| {
        let reach = t_quantile((n - 1) as f64) * standard_deviation(values) / (n as f64).sqrt();
        (point - reach, point + reach)
    });
    Estimate { point, interval, n }
}

/// The mean with a percentile bootstrap interval, for samples of a few dozen values or more of any
/// distribution.
///
/// Efron & Tibshirani, *An introduction to the bootstrap*, 1993, chapter 13. Percentiles and not a corrected
/// form: for the mean of many values they agree, and they never leave the range of the data.
///
/// # Panics
/// If there is no value.
pub fn bootstrap_mean(values: &[f64], seed: u64) -> Estimate {
    let n = values.len();
    let interval = (n >= 2).then(|| {
        let mut random = Random::new(seed);
        let mut means: Vec<f64> =
            (0..RESAMPLES).map(|_| (0..n).map(|_| values[random.index(n)]).sum::<f64>() / n as f64).collect();
        means.sort_by(f64::total_cmp);
        let tail = (RESAMPLES as f64 * (1.0 - LEVEL) / 2.0) as usize;
        (means[tail], means[RESAMPLES - 1 - tail])
    });
    Estimate { point: plain_mean(values), interval, n }
}

/// The sample standard deviation √(Σ(xᵢ − x̄)²/(n − 1)); 0 for a single value.
pub fn standard_deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = plain_mean(values);
    // In units of the largest deviation, whose square may be too large or too small to be written.
    let unit = values.iter().fold(0.0_f64, |largest, x| largest.max((x - mean).abs()));
    if unit == 0.0 {
        return 0.0;
    }
    let squares: f64 = values.iter().map(|x| ((x - mean) / unit).powi(2)).sum();
    unit * (squares / (values.len() - 1) as f64).sqrt()
}

pub(crate) fn plain_mean(values: &[f64]) -> f64 {
    assert!(!values.is_empty(), "an estimate needs at least one value");
    // By differences, so that equal values have exactly themselves as mean, and no scatter.
    values[0] + values.iter().map(|x| x - values[0]).sum::<f64>() / values.len() as f64
}

/// The upper quantile of Student's t that belongs to [`LEVEL`].
pub(crate) fn t_quantile(df: f64) -> f64 {
    let (t, tail) = (student(df), (1.0 - LEVEL) / 2.0);
    let rough = t.inverse_cdf(1.0 - tail);
    // The inverse is good to nine digits; one step of Newton's method doubles them.
    rough + (t.sf(rough) - tail) / t.pdf(rough)
}

pub(crate) fn student(df: f64) -> StudentsT {
    StudentsT::new(0.0, 1.0, df).expect("degrees of freedom above 0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coverage(n: usize, trials: usize, interval: impl Fn(&[f64]) -> Estimate) -> f64 {
        let mut random = Random::new(11);
        let hits = (0..trials).filter(|_| {
            let sample: Vec<f64> = (0..n).map(|_| random.normal()).collect();
            let (low, high) = interval(&sample).interval.unwrap();
            low <= 0.0 && 0.0 <= high
        });
        hits.count() as f64 / trials as f64
    }

    #[test]
    fn t_quantiles_are_those_of_the_tables() {
        for (df, quantile) in [(1.0, 12.7062), (2.0, 4.3027), (4.0, 2.7764), (30.0, 2.0423)] {
            assert!((t_quantile(df) - quantile).abs() < 5e-5, "{df}: {}", t_quantile(df));
        }
    }

    #[test]
    fn t_intervals_cover_in_nineteen_of_twenty_cases_even_at_three_values() {
        // Four standard errors of a share of 0.95 in 4000 trials: 4·√(0.95·0.05/4000) = 0.014.
        for n in [3, 5] {
            let share = coverage(n, 4000, mean);
            assert!((share - 0.95).abs() < 0.014, "n = {n}: {share}");
        }
    }

    #[test]
    fn the_bootstrap_covers_at_a_hundred_values_and_not_at_three() {
        // Four standard errors in 400 trials are 0.044.
        let share = coverage(100, 400, |sample| bootstrap_mean(sample, 5));
        assert!((share - 0.945).abs() < 0.044, "{share}");
        assert!(coverage(3, 400, |sample| bootstrap_mean(sample, 5)) < 0.85);
    }

    #[test]
    fn the_bootstrap_of_many_values_is_the_normal_interval() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        // The resampled means have the variance (100² − 1)/12/100.
        let reach = 1.96 * (9999.0_f64 / 1200.0).sqrt();
        let (low, high) = bootstrap_mean(&values, 5).interval.unwrap();
        assert!((low - 49.5 + reach).abs() < 0.05 * reach && (high - 49.5 - reach).abs() < 0.05 * reach);
    }

    #[test]
    fn small_samples_and_seeds() {
        assert_eq!(mean(&[4.0]), Estimate { point: 4.0, interval: None, n: 1 });
        assert_eq!(standard_deviation(&[0.1; 3]), 0.0, "no scatter by rounding");
        assert_eq!(standard_deviation(&[1.0, 2.0, 4.0, 5.0]), (10.0_f64 / 3.0).sqrt());
        let values: Vec<f64> = (0..50).map(f64::from).collect();
        assert_eq!(bootstrap_mean(&values, 3), bootstrap_mean(&values, 3));
        assert_ne!(bootstrap_mean(&values, 3).interval, bootstrap_mean(&values, 4).interval);
    }
}
