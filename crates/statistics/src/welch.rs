//! Two independent samples.

use crate::centre::Centre;
use crate::estimate::{plain_mean, standard_deviation, t_quantile};
use crate::mean_test::{Sample, two_sided};

/// The difference of the means of two independent samples, first − second.
///
/// ```text
/// se² = s₁²/n₁ + s₂²/n₂,   df = se⁴ / ((s₁²/n₁)²/(n₁−1) + (s₂²/n₂)²/(n₂−1))
/// ```
/// B. L. Welch, *The generalization of 'Student's' problem when several different population variances are involved*,
/// Biometrika 34 (1947). If the values of both samples are equal there is nothing to measure the difference by: p is 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Welch {
    point: f64,
    se: f64,
    df: f64,
}

impl Welch {
    /// `None` if either sample has fewer than 2 values.
    pub fn new(first: &Sample, second: &Sample) -> Option<Self> {
        let part = |sample: &Sample| {
            let sd = if sample.is_equal() { 0.0 } else { standard_deviation(&sample.values) };
            sd * sd / sample.values.len() as f64
        };
        let df = |sample: &Sample| sample.values.len() as f64 - 1.0;
        if df(first).min(df(second)) < 1.0 {
            return None;
        }
        let (a, b) = (part(first), part(second));
        Some(Self {
            point: plain_mean(&first.values) - plain_mean(&second.values),
            se: (a + b).sqrt(),
            df: (a + b) * (a + b) / (a * a / df(first) + b * b / df(second)),
        })
    }
}

impl Centre for Welch {
    fn name(&self) -> &'static str {
        "Welch's t"
    }

    fn point(&self) -> f64 {
        self.point
    }

    fn interval(&self) -> Option<(f64, f64)> {
        (self.se > 0.0).then(|| {
            let reach = t_quantile(self.df) * self.se;
            (self.point - reach, self.point + reach)
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

    #[test]
    fn by_hand() {
        // s₁² = 1, n₁ = 3; s₂² = 10, n₂ = 5: se² = 7/3, df = (49/9)/((1/9)/2 + 4/4) = 98/19.
        let sample = |values: &[f64]| Sample::new(values.to_vec());
        let test = Welch::new(&sample(&[1.0, 2.0, 3.0]), &sample(&[3.0, 5.0, 7.0, 9.0, 11.0])).unwrap();
        assert!((test.point + 5.0).abs() < 1e-15 && (test.se - (7.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert!((test.df - 98.0 / 19.0).abs() < 1e-12, "{}", test.df);
        let (_, high) = test.interval().unwrap();
        assert!((test.p_below(high) - 0.05).abs() < 1e-9 && test.p_above(0.0) == 1.0);
        let equal = Welch::new(&sample(&[1.0; 4]), &sample(&[2.0; 3])).unwrap();
        assert_eq!((equal.p_below(0.0), equal.interval()), (1.0, None));
        assert!(Welch::new(&sample(&[1.0]), &sample(&[1.0, 2.0])).is_none());
    }
}
