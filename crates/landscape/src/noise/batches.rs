//! What a sampler delivers: batch gradients against the full gradient, and against each other.

use ndarray::ArrayView2;
use thalweg_numeric::vector;

use super::{GradientNoise, NoiseError};

/// How far the mean of batch gradients lies from the full gradient, entry by entry.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchBias {
    /// Mean of the batch gradients minus the full gradient, \[d\].
    pub difference: Vec<f64>,
    /// Its standard error, \[d\]: the sample standard deviation (divided by m − 1) over √m, for m independent
    /// batches.
    pub standard_error: Vec<f64>,
}

impl BatchBias {
    /// The squared length of the difference in units of what chance makes of it.
    ///
    /// ```text
    /// Σ differenceᵢ² / Σ standard-errorᵢ²
    /// ```
    /// Its expectation is 1 for unbiased batches of equal size, and its standard deviation √(2/k) for noise
    /// of [effective dimension](super::GradientNoise::effective_dimension) k and many batches. NaN if all
    /// gradients are equal.
    pub fn ratio(&self) -> f64 {
        let square = |x: &[f64]| vector::dot(x, x);
        square(&self.difference) / square(&self.standard_error)
    }
}

/// Tests E\[g_B\] = ∇L: compares the gradients of m independent batches at one θ, one a row of \[m, d\], with
/// the full gradient.
///
/// The batches of one epoch are not independent: their mean is the full gradient whatever the order.
///
/// # Errors
/// [`NoiseError::TooFew`] of a single batch, [`NoiseError::NotFinite`].
///
/// # Panics
/// If `full` is not of length d.
pub fn batch_bias(batches: ArrayView2<'_, f64>, full: &[f64]) -> Result<BatchBias, NoiseError> {
    let noise = GradientNoise::new(batches)?;
    assert_eq!(full.len(), noise.dim(), "length of the full gradient");
    let m = noise.n_samples() as f64;
    let mut squares = vec![0.0; noise.dim()];
    for row in noise.rows() {
        squares.iter_mut().zip(row).for_each(|(sum, x)| *sum += x * x);
    }
    Ok(BatchBias {
        difference: noise.mean().iter().zip(full).map(|(mean, full)| mean - full).collect(),
        standard_error: squares.iter().map(|sum| (sum / ((m - 1.0) * m)).sqrt()).collect(),
    })
}

