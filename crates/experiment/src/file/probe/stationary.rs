//! Settings of a probe of the stationary distribution.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::Count;

/// `kind = "stationary"`: the variance of the places at which it has looked, along the leading eigenvectors
/// uᵢ of the Hessian at their mean.
///
/// `mode-i.curvature` λᵢ and `mode-i.variance` V with its prediction, that of a quadratic with constant
/// gradient noise,
///
/// ```text
/// SGD       V = ηC/(λ(2 − ηλ))
/// momentum  V = ηC(1 + β)/(λ(1 − β)(2(1 + β) − ηλ))       C = c·uᵀSu, for SGD + 2T/η
/// ```
/// S is the covariance of the gradients of single samples at the mean, c the factor of the run's batches, T
/// the temperature of a transform `thermal-noise`. `mode-i.gibbs` is V over what a Gibbs distribution of the
/// temperature that all the noise together has would make of it, T/λ: the same for all modes if the run were
/// in equilibrium. Momentum's noise heats like that of SGD with its long step, η/(1 − β). `gibbs.spread` is
/// the largest of these over the smallest.
///
/// Batches of an epoch are taken for independent, which they are with `train.order = "with-replacement"`
/// alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stationary {
    /// How many eigenvectors, those of the largest eigenvalues. Default 2.
    #[serde(default = "two")]
    pub modes: Count,
}

fn two() -> Count {
    Count::of(2)
}
