//! Householder's reduction of a symmetric matrix to a tridiagonal one, and the way back for its eigenvectors.
//!
//! ```text
//! T = H₁ ⋯ H_{n−1} A H_{n−1} ⋯ H₁,   H_i = I − v vᵀ,   ‖v‖ = √2 or 0
//! ```
//! H_i makes row i zero but for its diagonal and the entry before; it begins with the last row, as tred2
//! does, so that all it reads and writes are the beginnings of rows. R. S. Martin, C. Reinsch and J. H.
//! Wilkinson, *Householder's tridiagonalization of a symmetric matrix*, Numerische Mathematik 11 (1968); G.
//! H. Golub and C. F. Van Loan, *Matrix Computations* (4th ed., 2013), section 8.3.1.

use std::f64::consts::SQRT_2;

use thalweg_numeric::vector;

/// The diagonal of T and the entries beside it, of which the last is 0 and stands for none.
///
/// Reads the lower triangle of `matrix`, \[n, n\] in rows, and leaves the v of H_i in the first i entries of
/// row i.
pub(super) fn reduce(matrix: &mut [f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let zeros = || vec![0.0; n];
    let (mut diagonal, mut beside) = (zeros(), zeros());
    // v and w of the step before. A ← A − vwᵀ − wvᵀ waits until the next v is known, so that the matrix,
    // which is too large for the caches, is read once a step.
    let (mut before, mut w, mut product) = (zeros(), zeros(), zeros());
    for i in (0..n).rev() {
        let (above, row) = matrix.split_at_mut(i * n);
        update(&mut row[..=i], &before, &w);
        diagonal[i] = row[i];
        if i == 0 {
            break;
        }
        let v = &mut row[..i];
        beside[i - 1] = reflect(v);
        let product = &mut product[..i];
        product.fill(0.0);
        for (j, row) in above.chunks_exact_mut(n).enumerate() {
            update(&mut row[..=j], &before, &w);
            product[j] += vector::dot(&row[..=j], &v[..=j]);
            vector::axpy(v[j], &row[..j], &mut product[..j]);
        }
        // HAH = A − vwᵀ − wvᵀ with w = Av − ½(vᵀAv)v.
        vector::axpy(-0.5 * vector::dot(v, product), v, product);
        w[..i].copy_from_slice(product);
        before[..i].copy_from_slice(v);
    }
    (diagonal, beside)
}

/// Row j of A − vwᵀ − wvᵀ up to its diagonal; the row has j + 1 entries.
fn update(row: &mut [f64], v: &[f64], w: &[f64]) {
    let j = row.len() - 1;
    let (v_j, w_j) = (v[j], w[j]);
    vector::for_each(row.iter_mut().zip(v).zip(w), move |((a, v), w)| *a -= v_j * w + w_j * v);
}

/// Writes v over x and returns β, so that (I − vvᵀ)x is 0 but for its last entry β.
fn reflect(x: &mut [f64]) -> f64 {
    let last = x.len() - 1;
    if x[..last].iter().all(|x| *x == 0.0) {
        return std::mem::take(&mut x[last]);
    }
    // Squares of what is left can neither overflow nor vanish.
    let size = x.iter().fold(0.0_f64, |size, x| size.max(x.abs()));
    x.iter_mut().for_each(|x| *x /= size);
    // Of the sign that makes the last entry longer and not a difference.
    let beta = -vector::norm(x).copysign(x[last]);
    x[last] -= beta;
    let factor = SQRT_2 / vector::norm(x);
    x.iter_mut().for_each(|x| *x *= factor);
    beta * size
}

/// Turns an eigenvector of T into one of A; `reflectors` are what [`reduce`] has left.
pub(super) fn transform_back(reflectors: &[f64], x: &mut [f64]) {
    let n = x.len();
    for i in 1..n {
        let (v, x) = (&reflectors[i * n..i * n + i], &mut x[..i]);
        vector::axpy(-vector::dot(v, x), v, x);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tridiagonal_stays_as_it_is() {
        #[rustfmt::skip]
        let mut matrix = [
            4.0, 1.0, 0.0, 0.0,
            1.0, -3.0, 2.0, 0.0,
            0.0, 2.0, 0.5, -7.0,
            0.0, 0.0, -7.0, 9.0,
        ];
        let (diagonal, beside) = reduce(&mut matrix, 4);
        assert_eq!((diagonal, beside), (vec![4.0, -3.0, 0.5, 9.0], vec![1.0, 2.0, -7.0, 0.0]));
        let mut x = [1.0, 2.0, 3.0, 4.0];
        transform_back(&matrix, &mut x);
        assert_eq!(x, [1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn one_reflection_makes_the_last_row_short() {
        // x = (3, 0, 4) turns into (0, 0, −5); the trace and the sum of the squares stay.
        #[rustfmt::skip]
        let mut matrix = [
            1.0, 0.0, 0.0, 3.0,
            0.0, 2.0, 0.0, 0.0,
            0.0, 0.0, 3.0, 4.0,
            3.0, 0.0, 4.0, 5.0,
        ];
        let (diagonal, beside) = reduce(&mut matrix, 4);
        let close =
            |a: f64, b: f64| assert!((a - b).abs() < 1e-14, "{a} {b}: some roundings of numbers up to 89");
        close(diagonal[3], 5.0);
        close(beside[2], -5.0);
        close(diagonal.iter().sum(), 11.0);
        close(
            diagonal.iter().map(|d| d * d).sum::<f64>() + 2.0 * beside.iter().map(|b| b * b).sum::<f64>(),
            89.0,
        );
    }
}
