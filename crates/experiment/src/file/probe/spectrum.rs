//! Settings of a probe of eigenvalues.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, Positive};

use crate::file::Precision;

/// `kind = "spectrum"`: `top-1` ≥ `top-2` … and `bottom-1` ≤ `bottom-2` … by Lanczos' method, the largest
/// `residual` ‖Av − λv‖ among them, which bounds their errors, and `trace`, with its standard error
/// `trace.se` if it is an estimate; `products`, how many products with the matrix that took.
///
/// With `top-1` goes the edge of stability, `top-1.predicted`, where the rule has one that is known: 2/η for
/// SGD, 2(1 + β)/η for momentum, 2(1 + β)/((1 + 2β)η) with Nesterov's gradient, and for the preconditioned
/// matrix of RMSProp and Adam 2(1 + β₁)/((1 − β₁)η), with the learning rate η of the next step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Spectrum {
    /// The matrix whose eigenvalues are sought. Default the Hessian.
    #[serde(default)]
    pub of: Matrix,
    /// How many of the largest eigenvalues are sought. Default 1.
    #[serde(default = "one")]
    pub top: u64,
    /// How many of the smallest eigenvalues are sought. Default 0.
    #[serde(default)]
    pub bottom: u64,
    /// Random vectors for the trace (Hutchinson's estimate). Default none: no trace.
    #[serde(default)]
    pub trace_samples: Option<Count>,
    /// The trace without an error and without products: by a backward pass for each class. Only of the
    /// Gauss–Newton matrix, and of the Hessian if the activation has no curvature of its own (relu,
    /// leaky-relu, identity) or no layer is hidden. Default false.
    #[serde(default)]
    pub exact_trace: bool,
    /// Largest residual, as a share of the largest modulus of an eigenvalue. Default 10⁻⁴: errors of
    /// eigenvalues go with its square over their distance.
    #[serde(default = "tolerance")]
    pub tolerance: Positive,
    /// In which precision the network computes products and trace: `"f32"` takes half the time. Along a
    /// training of two moons the largest eigenvalues then differed by 2·10⁻⁷ of the largest in the median and
    /// by up to 5·10⁻⁵, where the loss was near 0. Lanczos' method itself is always in f64. Default `"f64"`.
    #[serde(default = "double")]
    pub precision: Precision,
    /// Most steps of Lanczos' method, each a product with the matrix. Default 100.
    #[serde(default = "hundred")]
    pub steps: Count,
}

/// The matrix whose spectrum is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Matrix {
    /// ∇²L.
    #[default]
    Hessian,
    /// The Hessian without the curvature of the network itself, which has no negative eigenvalue.
    GaussNewton,
    /// P^{−1/2} ∇²L P^{−1/2} with the optimizer's own diagonal P; 1 before the first step.
    Preconditioned,
}

fn one() -> u64 {
    1
}

fn double() -> Precision {
    Precision::F64
}

fn tolerance() -> Positive {
    Positive::of(1e-4)
}

fn hundred() -> Count {
    Count::of(100)
}
