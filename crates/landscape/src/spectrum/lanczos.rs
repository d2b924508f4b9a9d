//! The largest and smallest eigenvalues, with their eigenvectors and bounds of their errors.

use thalweg_numeric::bounded::{Count, NonNegative};
use thalweg_numeric::{Stream, vector};

use super::krylov::{Krylov, normals};
use super::operator::Checked;
use super::tridiagonal::Tridiagonal;
use super::{Operator, SpectrumError};

/// Steps between two looks at the residuals: a look costs some j² operations in step j.
const LOOK: usize = 2;

/// Which eigenpairs, and how exactly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// How many of the largest eigenvalues.
    pub top: usize,
    /// How many of the smallest.
    pub bottom: usize,
    /// The end is reached when all their residuals are at most this, relative to the largest |λ|. The error
    /// of an eigenvalue that is apart from the others is of the order of the square, that of an eigenvector
    /// of the residual itself.
    pub tolerance: NonNegative,
    /// The most steps, each of them one product with the matrix.
    pub steps: Count,
}

/// Lanczos' method with full orthogonalisation.
///
/// ```text
/// T = VᵀAV,   T s = θ s,   v = V s,   ‖Av − θv‖ = β_m |s_m|
/// ```
/// It starts from a random vector. When the Krylov space is exhausted before the end, it goes on with a
/// random vector orthogonal to it, so eigenvalues that occur more than once are found as often as they occur;
/// if the wanted ones converge before that, they are found once each. C. Lanczos, *An iteration method for
/// the solution of the eigenvalue problem*, Journal of Research of the National Bureau of Standards 45
/// (1950); B. N. Parlett, *The Symmetric Eigenvalue Problem* (1980), chapter 13.
///
/// The memory, (m + top + bottom)·d + m² numbers for m steps, is allocated once, for any number of runs.
pub struct Lanczos {
    wanted: Wanted,
    krylov: Krylov,
    tridiagonal: Tridiagonal,
    pairs: Vec<Eigenpair>,
    dim: usize,
}

/// An eigenvalue and its eigenvector, nearly.
#[derive(Debug, Clone, PartialEq)]
pub struct Eigenpair {
    /// λ.
    pub value: f64,
    /// ‖Av − λv‖ = β_m |s_m|, up to rounding, and no more than that and what was dropped where a subspace was
    /// exhausted, both of which are in it: A has an eigenvalue in λ ± this (Parlett 1980).
    pub residual: f64,
    /// v, of length 1.
    pub vector: Vec<f64>,
}

/// What a run has found.
#[derive(Debug, Clone, Copy)]
pub struct Extremes<'a> {
    /// The largest eigenvalues, descending; fewer than wanted if the steps or d are fewer.
    pub top: &'a [Eigenpair],
    /// The smallest, ascending.
    pub bottom: &'a [Eigenpair],
    /// Steps taken.
    pub steps: usize,
    /// Whether all residuals are within the tolerance.
    pub converged: bool,
}

impl Lanczos {
    /// For matrices of size `dim`.
    pub fn new(dim: usize, wanted: Wanted) -> Self {
        let krylov = Krylov::new(dim, wanted.steps.size());
        let steps = wanted.steps.size().min(dim);
        let empty = Eigenpair { value: 0.0, residual: 0.0, vector: vec![0.0; dim] };
        Self {
            wanted: Wanted { top: wanted.top.min(steps), bottom: wanted.bottom.min(steps), ..wanted },
            krylov,
            tridiagonal: Tridiagonal::new(steps),
            pairs: vec![empty; wanted.top.min(steps) + wanted.bottom.min(steps)],
            dim,
        }
    }

