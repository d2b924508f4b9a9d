//! Singular values and vectors of small matrices by rotations, which need no starting point and lose no
//! digits.

use thalweg_numeric::{Real, vector};

use super::newton_schulz::add_product;

/// The decomposition X = Jᵀ Σ V of a matrix by one-sided Jacobi rotations, with its work space.
///
/// Pairs of rows are rotated until all are orthogonal: J X = Σ V, with J the product of the rotations. Of a
/// symmetric matrix without negative eigenvalues, J has the eigenvectors. G. H. Golub and C. F. Van Loan,
/// *Matrix Computations* (4th ed., 2013), section 8.6.3, after M. R. Hestenes, *Inversion of matrices by
/// biorthogonalization and related results*, Journal of the SIAM 6 (1958).
///
/// What is smaller than the rounding of the largest singular value counts as 0.
pub(super) struct Jacobi<F> {
    /// X, by rows.
    pub(super) matrix: Vec<F>,
    /// J, by rows.
    basis: Vec<F>,
    /// Σ, or squares of it on the way.
    values: Vec<F>,
    product: Vec<F>,
}

/// More than ever are needed; six to ten do.
const SWEEPS: usize = 40;

impl<F: Real> Jacobi<F> {
    /// For matrices of up to `length` entries in up to `rows` rows.
    pub(super) fn new(rows: usize, length: usize) -> Self {
        let zeros = |length| vec![F::ZERO; length];
        Self { matrix: zeros(length), basis: zeros(rows * rows), values: zeros(rows), product: zeros(length) }
    }

    /// Turns X, with no more rows than columns, into its polar factor Jᵀ V, and returns Σ σ. Singular values
    /// of 0 stay 0.
    pub(super) fn polar(&mut self, rows: usize, length: usize) -> F {
        let scale = self.decompose(rows, length);
        let least = self.rounding(rows, length);
        for (row, value) in self.matrix[..length].chunks_exact_mut(length / rows).zip(&self.values) {
            if *value <= least {
                row.fill(F::ZERO);
            } else {
                let value = *value;
                vector::for_each(row, move |x| *x /= value);
            }
        }
        self.turn_back(rows, length);
        std::mem::swap(&mut self.matrix, &mut self.product);
        scale * self.values[..rows].iter().copied().sum()
    }

    /// Writes (X + ε I)^exponent into `out`, for a symmetric X without negative eigenvalues, \[n, n\]. To
    /// negative powers 0 is taken as 0.
    pub(super) fn power(&mut self, n: usize, exponent: f64, epsilon: f64, out: &mut [F]) {
        let scale = self.decompose(n, n * n).to_f64();
        let least = self.rounding(n, n * n);
        let (basis, rows) = (self.basis[..n * n].chunks_exact(n), self.matrix.chunks_exact_mut(n));
        for ((row, v), value) in rows.zip(basis).zip(&self.values) {
            let value = if *value <= least { 0.0 } else { value.to_f64() * scale } + epsilon;
            let power = if value == 0.0 { 0.0 } else { libm::pow(value, exponent) };
            let power = F::from_f64(power);
            vector::for_each(row.iter_mut().zip(v), move |(x, v)| *x = power * *v);
        }
        self.turn_back(n, n * n);
        vector::for_each(out.iter_mut().zip(&self.product), move |(x, y)| *x = y.settled());
    }

    /// Writes the eigenvectors of a symmetric X without negative eigenvalues, \[n, n\], into the rows of
    /// `out`, in the order of falling eigenvalues.
    pub(super) fn eigenvectors(&mut self, n: usize, out: &mut [F]) {
        self.decompose(n, n * n);
        for row in out.chunks_exact_mut(n) {
            let most = (0..n).fold(0, |most, i| if self.values[i] > self.values[most] { i } else { most });
            // Not again.
            self.values[most] = -F::ONE;
            row.copy_from_slice(&self.basis[most * n..][..n]);
        }
    }

    /// Rotates until the rows of X / s are orthogonal, and returns s, the largest entry.
    fn decompose(&mut self, rows: usize, length: usize) -> F {
        let columns = length / rows;
        let matrix = &mut self.matrix[..length];
        let basis = &mut self.basis[..rows * rows];
        basis.fill(F::ZERO);
        basis.iter_mut().step_by(rows + 1).for_each(|x| *x = F::ONE);
        let largest = matrix.iter().fold(F::ZERO, |most, x| if x.abs() > most { x.abs() } else { most });
        let scale = if largest > F::ZERO { largest } else { F::ONE };
        vector::for_each(&mut *matrix, move |x| *x = (*x / scale).settled());
        for _ in 0..SWEEPS {
            let most = matrix.chunks_exact(columns).map(|row| vector::dot(row, row));
            let most = most.fold(F::ZERO, |most, square| if square > most { square } else { most });
            let hidden = F::EPSILON * F::EPSILON * most;
            let mut is_done = true;
            for i in 1..rows {
                for j in 0..i {
                    let (above, below) = matrix.split_at_mut(i * columns);
                    let (a, b) = (&mut above[j * columns..][..columns], &mut below[..columns]);
                    let Some(angle) = angle(a, b, hidden) else { continue };
                    is_done = false;
                    rotate(angle, a, b);
                    let (above, below) = basis.split_at_mut(i * rows);
                    rotate(angle, &mut above[j * rows..][..rows], &mut below[..rows]);
                }
            }
            if is_done {
                break;
            }
        }
        for (value, row) in self.values.iter_mut().zip(matrix.chunks_exact(columns)) {
            *value = vector::norm(row);
        }
        scale
    }

