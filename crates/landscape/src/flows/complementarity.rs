//! The semidefinite complementarity problem.

use std::f64::consts::SQRT_2;

use thalweg_numeric::vector;

use crate::spectrum::Dense;

/// Rounds of the iteration. Problems of flows take some tens.
const ROUNDS: usize = 20_000;
/// The iteration ends when a round changes A + B\[X\] by no more than this share of A.
const EXACT: f64 = 1e-9;
/// By how much A + B\[X\] may be short of ⪰ 0 after the last round, as a share of A.
const SHORT: f64 = 1e-3;

/// X of size n × n with
///
/// ```text
/// X ⪰ 0,   A + B[X] ⪰ 0,   ⟨X, A + B[X]⟩ = 0
/// ```
/// `None` if there is no such X, or none that is found. For n = 1 X = max(0, −A/B).
///
/// Symmetric matrices are written as vectors of n(n + 1)/2 entries, the upper triangle row by row with
/// entries beside the diagonal times √2, so that products of vectors are those of matrices; `b` is symmetric
/// and positive semidefinite in this form. The conditions are those of a minimum of ⟨A, X⟩ + ½⟨X, B\[X\]⟩
/// over X ⪰ 0, which is found by projected gradients with momentum that is given up when it leads upwards (A.
/// Beck and M. Teboulle, SIAM Journal on Imaging Sciences 2, 2009; B. O'Donoghue and E. Candès, *Adaptive
/// restart for accelerated gradient schemes*, 2015).
///
/// # Panics
/// If `a` or `b` has another length.
///
/// ```
/// use thalweg_landscape::flows::complementary;
/// assert_eq!(complementary(1, &[-3.0], &[2.0]), Some(vec![1.5]));
/// assert_eq!(complementary(1, &[3.0], &[2.0]), Some(vec![0.0]));
/// assert_eq!(complementary(1, &[-3.0], &[0.0]), None);
/// ```
pub fn complementary(n: usize, a: &[f64], b: &[f64]) -> Option<Vec<f64>> {
    let m = n * (n + 1) / 2;
    assert_eq!((a.len(), b.len()), (m, m * m), "entries of A and of B");
    let size = vector::norm(a);
    if n == 1 {
        let x = (-a[0] / b[0]).max(0.0);
        return if a[0] >= 0.0 { Some(vec![0.0]) } else { x.is_finite().then(|| vec![x]) };
    }
    let steepest = *Dense::symmetric(m, b.to_vec()).eigenvalues().ok()?.last()?;
    if !(size.is_finite() && steepest.is_finite()) {
        return None;
    }
    // A + B[X]
    let rest = |x: &[f64]| -> Vec<f64> {
        a.iter().zip(b.chunks_exact(m)).map(|(a, row)| a + vector::dot(row, x)).collect()
    };
    let (mut x, mut y, mut momentum) = (vec![0.0; m], vec![0.0; m], 1.0_f64);
    for _ in 0..ROUNDS {
        if steepest <= 0.0 {
            break;
        }
        let mut next = y.clone();
        vector::axpy(-1.0 / steepest, &rest(&y), &mut next);
        project(n, &mut next)?;
        let moved: Vec<f64> = next.iter().zip(&x).map(|(next, x)| next - x).collect();
        let tried: Vec<f64> = y.iter().zip(&next).map(|(y, next)| y - next).collect();
        let done = steepest * vector::norm(&tried).max(vector::norm(&moved)) <= EXACT * size;
        let faster = if vector::dot(&tried, &moved) > 0.0 {
            momentum = 1.0;
            0.0
        } else {
            let before = momentum;
            momentum = 0.5 * (1.0 + (1.0 + 4.0 * before * before).sqrt());
            (before - 1.0) / momentum
        };
        y.copy_from_slice(&next);
        vector::axpy(faster, &moved, &mut y);
        x = next;
        if done {
            break;
        }
    }
    let least = least_eigenvalue(n, &rest(&x))?;
    (least >= -SHORT * size).then_some(x)
}

/// Where among the entries of an n × n matrix its diagonal is.
pub(super) fn diagonal(n: usize) -> impl Iterator<Item = usize> {
    entries(n).enumerate().filter(|(_, (i, j))| i == j).map(|(p, _)| p)
}

