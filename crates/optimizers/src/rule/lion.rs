//! Lion: the sign of a momentum.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::Decay;
use thalweg_numeric::{Layout, Real, vector};

use super::{Memory, RuleSettings, RuleState, check_lengths, larger, sign};
use crate::Degree;
use crate::properties::Properties;

/// Evolved sign momentum: every coordinate moves by η or not at all.
///
/// ```text
/// θ ← θ − η sign(β₁ m + (1 − β₁) g)        sign 0 = 0
/// m ← β₂ m + (1 − β₂) g                    m₀ = 0
/// ```
/// X. Chen et al., *Symbolic discovery of optimization algorithms*, NeurIPS 2023, algorithm 2, whose decay is
/// the transform `weight-decay` with `decoupled = true`. Equals optax's `lion` and Keras' `Lion`; PyTorch has
/// none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lion {
    /// β₁, default 0.9 (Chen et al.).
    pub beta1: Decay,
    /// β₂, default 0.99 (Chen et al.).
    pub beta2: Decay,
}

impl Default for Lion {
    fn default() -> Self {
        Self { beta1: Decay::of(0.9), beta2: Decay::of(0.99) }
    }
}

impl Properties for Lion {
    fn numbers_per_parameter(&self) -> f64 {
        1.0
    }

    fn degree(&self) -> Option<Degree> {
        Some(Degree::Invariant)
    }
}

impl<F: Real> RuleSettings<F> for Lion {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        Box::new(State { config: *self, mean: vec![F::ZERO; layout.dim()] })
    }
}

struct State<F> {
    config: Lion,
    mean: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.mean.len(), params, grad);
        let (beta1, beta2) = (self.config.beta1.get(), self.config.beta2.get());
        let (fresh1, fresh2) = (F::from_f64(1.0 - beta1), F::from_f64(1.0 - beta2));
        let (beta1, beta2, rate) = (F::from_f64(beta1), F::from_f64(beta2), F::from_f64(lr));
        // A step feels the sign of m however small m is, so m ends at the least number that can be
        // multiplied.
        let floor = larger(beta1.least_factor(), beta2.least_factor());
        vector::for_each(params.iter_mut().zip(grad).zip(&mut self.mean), move |((x, g), m)| {
            *x -= rate * sign(beta1 * *m + fresh1 * *g);
            let mean = beta2 * *m + fresh2 * *g;
            *m = if mean.abs() < floor { floor * sign(mean) } else { mean };
        });
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory { scalars: vec![], vectors: vec![("mean", &mut self.mean)] }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{gradients, path};

    #[test]
    fn the_step_looks_at_the_gradient_more_than_the_memory_does() {
        // β₁ = ½, β₂ = ¾, gradients 4, −2, 0, 0: m = 1, 0.25, …; ½ m + ½ g = 2, −0.5, 0.125, positive.
        let text = "kind = 'lion'\nbeta1 = 0.5\nbeta2 = 0.75";
        let steps = path(text, 0.25, &[[4.0], [-2.0], [0.0], [0.0]]);
        assert_eq!(steps, [[-0.25], [0.0], [-0.25], [-0.5]]);
    }

    #[test]
    fn without_memory_it_is_signsgd() {
        let lion = path("kind = 'lion'\nbeta1 = 0\nbeta2 = 0", 0.1, &gradients());
        assert_eq!(lion, path("kind = 'signsgd'", 0.1, &gradients()));
    }
}
