//! Does one quantity rise with another?

use crate::estimate::Estimate;
use crate::random::Random;

/// Draws of the permutation distribution. The smallest p-value is then 1/20,001, and one near 0.05 is known to
/// within 0.003 (two standard errors).
const DRAWS: usize = 20_000;

/// The answer, over all replicates. Two numbers for two questions: the p-values ask whether these replicates could
/// show such a τ if x meant nothing to y, the interval asks how far τ would differ in other replicates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// The mean of Kendall's τ over the replicates, with a t interval cut off at ±1.
    pub tau: Estimate,
    /// p-value against "no trend or a falling one".
    pub p_rising: f64,
    /// p-value against "no trend or a rising one".
    pub p_falling: f64,
}

/// Kendall's τ_b between x and y: +1 if they have the same order, −1 if opposite ones, corrected for ties; 0 if
/// either does not vary.
///
/// ```text
/// τ_b = (C − D) / √((P − Tₓ)(P − T_y))
/// ```
/// with C and D the concordant and discordant pairs, P all pairs, Tₓ and T_y those tied in x and in y. M. G. Kendall,
/// *The treatment of ties in ranking problems*, Biometrika 33 (1945).
///
/// # Panics
/// If the lengths differ.
pub fn kendall_tau(x: &[f64], y: &[f64]) -> f64 {
    assert_eq!(x.len(), y.len(), "pairs of values");
    let (mut balance, mut untied_x, mut untied_y) = (0.0, 0.0_f64, 0.0_f64);
    for i in 0..x.len() {
        for j in 0..i {
            let (dx, dy) = (sign(x[i] - x[j]), sign(y[i] - y[j]));
            balance += dx * dy;
            untied_x += dx * dx;
            untied_y += dy * dy;
        }
    }
    let scale = (untied_x * untied_y).sqrt();
    if scale > 0.0 { balance / scale } else { 0.0 }
}

/// Tests a trend within replicates: one (x, y) series each. The null hypothesis is that y is exchangeable within a
/// replicate; its distribution is drawn by shuffling y inside each, which leaves differences between replicates out
/// of the question. `None` if there is no series with at least 3 values.
pub fn trend(series: &[(Vec<f64>, Vec<f64>)], seed: u64) -> Option<Trend> {
    let usable: Vec<&(Vec<f64>, Vec<f64>)> = series.iter().filter(|(x, _)| x.len() >= 3).collect();
    if usable.is_empty() {
        return None;
    }
    let taus: Vec<f64> = usable.iter().map(|(x, y)| kendall_tau(x, y)).collect();
    let mut tau = crate::mean(&taus);
    tau.interval = tau.interval.map(|(low, high)| (low.max(-1.0), high.min(1.0)));
    let mut random = Random::new(seed);
    let mut shuffled: Vec<Vec<f64>> = usable.iter().map(|(_, y)| y.clone()).collect();
    let (mut above, mut below) = (0, 0);
    for _ in 0..DRAWS {
        let total: f64 = usable
            .iter()
            .zip(&mut shuffled)
            .map(|((x, _), y)| {
                random.shuffle(y);
                kendall_tau(x, y)
            })
            .sum();
        // Sums of the same few τ in another order may differ by rounding.
        let drawn = total / usable.len() as f64;
        above += usize::from(drawn >= tau.point - 1e-12);
        below += usize::from(drawn <= tau.point + 1e-12);
    }
    let share = |count: usize| (1 + count) as f64 / (1 + DRAWS) as f64;
    Some(Trend { tau, p_rising: share(above), p_falling: share(below) })
}

fn sign(x: f64) -> f64 {
    f64::from(i8::from(x > 0.0) - i8::from(x < 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn x(n: usize) -> Vec<f64> {
        (0..n).map(|i| i as f64).collect()
    }

    #[test]
    fn tau_by_hand_with_and_without_ties() {
        assert_eq!(kendall_tau(&x(4), &[1.0, 2.0, 3.0, 4.0]), 1.0);
        assert_eq!(kendall_tau(&x(4), &[4.0, 3.0, 2.0, 1.0]), -1.0);
        // Of 6 pairs 5 agree and 1 does not.
        assert_eq!(kendall_tau(&x(4), &[1.0, 3.0, 2.0, 4.0]), 4.0 / 6.0);
        // C = 5, D = 0, one pair tied in y: 5/√(6·5).
        assert!((kendall_tau(&x(4), &[1.0, 2.0, 2.0, 4.0]) - 5.0 / 30.0_f64.sqrt()).abs() < 1e-15);
        // Two pairs tied in x, one in y, none in both: C = 3, D = 0, 3/√(4·5).
        let tied = kendall_tau(&[1.0, 1.0, 2.0, 2.0], &[1.0, 3.0, 3.0, 4.0]);
        assert!((tied - 3.0 / 20.0_f64.sqrt()).abs() < 1e-15, "{tied}");
        assert_eq!(kendall_tau(&x(3), &[7.0, 7.0, 7.0]), 0.0);
    }

    #[test]
    fn p_values_match_the_exact_distribution_of_a_small_series() {
        // Of the 24 orders of 4 values one has τ = 1 and four have τ ≥ 4/6.
        let test = trend(&[(x(4), vec![1.0, 3.0, 2.0, 4.0])], 1).unwrap();
        // Four standard errors in 20,000 draws: 4·√(p(1−p)/20000) = 0.011.
        assert!((test.p_rising - 4.0 / 24.0).abs() < 0.011, "{test:?}");
        assert!((test.p_falling - 23.0 / 24.0).abs() < 0.011, "{test:?}");
    }

    #[test]
    fn a_clear_trend_is_seen_and_noise_is_not() {
        let rising = trend(&[(x(10), x(10)), (x(10), x(10))], 1).unwrap();
        assert!(rising.p_rising < 1e-4 && rising.p_falling > 0.99 && rising.tau.point == 1.0);
        let mut random = Random::new(3);
        let trials = 300;
        let false_alarms = (0..trials).filter(|_| {
            let mut series = || {
                let mut y = x(6);
                random.shuffle(&mut y);
                (x(6), y)
            };
            let test = trend(&[series(), series()], 9).unwrap();
            test.p_rising.min(test.p_falling) < 0.025
        });
        // 5 % of 300 are 15; four standard errors are 15. A discrete test may have fewer.
        assert!(false_alarms.count() <= 30);
    }

    #[test]
    fn levels_of_replicates_do_not_matter() {
        let high: Vec<f64> = [3.0, 1.0, 4.0, 2.0].map(|y| y + 100.0).to_vec();
        let together = trend(&[(x(4), vec![3.0, 1.0, 4.0, 2.0]), (x(4), high)], 1).unwrap();
        assert_eq!(together.tau.point, kendall_tau(&x(4), &[3.0, 1.0, 4.0, 2.0]));
        let level = trend(&[(x(4), vec![3.0, 1.0, 4.0, 2.0]), (x(4), vec![3.0, 1.0, 4.0, 2.0])], 1).unwrap();
        assert_eq!(together, level);
        assert!(trend(&[(x(2), x(2))], 1).is_none());
    }
}
