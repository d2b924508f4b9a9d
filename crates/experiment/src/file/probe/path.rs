//! Settings of a probe of the ways to another solution.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, Positive};
use toml::Table;

use crate::file::RunSpec;

/// `kind = "path"`: trains once more with some settings changed, on the same data, and walks to the solution
/// found there.
///
/// `distance` between the solutions; `barrier`, the largest height of the loss above the straight line
/// between the losses at both ends; the same as `aligned.distance` and `aligned.barrier` after the hidden
/// units of the other network were put in the order that fits best, but for layers that a residual
/// connection ties to a neighbour; and `other.loss` at the other end. With
/// [`curve`](Self::curve) also `curve.barrier`, on a Bézier curve that was led around what lies on the line
/// between the solutions as they are. The array `profile`, for figures of kind `path`, holds α and the losses
/// at it along each way.
///
/// Another `seed` means another initialisation and other batches, another `train.seed` other batches alone:
/// the data stay those of this run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Path {
    /// What is different in the other run: dotted keys of `seed`, `model.init`, `optimizer`, `schedule` and
    /// `train`. It must be given.
    // Once the plan has resolved the other run, that stands in its place.
    #[serde(default, skip_serializing)]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<std::collections::BTreeMap<String, serde_json::Value>>")
    )]
    pub to: Option<Table>,
    /// The other run, with every setting resolved.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub other: Option<Box<RunSpec>>,
    /// Places on the way, both ends among them. Default 21.
    #[serde(default = "twenty_one")]
    pub points: Count,
    /// Whether and how a curved way is sought too. Default not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curve: Option<Curve>,
}

/// `curve = {}`: the control point of a quadratic Bézier curve is found by gradient descent on the mean loss
/// along the curve, from the straight line (Garipov et al., NeurIPS 2018).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Curve {
    /// Steps of gradient descent. Default 1000.
    #[serde(default = "thousand")]
    pub steps: Count,
    /// Its learning rate. Default 0.1.
    #[serde(default = "tenth")]
    pub learning_rate: Positive,
    /// Points on the curve over which the mean is taken. Default 10.
    #[serde(default = "ten")]
    pub points: Count,
}

fn twenty_one() -> Count {
    Count::of(21)
}

fn thousand() -> Count {
    Count::of(1000)
}

fn tenth() -> Positive {
    Positive::of(0.1)
}

fn ten() -> Count {
    Count::of(10)
}
