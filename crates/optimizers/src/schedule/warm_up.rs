//! A linear start for any other schedule.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::Count;

use super::{Schedule, ScheduleError, ScheduleSettings};

/// A straight line up to the first value of another schedule, which then takes its course.
///
/// ```text
/// η = η′(1) · t/steps         t ≤ steps
///     η′(t − steps + 1)       t ≥ steps
/// ```
/// η′ is the schedule `then`. P. Goyal et al., *Accurate, large minibatch SGD: training ImageNet in 1 hour*
/// (2017), section 2.2, starting from η′(1)/steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WarmUp {
    /// The length of the line, in steps; 1 is no warm-up at all.
    pub steps: Count,
    /// η′, the schedule that it leads to.
    pub then: Box<Schedule>,
}

impl ScheduleSettings for WarmUp {
    fn at(&self, step: u64) -> f64 {
        let steps = self.steps.get();
        if step < steps {
            self.then.at(1) * (step as f64 / steps as f64)
        } else {
            self.then.at(step - steps + 1)
        }
    }
    fn check(&self) -> Result<(), ScheduleError> {
        self.then.check()
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::bounded::{Fraction, Positive};

    use super::super::{Constant, Step};
    use super::*;

    fn halving() -> Schedule {
        Schedule::Step(Step { initial: Positive::of(0.8), factor: Fraction::of(0.5), steps: Count::of(3) })
    }

    #[test]
    fn the_line_meets_the_schedule_and_lets_it_run() {
        let schedule = WarmUp { steps: Count::of(4), then: Box::new(halving()) };
        // Quarters of 0.8, then its own steps 1, 2, 3, 4 at t = 4, 5, 6, 7: binary fractions of 0.8, so
        // exact.
        let expected = [0.2, 0.4, 0.8 * 0.75, 0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2];
        for (t, expected) in (1..).zip(expected) {
            assert_eq!(schedule.at(t), expected, "t = {t}");
        }
    }

    #[test]
    fn one_step_is_no_warm_up() {
        let schedule = WarmUp { steps: Count::of(1), then: Box::new(halving()) };
        assert!((1..20).all(|t| schedule.at(t) == halving().at(t)));
    }

    #[test]
    fn to_a_constant_it_is_the_plain_linear_one() {
        let then = Box::new(Schedule::Constant(Constant { initial: Positive::of(0.5) }));
        let schedule = WarmUp { steps: Count::of(8), then };
        assert_eq!([1, 4, 8, 9, 1000].map(|t| schedule.at(t)), [0.0625, 0.25, 0.5, 0.5, 0.5]);
    }
}
