//! What classes differ in: how well each is learned, and where its features lie.

use ndarray::{ArrayView2, Axis};

/// How the loss of a class goes with its frequency: a in ℓ_k ∝ n_kᵃ, the least-squares slope of ln ℓ_k
/// against ln n_k.
///
/// Gradient descent learns a class at a speed in proportion to its frequency, which makes it −1 where classes
/// do not get in each other's way; 0 means that all are learned alike. F. Kunstner, R. Yadav, A. Milligan, M.
/// Schmidt and A. Bietti, *Heavy-tailed class imbalance and why Adam outperforms gradient descent on language
/// models*, NeurIPS 2024.
///
/// `counts` are the samples n_k of each class, `losses` their mean losses ℓ_k; a class without samples, or
/// with a loss that is not above 0, is left out. `None` unless there are classes of two frequencies.
///
/// # Panics
/// If there is not one loss a class.
///
/// ```
/// use thalweg_landscape::classes::frequency_exponent;
/// let exponent = frequency_exponent(&[8, 0, 4, 2], &[0.5, f64::NAN, 1.0, 2.0]).unwrap();
/// assert!((exponent + 1.0).abs() < 1e-14);
/// ```
pub fn frequency_exponent(counts: &[usize], losses: &[f64]) -> Option<f64> {
    assert_eq!(counts.len(), losses.len(), "one loss a class");
    let pairs = counts.iter().zip(losses).filter(|(n, loss)| **n > 0 && **loss > 0.0);
    let points: Vec<(f64, f64)> = pairs.map(|(n, loss)| (libm::log(*n as f64), libm::log(*loss))).collect();
    let n = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / n, y + point.1 / n));
    let square: f64 = points.iter().map(|point| (point.0 - x) * (point.0 - x)).sum();
    let product: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    (square > 0.0).then(|| product / square)
}

/// How far the features of classes have come together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Collapse {
    /// tr Σ_W / tr Σ_B: the mean square around the mean of a class over that of these means around theirs. 0
    /// if every class has become a point.
    pub within: f64,
    /// The mean cosine between the means of two classes, both less the mean of the means. −1/(K − 1) if they
    /// are the corners of a regular simplex, as far apart as K directions can be.
    pub cosine: f64,
}

/// Measures how far features, of shape \[samples, features\], have collapsed; `labels` are below `n_classes`.
/// `None` unless two classes have samples and their means differ.
///
/// ```text
/// Σ_W = mean over i of (hᵢ − μ_y)(hᵢ − μ_y)ᵀ
/// Σ_B = mean over k of (μ_k − μ)(μ_k − μ)ᵀ,   μ = mean over k of μ_k
/// ```
/// V. Papyan, X. Y. Han and D. L. Donoho, *Prevalence of neural collapse during the terminal phase of deep
/// learning training*, PNAS 117 (2020): their NC1, here as a ratio of traces, and NC2.
///
/// # Panics
/// If there is not one label a sample, or one is not below `n_classes`.
///
/// ```
/// use ndarray::array;
/// use thalweg_landscape::classes::collapse;
/// // Two classes at −2 and 2, with samples one to each side of the mean.
/// let features = array![[-3.0], [-1.0], [1.0], [3.0]];
/// let found = collapse(features.view(), &[0, 0, 1, 1], 2).unwrap();
/// assert_eq!((found.within, found.cosine), (0.25, -1.0));
/// ```
pub fn collapse(features: ArrayView2<'_, f64>, labels: &[u32], n_classes: usize) -> Option<Collapse> {
    assert_eq!(features.nrows(), labels.len(), "one label a sample");
    let mut sums = vec![vec![0.0; features.ncols()]; n_classes];
    let mut counts = vec![0.0; n_classes];
    let rows = || features.axis_iter(Axis(0)).zip(labels.iter().map(|label| *label as usize));
    for (row, class) in rows() {
        counts[class] += 1.0;
        sums[class].iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }
    for (sum, count) in sums.iter_mut().zip(&counts) {
        sum.iter_mut().for_each(|x| *x /= count);
    }
    let square = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    let within: f64 = rows().map(|(row, class)| square(&row.to_vec(), &sums[class])).sum();
    let means: Vec<&Vec<f64>> =
        sums.iter().zip(&counts).filter(|(_, count)| **count > 0.0).map(|(mean, _)| mean).collect();
    let k = means.len() as f64;
    let centre: Vec<f64> =
        (0..features.ncols()).map(|j| means.iter().map(|mean| mean[j]).sum::<f64>() / k).collect();
    let between: f64 = means.iter().map(|mean| square(mean, &centre)).sum::<f64>() / k;
    if between.is_nan() || between <= 0.0 {
        return None;
    }
    let (mut cosines, mut pairs) = (0.0, 0.0);
    for (i, a) in means.iter().enumerate() {
        for b in &means[..i] {
            let product: f64 = a.iter().zip(*b).zip(&centre).map(|((a, b), c)| (a - c) * (b - c)).sum();
            cosines += product / (square(a, &centre) * square(b, &centre)).sqrt();
            pairs += 1.0;
        }
    }
    Some(Collapse { within: within / labels.len() as f64 / between, cosine: cosines / pairs })
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn corners_of_a_simplex_have_the_cosine_of_one() {
        // The unit vectors are the corners of a regular simplex around their mean; a fourth class is empty.
        let features = array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]];
        let found = collapse(features.view(), &[0, 1, 3, 3], 4).unwrap();
        // Roundings of thirds.
        assert!(found.within == 0.0 && (found.cosine + 0.5).abs() < 1e-15, "{found:?}");
        assert_eq!(collapse(features.view(), &[1, 1, 1, 1], 2), None, "one class alone");
    }

    #[test]
    fn scatter_counts_over_samples_and_means_over_classes() {
        // Means 0 and 3 around 1.5; squares within: 2·1 and 0 over three samples.
        let features = array![[-1.0], [1.0], [3.0]];
        let found = collapse(features.view(), &[0, 0, 1], 2).unwrap();
        // Rounding.
        assert!((found.within - (2.0 / 3.0) / 2.25).abs() < 1e-15);
    }

    #[test]
    fn the_exponent_is_that_of_the_power_law_and_needs_two_frequencies() {
        let counts = [100, 50, 7];
        let losses = counts.map(|n| 3.0 * (n as f64).powf(-0.7));
        // A few roundings of logarithms.
        assert!((frequency_exponent(&counts, &losses).unwrap() + 0.7).abs() < 1e-14);
        assert_eq!(frequency_exponent(&[5, 5], &[1.0, 2.0]), None);
        assert_eq!(frequency_exponent(&[], &[]), None);
    }
}
