//! The whole matrix and its exact eigenvalues: the oracle that estimates are graded against.

use thalweg_numeric::vector;

use super::householder::{reduce, transform_back};
use super::operator::Checked;
use super::tridiagonal::diagonalise;
use super::{Operator, SpectrumError};

/// All d² entries of a symmetric matrix, 8 d² bytes: 161 MB for the 4,482 parameters of a network 2-64-64-2.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    dim: usize,
    entries: Vec<f64>,
}

/// All eigenvalues with their eigenvectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Eigen {
    /// λ₁ ≤ … ≤ λ_d.
    pub values: Vec<f64>,
    vectors: Vec<f64>,
}

impl Eigen {
    /// The eigenvector of length 1 of `values[index]`.
    ///
    /// # Panics
    /// If there is no such eigenvalue.
    pub fn vector(&self, index: usize) -> &[f64] {
        let dim = self.values.len();
        &self.vectors[index * dim..(index + 1) * dim]
    }
}

impl Dense {
    /// Asks for d products, one a column.
    ///
    /// # Errors
    /// [`SpectrumError::NotFinite`].
    pub fn of(operator: &mut dyn Operator) -> Result<Self, SpectrumError> {
        let mut operator = Checked::new(operator);
        let dim = operator.dim();
        let (mut entries, mut unit) = (vec![0.0; dim * dim], vec![0.0; dim]);
        for column in 0..dim {
            unit[column] = 1.0;
            operator.apply(&unit, &mut entries[column * dim..(column + 1) * dim])?;
            unit[column] = 0.0;
        }
        Ok(Self { dim, entries })
    }

    /// A matrix with these entries, which has to be symmetric.
    pub(crate) fn symmetric(dim: usize, entries: Vec<f64>) -> Self {
        assert_eq!(entries.len(), dim * dim, "entries of a square");
        Self { dim, entries }
    }

    /// The Gram matrix XXᵀ of the rows of X.
    pub(crate) fn gram(rows: &[&[f64]]) -> Self {
        let dim = rows.len();
        let mut entries = vec![0.0; dim * dim];
        for (i, row) in rows.iter().enumerate() {
            for (j, other) in rows[..=i].iter().enumerate() {
                let product = vector::dot(row, other);
                (entries[i * dim + j], entries[j * dim + i]) = (product, product);
            }
        }
        Self { dim, entries }
    }

    /// The columns one behind the other, and so, up to rounding, the rows.
    pub fn entries(&self) -> &[f64] {
        &self.entries
    }

    /// Σ Aᵢᵢ.
    pub fn trace(&self) -> f64 {
        self.entries.iter().step_by(self.dim + 1).sum()
    }

    /// λ₁ ≤ … ≤ λ_d, with an error of about ε·‖A‖ and the same bits on every CPU.
    ///
    /// Householder's reduction to a tridiagonal matrix, then the QL method with implicit shifts (tred1 and
    /// imtql1 of EISPACK; G. H. Golub and C. F. Van Loan, *Matrix Computations* (4th ed., 2013), section
    /// 8.3). Reads the upper triangle, works on a second copy of the matrix and takes (4/3) d³ operations on
    /// one thread.
    ///
    /// # Errors
    /// [`SpectrumError::NoConvergence`].
    pub fn eigenvalues(&self) -> Result<Vec<f64>, SpectrumError> {
        let (mut values, mut beside) = reduce(&mut self.entries.clone(), self.dim);
        diagonalise(&mut values, &mut beside, &mut [])?;
        Ok(values)
    }

    /// Eigenvalues and eigenvectors; the time is several times that of the [eigenvalues](Self::eigenvalues)
    /// alone.
    ///
    /// # Errors
    /// [`SpectrumError::NoConvergence`].
    pub fn eigen(&self) -> Result<Eigen, SpectrumError> {
        let mut reflectors = self.entries.clone();
        let (mut values, mut beside) = reduce(&mut reflectors, self.dim);
        let mut vectors = vec![0.0; self.entries.len()];
        diagonalise(&mut values, &mut beside, &mut vectors)?;
        for index in 0..self.dim {
            transform_back(&reflectors, &mut vectors[index * self.dim..(index + 1) * self.dim]);
        }
        Ok(Eigen { values, vectors })
    }
}

