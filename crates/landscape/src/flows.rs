//! Flows in continuous time beside gradient descent.
//!
//! ```text
//! gradient    θ' = −∇L
//! modified    θ' = −∇L − (η/2) ∇²L ∇L
//! central     θ' = −∇L − ½ ∇⟨∇²L, Σ⟩,   Σ ⪰ 0,   ∇²L ⪯ 2/η,   ⟨Σ, 2/η − ∇²L⟩ = 0
//! ```
//! t steps of length η take as long as a flow takes from 0 to ηt. Gradient descent leaves the gradient flow
//! by an error of the order of η, the modified flow by one of η² (D. G. T. Barrett and B. Dherin, *Implicit
//! gradient regularization*, arXiv:2009.11162). Where the largest eigenvalue of the Hessian would rise beyond
//! 2/η, descent oscillates along its eigenvector and neither of them describes it; the [central
//! flow](Companion::Central) follows the mean about which it oscillates.

mod central;
mod complementarity;
#[cfg(test)]
mod tests;

use thalweg_numeric::bounded::{Count, NonNegative, Positive};
use thalweg_numeric::{Objective, Stream, vector};

pub use self::complementarity::complementary;
use crate::spectrum::{Eigenpair, Hessian, Lanczos, SpectrumError, Wanted};

/// Most steps of Lanczos' method for the leading eigenpairs.
const LANCZOS: Count = Count::of(100);
/// Residuals of these eigenpairs, as a share of the largest modulus. The error of an eigenvalue is of the
/// order of the square.
const RESIDUAL: f64 = 1e-4;
/// More sub-steps for one step are taken for a sign that there is no end to them.
const MOST_SUBSTEPS: f64 = 1e5;

/// Which flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Companion {
    /// θ' = −∇L.
    Gradient,
    /// θ' = −∇(L + (η/4) ‖∇L‖²).
    Modified,
    /// The gradient flow of L + ½⟨∇²L, Σ⟩, where Σ is the covariance of the oscillation that holds the
    /// Hessian at the edge of stability; J. M. Cohen, A. Damian, A. Talwalkar, J. Z. Kolter and J. D. Lee,
    /// *Understanding optimization in deep learning with central flows*, arXiv:2410.24206.
    Central {
        /// In how many directions there may be oscillation, at most. Those are the leading eigenvectors.
        modes: Count,
    },
}

/// A point that follows a flow.
///
/// Sub-steps are so short that each of them times the rate of the fastest decay is at most 1 (the largest
/// eigenvalue λ of the Hessian, or λ(1 + ηλ/2) for the modified flow), and there is one at least for each
/// step of descent. Each is one of the classical Runge–Kutta method of order 4.
///
/// The central flow is projected after each: with θ* where the gradient flow alone has led to, and critical
/// eigenvectors u₁ … u_k of the Hessian there,
///
/// ```text
/// θ ← θ* − (h/2) Σᵢⱼ Xᵢⱼ ∇(uᵢᵀ∇²L uⱼ),   Σ = Σᵢⱼ Xᵢⱼ uᵢuⱼᵀ
/// ```
/// where X solves the [complementarity problem](complementary) in which the Hessian after this move, to first
/// order, does not exceed 2/η. So the central flow is the gradient flow as long as the Hessian is below the
/// edge, and of first order in h at it.
///
/// A sub-step costs four gradients; each step, and at the edge each sub-step, some ten products with the
/// Hessian for its leading eigenpairs; and k critical directions k(k + 1) more.
#[derive(Debug, Clone)]
pub struct Flow {
    companion: Companion,
    params: Vec<f64>,
    /// Largest sub-step times rate.
    stiffness: f64,
    /// The leading eigenpairs where they were last looked for.
    leading: Vec<Eigenpair>,
    /// How many are to be looked for.
    watched: usize,
    slope: Vec<f64>,
    sum: Vec<f64>,
    place: Vec<f64>,
    product: Vec<f64>,
}

/// Means over the time of one step.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Passed {
    /// tr Σ, the squared length of the oscillation.
    pub oscillation: f64,
    /// ½⟨∇²L, Σ⟩: by how much the mean loss of descent lies above that of the flow.
    pub excess: f64,
    /// Sub-steps taken.
    pub substeps: u64,
}

/// Why a flow does not go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FlowError {
    /// Where there are no numbers.
    #[error("the flow has come to where the gradient is not finite")]
    NotFinite,
    /// What the eigenpairs have met with.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
    /// A flow that is stiffer than can be followed.
    #[error("the curvature {curvature} is too large to be followed in sub-steps")]
    Stiff {
        /// λ₁.
        curvature: f64,
    },
    /// The central flow has a meaning only below the edge and at it.
    #[error("the largest eigenvalue {curvature} lies far beyond the edge of stability {edge}")]
    BeyondTheEdge {
        /// λ₁.
        curvature: f64,
        /// 2/η.
        edge: f64,
    },
    /// As on a quadratic, from which descent departs for ever.
    #[error("no oscillation holds the Hessian at the edge of stability")]
    NoBalance,
}

