//! Tests that may be looked at after every value.
//!
//! An e-process E starts at 1 and under the hypothesis that is tested stays a fair game or worse, so the
//! chance that it *ever* reaches 1/α is at most α (J. Ville, *Étude critique de la notion de collectif*,
//! 1939). So the smallest 1/E so far is a p-value at whatever moment somebody stops, for whatever reason; the
//! parameters that no look has excluded form a confidence sequence, which covers the truth at all looks at
//! once with the stated chance. G. Shafer et al., *Test martingales, Bayes factors and p-values*, Statistical
//! Science 26 (2011); A. Ramdas et al., *Game-theoretic statistics and safe anytime-valid inference*,
//! Statistical Science 38 (2023).

use crate::centre::Centre;
use crate::estimate::LEVEL;
use crate::mean_test::{MeanTest, Sample};
use crate::median_test::MedianTest;

/// The mean of normal values, after every one of them.
///
/// The e-process is the likelihood ratio of t when the effect δ = (μ − μ₀)/σ has a standard normal
/// distribution beside δ = 0, the scale being integrated out with its right Haar measure (T. L. Lai, Annals
/// of Statistics 4, 1976; M. F. Pérez-Ortiz et al., Annals of Statistics 52, 2024; H. Wang & A. Ramdas, arXiv
/// 2310.03722):
///
/// ```text
/// E = (1 + n)^(−1/2) · ((1 + t²/ν) / (1 + t²/(ν(1 + n))))^(n/2),   ν = n − 1
/// ```
/// with t that of [`MeanTest`]; while all values are equal, the p-value that is given there for them holds at
/// every n at once. The width of the prior, one spread, decides about as soon as any other between half and
/// two spreads; 5 values are the fewest that reach 20.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanProcess {
    looks: Vec<MeanTest>,
}

impl MeanProcess {
    /// `None` for fewer than 2 values. The order of the values is the order of the looks.
    pub fn new(sample: &Sample) -> Option<Self> {
        let first = |n: usize| MeanTest::new(&Sample { values: sample.values[..n].to_vec(), ..*sample });
        let looks: Vec<MeanTest> = (2..=sample.values.len()).filter_map(first).collect();
        (!looks.is_empty()).then_some(Self { looks })
    }

    fn least(&self, p: impl Fn(&MeanTest) -> f64) -> f64 {
        self.looks.iter().map(p).fold(1.0, f64::min)
    }
}

impl Centre for MeanProcess {
    fn name(&self) -> &'static str {
        "e-process of t"
    }

    fn point(&self) -> f64 {
        self.looks[self.looks.len() - 1].point()
    }

    fn interval(&self) -> Option<(f64, f64)> {
        let at = |look: &MeanTest| look.within(reach(look.n(), look.df())?, LEVEL);
        intersection(self.looks.iter().filter_map(at), self.point())
    }

    fn p_above(&self, bound: f64) -> f64 {
        self.least(|look| look.p_above_by(bound, |t| one_over_e(t, look)))
    }

    fn p_below(&self, bound: f64) -> f64 {
        self.least(|look| look.p_below_by(bound, |t| one_over_e(t, look)))
    }
}

/// 1/E, for a t on the positive side; 1 on the other.
fn one_over_e(t: f64, look: &MeanTest) -> f64 {
    let (n, df) = (look.n() as f64, look.df());
    if t <= 0.0 {
        return 1.0;
    }
    // As t grows without end the ratio tends to 1 + n.
    let ratio = if t.is_finite() { (1.0 + t * t / df) / (1.0 + t * t / (df * (1.0 + n))) } else { 1.0 + n };
    ((1.0 + n).sqrt() * libm::pow(ratio, -n / 2.0)).min(1.0)
}

/// The t at which E = 1/(1 − [`LEVEL`]); `None` if no t is enough.
fn reach(n: usize, df: f64) -> Option<f64> {
    let n = n as f64;
    let ratio = libm::pow((1.0 + n).sqrt() / (1.0 - LEVEL), 2.0 / n);
    (ratio < 1.0 + n).then(|| (df * (ratio - 1.0) / (1.0 - ratio / (1.0 + n))).sqrt())
}

/// The median of any values, after every one of them.
///
/// The e-process is the likelihood ratio of the signs when the chance of a value above m₀ is uniform on \[0,
/// 1\] beside ½:
///
/// ```text
/// E = 2ⁿ / ((n + 1) · C(n, s)),   s = #{xᵢ > m₀}
/// ```
/// A value on m₀ counts for the side that is not claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct MedianProcess {
    looks: Vec<MedianTest>,
}

impl MedianProcess {
    /// `None` for fewer than 2 values. The order of the values is the order of the looks.
    pub fn new(values: &[f64]) -> Option<Self> {
        let looks: Vec<MedianTest> =
            (2..=values.len()).filter_map(|n| MedianTest::new(&values[..n])).collect();
        (!looks.is_empty()).then_some(Self { looks })
    }
}

impl Centre for MedianProcess {
    fn name(&self) -> &'static str {
        "e-process of signs"
    }

    fn point(&self) -> f64 {
        self.looks[self.looks.len() - 1].point()
    }

    fn interval(&self) -> Option<(f64, f64)> {
        let at = |look: &MedianTest| {
            let n = look.n();
            look.beyond((0..=n).find(|s| one_over_e_of_signs(*s, n) <= 1.0 - LEVEL)?)
        };
        intersection(self.looks.iter().filter_map(at), self.point())
    }

    fn p_above(&self, bound: f64) -> f64 {
        let p = |look: &MedianTest| one_over_e_of_signs(look.signs(bound).0, look.n());
        self.looks.iter().map(p).fold(1.0, f64::min)
    }

    fn p_below(&self, bound: f64) -> f64 {
        let p = |look: &MedianTest| one_over_e_of_signs(look.signs(bound).1, look.n());
        self.looks.iter().map(p).fold(1.0, f64::min)
    }
}

