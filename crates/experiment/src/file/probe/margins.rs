//! Settings of a probe of margins.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::Fraction;

/// `kind = "margins"`: a sample's margin is the logit of its label less the largest other logit.
///
/// `least` and `median` of them; `normalised`, the least over ‖θ‖ᴸ, L the number of layers; `loss-share`,
/// what the samples with the smallest margins carry of the whole loss. There is no `normalised` of a network
/// with layer normalisation or residual connections, whose margins do not grow as ‖θ‖ᴸ.
///
/// With [`separators`](Self::separators), for a linear model of two classes that can be separated: the
/// direction w = w₁ − w₀ with its bias as one more feature, held against the separators of largest margin.
/// `l2.angle` and `max.angle` in radians to those among all w with ‖w‖₂ = 1 and with ‖w‖_∞ = 1; `l2.share`
/// and `max.share` of the largest margin that the direction has. With the `l2.angle` of sgd and momentum goes
/// the curve c/ln t of theory, with c such that it meets the last value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Margins {
    /// The share of samples, those with the smallest margins, whose part of the loss is `loss-share`. Default
    /// 0.1.
    #[serde(default = "tenth")]
    pub share: Fraction,
    /// Whether the direction is held against the separators of largest margin. Default false.
    #[serde(default)]
    pub separators: bool,
}

fn tenth() -> Fraction {
    Fraction::of(0.1)
}
