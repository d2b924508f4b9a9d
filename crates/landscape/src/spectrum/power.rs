//! Power iteration: the eigenvalue of largest modulus, with two vectors of memory.

use thalweg_numeric::bounded::{Count, NonNegative};
use thalweg_numeric::vector;

use super::krylov::normalise;
use super::operator::Checked;
use super::{Operator, SpectrumError};

/// What power iteration has found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dominant {
    /// λ, with its sign: the Rayleigh quotient vᵀAv.
    pub value: f64,
    /// ‖Av − λv‖: A has an eigenvalue in λ ± this.
    pub residual: f64,
    /// Products with A.
    pub products: usize,
    /// Whether the residual is within the tolerance.
    pub converged: bool,
}

/// Follows v ← Av/‖Av‖ until ‖Av − λv‖ ≤ `tolerance`·|λ|, or for `products` products.
///
/// ```text
/// λ = vᵀAv;   error after k products ~ |λ₂/λ₁|²ᵏ
/// ```
/// `vector` is where it starts and where it ends: a random vector, or the end of an earlier call at a point
/// near by. It does not converge if the two eigenvalues of largest modulus are λ and −λ;
/// [`Lanczos`](super::Lanczos) does, and with fewer products anyway.
///
/// # Errors
/// [`SpectrumError::NotFinite`], also for a `vector` of zeros.
///
/// # Panics
/// If `vector` is of another length than the matrix.
pub fn power(
    operator: &mut dyn Operator,
    vector: &mut [f64],
    tolerance: NonNegative,
    products: Count,
) -> Result<Dominant, SpectrumError> {
    assert_eq!(vector.len(), operator.dim(), "length of the vector");
    let mut operator = Checked::new(operator);
    let mut product = vec![0.0; vector.len()];
    normalise(vector);
    loop {
        operator.apply(vector, &mut product)?;
        let value = vector::dot(vector, &product);
        let rest = product.iter().zip(&*vector).map(|(product, v)| (product - value * v).powi(2));
        let residual = rest.sum::<f64>().sqrt();
        let converged = residual <= tolerance.get() * value.abs();
        let taken = operator.products();
        if converged || taken as u64 == products.get() {
            return Ok(Dominant { value, residual, products: taken, converged });
        }
        normalise(&mut product);
        vector.copy_from_slice(&product);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::testing::rotated;

    fn run(eigenvalues: &[f64], tolerance: f64, products: u64) -> Dominant {
        let mut vector = vec![1.0; eigenvalues.len()];
        let tolerance = NonNegative::of(tolerance);
        power(&mut rotated(eigenvalues, 3), &mut vector, tolerance, Count::of(products)).unwrap()
    }

    #[test]
    fn the_eigenvalue_of_largest_modulus_comes_with_its_sign() {
        let found = run(&[-8.0, 1.0, 3.0, 6.0, 0.0], 1e-6, 1000);
        // Residual² / gap = (8e-6)² / 9 ≈ 7e-12.
        assert!(found.converged && (found.value + 8.0).abs() < 1e-11, "{found:?}");
        assert!(found.residual <= 8e-6);
        // (6/8)ᵏ falls to 1e-6 in 48 steps; some more or fewer by where it starts.
        assert!((40..60).contains(&found.products), "{found:?}");
    }

    #[test]
    fn two_eigenvalues_of_one_modulus_do_not_converge() {
        let found = run(&[-8.0, 1.0, 8.0], 1e-6, 70);
        assert!(!found.converged && found.products == 70 && found.residual > 1.0, "{found:?}");
    }

    #[test]
    fn the_zero_matrix_has_the_eigenvalue_zero() {
        let found = run(&[0.0; 4], 0.0, 5);
        assert_eq!(found, Dominant { value: 0.0, residual: 0.0, products: 1, converged: true });
    }

    #[test]
    fn a_vector_of_zeros_is_an_error() {
        let (tolerance, products) = (NonNegative::of(0.1), Count::of(3));
        let error = power(&mut rotated(&[1.0, 2.0], 3), &mut [0.0; 2], tolerance, products).unwrap_err();
        assert_eq!(error, SpectrumError::NotFinite { product: 1 });
    }
}
