//! Settings of a probe of a flow beside the run.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::Count;

/// `kind = "flow"`: a point that follows a flow in continuous time from the initial point of the run, in
/// double precision, for as long as the learning rates of the steps add up to. Only for `sgd` with the full
/// batch.
///
/// `loss` and `top-1` are the loss and the largest eigenvalue of the Hessian where the flow has come to, the
/// eigenvalue beside the edge of stability 2/η as `top-1.predicted`. What descent does is averaged over its
/// last steps, so that it can be compared although it oscillates: `distance` is how far the mean places of
/// run and flow are from each other, `run.loss` the mean loss of the run and `run.top-1` the largest
/// eigenvalue at its mean place, both with what the flow predicts of them. The steps since the last look are
/// taken once more for that, in double precision.
///
/// The central flow predicts a mean loss of L + ½⟨∇²L, Σ⟩ and has an `oscillation`, tr Σ, the mean squared
/// distance of the run from its own mean. Beside it is that of the run, `run.oscillation`, the mean of ‖θₜ₊₁
/// − 2θₜ + θₜ₋₁‖²/16, for which a look needs two steps since the last one. Below the edge it is the gradient
/// flow. Where it has no course, as on a quadratic beyond the edge or from a start more than a tenth beyond
/// it, nothing more is recorded.
///
/// A look costs time for all steps since the last one: each takes one to three sub-steps of 4 gradients, more
/// if the curvature is above the edge, and about 5 products with the Hessian; for the central flow at the
/// edge, two sub-steps with about 10 products and k(k + 1) more in k directions. So networks of more than
/// 10,000 parameters are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Flow {
    /// Which flow. Default the gradient flow.
    #[serde(default)]
    pub of: FlowKind,
    /// Over how many of its last steps the run is averaged, at most those since the last look. With 1 it is
    /// taken as it is. Default 50: an oscillation swells and fades over some tens of steps, where it is slow
    /// over hundreds.
    #[serde(default = "fifty")]
    pub average: Count,
    /// In how many directions the central flow may oscillate, 1 to 8. Default 4: eigenvalues come to the edge
    /// one after the other.
    #[serde(default = "four")]
    pub modes: Count,
}

/// A flow beside gradient descent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FlowKind {
    /// θ' = −∇L.
    #[default]
    Gradient,
    /// θ' = −∇L − (η/2) ∇²L ∇L, from which descent departs by η² in place of η (Barrett and Dherin,
    /// *Implicit gradient regularization*, arXiv:2009.11162).
    Modified,
    /// θ' = −∇L − ½ ∇⟨∇²L, Σ⟩ with the covariance Σ of an oscillation that holds the eigenvalues of the
    /// Hessian at 2/η: Σ ⪰ 0, ∇²L ⪯ 2/η, ⟨Σ, 2/η − ∇²L⟩ = 0 (Cohen, Damian, Talwalkar, Kolter and Lee,
    /// *Understanding optimization in deep learning with central flows*, arXiv:2410.24206). Needs a constant
    /// learning rate.
    Central,
}

fn fifty() -> Count {
    Count::of(50)
}

fn four() -> Count {
    Count::of(4)
}
