//! The iteration that brings the singular values of a matrix near 1.

use thalweg_numeric::simd::{Instructions, Kernel, Machine};
use thalweg_numeric::{Real, vector};

/// The iteration with its work space.
pub(super) struct NewtonSchulz<F> {
    coefficients: [F; 3],
    /// X, by rows.
    pub(super) matrix: Vec<F>,
    /// Xᵀ, then the next X.
    next: Vec<F>,
    /// A = X Xᵀ.
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

    /// X ← a X + (b A + c A²) X for a matrix of `length` entries in `rows` rows, of which it has no more than
    /// columns.
    pub(super) fn advance(&mut self, rows: usize, length: usize) {
        let [a, b, c] = self.coefficients;
        let columns = length / rows;
        let (matrix, next) = (&self.matrix[..length], &mut self.next[..length]);
        let (gram, polynomial) = (&mut self.gram[..rows * rows], &mut self.polynomial[..rows * rows]);
        for (i, row) in matrix.chunks_exact(columns).enumerate() {
            for (transposed, x) in next.chunks_exact_mut(rows).zip(row) {
                transposed[i] = *x;
            }
        }
        gram.fill(F::ZERO);
        add_product(matrix, next, rows, gram);
        polynomial.fill(F::ZERO);
        add_product(gram, gram, rows, polynomial);
        vector::for_each(polynomial.iter_mut().zip(&*gram), move |(p, g)| *p = b * *g + c * *p);
        vector::for_each(next.iter_mut().zip(matrix), move |(y, x)| *y = a * *x);
        add_product(polynomial, matrix, columns, next);
        std::mem::swap(&mut self.matrix, &mut self.next);
    }
}

/// C ← C + A B by rows, where B and C have `columns`.
pub(super) fn add_product<F: Real>(a: &[F], b: &[F], columns: usize, c: &mut [F]) {
    Instructions::detect().run(AddProduct { a, b, columns, c });
}

struct AddProduct<'a, F> {
    a: &'a [F],
    b: &'a [F],
    columns: usize,
    c: &'a mut [F],
}

/// Vectors of sums that are kept in registers: enough that none waits for the one before.
const BLOCK: usize = 4;

impl<F: Real> Kernel for AddProduct<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<M: Machine>(self, machine: M) {
        let Self { a, b, columns, c } = self;
        let width = BLOCK * F::LANES;
        let whole = columns / width * width;
        for (a, c) in a.chunks_exact(b.len() / columns).zip(c.chunks_exact_mut(columns)) {
            let factors_and_rows = || a.iter().zip(b.chunks_exact(columns));
            let (blocks, rest) = c.split_at_mut(whole);
            for (k, block) in blocks.chunks_exact_mut(width).enumerate() {
                let mut sums = [F::splat(machine, F::ZERO); BLOCK];
                for (sum, c) in sums.iter_mut().zip(block.chunks_exact(F::LANES)) {
                    *sum = F::load::<M>(c);
                }
                for (factor, row) in factors_and_rows() {
                    let factor = F::splat(machine, *factor);
                    let row = row[k * width..][..width].chunks_exact(F::LANES);
                    for (sum, b) in sums.iter_mut().zip(row) {
                        *sum = F::plus(machine, *sum, F::times(machine, factor, F::load::<M>(b)));
                    }
                }
                for (sum, c) in sums.iter().zip(block.chunks_exact_mut(F::LANES)) {
                    F::store::<M>(c, *sum);
                }
            }
            for (factor, row) in factors_and_rows() {
                for (c, b) in rest.iter_mut().zip(&row[whole..]) {
                    *c += *factor * *b;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_added_in_the_blocks_and_behind_them() {
        // Halves and small integers, so every sum is exact in any order.
        let value = |i: usize| (i % 7) as f64 - 2.5;
        for (rows, inner, columns) in [(3, 5, 39), (2, 4, 64), (4, 3, 7)] {
            let entries = |n: usize, shift: usize| -> Vec<f64> { (0..n).map(|i| value(i + shift)).collect() };
            let (a, b) = (entries(rows * inner, 1), entries(inner * columns, 3));
            let mut c = entries(rows * columns, 6);
            add_product(&a, &b, columns, &mut c);
            for (k, sum) in c.iter().enumerate() {
                let (i, j) = (k / columns, k % columns);
                let products = (0..inner).map(|m| a[i * inner + m] * b[m * columns + j]);
                assert_eq!(
                    *sum,
                    value(k + 6) + products.sum::<f64>(),
                    "{rows} {inner} {columns}: ({i}, {j})"
                );
            }
        }
    }

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
