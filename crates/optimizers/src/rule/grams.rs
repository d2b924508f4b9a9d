//! Grams: the length of a rule's steps with the direction of the gradient.

use serde::{Deserialize, Serialize};
use thalweg_numeric::{Layout, Real, vector};

use super::{Inner, Memory, RuleSettings, RuleState, check_lengths, sign};
use crate::properties::Properties;

/// Gradient descent with the magnitudes of another rule, entry by entry:
///
/// ```text
/// u = what the base rule would take from θ
/// θ ← θ − sign(g) |u|                 sign 0 = 0
/// ```
/// Y. Cao, X. Li and Z. Song, *Grams: gradient descent with adaptive momentum scaling* (2024), algorithm 1,
/// with Adam for the base. What the base rule remembers knows nothing of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Grams {
    /// The rule whose steps are as long, with its settings and perhaps a `dialect` of its own.
    pub base: Inner,
}

impl Grams {
    /// Descent by steps as long as those of a rule.
    pub fn new(base: impl Into<Inner>) -> Self {
        Self { base: base.into() }
    }
}

impl Properties for Grams {
    fn base(&self) -> Option<&dyn Properties> {
        Some(self.base.properties())
    }

    fn numbers_per_parameter(&self) -> f64 {
        self.base.properties().numbers_per_parameter()
    }
}

impl<F: Real> RuleSettings<F> for Grams {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        Box::new(State { base: self.base.0.build(layout), before: vec![F::ZERO; layout.dim()] })
    }
}

struct State<F> {
    base: Box<dyn RuleState<F>>,
    // Work space, not remembered.
    before: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.before.len(), params, grad);
        self.before.copy_from_slice(params);
        self.base.step(lr, params, grad);
        vector::for_each(params.iter_mut().zip(&self.before).zip(grad), |((x, before), g)| {
            *x = (*before - sign(*g) * (*before - *x).abs()).zero_below(F::LEAST_NORMAL);
        });
    }

    fn memory(&mut self) -> Memory<'_, F> {
        self.base.memory()
    }

    fn answer(&self, params: &[F], out: &mut [F]) -> bool {
        self.base.answer(params, out)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{distance, gradients, path};

    #[test]
    fn the_gradient_decides_the_direction_alone() {
        // m = 4, then 1 with a gradient of −2, then ½ without one.
        let text = "kind = 'grams'\nbase = { kind = 'momentum', beta = 0.5, dampening = 0.5 }";
        assert_eq!(path(text, 1.0, &[[8.0], [-2.0], [0.0]]), [[-4.0], [-3.0], [-3.0]]);
    }

    #[test]
    fn where_signs_agree_it_is_the_base() {
        let plain = path("kind = 'sgd'", 0.1, &gradients());
        let grams = path("kind = 'grams'\nbase = { kind = 'sgd' }", 0.1, &gradients());
        // A step is the difference of two points, each rounded.
        assert!(distance(&grams, &plain) < 1e-14);
    }
}