impl Operator for Dense {
    fn dim(&self) -> usize {
        self.dim
    }

    fn apply(&mut self, v: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (column, v) in self.entries.chunks_exact(self.dim).zip(v) {
            vector::axpy(*v, column, out);
        }
    }
}

/// κ = λ_max / λ_min of a positive definite matrix, from its eigenvalues in any order; `None` if λ_min ≤ 0.
pub fn condition_number(eigenvalues: &[f64]) -> Option<f64> {
    let (low, high) = range(eigenvalues)?;
    (low > 0.0).then_some(high / low)
}

/// λ_max over the smallest eigenvalue that counts as positive: what lies at or below λ_max·d·ε is taken for a
/// 0 that was rounded (d the number of eigenvalues, ε = 2⁻⁵²; the cut of `numpy.linalg.matrix_rank`). `None`
/// if none is positive.
///
/// That is the κ of gradient descent where a Hessian has flat directions, in which no step changes anything.
/// Directions of negative curvature are left out too, so at a saddle it says nothing of the escape.
pub fn positive_condition_number(eigenvalues: &[f64]) -> Option<f64> {
    let (_, high) = range(eigenvalues)?;
    let cut = high * eigenvalues.len() as f64 * f64::EPSILON;
    let low = eigenvalues.iter().copied().filter(|value| *value > cut).reduce(f64::min)?;
    (high > 0.0).then_some(high / low)
}

fn range(values: &[f64]) -> Option<(f64, f64)> {
    let values = values.iter().copied();
    Some((values.clone().reduce(f64::min)?, values.reduce(f64::max)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::testing::rotated;

    #[test]
    fn eigenvalues_and_vectors_of_a_rotated_diagonal_are_found() {
        let exact = [-3.0, -0.5, 0.0, 0.0, 2.0, 2.0, 7.0];
        let mut dense = rotated(&exact, 3);
        let eigen = dense.eigen().unwrap();
        let mut product = vec![0.0; 7];
        for (index, (value, expected)) in eigen.values.iter().zip(exact).enumerate() {
            // Some tens of roundings of numbers up to ‖A‖ = 7.
            assert!((value - expected).abs() < 1e-13, "{value} {expected}");
            assert!((dense.eigenvalues().unwrap()[index] - expected).abs() < 1e-13);
            dense.apply(eigen.vector(index), &mut product);
            vector::axpy(-value, eigen.vector(index), &mut product);
            assert!(
                vector::norm(&product) < 1e-13 && (vector::norm(eigen.vector(index)) - 1.0).abs() < 1e-13
            );
        }
        assert!((dense.trace() - 7.5).abs() < 1e-13);
    }

    #[test]
    fn condition_numbers_leave_out_what_they_say() {
        assert_eq!(condition_number(&[4.0, 0.5, 2.0]), Some(8.0));
        assert_eq!(condition_number(&[4.0, 0.0]), None);
        assert_eq!(positive_condition_number(&[4.0, -9.0, 0.5, 1e-16, 0.0]), Some(8.0));
        assert_eq!(positive_condition_number(&[-1.0, 0.0]), None);
        assert_eq!((condition_number(&[]), positive_condition_number(&[])), (None, None));
    }

    #[test]
    fn a_product_without_numbers_is_an_error() {
        let mut operator = crate::spectrum::FromFn {
            dim: 3,
            product: |v: &[f64], out: &mut [f64]| out.fill(if v[1] == 1.0 { f64::NAN } else { 0.0 }),
        };
        assert_eq!(Dense::of(&mut operator), Err(SpectrumError::NotFinite { product: 2 }));
    }
}
