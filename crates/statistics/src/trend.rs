//! Does one quantity rise with another, within one replicate?

use crate::random::Random;

/// Draws of a permutation distribution. The smallest p-value is then 2/20,001, and one near 0.05 is known to
/// within 0.003 (two standard errors).
const DRAWS: usize = 20_000;
/// Permutations up to here are counted and not drawn.
const MOST_EXACT: usize = 100;

/// Kendall's τ_b between x and y: +1 if they have the same order, −1 if opposite ones, corrected for ties; 0
/// if either does not vary.
///
/// ```text
/// τ_b = (C − D) / √((P − Tₓ)(P − T_y))
/// ```
/// with C and D the concordant and discordant pairs, P all pairs, Tₓ and T_y those tied in x and in y. M. G.
/// Kendall, *The treatment of ties in ranking problems*, Biometrika 33 (1945); counted in O(n log n) by W. R.
/// Knight, *A computer method for calculating Kendall's tau with ungrouped data*, Journal of the American
/// Statistical Association 61 (1966).
///
/// # Panics
/// If the lengths differ.
pub fn kendall_tau(x: &[f64], y: &[f64]) -> f64 {
    assert_eq!(x.len(), y.len(), "pairs of values");
    let mut points: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let tied_x = tied(points.iter().map(|point| point.0));
    let tied_both = tied(points.iter().copied());
    let mut ys: Vec<f64> = points.into_iter().map(|point| point.1).collect();
    let discordant = inversions(&mut ys) as f64;
    let tied_y = tied(ys.into_iter());
    let pairs = x.len() as f64 * (x.len() as f64 - 1.0) / 2.0;
    let concordant = pairs - tied_x - tied_y + tied_both - discordant;
    let scale = ((pairs - tied_x) * (pairs - tied_y)).sqrt();
    if scale > 0.0 { (concordant - discordant) / scale } else { 0.0 }
}

/// Pairs of equal neighbours in a sorted row.
fn tied<T: PartialEq>(sorted: impl Iterator<Item = T>) -> f64 {
    let (mut pairs, mut run, mut last) = (0.0, 0.0, None);
    for item in sorted {
        run = if last.as_ref() == Some(&item) { run + 1.0 } else { 0.0 };
        pairs += run;
        last = Some(item);
    }
    pairs
}

/// Sorts, and counts the pairs that stood in the wrong order.
fn inversions(values: &mut [f64]) -> u64 {
    if values.len() < 2 {
        return 0;
    }
    let (left, right) = values.split_at_mut(values.len() / 2);
    let mut count = inversions(left) + inversions(right);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        if left[i] <= right[j] {
            merged.push(left[i]);
            i += 1;
        } else {
            count += (left.len() - i) as u64;
            merged.push(right[j]);
            j += 1;
        }
    }
    merged.extend_from_slice(&left[i..]);
    merged.extend_from_slice(&right[j..]);
    values.copy_from_slice(&merged);
    count
}

/// p-values of Kendall's τ against "no rise" and against "no fall", each two-sided as those of
/// [`Centre`](crate::Centre): if x means nothing to y, every order of y is as likely as any other. Exact
/// without ties, else drawn.
///
/// # Panics
/// If the lengths differ.
pub fn permutation_p(x: &[f64], y: &[f64], seed: u64) -> (f64, f64) {
    let tau = kendall_tau(x, y);
    let n = x.len();
    let is_distinct = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted.windows(2).all(|pair| pair[0] < pair[1])
    };
    let (above, below) = if n <= MOST_EXACT && is_distinct(x) && is_distinct(y) {
        let pairs = n * n.saturating_sub(1) / 2;
        let discordant = ((1.0 - tau) * pairs as f64 / 2.0).round() as usize;
        let chances = inversion_chances(n);
        (chances[..=discordant].iter().sum::<f64>(), chances[discordant..].iter().sum::<f64>())
    } else {
        drawn(x, y, tau, seed)
    };
    ((2.0 * above).min(1.0), (2.0 * below).min(1.0))
}

/// The chance of each number of inversions in a random order of n.
fn inversion_chances(n: usize) -> Vec<f64> {
    let mut chances = vec![1.0];
    for k in 2..=n {
        // The k-th item stands behind 0 to k − 1 larger ones, each as likely.
        let mut next = vec![0.0; chances.len() + k - 1];
        for (i, chance) in chances.iter().enumerate() {
            for slot in &mut next[i..i + k] {
                *slot += chance / k as f64;
            }
        }
        chances = next;
    }
    chances
}

