//! A straight line down.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, NonNegative, Positive};

use super::{ScheduleError, ScheduleSettings};

/// Linear decay.
///
/// ```text
/// η = η₀ + (floor − η₀) · min(t − 1, steps)/steps
/// ```
/// Equals optax's `linear_schedule` and PyTorch's `PolynomialLR` with `power = 1` and `total_iters = steps`
/// (for a floor of 0), with their count = t − 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Linear {
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

impl Linear {
    /// From η₀ to 0 in so many steps.
    pub fn new(initial: Positive, steps: Count) -> Self {
        Self { initial, steps, floor: default_floor() }
    }
}

impl ScheduleSettings for Linear {
    fn at(&self, step: u64) -> f64 {
        let done = (step - 1).min(self.steps.get());
        line(self.initial.get(), self.floor.get(), done as f64 / self.steps.get() as f64)
    }

    fn check(&self) -> Result<(), ScheduleError> {
        is_falling(self.floor, self.initial)
    }
}

/// From `from` at progress 0 to `to` at progress 1, both ends exact.
pub(super) fn line(from: f64, to: f64, progress: f64) -> f64 {
    (1.0 - progress) * from + progress * to
}

/// Refuses a decay that would rise.
pub(super) fn is_falling(floor: NonNegative, initial: Positive) -> Result<(), ScheduleError> {
    let (floor, initial) = (floor.get(), initial.get());
    if floor <= initial { Ok(()) } else { Err(ScheduleError::FloorAboveInitial { floor, initial }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_falls_by_the_same_each_step_and_stays_at_its_floor() {
        let schedule =
            Linear { floor: NonNegative::of(0.25), ..Linear::new(Positive::of(1.25), Count::of(4)) };
        assert_eq!(
            [1, 2, 3, 4, 5, 6, u64::MAX].map(|t| schedule.at(t)),
            [1.25, 1.0, 0.75, 0.5, 0.25, 0.25, 0.25]
        );
        assert_eq!(Linear::new(Positive::of(1.0), Count::of(4)).at(5), 0.0);
        let rising = Linear { floor: NonNegative::of(2.0), ..schedule };
        assert_eq!(rising.check().unwrap_err().to_string(), "floor = 2 lies above initial = 1.25");
    }
}
