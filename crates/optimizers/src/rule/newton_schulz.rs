//! The iteration that brings the singular values of a matrix near 1.

use thalweg_numeric::{Real, vector};

/// The iteration with its work space.
pub(super) struct NewtonSchulz<F> {
    coefficients: [F; 3],
    /// X, by rows.
    pub(super) matrix: Vec<F>,
    next: Vec<F>,
    /// A.
    gram: Vec<F>,
    /// b A + c A².
    polynomial: Vec<F>,
}

impl<F: Real> NewtonSchulz<F> {
    /// For matrices of up to `length` entries.
    pub(super) fn new(coefficients: [F; 3], length: usize) -> Self {
        let zeros = || vec![F::ZERO; length];
        Self { coefficients, matrix: zeros(), next: zeros(), gram: zeros(), polynomial: zeros() }
    }

    /// X ← a X + (b A + c A²) X for a matrix of `length` entries in `rows` rows, of which it has no more than columns.
    pub(super) fn advance(&mut self, rows: usize, length: usize) {
        let [a, b, c] = self.coefficients;
        let columns = length / rows;
        let row = |i: usize| i * columns..(i + 1) * columns;
        let gram_row = |i: usize| i * rows..(i + 1) * rows;
        // Both are symmetric, and the rows of A are its columns.
        for i in 0..rows {
            for j in 0..=i {
                let product = vector::dot(&self.matrix[row(i)], &self.matrix[row(j)]);
                self.gram[i * rows + j] = product;
                self.gram[j * rows + i] = product;
            }
        }
        for i in 0..rows {
            for j in 0..=i {
                let square = vector::dot(&self.gram[gram_row(i)], &self.gram[gram_row(j)]);
                let sum = b * self.gram[i * rows + j] + c * square;
                self.polynomial[i * rows + j] = sum;
                self.polynomial[j * rows + i] = sum;
            }
        }
        for i in 0..rows {
            let next = &mut self.next[row(i)];
            for (y, x) in next.iter_mut().zip(&self.matrix[row(i)]) {
                *y = a * *x;
            }
            for (j, factor) in self.polynomial[gram_row(i)].iter().enumerate() {
                vector::axpy(*factor, &self.matrix[row(j)], next);
            }
        }
        std::mem::swap(&mut self.matrix, &mut self.next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_odd_quintic_of_each_singular_value() {
        // X = diag(2, −½, 0) beside a column of zeros; a s + b s³ + c s⁵ is exact.
        let mut iteration = NewtonSchulz::new([3.0, -2.0, 0.5], 12);
        iteration.matrix.copy_from_slice(&[2.0, 0.0, 0.0, 0.0, 0.0, -0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        iteration.advance(3, 12);
        let quintic = |s: f64| 3.0 * s - 2.0 * s.powi(3) + 0.5 * s.powi(5);
        let (first, second) = (quintic(2.0), quintic(-0.5));
        assert_eq!(iteration.matrix, [first, 0.0, 0.0, 0.0, 0.0, second, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
