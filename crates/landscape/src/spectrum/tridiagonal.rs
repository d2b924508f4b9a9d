//! Eigenvalues and eigenvectors of tridiagonal matrices, by the QL method with implicit shifts.

use thalweg_numeric::vector;

use super::SpectrumError;

/// Most sweeps for one eigenvalue, as in EISPACK; as a rule two do.
const SWEEPS: usize = 30;

/// A solver for up to `capacity` rows, in memory that is kept.
pub(crate) struct Tridiagonal {
    rows: usize,
    values: Vec<f64>,
    beside: Vec<f64>,
    vectors: Vec<f64>,
}

impl Tridiagonal {
    pub(crate) fn new(capacity: usize) -> Self {
        let zeros = || vec![0.0; capacity];
        Self { rows: 0, values: zeros(), beside: zeros(), vectors: vec![0.0; capacity * capacity] }
    }

    /// Solves for the matrix with `diagonal` and, one shorter, `beside` it.
    pub(crate) fn solve(&mut self, diagonal: &[f64], beside: &[f64]) -> Result<(), SpectrumError> {
        let rows = diagonal.len();
        self.rows = rows;
        self.values[..rows].copy_from_slice(diagonal);
        self.beside[..beside.len()].copy_from_slice(beside);
        let vectors = &mut self.vectors[..rows * rows];
        diagonalise(&mut self.values[..rows], &mut self.beside[..rows], vectors)
    }

    /// The eigenvalues, ascending, and the last entry of each eigenvector, up to its sign: without the others
    /// it takes some n² operations in place of n³.
    pub(crate) fn last_entries(
        &mut self,
        diagonal: &[f64],
        beside: &[f64],
    ) -> Result<(&[f64], &[f64]), SpectrumError> {
        let rows = diagonal.len();
        self.rows = rows;
        self.values[..rows].copy_from_slice(diagonal);
        self.beside[..beside.len()].copy_from_slice(beside);
        let last = &mut self.vectors[..rows];
        last.fill(0.0);
        last[rows - 1] = 1.0;
        rotate(&mut self.values[..rows], &mut self.beside[..rows], last)?;
        Ok((&self.values[..rows], &self.vectors[..rows]))
    }

    /// Ascending.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values[..self.rows]
    }

    /// The eigenvector of length 1 of `values()[index]`.
    pub(crate) fn vector(&self, index: usize) -> &[f64] {
        &self.vectors[index * self.rows..(index + 1) * self.rows]
    }
}

/// Turns the diagonal of an n × n matrix into its eigenvalues, ascending, and `vectors`, whatever they hold,
/// into the eigenvectors, one a row of \[n, n\]; no vectors are computed if they are empty.
///
/// `beside` has n entries, the last of them without a meaning; they are used up. Takes about 3n² square roots
/// and divisions, and 6n³ operations for the vectors. R. S. Martin and J. H. Wilkinson, *The implicit QL
/// algorithm*, Numerische Mathematik 12 (1968), as A. Dubrulle shortened it (the same, 15, 1970): EISPACK's
/// imtql2.
pub(super) fn diagonalise(
    values: &mut [f64],
    beside: &mut [f64],
    vectors: &mut [f64],
) -> Result<(), SpectrumError> {
    vectors.fill(0.0);
    vectors.iter_mut().step_by(values.len() + 1).for_each(|x| *x = 1.0);
    rotate(values, beside, vectors)
}

/// The same for the product of the eigenvectors and what `vectors` holds, n rows of any width.
fn rotate(values: &mut [f64], beside: &mut [f64], vectors: &mut [f64]) -> Result<(), SpectrumError> {
    let n = values.len();
    // What is as small as the rounding of the largest entry counts as 0. EISPACK compares with the neighbours
    // on the diagonal, but between those that are rounding themselves, as in a matrix of low rank, there
    // would be no end.
    let largest =
        values.iter().chain(&beside[..n.saturating_sub(1)]).fold(0.0_f64, |max, x| max.max(x.abs()));
    let hidden = f64::EPSILON * largest;
    for first in 0..n {
        let mut sweeps = 0;
        loop {
            let last = (first..n - 1).find(|i| beside[*i].abs() <= hidden).unwrap_or(n - 1);
            if last == first {
                break;
            }
            if sweeps == SWEEPS {
                return Err(SpectrumError::NoConvergence { dim: n });
            }
            sweep(values, beside, vectors, first, last);
            sweeps += 1;
        }
    }
    sort(values, vectors);
    Ok(())
}

