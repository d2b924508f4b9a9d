//! Whether gradients scatter where the loss curves.

use thalweg_numeric::{Objective, vector};

use super::GradientNoise;

/// Hessian H and noise covariance S compared as matrices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// tr(HS): twice the rise of the loss, to second order, by one gradient of noise.
    pub trace: f64,
    /// tr(HS)/(‖H‖·‖S‖) with Frobenius' norms, −1 … 1. It is 1 if S is a multiple of H; NaN if either is 0.
    pub cosine: f64,
}

impl GradientNoise {
    /// The alignment of S with the Hessian of `objective` at `params`, by n products with H.
    ///
    /// ```text
    /// tr(HS) = (1/n) Σ (gᵢ − ḡ)ᵀ H (gᵢ − ḡ)
    /// ```
    /// `hessian_norm` is ‖H‖: from [`frobenius_norm`], or an estimate of √tr(H²) if d is too large for that.
    ///
    /// # Panics
    /// If the objective has not d parameters.
    pub fn alignment(
        &self,
        objective: &mut dyn Objective<f64>,
        params: &[f64],
        hessian_norm: f64,
    ) -> Alignment {
        let mut product = vec![0.0; self.dim()];
        let mut sum = 0.0;
        for row in self.rows() {
            objective.hessian_vector(params, row, &mut product);
            sum += vector::dot(row, &product);
        }
        let trace = sum / self.n_samples() as f64;
        Alignment { trace, cosine: trace / (hessian_norm * self.norm()) }
    }
}

/// ‖H‖ = √(Σ Hᵢⱼ²) of the Hessian at `params`, exactly, by d products with the unit vectors.
///
/// # Panics
/// If `params` is not of the objective's length.
pub fn frobenius_norm(objective: &mut dyn Objective<f64>, params: &[f64]) -> f64 {
    let mut unit = vec![0.0; params.len()];
    let mut column = unit.clone();
    let mut squares = 0.0;
    for i in 0..params.len() {
        unit[i] = 1.0;
        objective.hessian_vector(params, &unit, &mut column);
        squares += vector::dot(&column, &column);
        unit[i] = 0.0;
    }
    squares.sqrt()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use thalweg_numeric::bounded::{Count, Positive};
    use thalweg_numeric::objectives::{Quadratic, Rosenbrock};

    use super::super::tests::{covariance, gradients};
    use super::*;

    #[test]
    fn alignment_matches_the_matrices() {
        let mut quadratic = Quadratic::new(Count::of(3), Positive::of(16.0)); // λ = 1, 4, 16
        let s = covariance(&gradients());
        let norm = frobenius_norm(&mut quadratic, &[0.0; 3]);
        let noise = GradientNoise::new(gradients().view()).unwrap();
        let alignment = noise.alignment(&mut quadratic, &[0.0; 3], norm);
        let trace = s[(0, 0)] + 4.0 * s[(1, 1)] + 16.0 * s[(2, 2)];
        let expected = trace / (273.0 * s.iter().map(|x| x * x).sum::<f64>()).sqrt();
        // A sum of 15 products below 100, then quotients: some ulps; λ = 4 is a power, exact to an ulp or
        // two.
        assert!((alignment.trace - trace).abs() < 1e-12, "{alignment:?}");
        assert!((alignment.cosine - expected).abs() < 1e-14, "{alignment:?}");
    }

    #[test]
    fn the_norm_counts_every_entry_at_the_place_given() {
        // At (−1.2, 1): H = (1330, 480; 480, 200).
        let expected = (1330.0_f64.powi(2) + 2.0 * 480.0_f64.powi(2) + 200.0_f64.powi(2)).sqrt();
        // Entries of about 1000 with an ulp or two of rounding each.
        assert!((frobenius_norm(&mut Rosenbrock, &[-1.2, 1.0]) - expected).abs() < 1e-11);
    }

    #[test]
    fn noise_shaped_like_the_hessian_has_cosine_one() {
        let mut quadratic = Quadratic::new(Count::of(3), Positive::of(16.0));
        let rows = Array2::from_diag(&array![1.0, 2.0, 4.0]);
        let gradients = ndarray::concatenate![ndarray::Axis(0), rows, -&rows];
        let noise = GradientNoise::new(gradients.view()).unwrap();
        let norm = frobenius_norm(&mut quadratic, &[0.0; 3]);
        // Some ulps.
        assert!((noise.alignment(&mut quadratic, &[1.0; 3], norm).cosine - 1.0).abs() < 1e-14);
    }
}
