//! AdaDelta: steps as long as earlier steps, so that no learning rate is needed.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Decay, NonNegative};
use thalweg_numeric::{Layout, Real, vector};

use super::squares::Squares;
use super::{Memory, Root, RuleSettings, RuleState, check_lengths};
use crate::properties::Properties;

/// AdaDelta.
///
/// ```text
/// s ← β s + (1 − β) g²                 s₀ = 0
/// d = g √(u + ε) / √(s + ε)            u₀ = 0
/// u ← β u + (1 − β) d²
/// θ ← θ − η d
/// ```
/// M. D. Zeiler, *ADADELTA: an adaptive learning rate method* (2012), algorithm 1, where η = 1. It starts
/// slowly: the first steps are about √ε long.
///
/// * PyTorch's `Adadelta` and optax's `adadelta`: the defaults.
/// * Keras' `Adadelta`: `beta = 0.95`, `epsilon = 1e-7`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct AdaDelta {
    /// β, default 0.9, as in PyTorch and optax; Zeiler's ρ.
    pub beta: Decay,
    /// ε, default 10⁻⁶ (Zeiler, section 4.1). With 0 nothing would ever move.
    pub epsilon: NonNegative,
}

impl Default for AdaDelta {
    fn default() -> Self {
        Self { beta: Decay::of(0.9), epsilon: NonNegative::of(1e-6) }
    }
}

impl Properties for AdaDelta {
    fn numbers_per_parameter(&self) -> f64 {
        2.0
    }
}

impl<F: Real> RuleSettings<F> for AdaDelta {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let zeros = || vec![F::ZERO; layout.dim()];
        Box::new(State { config: *self, square: zeros(), square_step: zeros() })
    }
}

struct State<F> {
    config: AdaDelta,
    square: Vec<F>,
    square_step: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.square.len(), params, grad);
        let beta = self.config.beta.get();
        let (rate, beta, fresh) = (F::from_f64(lr), F::from_f64(beta), F::from_f64(1.0 - beta));
        let root = Root::new(self.config.epsilon, true);
        let squares = Squares::new(beta, fresh, root);
        let averages = self.square.iter_mut().zip(&mut self.square_step);
        vector::for_each(params.iter_mut().zip(grad).zip(averages), move |((x, g), (s, u))| {
            *s = squares.next(*s, *g);
            let d = root.of(*u) / root.of(*s) * *g;
            *u = squares.next(*u, d);
            *x -= rate * d;
        });
        squares.settle(&mut self.square);
        squares.settle(&mut self.square_step);
    }

    fn memory(&mut self) -> Memory<'_, F> {
        let vectors = vec![("square", &mut self.square[..]), ("square-step", &mut self.square_step)];
        Memory { scalars: vec![], vectors }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{distance, path};

    #[test]
    fn steps_match_hand_computed_values() {
        // β = ½, ε = 1, g = 4, 2: s = 8, 6; d = 4·√1/√9 = 4/3; u = 8/9; d = 2·√(17/9)/√7.
        let steps = path("kind = 'adadelta'\nbeta = 0.5\nepsilon = 1", 3.0, &[[4.0], [2.0]]);
        assert!(distance(&steps, &[[-4.0], [-4.0 - 2.0 * (17.0_f64 / 7.0).sqrt()]]) < 1e-15);
    }

    #[test]
    fn units_of_the_objective_drop_out() {
        // Once s is large against ε the scale of the gradient does not matter.
        let grads = [[2.0], [-1.0], [3.0]];
        let scaled = grads.map(|g| g.map(|g| g * 1024.0));
        let text = "kind = 'adadelta'\nepsilon = 1e-20";
        // What is left is ε/s, 1e-19, and roundings.
        assert!(distance(&path(text, 1.0, &grads), &path(text, 1.0, &scaled)) < 1e-15);
    }
}
