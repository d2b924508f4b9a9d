//! Settings of a probe of the loss on a plane.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, Positive};

/// `kind = "slice"`: the array `values`, the loss at θ + a·u + b·v, for figures of kind `slice`, with `axes`
/// (first and last a, then b) and, in the plane of the trajectory, the `path` that training took; and
/// `explained`, the share of the trajectory's variance along both axes. Made at the end, from the places that
/// the probe has looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Slice {
    /// Which plane is looked at. Default that of the trajectory.
    #[serde(default)]
    pub directions: Directions,
    /// Points along each axis. Default 41.
    #[serde(default = "forty_one")]
    pub resolution: Count,
    /// How far it reaches, in units of the directions. Default 1; the plane of the trajectory reaches as far
    /// as that does.
    #[serde(default = "one")]
    pub extent: Positive,
}

/// The directions u and v of a plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Directions {
    /// The two principal directions of the places that the probe has looked at: at least three, so `when`
    /// must say so.
    #[default]
    Trajectory,
    /// Random, of length 1 and at a right angle.
    Random,
    /// Random, each unit's weights as long as those of the solution (Li et al., NeurIPS 2018).
    FilterNormalised,
    /// The two leading eigenvectors of the Hessian.
    Hessian,
}

fn forty_one() -> Count {
    Count::of(41)
}

fn one() -> Positive {
    Positive::of(1.0)
}
