//! `[objective]`, `[start]`, `[train]` and `[record]` of a point that descends a function in closed form.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, Finite, Fraction, Positive};
use thalweg_numeric::objectives;

/// A point descends a function in closed form, in double precision.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct Descent {
    /// The function that is minimised.
    pub objective: ClosedForm,
    /// Where the point begins. Default at a standard normal point.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub start: Start,
    /// How long the descent goes on.
    pub train: DescentTrain,
    /// What is kept besides the final values.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub record: DescentRecord,
}

/// `[objective]`: a function whose every property is known, told apart by `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum ClosedForm {
    Quadratic(Quadratic),
    /// Rosenbrock's valley in the plane, L(x, y) = (1 − x)² + 100 (y − x²)², with its minimum at (1, 1).
    Rosenbrock(Plane),
    /// Beale's function in the plane, L(x, y) = Σₖ (cₖ − x (1 − yᵏ))² with c = (1.5, 2.25, 2.625), whose
    /// minimum at (3, ½) has flat regions around it.
    Beale(Plane),
    DoubleWell(DoubleWell),
}

/// L(θ) = ½ Σ λᵢ θᵢ² with eigenvalues from 1 to κ, evenly spaced in their logarithm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Quadratic {
    /// d, the number of parameters.
    pub dim: Count,
    /// κ = λ_max/λ_min.
    pub condition: Positive,
}

/// A function of two parameters without settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Plane {}

/// Along each coordinate a wide well at −1 and a narrow one at +1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DoubleWell {
    /// d, the number of coordinates: independent walks.
    pub dim: Count,
    /// λ_wide, the curvature of the wide well.
    pub wide: Positive,
    /// λ_narrow, the larger curvature of the narrow well.
    pub narrow: Positive,
    /// Δ: how much higher the bottom of the wide well is.
    pub tilt: Finite,
    /// s, which rounds the edge between the wells. Default 0.05.
    #[serde(default = "twentieth")]
    pub softness: Positive,
}

/// `[start]`: where the point begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum Start {
    Normal(Normal),
    Point(Point),
}

/// Each coordinate from N(0, scale²), from the stream `init`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Normal {
    /// Standard deviation of each coordinate. Default 1.
    #[serde(default = "one")]
    pub scale: Positive,
}

/// The same point in every replicate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Point {
    /// One value for each parameter, or a single one for all.
    pub at: Vec<Finite>,
}

/// The default is a standard normal point.
impl Default for Start {
    fn default() -> Self {
        Self::Normal(Normal { scale: one() })
    }
}

/// `[train]` of a descent: how long it goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DescentTrain {
    /// Number of updates, at most.
    pub steps: Count,
    /// Stop at the first step t with ‖θₜ − θ*‖ ≤ tolerance · ‖θ₀ − θ*‖, and record t as `steps-to-tolerance`.
    /// Default: take all steps.
    #[serde(default)]
    pub tolerance: Option<Fraction>,
}

/// `[record]` of a descent: what is kept of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DescentRecord {
    /// Evaluations for each factor of 10 in steps. Default 10.
    #[serde(default = "ten")]
    pub points_per_decade: Count,
    /// How the time is divided between the wells of `double-well`. Default not recorded.
    #[serde(default)]
    pub occupation: Option<Occupation>,
}

/// The share of all later steps and coordinates that was spent in the wide well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Occupation {
    /// Steps that are not counted, while the start is forgotten. Default 0.
    #[serde(default)]
    pub after: u64,
}

impl Default for DescentRecord {
    fn default() -> Self {
        Self { points_per_decade: ten(), occupation: None }
    }
}

fn ten() -> Count {
    Count::of(10)
}

fn one() -> Positive {
    Positive::of(1.0)
}

fn twentieth() -> Positive {
    Positive::of(0.05)
}

impl ClosedForm {
    /// d.
    pub(crate) fn dim(&self) -> usize {
        match self {
            Self::Quadratic(config) => config.dim.size(),
            Self::Rosenbrock(_) | Self::Beale(_) => 2,
            Self::DoubleWell(config) => config.dim.size(),
        }
    }

    /// θ*, if there is one minimum.
    pub(crate) fn minimum(&self) -> Option<Vec<f64>> {
        match self {
            Self::Quadratic(_) => Some(vec![0.0; self.dim()]),
            Self::Rosenbrock(_) => Some(vec![1.0, 1.0]),
            Self::Beale(_) => Some(vec![3.0, 0.5]),
            Self::DoubleWell(_) => None,
        }
    }
}

impl DoubleWell {
    pub(crate) fn build(&self) -> Result<objectives::DoubleWell, objectives::DoubleWellError> {
        objectives::DoubleWell::new(self.dim, self.wide, self.narrow, self.tilt, self.softness)
    }
}
