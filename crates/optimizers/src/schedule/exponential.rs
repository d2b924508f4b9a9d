//! Exponential decay.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::Positive;

use super::ScheduleSettings;

/// A constant share of the learning rate is lost at every step.
///
/// ```text
/// η = η₀ · e^{−t/τ}
/// ```
/// One step later than PyTorch's `ExponentialLR` with `gamma` = e^{−1/τ}: there the first step is η₀ itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Exponential {
    /// η₀, from which the first step differs already by the factor e^{−1/τ}.
    pub initial: Positive,
    /// τ, the time in which the learning rate falls to 1/e, in steps.
    pub time_scale: Positive,
}

impl ScheduleSettings for Exponential {
    fn at(&self, step: u64) -> f64 {
        self.initial.get() * libm::exp(-(step as f64) / self.time_scale.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_match_the_formula_in_50_digits() {
        let schedule = Exponential { initial: Positive::of(0.3), time_scale: Positive::of(700.0) };
        // Python's decimal: 0.3 * exp(-t/700), on the same doubles. The rounding of t/τ (half an ulp of at
        // most 10) is an absolute error in the exponent, so a relative one of 9e-16; exp and the product add
        // an ulp each.
        for (step, expected) in [
            (1, 0.299571734548157),
            (2, 0.2991440804673048),
            (350, 0.18195919791379003),
            (700, 0.1103638323514327),
            (1234, 0.051466202587469125),
            (7000, 1.3619978928745455e-05),
        ] {
            let relative = schedule.at(step) / expected - 1.0;
            assert!(relative.abs() < 1.5e-15, "t = {step}: off by {relative:e}");
        }
    }
}
