//! Is a parameter inside a range?

use statrs::distribution::ContinuousCDF;

use crate::estimate::{Estimate, plain_mean, standard_deviation, student, t_quantile};

/// A parameter as estimated, with the standard error and degrees of freedom that a t test needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// The estimate of the parameter.
    pub point: f64,
    /// Its standard error.
    pub se: f64,
    /// Degrees of freedom of the standard error.
    pub df: f64,
    /// The number of independent values (or pairs).
    pub n: usize,
}

impl Contrast {
    /// The estimate with its 95 % t interval.
    pub fn estimate(&self) -> Estimate {
        let reach = t_quantile(self.df) * self.se;
        Estimate { point: self.point, interval: Some((self.point - reach, self.point + reach)), n: self.n }
    }
}

/// The mean of one sample; `None` for fewer than 2 values.
pub fn single(values: &[f64]) -> Option<Contrast> {
    let n = values.len();
    (n >= 2).then(|| Contrast {
        point: plain_mean(values),
        se: standard_deviation(values) / (n as f64).sqrt(),
        df: (n - 1) as f64,
        n,
    })
}

/// The mean of `first − second`, pair by pair; `None` for fewer than 2 pairs.
///
/// # Panics
/// If the lengths differ.
pub fn paired(first: &[f64], second: &[f64]) -> Option<Contrast> {
    assert_eq!(first.len(), second.len(), "pairs");
    single(&first.iter().zip(second).map(|(a, b)| a - b).collect::<Vec<f64>>())
}

/// The difference of the means of two independent samples; `None` if either has fewer than 2 values.
///
/// ```text
/// se² = s₁²/n₁ + s₂²/n₂,   df = se⁴ / ((s₁²/n₁)²/(n₁−1) + (s₂²/n₂)²/(n₂−1))
/// ```
/// B. L. Welch, *The generalization of 'Student's' problem when several different population variances are involved*,
/// Biometrika 34 (1947).
pub fn welch(first: &[f64], second: &[f64]) -> Option<Contrast> {
    let (a, b) = (single(first)?, single(second)?);
    let (va, vb) = (a.se * a.se, b.se * b.se);
    let df =
        if va + vb > 0.0 { (va + vb) * (va + vb) / (va * va / a.df + vb * vb / b.df) } else { a.df + b.df };
    Some(Contrast { point: a.point - b.point, se: (va + vb).sqrt(), df, n: a.n.min(b.n) })
}

/// The slope of the least-squares line through (xᵢ, yᵢ); `None` if the xᵢ are all the same.
pub fn slope(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() < 2 {
        return None;
    }
    let (mx, my) = (plain_mean(x), plain_mean(y));
    let sxx: f64 = x.iter().map(|x| (x - mx) * (x - mx)).sum();
    let sxy: f64 = x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum();
    (sxx > 0.0).then(|| sxy / sxx)
}

/// Evidence for and against "the parameter lies in \[low, high\]"; an end may be infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RangeTest {
    /// p-value against "it lies outside": small means that it is inside. The larger of two one-sided tests
    /// (Schuirmann's TOST), or the only one if an end is infinite.
    pub p_inside: f64,
    /// p-value against "it lies inside": small means that it is outside. The smaller of two one-sided tests; if both
    /// ends are finite, it is to be doubled for the choice between them.
    pub p_outside: f64,
}

impl RangeTest {
    /// Tests a contrast by Student's t.
    ///
    /// Without any scatter (se = 0) the estimate is taken as the truth: the p-values are 0 and 1, the limit of the test
    /// as the scatter vanishes, and an end belongs to the range. It trusts that the values are as good as normal; a few equal counts prove less.
    pub fn new(contrast: &Contrast, low: f64, high: f64) -> Self {
        // P(T ≥ distance/se): small if the estimate lies far on the positive side. `on_end` is for an estimate without
        // scatter that lies on the end itself.
        let beyond = |distance: f64, on_end: f64| {
            if contrast.se > 0.0 && distance.is_finite() {
                student(contrast.df).sf(distance / contrast.se)
            } else if distance == 0.0 {
                on_end
            } else {
                f64::from(u8::from(distance < 0.0))
            }
        };
        let above = |end: f64, on_end| beyond(contrast.point - end, on_end);
        let below = |end: f64, on_end| beyond(end - contrast.point, on_end);
        Self {
            p_inside: above(low, 0.0).max(below(high, 0.0)),
            p_outside: below(low, 1.0).min(above(high, 1.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn one_sided_p_values_are_those_of_the_t_distribution() {
        // Mean 2, se 1/√3, df 2, t = 2√3: P(T₂ ≥ t) = ½(1 − t/√(t² + 2)) = 0.0370901.
        let contrast = single(&[1.0, 2.0, 3.0]).unwrap();
        let test = RangeTest::new(&contrast, 0.0, INF);
        assert!((test.p_inside - 0.037_090_1).abs() < 1e-6, "{test:?}");
        assert!((test.p_outside - (1.0 - 0.037_090_1)).abs() < 1e-6, "{test:?}");
        let mirrored = RangeTest::new(&contrast, -INF, 0.0);
        assert!((mirrored.p_outside - 0.037_090_1).abs() < 1e-6, "{mirrored:?}");
    }

    #[test]
    fn equivalence_takes_the_worse_side() {
        let near = Contrast { point: 0.1, se: 0.1, df: 10.0, n: 11 };
        let test = RangeTest::new(&near, -0.5, 0.5);
        // P(T₁₀ ≥ 4) = 0.00126 on the near side, P(T₁₀ ≥ 6) on the far one.
        assert!((test.p_inside - 0.001_26).abs() < 1e-5, "{test:?}");
        let far = Contrast { point: 1.0, ..near };
        assert!(RangeTest::new(&far, -0.5, 0.5).p_outside < 0.001);
        assert!(RangeTest::new(&far, -0.5, 0.5).p_inside > 0.99);
    }

    #[test]
    fn without_scatter_the_estimate_is_the_truth_and_an_end_belongs_to_the_range() {
        let exact = |point| Contrast { point, se: 0.0, df: 4.0, n: 5 };
        assert_eq!(RangeTest::new(&exact(1.0), 1.0, INF), RangeTest { p_inside: 0.0, p_outside: 1.0 });
        assert_eq!(RangeTest::new(&exact(0.9), 1.0, INF), RangeTest { p_inside: 1.0, p_outside: 0.0 });
    }

    #[test]
    fn welch_by_hand_and_pairs_cancel_what_they_share() {
        // s₁² = 1, n₁ = 3; s₂² = 10, n₂ = 5: se² = 7/3, df = (49/9)/((1/9)/2 + 4/4) = 98/19.
        let contrast = welch(&[1.0, 2.0, 3.0], &[3.0, 5.0, 7.0, 9.0, 11.0]).unwrap();
        assert!((contrast.point + 5.0).abs() < 1e-15 && (contrast.se - (7.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert!((contrast.df - 98.0 / 19.0).abs() < 1e-12, "{}", contrast.df);
        let pairs = paired(&[11.0, 22.0, 33.5], &[10.0, 21.0, 32.0]).unwrap();
        assert!((pairs.point - 3.5 / 3.0).abs() < 1e-12 && pairs.se < 0.2);
    }

    #[test]
    fn a_line_has_its_slope() {
        assert_eq!(slope(&[0.0, 1.0, 2.0], &[1.0, -1.0, -3.0]), Some(-2.0));
        assert_eq!(slope(&[1.0, 1.0], &[0.0, 5.0]), None);
    }
}
