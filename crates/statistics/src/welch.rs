//! Two independent samples.

use crate::centre::Centre;
use crate::estimate::{plain_mean, standard_deviation, t_quantile};
use crate::mean_test::{Floor, Sample, two_sided};

/// Below this number of values in the smaller sample Welch's degrees of freedom are too many.
const FEW: usize = 5;

/// The difference of the means of two independent samples, first − second.
///
/// ```text
/// se² = s₁²/n₁ + s₂²/n₂,   df = se⁴ / ((s₁²/n₁)²/(n₁−1) + (s₂²/n₂)²/(n₂−1))
/// ```
/// B. L. Welch, *The generalization of 'Student's' problem when several different population variances are
/// involved*, Biometrika 34 (1947). With fewer than 5 values in the smaller sample, where these degrees of
/// freedom may be wrong in 12 % of cases in place of 5, df is min(n₁, n₂) − 1, which is never too many (P. L.
/// Hsu, Statistical Research Memoirs 2, 1938). The variance of counted shares is at least that of their
/// counts. If the values of both samples are equal there is nothing to measure the difference by: p is 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Welch {
    point: f64,
    se: f64,
    df: f64,
    support: (f64, f64),
    is_few: bool,
}

impl Welch {
    /// `None` if either sample has fewer than 2 values.
    pub fn new(first: &Sample, second: &Sample) -> Option<Self> {
        let n = |sample: &Sample| sample.values.len();
        let fewest = n(first).min(n(second));
        if fewest < 2 {
            return None;
        }
        let [a, b] = [first, second].map(|sample| {
            let sd = if sample.is_equal() { 0.0 } else { standard_deviation(&sample.values) };
            let least = if let Floor::Variance(variance) = sample.floor { variance.sqrt() } else { 0.0 };
            sd.max(least) / (n(sample) as f64).sqrt()
        });
        // In units of the larger, so that no square is too large or too small to be written.
        let unit = a.max(b);
        let (a, b) = if unit == 0.0 { (0.0, 0.0) } else { ((a / unit).powi(2), (b / unit).powi(2)) };
        let df = if fewest < FEW || unit == 0.0 {
            (fewest - 1) as f64
        } else {
            (a + b) * (a + b) / (a * a / (n(first) - 1) as f64 + b * b / (n(second) - 1) as f64)
        };
        Some(Self {
            point: plain_mean(&first.values) - plain_mean(&second.values),
            se: unit * (a + b).sqrt(),
            df,
            support: (first.support.0 - second.support.1, first.support.1 - second.support.0),
            is_few: fewest < FEW,
        })
    }
}

impl Centre for Welch {
    fn name(&self) -> &'static str {
        if self.is_few { "Hsu's t" } else { "Welch's t" }
    }

    fn point(&self) -> f64 {
        self.point
    }

    fn interval(&self) -> Option<(f64, f64)> {
        (self.se > 0.0).then(|| {
            let reach = t_quantile(self.df) * self.se;
            ((self.point - reach).max(self.support.0), (self.point + reach).min(self.support.1))
        })
    }

    fn p_above(&self, bound: f64) -> f64 {
        if self.se > 0.0 { two_sided((self.point - bound) / self.se, self.df) } else { 1.0 }
    }

    fn p_below(&self, bound: f64) -> f64 {
        if self.se > 0.0 { two_sided((bound - self.point) / self.se, self.df) } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        Sample::new(values.to_vec())
    }

    #[test]
    fn by_hand() {
        // s₁² = 2.5, n₁ = 5; s₂² = 10, n₂ = 5: se² = 2.5, df = 6.25/(0.25/4 + 4/4) = 100/17.
        let test =
            Welch::new(&sample(&[1.0, 2.0, 3.0, 4.0, 5.0]), &sample(&[3.0, 5.0, 7.0, 9.0, 11.0])).unwrap();
        assert!((test.point + 4.0).abs() < 1e-15 && (test.se - 2.5_f64.sqrt()).abs() < 1e-15);
        assert!((test.df - 100.0 / 17.0).abs() < 1e-12, "{}", test.df);
        let (_, high) = test.interval().unwrap();
        assert!((test.p_below(high) - 0.05).abs() < 1e-9 && test.p_above(0.0) == 1.0);
        let equal = Welch::new(&sample(&[1.0; 4]), &sample(&[2.0; 3])).unwrap();
        assert_eq!((equal.p_below(0.0), equal.interval()), (1.0, None));
        assert!(Welch::new(&sample(&[1.0]), &sample(&[1.0, 2.0])).is_none());
    }

    #[test]
    fn few_values_have_the_degrees_of_freedom_of_the_fewest() {
        let test = Welch::new(&sample(&[1.0, 2.0, 3.0]), &sample(&[3.0, 5.0, 7.0, 9.0, 11.0])).unwrap();
        assert_eq!((test.df, test.name()), (2.0, "Hsu's t"));
        // Welch's would be wrong in 12 % of these.
        let mut random = crate::random::Random::new(8);
        let studies = 4000;
        let wrong = (0..studies).filter(|_| {
            let mut draw = |n: usize| sample(&(0..n).map(|_| random.normal()).collect::<Vec<f64>>());
            let test = Welch::new(&draw(2), &draw(20)).unwrap();
            test.p_above(0.0).min(test.p_below(0.0)) < 0.05
        });
        // Two binomial errors of 5 % in 4000 are 0.7 %.
        assert!(wrong.count() < 228);
    }

    #[test]
    fn counted_shares_have_their_floor_and_their_range() {
        let shares = |values: &[f64], variance: f64| Sample {
            support: (0.0, 1.0),
            floor: Floor::Variance(variance),
            ..sample(values)
        };
        let test = Welch::new(&shares(&[1.0, 1.0], 0.002), &shares(&[0.95, 0.951], 0.002)).unwrap();
        assert!((test.se - 0.002_f64.sqrt()).abs() < 1e-12 && test.p_above(0.0) > 0.3, "{test:?}");
        assert!(test.interval().unwrap().1 <= 1.0);
        let huge = Welch::new(&sample(&[1e200, 2e200]), &sample(&[1e-200, 2e-200])).unwrap();
        assert!(huge.p_above(0.0).is_finite());
    }
}
