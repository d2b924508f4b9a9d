//! Lookahead: slow weights that follow a rule every few steps.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, Fraction};
use thalweg_numeric::{Layout, Real, vector};

use super::{Inner, Memory, RuleSettings, RuleState, check_lengths};
use crate::properties::Properties;

/// The base rule takes k steps, then slow weights φ go a part of the way, and it begins there again:
///
/// ```text
/// θ ← the base rule's step                          φ₀ = θ₀
/// every k steps: φ ← (1 − α) φ + α θ,  θ ← φ
/// ```
/// M. R. Zhang et al., *Lookahead optimizer: k steps forward, 1 step back*, NeurIPS 2019, algorithm 1. The
/// [`answer`](RuleState::answer) is φ. What the base rule remembers is kept, as is their default and that of
/// optax's `lookahead` and of the package pytorch-optimizer. With k = 1 and α = 1 it is the base rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lookahead {
    /// k, default 5 (Zhang et al., section 5).
    #[serde(default = "default_interval")]
    pub interval: Count,
    /// α, default 0.5 (Zhang et al., section 5).
    #[serde(default = "default_alpha")]
    pub alpha: Fraction,
    /// The rule that takes the steps, with its settings and perhaps a `dialect` of its own.
    pub base: Inner,
}

fn default_interval() -> Count {
    Count::of(5)
}

fn default_alpha() -> Fraction {
    Fraction::of(0.5)
}

impl Lookahead {
    /// The default slow weights behind a rule.
    pub fn new(base: impl Into<Inner>) -> Self {
        Self { interval: default_interval(), alpha: default_alpha(), base: base.into() }
    }
}

impl Properties for Lookahead {
    fn base(&self) -> Option<&dyn Properties> {
        Some(self.base.properties())
    }

    fn numbers_per_parameter(&self) -> f64 {
        1.0 + self.base.properties().numbers_per_parameter()
    }
}

impl<F: Real> RuleSettings<F> for Lookahead {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        Box::new(State {
            interval: self.interval.get() as f64,
            alpha: self.alpha.get(),
            base: self.base.0.build(layout),
            count: 0.0,
            slow: vec![F::ZERO; layout.dim()],
        })
    }
}

struct State<F> {
    interval: f64,
    alpha: f64,
    base: Box<dyn RuleState<F>>,
    count: f64,
    slow: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.slow.len(), params, grad);
        if self.count == 0.0 {
            self.slow.copy_from_slice(params);
        }
        self.count += 1.0;
        self.base.step(lr, params, grad);
        if self.count % self.interval == 0.0 {
            let (alpha, rest) = (F::from_f64(self.alpha), F::from_f64(1.0 - self.alpha));
            vector::for_each(params.iter_mut().zip(&mut self.slow), move |(x, slow)| {
                *slow = (rest * *slow + alpha * *x).settled();
                *x = *slow;
            });
        }
    }

    fn memory(&mut self) -> Memory<'_, F> {
        let mut memory = self.base.memory();
        memory.scalars.push(("lookahead-step", &mut self.count));
        memory.vectors.push(("slow-weights", &mut self.slow));
        memory
    }

    fn answer(&self, _params: &[F], out: &mut [F]) -> bool {
        // Before the first step there are none.
        let is_there = self.count > 0.0;
        if is_there {
            out.copy_from_slice(&self.slow);
        }
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{gradients, path};
    use super::*;

    #[test]
    fn slow_weights_go_a_part_of_the_way() {
        let config: Lookahead =
            toml::from_str("interval = 2\nalpha = 0.25\nbase = { kind = 'sgd' }").unwrap();
        let (mut state, mut params, mut answer) = (config.build(&Layout::point(1)), [8.0], [0.0]);
        assert!(!state.answer(&params, &mut answer));
        assert_eq!(answer, [0.0]);
        // From 8 by −4 each: 4, 0 → 6; 2, −2 → 4.
        for (x, slow) in [(4.0, 8.0), (6.0, 6.0), (2.0, 6.0), (4.0, 4.0)] {
            state.step(1.0, &mut params, &[4.0]);
            assert!(state.answer(&params, &mut answer));
            assert_eq!((params[0], answer[0]), (x, slow));
        }
    }

    #[test]
    fn every_step_the_whole_way_is_the_base() {
        let text = "kind = 'lookahead'\ninterval = 1\nalpha = 1\nbase = { kind = 'adam', dialect = 'keras' }";
        let plain = path("kind = 'adam'\nepsilon = 1e-7\nbias-correction = 'absorbed'", 0.1, &gradients());
        assert_eq!(path(text, 0.1, &gradients()), plain);
    }
}
