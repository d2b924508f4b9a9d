//! The programs of the separators for the solver.

use clarabel::algebra::CscMatrix;
use clarabel::solver::SupportedConeT::NonnegativeConeT;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, SolverStatus};

use super::{Geometry, Problem, SeparatorError};

impl Problem<'_> {
    /// (w, b) and the multipliers of the points, as good as the solver has them.
    ///
    /// Clarabel's form is min ½ zᵀPz + qᵀz such that Az + s = h, s ≥ 0. The ℓ_∞ norm is one more unknown t
    /// with ±wⱼ ≤ t.
    pub(super) fn solve(&self) -> Result<(Vec<f64>, Vec<f64>), SeparatorError> {
        let (width, counted) = (self.width(), self.counted());
        let unknowns = if self.geometry == Geometry::Max { width + 1 } else { width };
        let mut cost = vec![0.0; unknowns];
        let mut square = CscMatrix::zeros((unknowns, unknowns));
        // No margin is larger than the longest point. Points of length 1 at most make the cost 1/2 at least,
        // and the solver's tolerances, which are absolute below 1, relative.
        let longest = self.signed.iter().map(|row| self.dual_norm(row)).fold(0.0, f64::max);
        if longest == 0.0 {
            return Err(SeparatorError::NotSeparable);
        }
        let scaled = |row: &Vec<f64>| row.iter().map(|x| -x / longest).collect();
        let mut rows: Vec<Vec<f64>> = self.signed.iter().map(scaled).collect();
        let mut bounds = vec![-1.0; rows.len()];
        match self.geometry {
            Geometry::Euclidean => {
                let diagonal = |i: usize, j: usize| f64::from(i == j && i < counted);
                let entries: Vec<Vec<f64>> =
                    (0..width).map(|i| (0..width).map(|j| diagonal(i, j)).collect()).collect();
                square = CscMatrix::from(&entries);
            }
            Geometry::Max => {
                cost[width] = 1.0;
                rows.iter_mut().for_each(|row| row.push(0.0));
                for (j, sign) in (0..counted).flat_map(|j| [(j, 1.0), (j, -1.0)]) {
                    let mut row = vec![0.0; unknowns];
                    (row[j], row[width]) = (sign, -1.0);
                    rows.push(row);
                    bounds.push(0.0);
                }
            }
        }
        // Two digits more than `GAP`. With 1e-12 the solver at times runs out of digits and returns an
        // iterate from far before.
        let settings = DefaultSettings {
            verbose: false,
            tol_gap_abs: 1e-10,
            tol_gap_rel: 1e-10,
            tol_feas: 1e-10,
            ..DefaultSettings::default()
        };
        let cones = [NonnegativeConeT(rows.len())];
        let mut solver =
            DefaultSolver::new(&square, &cost, &CscMatrix::from(&rows), &bounds, &cones, settings)
                .expect("the shapes fit each other");
        solver.solve();
        let solution = solver.solution;
        match solution.status {
            SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => {
                Err(SeparatorError::NotSeparable)
            }
            _ => Ok((solution.x[..width].to_vec(), solution.z[..self.signed.len()].to_vec())),
        }
    }
}