/// 1/E for s of n signs on the claimed side; 1 if they are not the majority.
fn one_over_e_of_signs(s: usize, n: usize) -> f64 {
    if 2 * s <= n {
        return 1.0;
    }
    // C(n, s)/2ⁿ as a product of factors of middling size.
    let chance = (1..=n - s).fold(0.5_f64.powi(n as i32), |c, i| c * (s + i) as f64 / i as f64);
    ((n + 1) as f64 * chance).min(1.0)
}

/// What all looks have in common; where they have nothing left, the point where the last of them stand.
fn intersection(intervals: impl Iterator<Item = (f64, f64)>, point: f64) -> Option<(f64, f64)> {
    let common = intervals.reduce(|(a, b), (low, high)| (a.max(low), b.min(high)));
    common.map(|(low, high)| if low <= high { (low, high) } else { (point, point) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn process(values: &[f64]) -> MeanProcess {
        MeanProcess::new(&Sample::new(values.to_vec())).unwrap()
    }

    #[test]
    fn the_ratio_is_the_integral_over_the_effects() {
        // E = ∫ p(t | δ)/p(t | 0) φ(δ) dδ with p the noncentral t density; here by the sum over the scale s
        // of ∫ exp(−n(x̄/s − δ)²/2 + n(x̄/s)²/2) φ(δ) dδ = (1+n)^(−1/2) exp(n²x̄²/(2s²(1+n))), weighed by the
        // density of s.
        let values = [0.9, 1.4, 0.2, 1.1, 0.5, 1.6];
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| x * x).sum();
        let (mut above, mut below) = (0.0, 0.0);
        for i in 1..400_000 {
            let s = f64::from(i) * 5e-5;
            let density = |sum: f64| (-(n + 1.0) * s.ln() - sum / (2.0 * s * s)).exp();
            below += density(squares);
            above += density(squares - n * n * mean * mean / (1.0 + n)) / (1.0 + n).sqrt();
        }
        let e = above / below;
        assert!(
            (one_over_e(process(&values).looks[4].t(0.0), &process(&values).looks[4]) * e - 1.0).abs() < 1e-3
        );
    }

    #[test]
    fn p_values_only_fall_and_the_interval_is_what_no_look_excluded() {
        let values = [1.0, 1.2, 0.8, 1.1, 0.9, 1.05, 0.95, 1.0, -3.0];
        let (before, after) = (process(&values[..8]), process(&values));
        assert!(before.p_above(0.0) < 0.05 && after.p_above(0.0) <= before.p_above(0.0));
        let (low, high) = before.interval().unwrap();
        assert!(low > 0.0 && (before.p_above(low) - 0.05).abs() < 1e-6, "{low} {}", before.p_above(low));
        assert!((before.p_below(high) - 0.05).abs() < 1e-6);
        assert_eq!(process(&values[..4]).interval(), None, "four values never reach 20");
        assert_eq!(process(&[2.0; 50]).p_above(1.0), 1.0);
    }

    #[test]
    fn looking_after_every_value_errs_in_fewer_than_one_case_in_twenty() {
        let mut random = Random::new(5);
        let studies = 2000;
        let wrong = (0..studies).filter(|_| {
            let values: Vec<f64> = (0..60).map(|_| random.normal()).collect();
            let process = process(&values);
            process.p_above(0.0).min(process.p_below(0.0)) < 0.05
        });
        // Ville's bound is 5 %; two binomial errors of that are 1 %.
        assert!(wrong.count() < 120);
        let signs = (0..studies).filter(|_| {
            let values: Vec<f64> = (0..60).map(|_| random.normal()).collect();
            let process = MedianProcess::new(&values).unwrap();
            process.p_above(0.0).min(process.p_below(0.0)) < 0.05
        });
        assert!(signs.count() < 120);
    }

    #[test]
    fn one_spread_takes_a_dozen_values_and_two_take_seven() {
        let mut random = Random::new(6);
        for (effect, most) in [(1.0, 15), (2.0, 7)] {
            let mut needed: Vec<usize> = (0..999)
                .map(|_| {
                    let values: Vec<f64> = (0..60).map(|_| effect + random.normal()).collect();
                    let process = process(&values);
                    let decided = |look: &MeanTest| one_over_e(look.t(0.0), look) < 0.05;
                    2 + process.looks.iter().position(decided).unwrap_or(60)
                })
                .collect();
            needed.sort_unstable();
            assert!(needed[499] <= most, "{effect}: {}", needed[499]);
        }
    }

    #[test]
    fn signs_by_hand() {
        // 8 of 8: (9 · 1)/256.
        assert!((one_over_e_of_signs(8, 8) - 9.0 / 256.0).abs() < 1e-15);
        // 9 of 10: 11 · 10/1024.
        assert!((one_over_e_of_signs(9, 10) - 110.0 / 1024.0).abs() < 1e-15);
        assert_eq!(one_over_e_of_signs(5, 10), 1.0);
        let process = MedianProcess::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]).unwrap();
        assert_eq!((process.interval(), process.point()), (Some((1.0, 8.0)), 4.5));
        assert!((process.p_above(0.5) - 9.0 / 256.0).abs() < 1e-15 && process.p_above(1.0) > 0.05);
    }
}