    /// Computes the wanted eigenpairs of `operator`.
    ///
    /// # Errors
    /// [`SpectrumError::NotFinite`] and [`SpectrumError::NoConvergence`]. Steps that did not suffice are
    /// none: the result says so.
    ///
    /// # Panics
    /// If `operator` has another size.
    pub fn run(
        &mut self,
        operator: &mut dyn Operator,
        stream: &mut Stream,
    ) -> Result<Extremes<'_>, SpectrumError> {
        self.krylov.clear();
        self.krylov.start(|v| normals(stream, v));
        self.follow(operator, stream)
    }

    /// The same, with the random vector added to `near` as a tenth of its length: the sum of the wanted
    /// eigenvectors of a matrix that is nearly the same. It takes fewer products then, as their Krylov space
    /// is soon nearly exhausted.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    ///
    /// # Panics
    /// If `operator` or `near` has another size.
    pub fn run_near(
        &mut self,
        operator: &mut dyn Operator,
        near: &[f64],
        stream: &mut Stream,
    ) -> Result<Extremes<'_>, SpectrumError> {
        assert_eq!(near.len(), self.dim, "size of the matrix");
        self.krylov.clear();
        let length = vector::norm(near);
        self.krylov.start(|v| {
            normals(stream, v);
            if length > 0.0 {
                let share = 0.1 * length / vector::norm(v);
                v.iter_mut().zip(near).for_each(|(v, near)| *v = near + share * *v);
            }
        });
        self.follow(operator, stream)
    }

    /// Goes on from the first vector to the end.
    fn follow(
        &mut self,
        operator: &mut dyn Operator,
        stream: &mut Stream,
    ) -> Result<Extremes<'_>, SpectrumError> {
        assert_eq!(operator.dim(), self.dim, "size of the matrix");
        let mut operator = Checked::new(operator);
        let converged = loop {
            self.krylov.step(&mut operator)?;
            let (full, exhausted) = (self.krylov.is_full(), self.krylov.is_invariant());
            if full || (!exhausted && self.krylov.len().is_multiple_of(LOOK)) {
                let converged = self.has_converged(full)?;
                if full || converged {
                    break converged;
                }
            }
            if exhausted {
                self.krylov.start(|v| normals(stream, v));
            }
        };
        self.write_pairs();
        let (top, bottom) = self.pairs.split_at(self.wanted.top);
        Ok(Extremes { top, bottom, steps: self.krylov.len(), converged })
    }

    /// Solves for the eigenpairs of T, if the residuals of the wanted ones are small or if it has to be
    /// (`always`).
    fn has_converged(&mut self, always: bool) -> Result<bool, SpectrumError> {
        let Wanted { top, bottom, tolerance, .. } = self.wanted;
        let (diagonal, beside) = self.krylov.tridiagonal();
        let (n, beta, dropped) = (diagonal.len(), self.krylov.beta(), self.krylov.dropped());
        let (values, last) = self.tridiagonal.last_entries(diagonal, beside)?;
        let goal = tolerance.get() * values[0].abs().max(values[n - 1].abs());
        let mut wanted = (0..bottom.min(n)).chain(n.saturating_sub(top)..n);
        let small = n >= top.max(bottom) && wanted.all(|index| beta * last[index].abs() + dropped <= goal);
        if small || always {
            self.tridiagonal.solve(diagonal, beside)?;
        }
        if !small {
            return Ok(false);
        }
        let (values, ends) = (self.tridiagonal.values(), self.block_ends());
        let moves = |index: usize| beta * self.tridiagonal.vector(index)[n - 1].abs() > goal;
        let is_further_out = n < self.dim
            && self.krylov.block() > 0
            && (ends[0].is_some_and(|low| values[low] < values[bottom - 1] - goal)
                || ends[1].is_some_and(|high| values[high] > values[n - top] + goal));
        Ok(!is_further_out && !ends.into_iter().flatten().any(moves))
    }

    /// The lowest and the highest eigenvalue that belong to the vectors since the last random one. They have
    /// to have converged too: as long as they move, they may yet come to be among the wanted ones. And if one
    /// lies further out than the last of the wanted ones, a subspace that was exhausted did not have all
    /// copies of it, nor may this one.
    fn block_ends(&self) -> [Option<usize>; 2] {
        let belongs = |index: &usize| {
            let since = &self.tridiagonal.vector(*index)[self.krylov.block()..];
            vector::dot(since, since) > 0.5
        };
        let mut indices = 0..self.tridiagonal.values().len();
        let Wanted { top, bottom, .. } = self.wanted;
        let low = if bottom > 0 { indices.clone().find(belongs) } else { None };
        let high = if top > 0 { indices.rfind(belongs) } else { None };
        [low, high]
    }

    fn write_pairs(&mut self) {
        let n = self.tridiagonal.values().len();
        let wanted = (0..self.wanted.top).map(|i| n - 1 - i).chain(0..self.wanted.bottom);
        for (pair, index) in self.pairs.iter_mut().zip(wanted) {
            let vector = self.tridiagonal.vector(index);
            pair.value = self.tridiagonal.values()[index];
            pair.residual = self.krylov.beta() * vector[n - 1].abs() + self.krylov.dropped();
            self.krylov.combine(vector, &mut pair.vector);
        }
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;
    use thalweg_numeric::bounded::Positive;
    use thalweg_numeric::objectives::Quadratic;

    use super::*;
    use crate::spectrum::testing::rotated;
    use crate::spectrum::{Hessian, SpectrumError};

    fn wanted(top: usize, bottom: usize, tolerance: f64, steps: u64) -> Wanted {
        Wanted { top, bottom, tolerance: NonNegative::of(tolerance), steps: Count::of(steps) }
    }

    fn stream() -> Stream {
        Streams::new(4, 0).stream("lanczos", 0)
    }

    fn check(pairs: &[Eigenpair], expected: &[f64], bound: f64) {
        assert_eq!(pairs.len(), expected.len());
        for (pair, expected) in pairs.iter().zip(expected) {
            assert!((pair.value - expected).abs() <= bound, "{} {expected}", pair.value);
            assert!((vector::norm(&pair.vector) - 1.0).abs() < 1e-14, "rounding of one scaling");
        }
    }

    #[test]
    fn extreme_eigenvalues_are_found_with_few_steps() {
        let mut quadratic = Quadratic::new(Count::of(500), Positive::of(1e4));
        let exact = quadratic.eigenvalues().to_vec();
        let params = vec![0.0; 500];
        let mut hessian = Hessian { objective: &mut quadratic, params: &params };
        let mut lanczos = Lanczos::new(500, wanted(5, 0, 1e-6, 200));
        let found = lanczos.run(&mut hessian, &mut stream()).unwrap();
        assert!(found.converged && found.steps < 150, "{}", found.steps);
        let descending: Vec<f64> = exact.iter().rev().take(5).copied().collect();
        // Residual² / gap = (1e-2)² / 150, and 1e-8 of the smallest of the five is 7e-5.
        check(found.top, &descending, 1e-6);
        assert!(found.top.iter().all(|pair| pair.residual <= 1.01e-2));
        for (pair, index) in found.top.iter().zip([499, 498, 497, 496, 495]) {
            // Residual / gap.
            assert!(pair.vector[index].abs() > 1.0 - 1e-4, "{}", pair.vector[index]);
        }
    }

    #[test]
    fn a_start_near_the_eigenvectors_takes_fewer_products() {
        let mut quadratic = Quadratic::new(Count::of(500), Positive::of(1e4));
        let exact = quadratic.eigenvalues().to_vec();
        let params = vec![0.0; 500];
        let mut hessian = Hessian { objective: &mut quadratic, params: &params };
        let mut lanczos = Lanczos::new(500, wanted(2, 0, 1e-4, 200));
        let cold = lanczos.run(&mut hessian, &mut stream()).unwrap().steps;
        // The two eigenvectors, off by a hundredth.
        let mut near = vec![0.0; 500];
        (near[498], near[499], near[3]) = (1.0, -1.0, 0.01);
        let found = lanczos.run_near(&mut hessian, &near, &mut stream()).unwrap();
        assert!(found.converged && 3 * found.steps < 2 * cold, "{} of {cold}", found.steps);
        // Residual² / gap = 1 / 180.
        check(found.top, &[exact[499], exact[498]], 6e-3);
    }

    #[test]
    fn residuals_bound_the_errors_also_before_the_end() {
        let exact: Vec<f64> = (0..60).map(|i| f64::from(i * i) / 10.0 - 30.0).collect();
        let mut dense = rotated(&exact, 8);
        for steps in [3, 7, 12, 25] {
            let mut lanczos = Lanczos::new(60, wanted(2, 3, 0.0, steps));
            let found = lanczos.run(&mut dense, &mut stream()).unwrap();
            assert_eq!((found.converged, found.steps), (false, steps as usize));
            for pair in found.top.iter().chain(found.bottom) {
                let mut rest = vec![0.0; 60];
                dense.apply(&pair.vector, &mut rest);
                vector::axpy(-pair.value, &pair.vector, &mut rest);
                // Rounding of numbers up to ‖A‖ = 318.
                assert!((vector::norm(&rest) - pair.residual).abs() < 1e-11, "{} {rest:?}", pair.residual);
                let near = exact.iter().map(|value| (value - pair.value).abs()).fold(f64::INFINITY, f64::min);
                // 1e-12 is the rounding of numbers up to ‖A‖ = 318.
                assert!(near <= pair.residual + 1e-12, "{near} {}", pair.residual);
            }
        }
    }

    #[test]
    fn multiple_eigenvalues_are_found_as_often_as_they_occur() {
        let mut dense = rotated(&[-1.0, -1.0, 0.0, 0.0, 0.0, 3.0, 3.0, 3.0], 2);
        let mut lanczos = Lanczos::new(8, wanted(4, 3, 1e-10, 8));
        for _ in 0..2 {
            let found = lanczos.run(&mut dense, &mut stream()).unwrap();
            // Some tens of roundings of numbers up to 3.
            check(found.top, &[3.0, 3.0, 3.0, 0.0], 1e-13);
            check(found.bottom, &[-1.0, -1.0, 0.0], 1e-13);
            assert!(found.converged && found.top.iter().all(|pair| pair.residual < 1e-13));
        }
        for value in [0.0, 4.0] {
            let mut dense = rotated(&[value; 6], 2);
            let mut lanczos = Lanczos::new(6, wanted(2, 9, 1e-10, 50));
            let found = lanczos.run(&mut dense, &mut stream()).unwrap();
            check(found.top, &[value; 2], 1e-13);
            check(found.bottom, &[value; 6], 1e-13);
        }
    }

    #[test]
    fn blocks_are_followed_until_one_has_no_more_copies() {
        // Nine eigenvalues, ten times each: nine steps exhaust the space, each block finds another copy of
        // all.
        let exact: Vec<f64> = (0..90).map(|i| f64::from(i / 10)).collect();
        let mut lanczos = Lanczos::new(90, wanted(4, 3, 1e-7, 90));
        let mut dense = rotated(&exact, 6);
        let found = lanczos.run(&mut dense, &mut stream()).unwrap();
        // Some tens of roundings of numbers up to 8.
        check(found.top, &[8.0; 4], 1e-12);
        check(found.bottom, &[0.0; 3], 1e-12);
        assert!(found.converged);
    }

    #[test]
    fn what_converges_before_the_space_is_exhausted_is_found_once() {
        let exact: Vec<f64> = (0..90).map(|i| f64::from(i / 3)).collect();
        let mut dense = rotated(&exact, 6);
        let mut lanczos = Lanczos::new(90, wanted(2, 1, 1e-7, 90));
        let found = lanczos.run(&mut dense, &mut stream()).unwrap();
        // So exactly only where it is exhausted, and then as often as they occur. Residual² / gap = (29e-7)²
        // / 1.
        check(found.top, &[29.0, 29.0], 1e-11);
        assert!(found.converged);
        let mut lanczos = Lanczos::new(90, wanted(2, 1, 1e-3, 90));
        let found = lanczos.run(&mut dense, &mut stream()).unwrap();
        // Residual² / gap = (29e-3)² / 1.
        check(found.top, &[29.0, 28.0], 1e-3);
        assert!(found.converged && found.steps < 30, "{}", found.steps);
    }

    #[test]
    fn what_is_dropped_between_subspaces_is_in_the_residuals() {
        // Two eigenvalues closer than √ε: the subspace seems exhausted, and its vectors are off by as much.
        let mut dense = rotated(&[1.0, 1.0 + 8e-9, 2.0], 3);
        let mut lanczos = Lanczos::new(3, wanted(1, 1, 1e-7, 3));
        let found = lanczos.run(&mut dense, &mut stream()).unwrap();
        let pair = &found.bottom[0];
        let mut rest = vec![0.0; 3];
        dense.apply(&pair.vector, &mut rest);
        vector::axpy(-pair.value, &pair.vector, &mut rest);
        let norm = vector::norm(&rest);
        // The rounding of numbers up to 2.
        assert!(norm > 1e-11 && norm <= pair.residual + 1e-15, "{norm} {}", pair.residual);
    }

    #[test]
    fn the_same_stream_gives_the_same_bits_and_nothing_is_allocated_again() {
        let mut dense = rotated(&[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0], 9);
        let mut lanczos = Lanczos::new(7, wanted(2, 1, 1e-9, 6));
        let first = lanczos.run(&mut dense, &mut stream()).unwrap().top.to_vec();
        let mut stream = stream();
        let again = allocation_counter::measure(|| {
            assert_eq!(lanczos.run(&mut dense, &mut stream).unwrap().top, first);
        });
        assert_eq!(again.count_total, 0);
    }

    #[test]
    fn a_hessian_without_numbers_is_an_error() {
        let mut operator =
            crate::spectrum::FromFn { dim: 4, product: |_: &[f64], out: &mut [f64]| out.fill(f64::INFINITY) };
        let mut lanczos = Lanczos::new(4, wanted(1, 1, 0.0, 4));
        let error = lanczos.run(&mut operator, &mut stream()).unwrap_err();
        assert_eq!(error, SpectrumError::NotFinite { product: 1 });
    }
}
