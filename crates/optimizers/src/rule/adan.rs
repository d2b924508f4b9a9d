//! Adan: Nesterov's look ahead by differences of gradients.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Decay, NonNegative};
use thalweg_numeric::{Layout, Real, vector};

use super::squares::Squares;
use super::{Memory, Root, RuleSettings, RuleState, check_lengths, weight};
use crate::Degree;
use crate::properties::Properties;

/// Adan. With g′ the gradient of the step before, and at the first step g itself:
///
/// ```text
/// m ← β₁ m + (1 − β₁) g                              m₀ = 0
/// d ← β₂ d + (1 − β₂) (g − g′)                       d₀ = 0
/// n ← β₃ n + (1 − β₃) (g + b (g − g′))²              n₀ = 0; b = β₂, or 1 − β₂ if fresh-differences
/// θ ← [θ − η (m̂ + b d̂) / (√n̂ + ε)] / (1 + η λ)       λ = weight-decay
///     m̂ = m/(1 − β₁ᵗ),  d̂ = d/(1 − β₂ᵗ),  n̂ = n/(1 − β₃ᵗ)
/// ```
/// X. Xie et al., *Adan: adaptive Nesterov momentum algorithm for faster optimizing deep models*, IEEE
/// Transactions on Pattern Analysis and Machine Intelligence 46 (2024), algorithm 1, whose β are 1 − β here,
/// in the form of the authors' code, `Adan`, which scales the averages up, and of the package
/// pytorch-optimizer. optax's `adan` has `fresh-differences = true` and, besides ε, 10⁻⁸ inside the root,
/// `eps_root`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Adan {
    /// β₁, default 0.98 (Xie et al.).
    pub beta1: Decay,
    /// β₂, of the differences, default 0.92 (Xie et al.).
    pub beta2: Decay,
    /// β₃, of the squares, default 0.99 (Xie et al.).
    pub beta3: Decay,
    /// ε, default 10⁻⁸ (Xie et al.).
    pub epsilon: NonNegative,
    /// Whether differences enter by 1 − β₂ and not by β₂, as in optax. Default false (Xie et al.).
    pub fresh_differences: bool,
    /// λ, default 0. It acts after the step, as the proximal map of ½ λ ‖θ‖².
    pub weight_decay: NonNegative,
}

impl Default for Adan {
    fn default() -> Self {
        Self {
            beta1: Decay::of(0.98),
            beta2: Decay::of(0.92),
            beta3: Decay::of(0.99),
            epsilon: NonNegative::of(1e-8),
            fresh_differences: false,
            weight_decay: NonNegative::of(0.0),
        }
    }
}

impl Properties for Adan {
    fn numbers_per_parameter(&self) -> f64 {
        4.0
    }

    fn degree(&self) -> Option<Degree> {
        // Its own decay has another scale.
        (self.weight_decay.get() == 0.0).then_some(Degree::Invariant)
    }
}

impl<F: Real> RuleSettings<F> for Adan {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let zeros = || vec![F::ZERO; layout.dim()];
        Box::new(State {
            config: *self,
            step: 0.0,
            mean: zeros(),
            difference: zeros(),
            square: zeros(),
            before: zeros(),
        })
    }
}

struct State<F> {
    config: Adan,
    step: f64,
    mean: Vec<F>,
    difference: Vec<F>,
    square: Vec<F>,
    /// g′.
    before: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.mean.len(), params, grad);
        if self.step == 0.0 {
            vector::for_each(self.before.iter_mut().zip(grad), |(b, g)| *b = g.settled());
        }
        self.step += 1.0;
        let config = &self.config;
        let [beta1, beta2, beta3] = [config.beta1, config.beta2, config.beta3].map(Decay::get);
        let rate = F::from_f64(lr / weight(beta1, self.step));
        let share = if config.fresh_differences { 1.0 - beta2 } else { beta2 };
        let rate2 = F::from_f64(lr * share / weight(beta2, self.step));
        let share = F::from_f64(share);
        let scale = F::from_f64(1.0 / weight(beta3, self.step));
        let [fresh1, fresh2, fresh3] = [beta1, beta2, beta3].map(|beta| F::from_f64(1.0 - beta));
        let [beta1, beta2, beta3] = [beta1, beta2, beta3].map(F::from_f64);
        let decay = F::from_f64(1.0 / (1.0 + lr * config.weight_decay.get()));
        let root = Root::new(config.epsilon, false);
        let squares = Squares::new(beta3, fresh3, root);
        let averages = self.mean.iter_mut().zip(&mut self.difference).zip(&mut self.square);
        let all = params.iter_mut().zip(grad).zip(averages).zip(&mut self.before);
        vector::for_each(all, move |(((x, g), ((m, d), n)), before)| {
            let difference = *g - *before;
            *m = (beta1 * *m + fresh1 * *g).settled();
            *d = (beta2 * *d + fresh2 * difference).settled();
            *n = squares.next(*n, *g + share * difference);
            *x = ((*x - (rate * *m + rate2 * *d) / root.of(*n * scale)) * decay).zero_below(F::LEAST_NORMAL);
            *before = g.settled();
        });
        squares.settle(&mut self.square);
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory {
            scalars: vec![("step", &mut self.step)],
            vectors: vec![
                ("mean", &mut self.mean),
                ("mean-difference", &mut self.difference),
                ("square", &mut self.square),
                ("gradient-before", &mut self.before),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{distance, gradients, path};

    #[test]
    fn differences_look_ahead() {
        // β₁ = β₃ = 0, β₂ = ½, ε = 0; g = 2, 6: no difference at first, a step of 1; then d = 2, d̂ = 8/3, of
        // which half is added to 6 over |6 + ½ 4|.
        let text = "kind = 'adan'\nbeta1 = 0\nbeta2 = 0.5\nbeta3 = 0\nepsilon = 0";
        let steps = path(text, 1.0, &[[2.0], [6.0]]);
        assert!(distance(&steps, &[[-1.0], [-1.0 - (6.0 + 4.0 / 3.0) / 8.0]]) < 1e-15, "{steps:?}");
    }

    #[test]
    fn differences_may_enter_by_what_is_fresh() {
        // As above with β₂ = ¼, so b = ¾: d = 3, d̂ = 16/5, of 6 over |6 + ¾ 4|.
        let text = "kind = 'adan'\nbeta1 = 0\nbeta2 = 0.25\nbeta3 = 0\nepsilon = 0\nfresh-differences = true";
        let steps = path(text, 1.0, &[[2.0], [6.0]]);
        assert!(distance(&steps, &[[-1.0], [-1.0 - (6.0 + 0.75 * 3.2) / 9.0]]) < 1e-15, "{steps:?}");
    }

    #[test]
    fn without_differences_it_is_adam() {
        let adan = path("kind = 'adan'\nbeta1 = 0.9\nbeta2 = 0\nbeta3 = 0.999", 0.1, &gradients());
        assert!(distance(&adan, &path("kind = 'adam'", 0.1, &gradients())) < 1e-15);
    }

    #[test]
    fn the_decay_follows_the_step() {
        // (0 − 1)/(1 + ½) and then (−2/3 − 1)/1.5.
        let text = "kind = 'adan'\nepsilon = 0\nweight-decay = 0.5";
        let steps = path(text, 1.0, &[[2.0], [2.0]]);
        assert!(distance(&steps, &[[-2.0 / 3.0], [-10.0 / 9.0]]) < 1e-14, "{steps:?}");
    }
}
