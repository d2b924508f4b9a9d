//! Averages of the weights beside a rule that knows nothing of them.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, Decay};
use thalweg_numeric::{Layout, Real, vector};

use super::{Inner, Memory, RuleSettings, RuleState, check_lengths};
use crate::properties::Properties;

/// The steps of the base rule, and beside them an average a of where they lead, which is the
/// [`answer`](RuleState::answer): what is evaluated and kept.
///
/// ```text
/// θ ← the base rule's step
/// at step s = start, and every k = interval steps from there, the n-th time, from 1:
/// a ← θ                         n = 1
/// a ← β a + (1 − β) θ           form = "exponential"
/// a ← a + (θ − a)/n             form = "uniform": the mean
/// ```
/// Exponential: B. T. Polyak and A. B. Juditsky, *Acceleration of stochastic approximation by averaging*,
/// SIAM Journal on Control and Optimization 30 (1992), are for the mean; with β it is what PyTorch's
/// `AveragedModel` does with `get_ema_multi_avg_fn`. Uniform: P. Izmailov et al., *Averaging weights leads to
/// wider optima and better generalization*, UAI 2018, algorithm 1, with a cycle of `interval` steps:
/// PyTorch's `AveragedModel`. Before step s the answer is θ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Averaged {
    /// Whether the average forgets. Default `"exponential"`.
    #[serde(default)]
    pub form: Form,
    /// β of the exponential average, default 0.999, as in PyTorch.
    #[serde(default = "default_beta")]
    pub beta: Decay,
    /// s, the step of the first weights in the average. Default 1.
    #[serde(default = "default_count")]
    pub start: Count,
    /// k, from how many steps one is taken. Default 1, every step.
    #[serde(default = "default_count")]
    pub interval: Count,
    /// The rule that takes the steps, with its settings and perhaps a `dialect` of its own.
    pub base: Inner,
}

/// Whether an average forgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// It does, by the factor β.
    #[default]
    Exponential,
    /// All weigh the same.
    Uniform,
}

fn default_beta() -> Decay {
    Decay::of(0.999)
}

fn default_count() -> Count {
    Count::of(1)
}

impl Averaged {
    /// The default average beside a rule.
    pub fn new(base: impl Into<Inner>) -> Self {
        Self {
            form: Form::default(),
            beta: default_beta(),
            start: default_count(),
            interval: default_count(),
            base: base.into(),
        }
    }
}

impl Properties for Averaged {
    fn base(&self) -> Option<&dyn Properties> {
        Some(self.base.properties())
    }

    fn numbers_per_parameter(&self) -> f64 {
        1.0 + self.base.properties().numbers_per_parameter()
    }
}

impl<F: Real> RuleSettings<F> for Averaged {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        Box::new(State {
            base: self.base.0.build(layout),
            config: self.clone(),
            step: 0.0,
            taken: 0.0,
            mean: vec![F::ZERO; layout.dim()],
        })
    }
}

struct State<F> {
    config: Averaged,
    base: Box<dyn RuleState<F>>,
    step: f64,
    /// n.
    taken: f64,
    mean: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.mean.len(), params, grad);
        self.step += 1.0;
        self.base.step(lr, params, grad);
        let since = self.step - self.config.start.get() as f64;
        if since < 0.0 || since % self.config.interval.get() as f64 != 0.0 {
            return;
        }
        self.taken += 1.0;
        let share = match self.config.form {
            _ if self.taken == 1.0 => 1.0,
            Form::Exponential => 1.0 - self.config.beta.get(),
            Form::Uniform => 1.0 / self.taken,
        };
        let (share, rest) = (F::from_f64(share), F::from_f64(1.0 - share));
        vector::for_each(self.mean.iter_mut().zip(params), move |(a, x)| {
            *a = (rest * *a + share * *x).settled();
        });
    }

    fn memory(&mut self) -> Memory<'_, F> {
        let mut memory = self.base.memory();
        memory.scalars.extend([("averaged-step", &mut self.step), ("taken", &mut self.taken)]);
        memory.vectors.push(("average", &mut self.mean));
        memory
    }

    fn answer(&self, _params: &[F], out: &mut [F]) -> bool {
        let is_there = self.taken > 0.0;
        if is_there {
            out.copy_from_slice(&self.mean);
        }
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The averages after steps from 0 to 1, 2, …
    fn averages(text: &str) -> Vec<f64> {
        let config: Averaged = toml::from_str(&format!("{text}\nbase = {{ kind = 'sgd' }}")).unwrap();
        let (mut state, mut params) = (config.build(&Layout::point(1)), [0.0]);
        let step = |t: i32| {
            state.step(1.0, &mut params, &[-1.0]);
            assert_eq!(params, [f64::from(t)]);
            let mut answer = params;
            assert_eq!(state.answer(&params, &mut answer), config.start.get() <= t as u64);
            answer[0]
        };
        (1..=5).map(step).collect()
    }

    #[test]
    fn averages_match_hand_computed_values() {
        assert_eq!(averages("beta = 0.5"), [1.0, 1.5, 2.25, 3.125, 4.0625]);
        let mean = averages("form = 'uniform'");
        assert!(mean.iter().zip([1.0, 1.5, 2.0, 2.5, 3.0]).all(|(a, b)| (a - b).abs() < 1e-15), "{mean:?}");
        // From step 2 on every second.
        assert_eq!(averages("form = 'uniform'\nstart = 2\ninterval = 2"), [1.0, 2.0, 2.0, 3.0, 3.0]);
    }
}