    /// Singular values up to this one are the rounding of the largest.
    fn rounding(&self, rows: usize, length: usize) -> F {
        let most = self.values[..rows].iter().fold(F::ZERO, |most, x| if *x > most { *x } else { most });
        most * F::EPSILON * F::from_f64((length / rows) as f64)
    }

    /// Writes Jᵀ times the matrix into the product; J is transposed.
    fn turn_back(&mut self, rows: usize, length: usize) {
        for i in 1..rows {
            for j in 0..i {
                self.basis.swap(i * rows + j, j * rows + i);
            }
        }
        let product = &mut self.product[..length];
        product.fill(F::ZERO);
        add_product(&self.basis[..rows * rows], &self.matrix[..length], length / rows, product);
    }
}

/// Cosine and sine of the rotation that makes two rows orthogonal; `None` if they are, or one of them is no
/// more than the root of `hidden`.
fn angle<F: Real>(a: &[F], b: &[F], hidden: F) -> Option<(F, F)> {
    let (aa, bb, ab) = (vector::dot(a, a), vector::dot(b, b), vector::dot(a, b));
    let rounding = F::EPSILON * F::from_f64(a.len() as f64).sqrt();
    let is_skew = aa > hidden && bb > hidden && ab.abs() > rounding * aa.sqrt() * bb.sqrt();
    if !is_skew {
        return None;
    }
    let half = (bb - aa) / (ab + ab);
    let root = (F::ONE + half * half).sqrt();
    let tangent = if half < F::ZERO { -F::ONE / (root - half) } else { F::ONE / (root + half) };
    let cosine = F::ONE / (F::ONE + tangent * tangent).sqrt();
    Some((cosine, cosine * tangent))
}

fn rotate<F: Real>((cosine, sine): (F, F), a: &mut [F], b: &mut [F]) {
    vector::for_each(a.iter_mut().zip(b), move |(a, b)| {
        let (x, y) = (*a, *b);
        *a = (cosine * x - sine * y).settled();
        *b = (sine * x + cosine * y).settled();
    });
}

/// Makes the rows of `matrix`, \[n, n\], orthonormal, each from what it adds to those before it: the Q of QR,
/// by Gram and Schmidt, twice. A row that adds nothing becomes what the same row of `before`, or else a unit
/// vector, adds.
pub(super) fn orthonormalise<F: Real>(matrix: &mut [F], before: &[F], n: usize) {
    for i in 0..n {
        let (done, rest) = matrix.split_at_mut(i * n);
        let row = &mut rest[..n];
        if is_normalised(row, done) {
            continue;
        }
        row.copy_from_slice(&before[i * n..][..n]);
        let mut unit = 0;
        while !is_normalised(row, done) && unit < n {
            row.fill(F::ZERO);
            row[unit] = F::ONE;
            unit += 1;
        }
    }
}

