//! Settings of a probe of gradient noise.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::Count;

/// `kind = "noise"`: the covariance S of the gradients of single samples, divided by their number, with the
/// full gradient g.
///
/// `trace` tr S; `noise-scale` tr S/‖g‖²; `temperature` ηc·tr S/(2d) with the learning rate η of the next
/// step and the factor c of the run's batches. [`directions`](Self::directions),
/// [`alignment_samples`](Self::alignment_samples) and [`epochs`](Self::epochs) ask for more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Noise {
    /// k, the number of leading directions: `share` of the variance in them, and the `effective-dimension`
    /// tr(S)²/tr(S²). Costs n²d operations for n samples, as does `alignment-samples`. Default 0: neither.
    #[serde(default)]
    pub directions: u64,
    /// Random vectors for the norm of the Hessian H: `hessian.cosine` tr(HS)/(‖H‖‖S‖), 1 if noise and
    /// curvature go together, and what chance would make of it, `hessian.chance` tr(H)tr(S)/(d‖H‖‖S‖).
    /// Default none: neither.
    #[serde(default)]
    pub alignment_samples: Option<Count>,
    /// Epochs of batches drawn as the run draws them, from the samples that count: `batch.trace`, the mean
    /// ‖g_B − g‖², beside theory's; `batch.bias`, the squared distance of the mean of independent batches
    /// (the first of each epoch) from g in units of what chance makes of it, beside 1; `batch.correlation` of
    /// neighbours within an epoch, beside −1/(m − 1) for m batches an epoch. Drawn with replacement n/B
    /// batches count as an epoch, and the correlation stands alone: 0 is expected. Default none.
    #[serde(default)]
    pub epochs: Option<Count>,
    /// Epochs of batches drawn as the run draws them, from all training data: `batch.sharpness`, the
    /// curvature of the loss of a batch along its own gradient, E[g_BᵀH_B g_B]/E‖g_B‖². Beside it stands
    /// 2/η for SGD, where a step no longer lowers the loss of its own batch (Andreyev & Beneventano, *Edge of
    /// stochastic stability*, arXiv:2412.20553). With the full batch it is the curvature along the gradient.
    /// Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharpness_epochs: Option<Count>,
}
