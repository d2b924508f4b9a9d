//! Up, along, and down: the trapezium.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, NonNegative, Positive};

use super::linear::{is_falling, line};
use super::{ScheduleError, ScheduleSettings};

/// A warm-up, a plateau whose length need not be known while it lasts, and a decay.
///
/// ```text
/// η = peak · t/w                            t < w = warm-up-steps
///     peak                                  t ≤ steps − d + 1,  d = decay-steps
///     floor + (peak − floor) f(p)           p = min(1, (t − 1 − steps + d)/d)
///     f(p) = 1 − p                          decay = "linear"
///     f(p) = 1 − √p                         decay = "one-minus-root"
/// ```
/// S. Hu et al., *MiniCPM: unveiling the potential of small language models with scalable training
/// strategies* (2024), section 4; the decays are those of A. Hägele et al., *Scaling laws and compute-optimal
/// training beyond fixed training durations*, NeurIPS 2024, section 3, who find the second the better one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WarmUpStableDecay {
    /// The learning rate of the plateau.
    pub peak: Positive,
    /// The length of all three, in steps; then η stays at its floor.
    pub steps: Count,
    /// d, the length of the decay, in steps. Hägele et al. take a fifth of all steps.
    pub decay_steps: Count,
    /// w, the length of the warm-up, in steps. Default 1, no warm-up.
    #[serde(default = "default_warm_up_steps")]
    pub warm_up_steps: Count,
    /// The form of the decay. Default `"linear"`.
    #[serde(default)]
    pub decay: DecayForm,
    /// Where it ends, default 0; at most `peak`.
    #[serde(default = "default_floor")]
    pub floor: NonNegative,
}

/// The form of a decay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DecayForm {
    /// By the same each step.
    #[default]
    Linear,
    /// Fast at first: 1 − √p.
    OneMinusRoot,
}

fn default_warm_up_steps() -> Count {
    Count::of(1)
}

fn default_floor() -> NonNegative {
    NonNegative::of(0.0)
}

impl WarmUpStableDecay {
    /// A plateau with a linear decay to 0 at its end.
    pub fn new(peak: Positive, steps: Count, decay_steps: Count) -> Self {
        Self {
            peak,
            steps,
            decay_steps,
            warm_up_steps: default_warm_up_steps(),
            decay: DecayForm::default(),
            floor: default_floor(),
        }
    }
}

impl ScheduleSettings for WarmUpStableDecay {
    fn at(&self, step: u64) -> f64 {
        let (peak, rise, fall) = (self.peak.get(), self.warm_up_steps.get(), self.decay_steps.get());
        let decayed = (step - 1).saturating_sub(self.steps.get().saturating_sub(fall)).min(fall);
        if decayed > 0 {
            let progress = decayed as f64 / fall as f64;
            let progress = match self.decay {
                DecayForm::Linear => progress,
                DecayForm::OneMinusRoot => progress.sqrt(),
            };
            line(peak, self.floor.get(), progress)
        } else if step < rise {
            peak * (step as f64 / rise as f64)
        } else {
            peak
        }
    }

    fn check(&self) -> Result<(), ScheduleError> {
        let (rise, fall, steps) = (self.warm_up_steps.get(), self.decay_steps.get(), self.steps.get());
        if rise.saturating_add(fall) > steps.saturating_add(1) {
            return Err(ScheduleError::PhasesTooLong { rise, fall, steps });
        }
        is_falling(self.floor, self.peak)
            .map_err(|_| ScheduleError::FloorAbovePeak { floor: self.floor.get(), peak: self.peak.get() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trapezium(decay: DecayForm) -> WarmUpStableDecay {
        WarmUpStableDecay {
            warm_up_steps: Count::of(4),
            decay,
            floor: NonNegative::of(0.2),
            ..WarmUpStableDecay::new(Positive::of(1.0), Count::of(10), Count::of(4))
        }
    }

    #[test]
    fn it_rises_stays_and_falls() {
        let rise = [0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0];
        for (decay, fall) in [
            (DecayForm::Linear, [0.8, 0.6, 0.4, 0.2, 0.2]),
            (
                DecayForm::OneMinusRoot,
                [0.6, 1.0 - 0.8 * 0.5_f64.sqrt(), 1.0 - 0.8 * 0.75_f64.sqrt(), 0.2, 0.2],
            ),
        ] {
            for (t, expected) in (1..).zip(rise.into_iter().chain(fall)) {
                let error = trapezium(decay).at(t) - expected;
                assert!(error.abs() < 1e-15, "{decay:?}, t = {t}: off by {error:e}");
            }
            assert_eq!(trapezium(decay).at(u64::MAX), 0.2);
        }
    }

    #[test]
    fn phases_that_do_not_fit_are_refused() {
        let message = |config: WarmUpStableDecay| config.check().unwrap_err().to_string();
        let fits = trapezium(DecayForm::Linear);
        assert_eq!(fits.check(), Ok(()));
        assert_eq!(WarmUpStableDecay { warm_up_steps: Count::of(7), ..fits }.check(), Ok(()));
        assert_eq!(
            message(WarmUpStableDecay { warm_up_steps: Count::of(8), ..fits }),
            "warm-up-steps = 8 and decay-steps = 4 do not fit into steps = 10"
        );
        assert_eq!(
            message(WarmUpStableDecay { floor: NonNegative::of(1.5), ..fits }),
            "floor = 1.5 lies above peak = 1"
        );
    }
}
