//! Half a wave of a cosine.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, NonNegative, Positive};

use super::{ScheduleError, ScheduleSettings};

/// Cosine annealing without restarts.
///
/// ```text
/// η = floor + ½ (η₀ − floor) (1 + cos(π · min(t − 1, steps)/steps))
/// ```
/// I. Loshchilov and F. Hutter, *SGDR: Stochastic gradient descent with warm restarts*, ICLR 2017, equation
/// 5. Equals PyTorch's `CosineAnnealingLR` with `T_max = steps`, `eta_min = floor` and its epoch = t − 1, up
/// to t − 1 = steps; from there on this one stays at its floor, where PyTorch's rises again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cosine {
    /// η₀, exactly that of the first step.
    pub initial: Positive,
    /// How long the descent takes, in steps.
    pub steps: Count,
    /// Where it ends, default 0; at most `initial`.
    #[serde(default = "default_floor")]
    pub floor: NonNegative,
}

fn default_floor() -> NonNegative {
    NonNegative::of(0.0)
}

impl Cosine {
    /// From η₀ to 0 in so many steps.
    pub fn new(initial: Positive, steps: Count) -> Self {
        Self { initial, steps, floor: default_floor() }
    }
}

impl ScheduleSettings for Cosine {
    fn at(&self, step: u64) -> f64 {
        let done = (step - 1).min(self.steps.get());
        anneal(self.initial.get(), self.floor.get(), done as f64 / self.steps.get() as f64)
    }

    fn check(&self) -> Result<(), ScheduleError> {
        let (floor, initial) = (self.floor.get(), self.initial.get());
        if floor <= initial { Ok(()) } else { Err(ScheduleError::FloorAboveInitial { floor, initial }) }
    }
}

/// From `from` at progress 0 to `to` at progress 1 along half a cosine, both ends exact: in the form of a
/// mean with weights, which hits both, and not of `to` plus a difference, whose sum may round past `from`.
pub(super) fn anneal(from: f64, to: f64, progress: f64) -> f64 {
    let weight = 0.5 * (1.0 + libm::cos(PI * progress));
    weight * from + (1.0 - weight) * to
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(initial: f64, floor: f64) -> Cosine {
        Cosine { initial: Positive::of(initial), steps: Count::of(90), floor: NonNegative::of(floor) }
    }

    #[test]
    fn values_match_the_formula_in_numpy() {
        // numpy 2.4: 0.01 + (0.3 - 0.01) * (1 + cos(pi * (t - 1) / 90)) / 2. The cosine is right to an ulp
        // and its argument to 4e-16, absolute errors that 0.3 multiplies.
        for (step, expected) in [
            (1, 0.3),
            (2, 0.2999116699177689),
            (10, 0.29290319486279726),
            (31, 0.22749999999999998),
            (46, 0.155),
            (61, 0.08250000000000002),
            (80, 0.02055834108781584),
            (90, 0.010088330082231116),
        ] {
            let error = schedule(0.3, 0.01).at(step) - expected;
            assert!(error.abs() < 0.3 * 1e-15, "t = {step}: off by {error:e}");
        }
    }

    #[test]
    fn both_ends_are_exact_and_the_floor_is_kept() {
        for (initial, floor) in [(0.3, 0.1), (0.7, 1e-9), (1e-3, 0.0), (0.1, 0.1)] {
            assert_eq!(schedule(initial, floor).at(1), initial);
            for step in [91, 92, 135, 181, u64::MAX] {
                assert_eq!(schedule(initial, floor).at(step), floor, "t = {step}");
            }
        }
    }

    #[test]
    fn a_floor_above_the_start_is_refused() {
        assert_eq!(schedule(0.1, 0.1).check(), Ok(()));
        assert_eq!(
            schedule(0.1, 0.25).check().unwrap_err().to_string(),
            "floor = 0.25 lies above initial = 0.1"
        );
    }
}