/// One step of QL on rows `first` to `last`: rotations from the bottom to the top, after which the entry
/// beside the first is smaller.
fn sweep(d: &mut [f64], e: &mut [f64], vectors: &mut [f64], first: usize, last: usize) {
    let width = vectors.len() / d.len();
    // Wilkinson's shift: the eigenvalue of the first two rows that is nearer to the first.
    let half = (d[first + 1] - d[first]) / (2.0 * e[first]);
    let shift = d[first] - e[first] / (half + libm::hypot(half, 1.0).copysign(half));
    let (mut sin, mut cos, mut moved) = (1.0, 1.0, 0.0);
    let mut g = d[last] - shift;
    for i in (first..last).rev() {
        let (f, b) = (sin * e[i], cos * e[i]);
        let r = libm::hypot(f, g);
        e[i + 1] = r;
        (sin, cos) = if r == 0.0 { (0.0, 1.0) } else { (f / r, g / r) };
        g = d[i + 1] - moved;
        let t = (d[i] - g) * sin + 2.0 * cos * b;
        moved = sin * t;
        d[i + 1] = g + moved;
        g = cos * t - b;
        let (low, high) = vectors[i * width..(i + 2) * width].split_at_mut(width);
        vector::for_each(low.iter_mut().zip(high), move |(x, y)| {
            (*x, *y) = (cos * *x - sin * *y, sin * *x + cos * *y);
        });
    }
    d[first] -= moved;
    e[first] = g;
    e[last] = 0.0;
}

/// Orders by selection, so that each vector is moved once.
fn sort(values: &mut [f64], vectors: &mut [f64]) {
    let n = values.len();
    let width = vectors.len() / n.max(1);
    for place in 0..n {
        let least = (place + 1..n).fold(place, |least, i| if values[i] < values[least] { i } else { least });
        if least > place {
            values.swap(place, least);
            let (front, back) = vectors.split_at_mut(least * width);
            front[place * width..(place + 1) * width].swap_with_slice(&mut back[..width]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_differences_have_their_known_eigenpairs() {
        let mut solver = Tridiagonal::new(150);
        for n in [1, 2, 5, 150] {
            solver.solve(&vec![2.0; n], &vec![-1.0; n - 1]).unwrap();
            let angle = |k: usize| k as f64 * std::f64::consts::PI / (n + 1) as f64;
            for index in 0..n {
                // 2 − 2 cos(kπ/(n+1)), and an eigenvector ∝ sin(ikπ/(n+1)); n roundings of numbers below 4.
                let exact = 2.0 - 2.0 * angle(index + 1).cos();
                assert!((solver.values()[index] - exact).abs() < 1e-13, "{n} {index}");
                let length = (2.0 / (n + 1) as f64).sqrt();
                let first = length * angle(index + 1).sin();
                assert!((solver.vector(index)[0].abs() - first.abs()).abs() < 1e-11, "{n} {index}");
            }
        }
    }

    #[test]
    fn last_entries_are_those_of_the_eigenvectors() {
        let diagonal: Vec<f64> = (0..30).map(|i| f64::from(i * i % 17)).collect();
        let beside: Vec<f64> = (1..30).map(|i| 0.3 + f64::from(i % 5)).collect();
        let (mut whole, mut ends) = (Tridiagonal::new(30), Tridiagonal::new(30));
        whole.solve(&diagonal, &beside).unwrap();
        let (values, last) = ends.last_entries(&diagonal, &beside).unwrap();
        assert_eq!(values, whole.values());
        // The same rotations of the same numbers.
        assert!((0..30).all(|index| last[index] == whole.vector(index)[29]));
    }

    #[test]
    fn blocks_that_do_not_touch_are_solved_apart_and_ordered() {
        let mut solver = Tridiagonal::new(4);
        solver.solve(&[5.0, 0.0, 0.0, -3.0], &[0.0, 2.0, 0.0]).unwrap();
        assert_eq!((solver.values()[0], solver.values()[3]), (-3.0, 5.0));
        // One rotation.
        assert!((solver.values()[1] + 2.0).abs() < 1e-15 && (solver.values()[2] - 2.0).abs() < 1e-15);
        assert_eq!(
            (solver.vector(0), solver.vector(3)),
            (&[0.0, 0.0, 0.0, 1.0][..], &[1.0, 0.0, 0.0, 0.0][..])
        );
    }

    #[test]
    fn a_rotation_of_zeros_changes_nothing() {
        // The shift is the last eigenvalue, −1, and nothing stands beside it.
        let (mut d, mut e) = ([0.0, 0.0, -1.0], [1.0, 0.0, 0.0]);
        sweep(&mut d, &mut e, &mut [], 0, 2);
        assert_eq!((d, e), ([0.0, 0.0, -1.0], [1.0, 0.0, 0.0]));
    }

    #[test]
    fn entries_without_numbers_are_an_error() {
        let mut solver = Tridiagonal::new(3);
        let error = solver.solve(&[1.0, f64::NAN, 2.0], &[1.0, 1.0]).unwrap_err();
        assert_eq!(error, SpectrumError::NoConvergence { dim: 3 });
    }
}
