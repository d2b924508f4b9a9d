//! Decay as one over the root of time.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::Positive;

use super::ScheduleSettings;

/// One over the square root of the step, from the first step on.
///
/// ```text
/// η = η₀ / √(1 + (t − 1)/τ)
/// ```
/// Behind a `warm-up` of τ steps it is η₀ √(τ/t) at the step t of both: A. Vaswani et al., *Attention is all
/// you need*, NIPS 2017, equation 3, with η₀ = (d τ)^−½. A `power-law` with exponent ½ has t for t − 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct InverseSqrt {
    /// η₀, exactly that of the first step.
    pub initial: Positive,
    /// τ, for how long the learning rate stays about constant, in steps.
    pub time_scale: Positive,
}

impl ScheduleSettings for InverseSqrt {
    fn at(&self, step: u64) -> f64 {
        self.initial.get() / (1.0 + (step - 1) as f64 / self.time_scale.get()).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Schedule, WarmUp};
    use super::*;
    use thalweg_numeric::bounded::Count;

    #[test]
    fn behind_a_warm_up_it_is_that_of_the_transformer() {
        // d = 512 and 4000 steps of warm-up: d^−½ min(t^−½, t·4000^−1.5).
        let scale = 1.0 / 512.0_f64.sqrt();
        let initial = Positive::of(scale / 4000.0_f64.sqrt());
        let then = Box::new(Schedule::InverseSqrt(InverseSqrt { initial, time_scale: Positive::of(4000.0) }));
        let schedule = WarmUp { steps: Count::of(4000), then };
        for t in [1, 2, 1000, 3999, 4000, 4001, 8000, 100_000] {
            let step = t as f64;
            let expected = scale * (1.0 / step.sqrt()).min(step / 4000.0_f64.powf(1.5));
            assert!((schedule.at(t) / expected - 1.0).abs() < 1e-14, "t = {t}");
        }
    }
}
