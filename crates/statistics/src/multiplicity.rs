//! Several tests at once.

/// Holm's adjusted p-values, in the order of the input.
///
/// ```text
/// p̃₍ᵢ₎ = max_{j ≤ i} min(1, (m − j + 1) · p₍ⱼ₎),   p₍₁₎ ≤ … ≤ p₍ₘ₎
/// ```
/// Comparing them with α keeps the probability of any false rejection below α, whatever the dependence. S.
/// Holm, *A simple sequentially rejective multiple test procedure*, Scandinavian Journal of Statistics 6
/// (1979).
///
/// ```
/// assert_eq!(thalweg_statistics::holm(&[0.5, 0.01, 0.02]), [0.5, 0.03, 0.04]);
/// ```
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut largest: f64 = 0.0;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest.max((p_values.len() - rank) as f64 * p_values[index]).min(1.0);
        adjusted[index] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::holm;

    #[test]
    fn a_worked_example_with_a_tie_in_the_adjusted_values() {
        // 4·0.01, max(0.04, 3·0.012), max(0.04, 2·0.04), max(0.08, 1·0.07)
        let adjusted = holm(&[0.07, 0.01, 0.04, 0.012]);
        for (found, expected) in adjusted.iter().zip([0.08, 0.04, 0.08, 0.04]) {
            assert!((found - expected).abs() < 1e-15, "{adjusted:?}");
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }
}
