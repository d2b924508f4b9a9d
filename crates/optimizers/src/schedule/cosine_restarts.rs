//! Half waves of a cosine, one after another.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, NonNegative, Positive};

use super::cosine::anneal;
use super::linear::is_falling;
use super::{ScheduleError, ScheduleSettings};

/// Cosine annealing with warm restarts. With e the steps since the last restart and T the length of that
/// cycle:
///
/// ```text
/// η = floor + ½ (η₀ − floor) (1 + cos(π e/T))        T = steps, steps · growth, steps · growth², …
/// ```
/// I. Loshchilov and F. Hutter, *SGDR: stochastic gradient descent with warm restarts*, ICLR 2017, equation 5
/// and section 3. Equals PyTorch's `CosineAnnealingWarmRestarts` with `T_0 = steps`, `T_mult = growth`,
/// `eta_min = floor` and its epoch = t − 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CosineRestarts {
    /// η₀, exactly that of the first step of every cycle.
    pub initial: Positive,
    /// The length of the first cycle, in steps.
    pub steps: Count,
    /// The length of a cycle over that of the one before. Default 1; Loshchilov & Hutter try 2, too.
    #[serde(default = "default_growth")]
    pub growth: Count,
    /// Where a cycle ends, default 0; at most `initial`.
    #[serde(default = "default_floor")]
    pub floor: NonNegative,
}

fn default_growth() -> Count {
    Count::of(1)
}

fn default_floor() -> NonNegative {
    NonNegative::of(0.0)
}

impl CosineRestarts {
    /// From η₀ to 0 in so many steps, again and again.
    pub fn new(initial: Positive, steps: Count) -> Self {
        Self { initial, steps, growth: default_growth(), floor: default_floor() }
    }
}

impl ScheduleSettings for CosineRestarts {
    fn at(&self, step: u64) -> f64 {
        let (mut since, mut length) = (step - 1, self.steps.get());
        if self.growth.get() == 1 {
            since %= length;
        }
        while since >= length {
            since -= length;
            length = length.saturating_mul(self.growth.get());
        }
        anneal(self.initial.get(), self.floor.get(), since as f64 / length as f64)
    }

    fn check(&self) -> Result<(), ScheduleError> {
        is_falling(self.floor, self.initial)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cosine;
    use super::*;

    #[test]
    fn cycles_are_cosines_of_growing_length() {
        let (initial, floor) = (Positive::of(0.3), NonNegative::of(0.01));
        let cosine = |steps| Cosine { initial, steps: Count::of(steps), floor };
        for (growth, lengths) in [(1, [4, 4, 4]), (3, [4, 12, 36])] {
            let schedule = CosineRestarts {
                growth: Count::of(growth),
                floor,
                ..CosineRestarts::new(initial, Count::of(4))
            };
            let cycles =
                lengths.into_iter().flat_map(|length| (1..=length).map(move |e| cosine(length).at(e)));
            for (t, expected) in (1..).zip(cycles) {
                assert_eq!(schedule.at(t), expected, "growth {growth}, t = {t}");
            }
        }
        let fast =
            CosineRestarts { growth: Count::of(1 << 50), ..CosineRestarts::new(initial, Count::of(1 << 50)) };
        assert!(fast.at(u64::MAX) > 0.0);
    }

    #[test]
    fn values_are_those_of_pytorch() {
        // torch 2.15, CosineAnnealingWarmRestarts(T_0=4, T_mult=2, eta_min=0.01) from 0.3.
        let schedule = CosineRestarts {
            growth: Count::of(2),
            floor: NonNegative::of(0.01),
            ..CosineRestarts::new(Positive::of(0.3), Count::of(4))
        };
        for (step, expected) in [
            (1, 0.3),
            (2, 0.25753048327204936),
            (4, 0.05246951672795062),
            (5, 0.3),
            (6, 0.2889625322141366),
            (12, 0.02103746778586342),
            (13, 0.3),
            (21, 0.155),
            (28, 0.012786134341531587),
            (29, 0.3),
        ] {
            assert!((schedule.at(step) - expected).abs() < 0.3 * 1e-15, "t = {step}");
        }
    }
}
