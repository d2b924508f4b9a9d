//! Where the weights start. Biases start at zero under every rule.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;

/// A rule for the initial weights. Biases start at 0 under every rule, gains of a layer normalisation at 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum Init {
    He(He),
    Glorot(Glorot),
    Lecun(Lecun),
    Zeros(Zeros),
    File(FileInit),
}

/// Variance 2/fan_in, which keeps the scale of a signal through ReLU layers.
///
/// He, Zhang, Ren & Sun, *Delving deep into rectifiers*, ICCV 2015, eq. 10.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct He {
    /// The shape of the distribution. Default normal, as in the paper.
    #[serde(default)]
    pub distribution: Distribution,
}

/// Variance 2/(fan_in + fan_out), a compromise between the forward and the backward signal.
///
/// Glorot & Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS
/// 2010, eq. 12 (and eq. 16 for the uniform form).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Glorot {
    /// The shape of the distribution. Default normal, as for the other rules; the paper draws uniformly.
    #[serde(default)]
    pub distribution: Distribution,
}

/// Variance 1/fan_in, which keeps the scale of a signal through linear layers.
///
/// LeCun, Bottou, Orr & Müller, *Efficient BackProp*, 1998, eq. 16.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lecun {
    /// The shape of the distribution. Default normal, as for the other rules.
    #[serde(default)]
    pub distribution: Distribution,
}

/// All parameters zero: for linear models, whose path from the origin has a theory of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Zeros {}

/// Weights saved before: the tensors `layers.0.weight`, of shape \[out, in\] as in PyTorch,
/// `layers.0.bias` and so on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FileInit {
    /// The file, in the safetensors format, from the folder of the experiment file.
    pub path: PathBuf,
}

/// The shape of the distribution of one weight; its mean is 0 and its variance is set by the rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Distribution {
    /// N(0, σ²), not truncated.
    #[default]
    Normal,
    /// Uniform on \[−√3·σ, √3·σ).
    Uniform,
}

impl Distribution {
    /// One number with mean 0 and the given variance.
    pub(crate) fn draw(self, variance: f64, stream: &mut Stream) -> f64 {
        match self {
            Self::Normal => variance.sqrt() * stream.normal(),
            Self::Uniform => (3.0 * variance).sqrt() * (2.0 * stream.uniform() - 1.0),
        }
    }
}