/// The autocorrelation of batch-gradient noise at fixed θ, for lags 1 … `lags`.
///
/// ```text
/// εₜ = gₜ − ḡ,   ρ(k) = mean over t of εₜ·εₜ₊ₖ / mean over t of ‖εₜ‖²
/// ```
/// Each of the `stretches` is a matrix of successive batch gradients, one a row of \[batches, d\]. Pairs are
/// taken inside a stretch alone and pooled over all of them, so with an epoch as a stretch the correlation is
/// that within epochs. Lags that no stretch is long enough for are left out; without any noise the
/// correlations are NaN.
///
/// Batches cut from a random permutation repel each other: they share no sample, and their noise sums to 0
/// over an epoch. With m = n/B batches an epoch the expectations are
///
/// ```text
/// ρ(k) = −1/(m − 1)                 within epochs, k < m
/// ρ(k) = −(m − k)/(m(m − 1))        in a long sequence of epochs, k < m; 0 from m on
/// ```
/// M. Kühn and B. Rosenow, *Correlated noise in epoch-based stochastic gradient descent: implications for
/// weight variances* (2023).
///
/// # Panics
/// If a stretch has not as many columns as `mean`.
pub fn autocorrelation(stretches: &[ArrayView2<'_, f64>], mean: &[f64], lags: usize) -> Vec<f64> {
    let longest = stretches.iter().map(|stretch| stretch.nrows()).max().unwrap_or(0);
    // Sum and number of products, by lag; lag 0 is the variance.
    let mut sums = vec![(0.0, 0_usize); lags.min(longest.saturating_sub(1)) + 1];
    let mut noise = Vec::new();
    for stretch in stretches {
        assert_eq!(stretch.ncols(), mean.len(), "length of a batch gradient");
        noise.clear();
        noise
            .extend(stretch.rows().into_iter().flat_map(|row| row.into_iter().zip(mean).map(|(g, m)| g - m)));
        let row = |t: usize| &noise[t * mean.len()..(t + 1) * mean.len()];
        for (lag, (sum, pairs)) in sums.iter_mut().enumerate() {
            for t in lag..stretch.nrows() {
                *sum += vector::dot(row(t - lag), row(t));
                *pairs += 1;
            }
        }
    }
    let means: Vec<f64> = sums.iter().map(|(sum, pairs)| sum / *pairs as f64).collect();
    means[1..].iter().map(|product| product / means[0]).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis, array};
    use thalweg_numeric::{Stream, Streams};

    use super::super::tests::gradients;
    use super::*;

    #[test]
    fn bias_matches_hand_computed_values() {
        let batches = array![[1.0, 4.0], [3.0, 0.0], [5.0, 2.0]];
        let bias = batch_bias(batches.view(), &[2.0, 5.0]).unwrap();
        assert_eq!(bias.difference, [1.0, -3.0]);
        // Sample variances 4 and 4, over 3; a root rounds.
        let expected = (4.0 / 3.0_f64).sqrt();
        assert!(bias.standard_error.iter().all(|error| (error - expected).abs() < 1e-15));
        assert!((bias.ratio() - 10.0 / (8.0 / 3.0)).abs() < 1e-14);
        assert!(batch_bias(array![[1.0, 4.0]].view(), &[2.0, 5.0]).is_err());
    }

    /// Gradients of 4000 independent batches of two rows, drawn by `draw`.
    fn drawn(mut draw: impl FnMut(&mut Stream) -> u32) -> Array2<f64> {
        let noise = GradientNoise::new(gradients().view()).unwrap();
        let mut stream = Streams::new(5, 0).stream("batches", 0);
        let mut batches = Array2::zeros((4000, 3));
        for mut row in batches.rows_mut() {
            let row = row.as_slice_mut().unwrap();
            noise.batch_noise(&[draw(&mut stream), draw(&mut stream)], row);
            vector::axpy(1.0, noise.mean(), row);
        }
        batches
    }

    #[test]
    fn uniform_batches_are_unbiased_and_others_are_not() {
        let full = gradients().mean_axis(Axis(0)).unwrap();
        let bias = |batches: Array2<f64>| batch_bias(batches.view(), full.as_slice().unwrap()).unwrap();
        let uniform = bias(drawn(|stream| stream.below(5)));
        for (difference, error) in uniform.difference.iter().zip(&uniform.standard_error) {
            assert!(difference.abs() < 4.0 * error, "{uniform:?}");
        }
        // 1 ± 0.97 for the effective dimension 2.13 of these rows, so 4 standard deviations end at 4.9.
        assert!(uniform.ratio() < 4.9, "{}", uniform.ratio());
        // Without row 0 the mean moves by 0.3 standard deviations of a batch; the ratio is about 4000 · 0.3².
        assert!(bias(drawn(|stream| 1 + stream.below(4))).ratio() > 50.0);
    }

    /// All orders of 0 … n − 1.
    fn permutations(n: u32) -> Vec<Vec<u32>> {
        if n == 0 {
            return vec![vec![]];
        }
        let insert = |shorter: Vec<u32>| {
            (0..n as usize).map(move |place| {
                let mut order = shorter.clone();
                order.insert(place, n - 1);
                order
            })
        };
        permutations(n - 1).into_iter().flat_map(insert).collect()
    }

    /// Gradients of the batches of `size` that `order` is cut into.
    fn cut(noise: &GradientNoise, order: &[u32], size: usize) -> Array2<f64> {
        let mut out = Array2::zeros((order.len() / size, noise.dim()));
        for (batch, mut row) in order.chunks(size).zip(out.rows_mut()) {
            let row = row.as_slice_mut().unwrap();
            noise.batch_noise(batch, row);
            vector::axpy(1.0, noise.mean(), row);
        }
        out
    }

    fn views(stretches: &[Array2<f64>]) -> Vec<ArrayView2<'_, f64>> {
        stretches.iter().map(|stretch| stretch.view()).collect()
    }

    #[test]
    fn within_all_epochs_the_correlation_is_exact() {
        let rows = ndarray::concatenate![Axis(0), gradients(), array![[2.0, 0.0, -4.0]]];
        let noise = GradientNoise::new(rows.view()).unwrap();
        for size in [1, 2, 3] {
            let epochs: Vec<_> = permutations(6).iter().map(|order| cut(&noise, order, size)).collect();
            let m = 6 / size;
            let rho = autocorrelation(&views(&epochs), noise.mean(), 6);
            assert_eq!(rho.len(), m - 1);
            // Means over 720 orders of numbers of order 1.
            assert!(rho.iter().all(|rho| (rho + 1.0 / (m - 1) as f64).abs() < 1e-12), "{rho:?}");
        }
    }

    #[test]
    fn across_epochs_the_correlation_is_lost() {
        let noise = GradientNoise::new(gradients().slice(ndarray::s![..4, ..])).unwrap();
        let orders = permutations(4);
        let pairs = orders.iter().flat_map(|first| orders.iter().map(move |second| [first, second]));
        let stretches: Vec<_> = pairs.map(|pair| cut(&noise, &pair.map(Vec::as_slice).concat(), 2)).collect();
        let rho = autocorrelation(&views(&stretches), noise.mean(), 3);
        // Of the three pairs at lag 1 two lie within an epoch of m = 2 batches, with −1 each; all others in
        // two epochs.
        for (rho, expected) in rho.iter().zip([-2.0 / 3.0, 0.0, 0.0]) {
            assert!((rho - expected).abs() < 1e-12, "{rho} {expected}");
        }
        assert_eq!(rho.len(), 3);
    }
}
