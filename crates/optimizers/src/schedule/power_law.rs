//! Decay as a power of time.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{NonNegative, Positive};

use super::ScheduleSettings;

/// Flat for about τ steps, then a power of t.
///
/// ```text
/// η = η₀ / (1 + t/τ)^α
/// ```
/// With α in (½, 1] it meets the conditions Σ η = ∞, Σ η² < ∞ under which stochastic approximation converges:
/// H. Robbins and S. Monro, *A stochastic approximation method*, Annals of Mathematical Statistics 22 (1951).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PowerLaw {
    /// η₀, from which the first step differs already by the factor (1 + 1/τ)^−α.
    pub initial: Positive,
    /// α, the power. Default 1; 0 is constant.
    #[serde(default = "default_exponent")]
    pub exponent: NonNegative,
    /// τ, for how long the learning rate stays about constant, in steps.
    pub time_scale: Positive,
}

fn default_exponent() -> NonNegative {
    NonNegative::of(1.0)
}

impl PowerLaw {
    /// With the default α.
    pub fn new(initial: Positive, time_scale: Positive) -> Self {
        Self { initial, exponent: default_exponent(), time_scale }
    }
}

impl ScheduleSettings for PowerLaw {
    fn at(&self, step: u64) -> f64 {
        let base = 1.0 + step as f64 / self.time_scale.get();
        let exponent = self.exponent.get();
        // pow gives these two powers exactly, so the short cuts save its time and change no bit.
        let power = if exponent == 1.0 {
            base
        } else if exponent == 0.0 {
            1.0
        } else {
            libm::pow(base, exponent)
        };
        self.initial.get() / power
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(exponent: f64, step: u64) -> f64 {
        let exponent = NonNegative::of(exponent);
        PowerLaw { initial: Positive::of(0.15), exponent, time_scale: Positive::of(5e4) }.at(step)
    }

    #[test]
    fn values_match_the_formula_in_50_digits() {
        // Python's decimal: 0.15 / (1 + t/5e4)**α, on the same doubles. A division and a pow are each right
        // to an ulp, 2.2e-16; the exponent 2.5 multiplies the rounding of the base.
        for (exponent, step, expected) in [
            (1.0, 1, 0.1499970000599988),
            (1.0, 50000, 0.075),
            (1.0, 1500000, 0.004838709677419355),
            (0.0, 777, 0.15),
            (0.5, 1, 0.14999850002249962),
            (0.5, 33333, 0.11618973276592041),
            (0.5, 150000, 0.075),
            (2.5, 7, 0.14994751285979938),
            (2.5, 1000000, 7.422377218911305e-05),
        ] {
            let relative = at(exponent, step) / expected - 1.0;
            assert!(relative.abs() < 1e-15, "α = {exponent}, t = {step}: off by {relative:e}");
        }
    }

    #[test]
    fn short_cuts_change_no_bit() {
        for step in (1..1_000_000).step_by(997) {
            let base = 1.0 + step as f64 / 5e4;
            for exponent in [0.0, 1.0] {
                assert_eq!(
                    at(exponent, step),
                    0.15 / libm::pow(base, exponent),
                    "α = {exponent}, t = {step}"
                );
            }
        }
    }
}
