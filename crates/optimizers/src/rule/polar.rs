//! The polar factor of a matrix, exact or by the iterations of Muon.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, Finite};
use thalweg_numeric::{Real, vector};

use super::jacobi::Jacobi;
use super::newton_schulz::NewtonSchulz;
use super::{Muon, larger};

/// How the polar factor U Vᵀ of a matrix U Σ Vᵀ is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Polar {
    /// About, by five iterations of Newton–Schulz with the coefficients of [`Muon`], which bring singular
    /// values to between 0.7 and 1.2. The matrix is divided by its norm first, or by 10⁻⁷ if that is more.
    #[default]
    NewtonSchulz,
    /// By rotations, to the last digits.
    Exact,
}

/// What finds it, with its work space.
pub(super) enum Factor<F> {
    Iterated(NewtonSchulz<F>, Count),
    Exact(Jacobi<F>),
}

/// The least norm by which a matrix is divided for the iteration.
const EPSILON: f64 = 1e-7;

impl<F: Real> Factor<F> {
    /// For matrices of up to `entries` entries in up to `rows` rows.
    pub(super) fn new(polar: Polar, (rows, entries): (usize, usize)) -> Self {
        match polar {
            Polar::Exact => Self::Exact(Jacobi::new(rows, entries)),
            Polar::NewtonSchulz => {
                let Muon { coefficients, newton_schulz_steps, .. } = Muon::default();
                let coefficients = coefficients.map(|c: Finite| F::from_f64(c.get()));
                Self::Iterated(NewtonSchulz::new(coefficients, entries), newton_schulz_steps)
            }
        }
    }

    /// Where the matrix goes, by rows, of which it has no more than columns.
    pub(super) fn matrix(&mut self) -> &mut [F] {
        match self {
            Self::Iterated(iteration, _) => &mut iteration.matrix,
            Self::Exact(jacobi) => &mut jacobi.matrix,
        }
    }

    /// Puts the factor in its place.
    pub(super) fn solve(&mut self, rows: usize, length: usize) {
        match self {
            Self::Exact(jacobi) => _ = jacobi.polar(rows, length),
            Self::Iterated(iteration, steps) => {
                let matrix = &mut iteration.matrix[..length];
                let norm = larger(vector::norm(matrix), F::from_f64(EPSILON));
                vector::for_each(matrix, move |x| *x /= norm);
                for _ in 0..steps.get() {
                    iteration.advance(rows, length);
                }
            }
        }
    }
}