/// Takes from `row` what lies along the rows of `done` and divides it by its length; false if nothing is left
/// but rounding.
fn is_normalised<F: Real>(row: &mut [F], done: &[F]) -> bool {
    let n = row.len();
    let before = vector::norm(row);
    // Twice is enough: the second time what is left is not small beside what is taken.
    for _ in 0..2 {
        for other in done.chunks_exact(n) {
            vector::axpy(-vector::dot(row, other), other, row);
        }
    }
    let after = vector::norm(row);
    if after <= before * F::EPSILON * F::from_f64(n as f64) {
        return false;
    }
    vector::for_each(row, move |x| *x = (*x / after).settled());
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A B for rows of `inner` and `columns`.
    fn product(a: &[f64], b: &[f64], columns: usize) -> Vec<f64> {
        let mut c = vec![0.0; a.len() * columns * columns / b.len()];
        add_product(a, b, columns, &mut c);
        c
    }

    fn transposed(a: &[f64], columns: usize) -> Vec<f64> {
        let rows = a.len() / columns;
        (0..a.len()).map(|k| a[k % rows * columns + k / rows]).collect()
    }

    fn numbers(length: usize) -> Vec<f64> {
        (1..=length).map(|i| libm::sin(1e3 * (i * i) as f64)).collect()
    }

    fn is_close(a: &[f64], b: &[f64], bound: f64) {
        assert_eq!(a.len(), b.len());
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < bound), "{a:?}\n{b:?}");
    }

    fn identity(n: usize) -> Vec<f64> {
        (0..n * n).map(|k| f64::from(u8::from(k / n == k % n))).collect()
    }

    #[test]
    fn the_polar_factor_has_orthonormal_rows_and_leaves_a_symmetric_positive_rest() {
        for (rows, columns) in [(1, 4), (3, 3), (4, 7), (9, 30)] {
            let a = numbers(rows * columns);
            let mut jacobi = Jacobi::new(rows, a.len());
            jacobi.matrix.copy_from_slice(&a);
            let nuclear = jacobi.polar(rows, a.len());
            let factor = jacobi.matrix.clone();
            // Roundings of a few rotations of numbers up to 1.
            is_close(&product(&factor, &transposed(&factor, columns), rows), &identity(rows), 1e-14);
            let rest = product(&a, &transposed(&factor, columns), rows);
            is_close(&rest, &transposed(&rest, rows), 1e-13);
            let trace: f64 = rest.iter().step_by(rows + 1).sum();
            assert!((trace - nuclear).abs() < 1e-13 * nuclear, "{trace} {nuclear}");
        }
    }

    #[test]
    fn a_direction_without_a_singular_value_stays_without_one() {
        // Two equal rows, ten times (3, 4): the factor is (3, 4)/5 √½ twice.
        let mut jacobi = Jacobi::new(2, 4);
        jacobi.matrix.copy_from_slice(&[30.0, 40.0, 30.0, 40.0]);
        assert!((jacobi.polar(2, 4) - 50.0 * 2.0_f64.sqrt()).abs() < 1e-13);
        let half = 0.5_f64.sqrt();
        is_close(&jacobi.matrix, &[0.6 * half, 0.8 * half, 0.6 * half, 0.8 * half], 1e-15);
        jacobi.matrix.fill(0.0);
        assert_eq!(jacobi.polar(2, 4), 0.0);
        assert_eq!(jacobi.matrix, [0.0; 4]);
    }

    #[test]
    fn the_size_of_the_numbers_does_not_matter() {
        let polar = |scale: f64| {
            let mut jacobi = Jacobi::new(3, 12);
            jacobi.matrix.iter_mut().zip(numbers(12)).for_each(|(x, y)| *x = scale * y);
            jacobi.polar(3, 12);
            jacobi.matrix
        };
        let plain = polar(1.0);
        for scale in [1e-250, 1e250] {
            is_close(&polar(scale), &plain, 1e-14);
        }
        assert!(polar(f64::NAN).iter().all(|x| x.is_nan()));
    }

    #[test]
    fn powers_undo_one_another() {
        let n = 6;
        let a = numbers(n * (n + 1));
        let gram = product(&a, &transposed(&a, n + 1), n);
        let mut jacobi = Jacobi::new(n, n * n);
        let mut power = |exponent: f64, epsilon: f64| {
            let mut out = vec![0.0; n * n];
            jacobi.matrix.copy_from_slice(&gram);
            jacobi.power(n, exponent, epsilon, &mut out);
            out
        };
        let root = power(-0.25, 0.0);
        let fourth = product(&product(&root, &root, n), &product(&root, &root, n), n);
        // The condition number of the Gram matrix, about 1e3, by some roundings.
        is_close(&product(&fourth, &gram, n), &identity(n), 1e-11);
        let shifted: Vec<f64> = gram.iter().zip(identity(n)).map(|(a, i)| a + 0.5 * i).collect();
        is_close(&power(1.0, 0.5), &shifted, 1e-13);
        is_close(&power(0.0, 0.0), &identity(n), 1e-13);
    }

    #[test]
    fn eigenvectors_come_in_the_order_of_falling_eigenvalues() {
        let mut jacobi = Jacobi::new(3, 9);
        jacobi.matrix.copy_from_slice(&[2.0, 0.0, 0.0, 0.0, 5.0, 3.0, 0.0, 3.0, 5.0]);
        let mut out = vec![0.0; 9];
        jacobi.eigenvectors(3, &mut out);
        let half = 0.5_f64.sqrt();
        let signless: Vec<f64> = out.iter().map(|x| x.abs()).collect();
        // Eigenvalues 8, 2, 2.
        is_close(&signless[..3], &[0.0, half, half], 1e-15);
        is_close(&product(&out, &transposed(&out, 3), 3), &identity(3), 1e-15);
    }

    #[test]
    fn rows_become_orthonormal_in_their_order() {
        let mut matrix = numbers(16);
        let first = matrix[..4].to_vec();
        // The third adds nothing to the second.
        let second = matrix[4..8].to_vec();
        matrix[8..12].copy_from_slice(&second);
        orthonormalise(&mut matrix, &identity(4), 4);
        is_close(&product(&matrix, &transposed(&matrix, 4), 4), &identity(4), 1e-15);
        let length = vector::norm(&first);
        is_close(&matrix[..4], &first.iter().map(|x| x / length).collect::<Vec<f64>>(), 1e-15);
        let mut none = vec![0.0; 4];
        orthonormalise(&mut none, &[0.0, 1.0, 1.0, 0.0], 2);
        assert_eq!(none, [0.0, 1.0, 1.0, 0.0]);
        orthonormalise(&mut none, &[0.0; 4], 2);
        assert_eq!(none, [0.0, 1.0, 1.0, 0.0]);
        none.fill(0.0);
        orthonormalise(&mut none, &[0.0; 4], 2);
        assert_eq!(none, identity(2));
    }
}
