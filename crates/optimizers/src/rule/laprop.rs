//! LaProp: gradients are divided first and averaged then.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Decay, NonNegative};
use thalweg_numeric::{Layout, Real, vector};

use super::squares::Squares;
use super::{Memory, Root, RuleSettings, RuleState, check_lengths, weight};
use crate::Degree;
use crate::properties::Properties;

/// LaProp.
///
/// ```text
/// v ← β₂ v + (1 − β₂) g²                             v₀ = 0
/// u = g / (√(v/(1 − β₂ᵗ)) + ε)
/// m ← β₁ m + (1 − β₁) u,   θ ← θ − η m/(1 − β₁ᵗ)     m₀ = 0
/// m ← β₁ m + (1 − β₁) η u,                           learning-rate-inside = true
/// a ← β₁ a + (1 − β₁) η,   θ ← θ − η m/a             a₀ = 0
/// ```
/// L. Ziyin, Z. T. Wang and M. Ueda, *LaProp: separating momentum and adaptivity in Adam* (2020),
/// algorithm 1. The second form is that of the authors' code, and `LaProp` of the package pytorch-optimizer:
/// the same while η is constant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct LaProp {
    /// β₁, default 0.9 (Ziyin et al.).
    pub beta1: Decay,
    /// β₂, default 0.999 (Ziyin et al.).
    pub beta2: Decay,
    /// ε, default 10⁻¹⁵ (Ziyin et al.).
    pub epsilon: NonNegative,
    /// Whether the average remembers the learning rates of its gradients. Default false (Ziyin et al.).
    pub learning_rate_inside: bool,
}

impl Default for LaProp {
    fn default() -> Self {
        Self {
            beta1: Decay::of(0.9),
            beta2: Decay::of(0.999),
            epsilon: NonNegative::of(1e-15),
            learning_rate_inside: false,
        }
    }
}

impl Properties for LaProp {
    fn numbers_per_parameter(&self) -> f64 {
        2.0
    }

    fn degree(&self) -> Option<Degree> {
        Some(Degree::Invariant)
    }
}

impl<F: Real> RuleSettings<F> for LaProp {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let zeros = || vec![F::ZERO; layout.dim()];
        Box::new(State { config: *self, step: 0.0, average: 0.0, mean: zeros(), square: zeros() })
    }
}

struct State<F> {
    config: LaProp,
    step: f64,
    /// a.
    average: f64,
    mean: Vec<F>,
    square: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.mean.len(), params, grad);
        self.step += 1.0;
        let config = &self.config;
        let (beta1, beta2) = (config.beta1.get(), config.beta2.get());
        self.average = beta1 * self.average + (1.0 - beta1) * lr;
        let is_inside = config.learning_rate_inside;
        let inside = if is_inside { lr } else { 1.0 };
        let rate = if !is_inside {
            lr / weight(beta1, self.step)
        } else if self.average > 0.0 {
            lr / self.average
        } else {
            // Of learning rates of 0, m is 0, too.
            0.0
        };
        let scale = F::from_f64(1.0 / weight(beta2, self.step));
        let (fresh1, fresh2) = (F::from_f64(inside * (1.0 - beta1)), F::from_f64(1.0 - beta2));
        let (beta1, beta2, rate) = (F::from_f64(beta1), F::from_f64(beta2), F::from_f64(rate));
        let root = Root::new(config.epsilon, false);
        let squares = Squares::new(beta2, fresh2, root);
        let all = params.iter_mut().zip(grad).zip(&mut self.mean).zip(&mut self.square);
        vector::for_each(all, move |(((x, g), m), v)| {
            *v = squares.next(*v, *g);
            *m = (beta1 * *m + fresh1 * (*g / root.of(*v * scale))).settled();
            *x -= rate * *m;
        });
        squares.settle(&mut self.square);
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory {
            scalars: vec![("step", &mut self.step), ("average-learning-rate", &mut self.average)],
            vectors: vec![("mean", &mut self.mean), ("square", &mut self.square)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{distance, gradients, path};
    use super::*;

    #[test]
    fn gradients_are_divided_before_they_are_averaged() {
        // β₁ = β₂ = ½, ε = 0, g = 2, 1: v̂ = 4, 2 (so u = 1, 1/√2); m̂ = 1, (¼ + ½/√2)/¾.
        let text = "kind = 'laprop'\nbeta1 = 0.5\nbeta2 = 0.5\nepsilon = 0";
        let second = (0.25 + 0.5 / 2.0_f64.sqrt()) / 0.75;
        let steps = path(text, 1.0, &[[2.0], [1.0]]);
        assert!(distance(&steps, &[[-1.0], [-1.0 - second]]) < 1e-15, "{steps:?}");
    }

    #[test]
    fn both_forms_are_the_same_while_the_learning_rate_is() {
        let form = |inside| format!("kind = 'laprop'\nlearning-rate-inside = {inside}");
        let (outside, inside) = (path(&form(false), 0.1, &gradients()), path(&form(true), 0.1, &gradients()));
        assert!(distance(&inside, &outside) < 1e-13);
    }

    #[test]
    fn a_learning_rate_that_is_inside_is_remembered() {
        // β₁ = ½, u = 1: η = 2, 1 gives m = 1, 1 and a = 1, 1.
        let config: LaProp = toml::from_str("beta1 = 0.5\nepsilon = 0\nlearning-rate-inside = true").unwrap();
        let (mut state, mut params) = (config.build(&Layout::point(1)), [0.0]);
        state.step(0.0, &mut params, &[3.0]);
        assert_eq!(params, [0.0]);
        for (lr, expected) in [(2.0, -2.0), (1.0, -3.0)] {
            state.step(lr, &mut params, &[3.0]);
            // 1 − β₂ᵗ = 10⁻³ has the rounding of 1.
            assert!((params[0] - expected).abs() < 1e-12, "{params:?}");
        }
    }
}
