//! The schedule that does nothing.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::Positive;

use super::ScheduleSettings;

/// η = η₀ at every step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Constant {
    /// η₀, the learning rate.
    pub initial: Positive,
}

impl ScheduleSettings for Constant {
    fn at(&self, _step: u64) -> f64 {
        self.initial.get()
    }

    fn constant(&self) -> Option<f64> {
        Some(self.initial.get())
    }
}