impl Flow {
    /// At θ₀.
    pub fn new(companion: Companion, params: Vec<f64>) -> Self {
        let zeros = vec![0.0; params.len()];
        Self {
            companion,
            stiffness: 1.0,
            leading: Vec::new(),
            watched: 1,
            slope: zeros.clone(),
            sum: zeros.clone(),
            place: zeros.clone(),
            product: zeros,
            params,
        }
    }

    /// With sub-steps for which this number stands in place of 1, so that they are half as long with ½.
    #[must_use]
    pub fn with_stiffness(mut self, stiffness: Positive) -> Self {
        self.stiffness = stiffness.get();
        self
    }

    /// θ.
    pub fn params(&self) -> &[f64] {
        &self.params
    }

    /// Follows the flow for as long as a step of length η = `lr` takes. `stream` starts the search for
    /// eigenvectors.
    ///
    /// # Errors
    /// [`FlowError`]. The flow has no further course then.
    ///
    /// # Panics
    /// If `objective` has another number of parameters.
    pub fn advance(
        &mut self,
        objective: &mut dyn Objective<f64>,
        lr: f64,
        stream: &mut Stream,
    ) -> Result<Passed, FlowError> {
        assert_eq!(objective.dim(), self.params.len(), "one function for one flow");
        if lr == 0.0 {
            return Ok(Passed::default());
        }
        let edge = crate::theory::gradient_descent_edge(lr);
        let is_central = matches!(self.companion, Companion::Central { .. });
        // At the edge the last sub-step has just looked.
        let known = self.leading.first().map(|pair| pair.value);
        let top = match known.filter(|top| is_central && is_near(*top, edge)) {
            Some(top) => top,
            None => self.look(objective, stream)?,
        };
        let rate = match self.companion {
            Companion::Gradient => top,
            Companion::Modified => top * (1.0 + lr * top.max(0.0) / 2.0),
            Companion::Central { .. } => top.min(edge),
        };
        let substeps = (lr * rate / self.stiffness).ceil().max((1.0 / self.stiffness).ceil());
        if substeps > MOST_SUBSTEPS {
            return Err(FlowError::Stiff { curvature: top });
        }
        let (h, mut passed) = (lr / substeps, Passed { substeps: substeps as u64, ..Passed::default() });
        for _ in 0..passed.substeps {
            self.drift(objective, lr, h);
            if !vector::all_finite(&self.params) {
                return Err(FlowError::NotFinite);
            }
            if let Companion::Central { modes } = self.companion
                && is_near(top, edge)
            {
                let (oscillation, excess) = self.project(objective, (edge, h), modes, stream)?;
                passed.oscillation += oscillation / substeps;
                passed.excess += excess / substeps;
            }
        }
        Ok(passed)
    }

    /// Finds the leading eigenpairs, and returns the largest eigenvalue.
    fn look(&mut self, objective: &mut dyn Objective<f64>, stream: &mut Stream) -> Result<f64, FlowError> {
        let wanted =
            Wanted { top: self.watched, bottom: 0, tolerance: NonNegative::of(RESIDUAL), steps: LANCZOS };
        let mut lanczos = Lanczos::new(self.params.len(), wanted);
        let mut hessian = Hessian { objective, params: &self.params };
        // Their sum, near to which all of them are found together.
        let mut near = vec![0.0; self.params.len()];
        self.leading.iter().for_each(|pair| vector::axpy(1.0, &pair.vector, &mut near));
        let found = lanczos.run_near(&mut hessian, &near, stream)?;
        self.leading = found.top.to_vec();
        Ok(self.leading[0].value)
    }

    /// A sub-step of length h of the classical Runge–Kutta method.
    fn drift(&mut self, objective: &mut dyn Objective<f64>, lr: f64, h: f64) {
        self.sum.fill(0.0);
        self.place.copy_from_slice(&self.params);
        for (weight, ahead) in [(1.0, 0.5), (2.0, 0.5), (2.0, 1.0), (1.0, 0.0)] {
            objective.gradient(&self.place, &mut self.slope);
            if self.companion == Companion::Modified {
                objective.hessian_vector(&self.place, &self.slope, &mut self.product);
                vector::axpy(lr / 2.0, &self.product, &mut self.slope);
            }
            vector::axpy(weight, &self.slope, &mut self.sum);
            self.place.copy_from_slice(&self.params);
            vector::axpy(-ahead * h, &self.slope, &mut self.place);
        }
        vector::axpy(-h / 6.0, &self.sum, &mut self.params);
    }
}

/// Whether an eigenvalue may come to the edge within a step.
fn is_near(top: f64, edge: f64) -> bool {
    top > 0.8 * edge
}