fn drawn(x: &[f64], y: &[f64], tau: f64, seed: u64) -> (f64, f64) {
    let mut random = Random::new(seed);
    let mut shuffled = y.to_vec();
    let (mut above, mut below) = (0, 0);
    for _ in 0..DRAWS {
        random.shuffle(&mut shuffled);
        let drawn = kendall_tau(x, &shuffled);
        // τ of the same pairs in another order may differ by rounding.
        above += usize::from(drawn >= tau - 1e-12);
        below += usize::from(drawn <= tau + 1e-12);
    }
    let share = |count: usize| (1 + count) as f64 / (1 + DRAWS) as f64;
    (share(above), share(below))
}

/// The slope of the least-squares line through (xᵢ, yᵢ); `None` if the xᵢ are all the same.
pub fn slope(x: &[f64], y: &[f64]) -> Option<f64> {
    let weights = slope_weights(x)?;
    Some(weights.iter().zip(y).map(|(w, y)| w * y).sum())
}

/// The weights w of the contrast Σ wᵢ yᵢ that is the least-squares slope of y against x; `None` if the xᵢ are
/// all the same.
///
/// ```text
/// wᵢ = (xᵢ − x̄) / Σⱼ (xⱼ − x̄)²
/// ```
/// With x = 1, 2, 3, … it is the linear contrast over ordered levels (R. A. Fisher, *Statistical methods for
/// research workers*, 1925, §27).
pub fn slope_weights(x: &[f64]) -> Option<Vec<f64>> {
    if x.len() < 2 {
        return None;
    }
    let mean = crate::estimate::plain_mean(x);
    let squares: f64 = x.iter().map(|x| (x - mean) * (x - mean)).sum();
    (squares > 0.0).then(|| x.iter().map(|x| (x - mean) / squares).collect())
}

/// The mean product of the deviations of x and y from their means, 0 for a single pair.
pub fn covariance(x: &[f64], y: &[f64]) -> f64 {
    let mean = |values: &[f64]| crate::estimate::plain_mean(values);
    let (mx, my) = (mean(x), mean(y));
    x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>() / x.len() as f64
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
        assert_eq!(kendall_tau(&[1.0], &[1.0]), 0.0);
    }

    #[test]
    fn the_fast_count_is_that_of_all_pairs() {
        let mut random = Random::new(2);
        let sign = |x: f64| f64::from(i8::from(x > 0.0) - i8::from(x < 0.0));
        for n in [5, 6, 17, 40] {
            let mut draw = || (0..n).map(|_| random.index(n / 2) as f64).collect::<Vec<f64>>();
            let (x, y) = (draw(), draw());
            let (mut balance, mut untied_x, mut untied_y) = (0.0, 0.0, 0.0);
            for i in 0..n {
                for j in 0..i {
                    let (dx, dy) = (sign(x[i] - x[j]), sign(y[i] - y[j]));
                    balance += dx * dy;
                    untied_x += dx * dx;
                    untied_y += dy * dy;
                }
            }
            let expected = balance / f64::sqrt(untied_x * untied_y);
            assert!((kendall_tau(&x, &y) - expected).abs() < 1e-14, "{n}");
        }
    }

    #[test]
    fn permutations_are_counted_where_they_can_be_and_drawn_elsewhere() {
        // Of the 24 orders of 4 values one has τ = 1 and four have τ ≥ 4/6.
        let (rising, falling) = permutation_p(&x(4), &[1.0, 3.0, 2.0, 4.0], 1);
        assert!((rising - 8.0 / 24.0).abs() < 1e-12 && falling == 1.0, "{rising} {falling}");
        let (rising, falling) = permutation_p(&x(10), &x(10), 1);
        assert!((rising - 2.0 / 3_628_800.0).abs() < 1e-15 && falling == 1.0);
        // Four standard errors in 20,000 draws: 8·√(p(1−p)/20000) = 0.022.
        let drawn = drawn(&x(4), &[1.0, 3.0, 2.0, 4.0], 4.0 / 6.0, 1);
        assert!((drawn.0 - 4.0 / 24.0).abs() < 0.011, "{drawn:?}");
        // Tied: 3 of the 6 orders of {1, 1, 2} … each value of y is first in a third of them.
        let (rising, _) = permutation_p(&x(3), &[1.0, 1.0, 2.0], 1);
        assert!((rising - 2.0 / 3.0).abs() < 0.03, "{rising}");
    }

    #[test]
    fn slopes_and_covariances() {
        assert_eq!(slope(&[0.0, 1.0, 2.0], &[1.0, -1.0, -3.0]), Some(-2.0));
        assert_eq!((slope(&[1.0, 1.0], &[0.0, 5.0]), slope(&[1.0], &[0.0])), (None, None));
        assert_eq!(covariance(&[1.0, 3.0], &[2.0, 8.0]), 3.0);
        assert_eq!(covariance(&[1.0], &[2.0]), 0.0);
    }
}
