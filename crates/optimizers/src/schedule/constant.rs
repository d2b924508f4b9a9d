//! The schedule that does nothing.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::Positive;

/// η = η₀ at every step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Constant {
    /// η₀.
    pub initial: Positive,
}

impl Constant {
    pub(super) fn at(&self) -> f64 {
        self.initial.get()
    }
}
