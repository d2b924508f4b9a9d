//! The directions in which gradients scatter most.

use ndarray::Array2;
use thalweg_numeric::vector;

use super::{GradientNoise, NoiseError};
use crate::spectrum::Dense;

/// Eigenvalues and leading eigenvectors of the covariance S of per-sample gradients.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// The n largest eigenvalues of S, descending: variances along the principal directions. At most min(n −
    /// 1, d) of them are more than rounding.
    pub variances: Vec<f64>,
    /// The leading principal directions, unit vectors, one a row: \[k, d\] or fewer rows if S has not that
    /// rank.
    pub directions: Array2<f64>,
}

impl Spectrum {
    /// The share of the variance along the first k directions, of all directions; NaN without any noise.
    pub fn share(&self, k: usize) -> f64 {
        self.variances.iter().take(k).sum::<f64>() / self.variances.iter().sum::<f64>()
    }
}

impl GradientNoise {
    /// The spectrum of S with its `k` leading directions, through the Gram matrix of the n deviations.
    ///
    /// ```text
    /// X = rows gᵢ − ḡ,   S = XᵀX/n,   (XXᵀ/n) w = λ w   ⇒   S u = λ u with u = Xᵀw/‖Xᵀw‖
    /// ```
    /// Takes n(n + 1)/2 dot products of length d, O(n³) for the eigenvalues and O(n²) memory: meant for some
    /// thousand rows.
    ///
    /// # Errors
    /// [`NoiseError::NoConvergence`].
    pub fn spectrum(&self, k: usize) -> Result<Spectrum, NoiseError> {
        let n = self.n_samples();
        let gram = Dense::gram(&self.rows().collect::<Vec<_>>());
        let eigen = gram.eigen().map_err(|_| NoiseError::NoConvergence { rows: n })?;
        // Rounding may leave zeros slightly negative.
        let variances: Vec<f64> = eigen.values.iter().rev().map(|value| value.max(0.0) / n as f64).collect();
        // Eigenvalues below are rounding of the largest, and so would be their directions.
        let floor = n as f64 * f64::EPSILON * variances[0];
        let rank = variances.iter().take_while(|variance| **variance > floor).count();
        let mut directions = Array2::zeros((k.min(rank), self.dim()));
        for (place, mut direction) in directions.rows_mut().into_iter().enumerate() {
            let direction = direction.as_slice_mut().expect("rows of a new array are contiguous");
            for (row, weight) in self.rows().zip(eigen.vector(n - 1 - place)) {
                vector::axpy(*weight, row, direction);
            }
            let length = vector::norm(direction);
            direction.iter_mut().for_each(|x| *x /= length);
        }
        Ok(Spectrum { variances, directions })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis};
    use thalweg_numeric::Streams;

    use super::super::tests::{covariance, gradients};
    use super::*;

    /// Random rows whose columns have very different scales.
    fn random(n: usize, d: usize) -> Array2<f64> {
        let mut stream = Streams::new(3, 0).stream("gradients", 0);
        Array2::from_shape_fn((n, d), |(_, j)| stream.normal() * 3.0 / (1 + j) as f64 + 0.5)
    }

    #[test]
    fn directions_are_eigenvectors_of_the_covariance() {
        for (gradients, k) in [(gradients(), 2), (random(4, 9), 3), (random(11, 6), 6)] {
            let s = covariance(&gradients);
            let spectrum = GradientNoise::new(gradients.view()).unwrap().spectrum(k).unwrap();
            assert_eq!(
                (spectrum.directions.dim(), spectrum.variances.len()),
                ((k, s.nrows()), gradients.nrows())
            );
            assert!(spectrum.variances.is_sorted_by(|a, b| a >= b));
            // Eigenvalues below 10 to some ulps; a direction of variance λ is off by about λ₁/λ ulps, here up
            // to 100.
            for (i, (u, variance)) in
                spectrum.directions.axis_iter(Axis(0)).zip(&spectrum.variances).enumerate()
            {
                let residual = s.dot(&u) - *variance * &u;
                assert!(residual.iter().all(|x| x.abs() < 1e-12), "{residual}");
                for (j, other) in spectrum.directions.axis_iter(Axis(0)).enumerate() {
                    assert!((u.dot(&other) - f64::from(i == j)).abs() < 1e-12);
                }
            }
            assert!((spectrum.variances.iter().sum::<f64>() - s.diag().sum()).abs() < 1e-12);
            let first: f64 = spectrum.variances[..2].iter().sum();
            assert!((spectrum.share(2) - first / s.diag().sum()).abs() < 1e-14);
        }
    }

    #[test]
    fn there_are_no_more_directions_than_the_rank() {
        // Four deviations sum to 0, so three directions of nine are left; of three columns three.
        for (gradients, rank) in [(random(4, 9), 3), (random(7, 3), 3), (Array2::ones((4, 2)), 0)] {
            let spectrum = GradientNoise::new(gradients.view()).unwrap().spectrum(8).unwrap();
            assert_eq!(spectrum.directions.nrows(), rank);
        }
    }
}
