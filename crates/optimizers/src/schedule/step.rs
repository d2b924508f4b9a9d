//! Decay in stairs.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, Fraction, Positive};

use super::ScheduleSettings;

/// A multiplication every so many steps.
///
/// ```text
/// η = η₀ · factor^⌊(t − 1)/steps⌋
/// ```
/// Equals PyTorch's `StepLR` with `gamma = factor`, `step_size = steps` and its epoch = t − 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// η₀, the height of the first stair.
    pub initial: Positive,
    /// What each stair is of the one before, default 0.1.
    #[serde(default = "default_factor")]
    pub factor: Fraction,
    /// The length of a stair, in steps.
    pub steps: Count,
}

fn default_factor() -> Fraction {
    Fraction::of(0.1)
}

impl Step {
    /// With the default factor.
    pub fn new(initial: Positive, steps: Count) -> Self {
        Self { initial, factor: default_factor(), steps }
    }
}

impl ScheduleSettings for Step {
    fn at(&self, step: u64) -> f64 {
        let stair = (step - 1) / self.steps.get();
        self.initial.get() * libm::pow(self.factor.get(), stair as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stairs_begin_where_they_should() {
        let schedule = Step { initial: Positive::of(0.4), factor: Fraction::of(0.5), steps: Count::of(30) };
        // Halving is exact: 0.4/2ᵏ from t = 1 + 30k on.
        for (step, expected) in [(1, 0.4), (30, 0.4), (31, 0.2), (60, 0.2), (61, 0.1), (301, 0.4 / 1024.0)] {
            assert_eq!(schedule.at(step), expected, "t = {step}");
        }
    }

    #[test]
    fn a_power_equals_repeated_multiplication() {
        let schedule = Step { initial: Positive::of(0.4), factor: Fraction::of(0.1), steps: Count::of(7) };
        let mut repeated = 0.4;
        for stair in 0..20 {
            let relative = schedule.at(1 + 7 * stair) / repeated - 1.0;
            // Twenty multiplications round by at most half an ulp (1.1e-16) each, pow and the last one by one
            // more.
            assert!(relative.abs() < 2.5e-15, "stair {stair}: off by {relative:e}");
            repeated *= 0.1;
        }
    }
}
