//! Up once, down once.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, Fraction, Positive};

use super::cosine::anneal;
use super::{ScheduleError, ScheduleSettings};

/// The one-cycle policy: a rise to the peak and a longer descent, each half a cosine.
///
/// ```text
/// start = peak / start-divisor,   end = start / end-divisor
/// e = min(t − 1, steps − 1),      r = rise · steps − 1
///
/// η = start → peak   over e from 0 to r
///     peak  → end    over e from r to steps − 1
/// ```
/// L. N. Smith and N. Topin, *Super-convergence: very fast training of neural networks using large learning
/// rates* (2018), in the form of PyTorch's `OneCycleLR` with `three_phase = False`, `anneal_strategy =
/// "cos"`, `total_steps = steps`, `pct_start = rise`, `div_factor = start-divisor`, `final_div_factor =
/// end-divisor` and its epoch = t − 1. Two edges differ: where PyTorch divides by zero (`rise · steps` = 1)
/// the first step is the peak, and after the last step, where PyTorch raises, η stays at its end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OneCycle {
    /// The highest learning rate.
    pub peak: Positive,
    /// The length of the whole cycle, in steps.
    pub steps: Count,
    /// The share of the rise in the cycle, default 0.3.
    #[serde(default = "default_rise")]
    pub rise: Fraction,
    /// The peak over the start, default 25; at least 1.
    #[serde(default = "default_start_divisor")]
    pub start_divisor: Positive,
    /// The start over the end, default 10⁴; at least 1.
    #[serde(default = "default_end_divisor")]
    pub end_divisor: Positive,
}

fn default_rise() -> Fraction {
    Fraction::of(0.3)
}

fn default_start_divisor() -> Positive {
    Positive::of(25.0)
}

fn default_end_divisor() -> Positive {
    Positive::of(1e4)
}

impl OneCycle {
    /// A cycle of the default form.
    pub fn new(peak: Positive, steps: Count) -> Self {
        Self {
            peak,
            steps,
            rise: default_rise(),
            start_divisor: default_start_divisor(),
            end_divisor: default_end_divisor(),
        }
    }
}

impl ScheduleSettings for OneCycle {
    fn at(&self, step: u64) -> f64 {
        let peak = self.peak.get();
        let start = peak / self.start_divisor.get();
        let end = start / self.end_divisor.get();
        let last = self.steps.get() - 1;
        let epoch = (step - 1).min(last) as f64;
        let top = self.rise.get() * self.steps.get() as f64 - 1.0;
        if epoch < top {
            anneal(start, peak, epoch / top)
        } else if epoch > top {
            anneal(peak, end, (epoch - top) / (last as f64 - top))
        } else {
            peak
        }
    }

    fn check(&self) -> Result<(), ScheduleError> {
        for (key, divisor) in [("start-divisor", self.start_divisor), ("end-divisor", self.end_divisor)] {
            let value = divisor.get();
            if value < 1.0 {
                return Err(ScheduleError::DivisorBelowOne { key, value });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycle(steps: u64, rise: f64) -> OneCycle {
        OneCycle {
            peak: Positive::of(0.2),
            steps: Count::of(steps),
            rise: Fraction::of(rise),
            start_divisor: Positive::of(10.0),
            end_divisor: Positive::of(50.0),
        }
    }

    #[test]
    fn values_match_the_formula_in_numpy() {
        // numpy 2.4, PyTorch's phases written out; for 110 steps the top lies between two steps, at e = 26.5:
        // end + (start - end) / 2 * (1 + cos(pi * share of the phase)). Errors are absolute, in units of the
        // peak.
        for (step, expected) in [
            (1, 0.01999999999999999),
            (2, 0.02063170135878345),
            (14, 0.10733300049596962),
            (27, 0.19984193585878893),
            (28, 0.1999819108032479),
            (29, 0.19983723657182834),
            (60, 0.13284138273907872),
            (100, 0.007548880284995958),
            (109, 0.00047235022951273435),
            (110, 0.0004),
        ] {
            let error = cycle(110, 0.25).at(step) - expected;
            assert!(error.abs() < 0.2 * 1e-15, "t = {step}: off by {error:e}");
        }
    }

    #[test]
    fn corners_are_exact() {
        let schedule = cycle(100, 0.25);
        assert_eq!([1, 25, 100].map(|t| schedule.at(t)), [0.02, 0.2, 0.02 / 50.0]);
        assert_eq!([101, 200, u64::MAX].map(|t| schedule.at(t)), [0.02 / 50.0; 3]);
    }

    #[test]
    fn cycles_without_a_rise_or_a_descent_are_defined() {
        // A rise of one step has its top at the first; a rise over all steps ends at the peak and stays
        // there.
        assert_eq!(cycle(4, 0.25).at(1), 0.2);
        assert_eq!([1, 8, 9].map(|t| cycle(8, 1.0).at(t)), [0.02, 0.2, 0.2]);
        assert_eq!([1, 2].map(|t| cycle(1, 1.0).at(t)), [0.2, 0.2]);
        assert_eq!([1, 2].map(|t| cycle(1, 0.0).at(t)), [0.02 / 50.0; 2]);
    }

    #[test]
    fn divisors_that_would_multiply_are_refused() {
        let message = |config: OneCycle| config.check().unwrap_err().to_string();
        assert_eq!(cycle(100, 0.25).check(), Ok(()));
        assert_eq!(
            message(OneCycle { start_divisor: Positive::of(0.5), ..cycle(100, 0.25) }),
            "start-divisor = 0.5 is not a number of at least 1"
        );
        assert_eq!(
            message(OneCycle { end_divisor: Positive::of(0.1), ..cycle(100, 0.25) }),
            "end-divisor = 0.1 is not a number of at least 1"
        );
    }
}
