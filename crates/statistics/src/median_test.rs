//! The median of a few replicates, by signs alone: for values of any distribution.

use crate::centre::Centre;
use crate::estimate::LEVEL;

/// The sign test of a median, for independent values of any distribution.
///
/// ```text
/// p = 2 P(S ≥ s),   S ~ Bin(n, ½),   s = #{xᵢ > m₀}
/// ```
/// A value on m₀ counts for neither side. p is never below 2^(1−n), so fewer than 6 values decide nothing at
/// 5 %. No test of the *mean* can do as much: on distributions without a bound, one whose level holds
/// everywhere has no power anywhere (R. R. Bahadur & L. J. Savage, *The nonexistence of certain statistical
/// procedures in nonparametric problems*, Annals of Mathematical Statistics 27, 1956).
#[derive(Debug, Clone, PartialEq)]
pub struct MedianTest {
    sorted: Vec<f64>,
}

impl MedianTest {
    /// `None` for fewer than 2 values.
    pub fn new(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        (sorted.len() >= 2).then_some(Self { sorted })
    }

    /// The number of values.
    pub(crate) fn n(&self) -> usize {
        self.sorted.len()
    }

    /// How many values lie above `bound`, and how many below.
    pub(crate) fn signs(&self, bound: f64) -> (usize, usize) {
        let below = self.sorted.partition_point(|x| *x < bound);
        (self.n() - self.sorted.partition_point(|x| *x <= bound), below)
    }

    /// The medians that are not excluded when `count` values on one side exclude.
    pub(crate) fn beyond(&self, count: usize) -> Option<(f64, f64)> {
        let n = self.n();
        (count <= n && 2 * count > n).then(|| (self.sorted[n - count], self.sorted[count - 1]))
    }
}

impl Centre for MedianTest {
    fn name(&self) -> &'static str {
        "signs"
    }

    fn point(&self) -> f64 {
        let n = self.n();
        f64::midpoint(self.sorted[(n - 1) / 2], self.sorted[n / 2])
    }

    fn interval(&self) -> Option<(f64, f64)> {
        let n = self.n();
        self.beyond((0..=n).find(|count| p_of_signs(*count, n) <= 1.0 - LEVEL)?)
    }

    fn p_above(&self, bound: f64) -> f64 {
        p_of_signs(self.signs(bound).0, self.n())
    }

    fn p_below(&self, bound: f64) -> f64 {
        p_of_signs(self.signs(bound).1, self.n())
    }
}

/// 2 P(S ≥ s) for S ~ Bin(n, ½).
fn p_of_signs(s: usize, n: usize) -> f64 {
    let mut term = 0.5_f64.powi(n as i32); // P(S = n), then downwards
    let mut tail = 0.0;
    for k in (s..=n).rev() {
        tail += term;
        term *= k as f64 / (n - k + 1) as f64;
    }
    (2.0 * tail).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_by_hand() {
        // Of 15 fair signs 12 or more are equal to one side with (1 + 15 + 105 + 455)/2¹⁵.
        assert!((p_of_signs(12, 15) - 2.0 * 576.0 / 32768.0).abs() < 1e-15);
        assert_eq!((p_of_signs(5, 5), p_of_signs(0, 5)), (0.0625, 1.0));
        let test = MedianTest::new(&[3.0, 1.0, 2.0, 2.0, 9.0, 4.0]).unwrap();
        assert_eq!(test.signs(2.0), (3, 1));
        assert_eq!((test.point(), test.p_above(0.0), test.p_below(0.0)), (2.5, 0.031_25, 1.0));
        assert_eq!(test.interval(), Some((1.0, 9.0)), "only six on one side exclude");
        assert_eq!(MedianTest::new(&[1.0; 5]).unwrap().interval(), None);
    }

    #[test]
    fn the_interval_is_what_the_test_does_not_exclude() {
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        let test = MedianTest::new(&values).unwrap();
        let (low, high) = test.interval().unwrap();
        // Conover, table A3: the 6th and the 15th of 20.
        assert_eq!((low, high), (6.0, 15.0));
        assert!(test.p_above(low - 0.5) <= 0.05 && test.p_above(low) > 0.05);
        assert!(test.p_below(high + 0.5) <= 0.05 && test.p_below(high) > 0.05);
    }
}
