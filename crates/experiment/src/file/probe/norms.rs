//! Settings of a probe of lengths.

use serde::{Deserialize, Serialize};

/// `kind = "norms"`: `weights` ‖θ‖, `distance` ‖θ − θ₀‖ from the initial point, `gradient` ‖∇L(θ)‖.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Norms {}