/// The nearest positive semidefinite matrix.
fn project(n: usize, x: &mut [f64]) -> Option<()> {
    let eigen = full(n, x).eigen().ok()?;
    x.fill(0.0);
    for (index, value) in eigen.values.iter().enumerate().filter(|(_, value)| **value > 0.0) {
        let v = eigen.vector(index);
        for ((i, j), x) in entries(n).zip(x.iter_mut()) {
            *x += value * v[i] * v[j] * weight(i, j);
        }
    }
    Some(())
}

fn least_eigenvalue(n: usize, x: &[f64]) -> Option<f64> {
    full(n, x).eigenvalues().ok()?.first().copied()
}

/// Both triangles.
fn full(n: usize, x: &[f64]) -> Dense {
    let mut square = vec![0.0; n * n];
    for ((i, j), x) in entries(n).zip(x) {
        (square[i * n + j], square[j * n + i]) = (x / weight(i, j), x / weight(i, j));
    }
    Dense::symmetric(n, square)
}

/// Rows and columns of the upper triangle.
fn entries(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |i| (i..n).map(move |j| (i, j)))
}

fn weight(i: usize, j: usize) -> f64 {
    if i == j { 1.0 } else { SQRT_2 }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::{Stream, Streams};

    use super::*;

    fn stream() -> Stream {
        Streams::new(11, 0).stream("complementarity", 0)
    }

    /// A random A with eigenvalues of both signs, and a random B of full rank.
    fn problem(n: usize, stream: &mut Stream) -> (Vec<f64>, Vec<f64>) {
        let m = n * (n + 1) / 2;
        let a: Vec<f64> = (0..m).map(|_| stream.normal()).collect();
        let rows: Vec<Vec<f64>> = (0..m).map(|_| (0..2 * m).map(|_| stream.normal()).collect()).collect();
        let b = rows.iter().flat_map(|p| rows.iter().map(|q| vector::dot(p, q))).collect();
        (a, b)
    }

    #[test]
    fn the_conditions_hold_for_random_problems() {
        let stream = &mut stream();
        let mut active = 0;
        for n in [2, 3, 4, 8] {
            for _ in 0..4 {
                let (a, b) = problem(n, stream);
                let x = complementary(n, &a, &b).unwrap();
                let rest: Vec<f64> =
                    a.iter().zip(b.chunks_exact(a.len())).map(|(a, row)| a + vector::dot(row, &x)).collect();
                // The iteration ends at 1e-9 of A; B's condition number, some hundreds, may stand before it.
                let bound = 1e-6 * vector::norm(&a);
                assert!(least_eigenvalue(n, &x).unwrap() >= -1e-12, "n = {n}");
                assert!(least_eigenvalue(n, &rest).unwrap() >= -bound, "n = {n}");
                assert!(vector::dot(&x, &rest).abs() <= bound * (1.0 + vector::norm(&x)), "n = {n}");
                active += u32::from(vector::norm(&x) > 1e-3);
            }
        }
        assert!(active > 8, "only {active} of 16 problems were any");
    }

    #[test]
    fn without_ties_between_directions_each_is_on_its_own() {
        // A diagonal and B the identity: X is the positive part of −A.
        let (a, mut b) = ([-2.0, 0.0, 0.0, 1.0, 0.0, -0.5], vec![0.0; 36]);
        b.iter_mut().step_by(7).for_each(|b| *b = 1.0);
        let x = complementary(3, &a, &b).unwrap();
        for (x, expected) in x.iter().zip([2.0, 0.0, 0.0, 0.0, 0.0, 0.5]) {
            // The end of the iteration.
            assert!((x - expected).abs() < 1e-8, "{x} {expected}");
        }
    }

    #[test]
    fn what_cannot_be_balanced_has_no_solution() {
        assert_eq!(complementary(2, &[-1.0, 0.0, 1.0], &[0.0; 9]), None);
        // Only the second direction can be lifted.
        let mut b = [0.0; 9];
        b[8] = 1.0;
        assert_eq!(complementary(2, &[-1.0, 0.0, -1.0], &b), None);
        assert_eq!(complementary(2, &[1.0, 0.0, 1.0], &[0.0; 9]), Some(vec![0.0; 3]));
    }

    #[test]
    fn the_diagonal_of_a_triangle() {
        assert_eq!(diagonal(4).collect::<Vec<_>>(), [0, 4, 7, 9]);
    }
}
