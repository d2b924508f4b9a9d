//! AdaGrad: the gradient, divided by the root of the sum of its squares so far.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::NonNegative;
use thalweg_numeric::{Layout, Real, vector};

use super::squares::Squares;
use super::{Memory, Root, RuleSettings, RuleState, check_lengths};
use crate::Degree;
use crate::properties::Properties;

/// AdaGrad, with the switches in which libraries differ.
///
/// ```text
/// s ← s + g²                            s₀ = initial-accumulator
/// θ ← θ − η′ g / (√s + ε)               or η′ g / √(s + ε) if epsilon-inside-root
///     η′ = η/(1 + (t − 1) δ)            δ = learning-rate-decay
/// ```
/// J. Duchi, E. Hazan and Y. Singer, *Adaptive subgradient methods for online learning and stochastic
/// optimization*, JMLR 12 (2011), figure 1, diagonal form.
///
/// * PyTorch's `Adagrad`: the defaults.
/// * optax's `adagrad` and Keras' `Adagrad`: `epsilon = 1e-7` inside the root, `initial-accumulator = 0.1`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct AdaGrad {
    /// ε, default 10⁻¹⁰, as in PyTorch; 0 gives 0/0 in a coordinate whose gradient has been 0 from the start.
    pub epsilon: NonNegative,
    /// Whether ε is added inside the root. Default false, as in PyTorch and the paper.
    pub epsilon_inside_root: bool,
    /// s₀, where the sum of squares starts. Default 0, as in PyTorch and the paper.
    pub initial_accumulator: NonNegative,
    /// δ, default 0, as in PyTorch, which alone has it.
    pub learning_rate_decay: NonNegative,
}

impl Default for AdaGrad {
    fn default() -> Self {
        Self {
            epsilon: NonNegative::of(1e-10),
            epsilon_inside_root: false,
            initial_accumulator: NonNegative::of(0.0),
            learning_rate_decay: NonNegative::of(0.0),
        }
    }
}

impl Properties for AdaGrad {
    fn numbers_per_parameter(&self) -> f64 {
        1.0
    }

    fn degree(&self) -> Option<Degree> {
        Some(Degree::Invariant)
    }
}

impl<F: Real> RuleSettings<F> for AdaGrad {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let sum = vec![F::from_f64(self.initial_accumulator.get()); layout.dim()];
        Box::new(State { config: *self, step: 0.0, sum })
    }
}

struct State<F> {
    config: AdaGrad,
    step: f64,
    sum: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.sum.len(), params, grad);
        let rate = F::from_f64(lr / (1.0 + self.step * self.config.learning_rate_decay.get()));
        self.step += 1.0;
        let root = Root::new(self.config.epsilon, self.config.epsilon_inside_root);
        let squares = Squares::new(F::ONE, F::ONE, root);
        vector::for_each(params.iter_mut().zip(grad).zip(&mut self.sum), move |((x, g), s)| {
            *s = squares.next(*s, *g);
            *x -= rate * *g / root.of(*s);
        });
        squares.settle(&mut self.sum);
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory { scalars: vec![("step", &mut self.step)], vectors: vec![("sum", &mut self.sum)] }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::path;

    #[test]
    fn steps_match_hand_computed_values() {
        // s = 9, 25, and the roots are exact.
        let grads = [[3.0], [4.0]];
        assert_eq!(path("kind = 'adagrad'\nepsilon = 0", 5.0, &grads), [[-5.0], [-9.0]]);
        assert_eq!(path("kind = 'adagrad'\nepsilon = 1", 4.0, &grads[..1]), [[-3.0]]);
        let inside = "kind = 'adagrad'\nepsilon = 7\nepsilon-inside-root = true";
        assert_eq!(path(inside, 4.0, &grads[..1]), [[-3.0]]);
        assert_eq!(
            path("kind = 'adagrad'\nepsilon = 0\ninitial-accumulator = 7", 4.0, &grads[..1]),
            [[-3.0]]
        );
    }

    #[test]
    fn the_decay_starts_with_the_second_step() {
        let text = "kind = 'adagrad'\nepsilon = 0\nlearning-rate-decay = 1";
        assert_eq!(path(text, 5.0, &[[3.0], [4.0]]), [[-5.0], [-7.0]]);
    }

    #[test]
    fn a_constant_gradient_gives_steps_like_one_over_the_root_of_time() {
        let steps = path("kind = 'adagrad'\nepsilon = 0", 1.0, &[[0.5]; 100]);
        // Powers of two, so s = t/4 is exact.
        let mut expected = 0.0;
        for (t, [x]) in (1..).zip(steps) {
            expected -= 0.5 / (f64::from(t) / 4.0).sqrt();
            assert_eq!(x, expected, "t = {t}");
        }
    }
}
