//! Descent by signs.

use serde::{Deserialize, Serialize};
use thalweg_numeric::{Layout, Real, vector};

use super::{Memory, RuleSettings, RuleState, check_lengths, sign};
use crate::Degree;
use crate::properties::Properties;

/// The sign of each entry of the gradient, without settings of its own.
///
/// ```text
/// θ ← θ − η sign(g)        sign 0 = 0
/// ```
/// J. Bernstein et al., *signSGD: compressed optimisation for non-convex problems*, ICML 2018, algorithm 1.
/// Equals optax's `sign_sgd`. It is steepest descent in the largest-entry norm, up to a factor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SignSgd {}

impl Properties for SignSgd {
    fn numbers_per_parameter(&self) -> f64 {
        0.0
    }

    fn degree(&self) -> Option<Degree> {
        Some(Degree::Invariant)
    }
}

impl<F: Real> RuleSettings<F> for SignSgd {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        Box::new(State { dim: layout.dim() })
    }
}

struct State {
    dim: usize,
}

impl<F: Real> RuleState<F> for State {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.dim, params, grad);
        let rate = F::from_f64(lr);
        vector::for_each(params.iter_mut().zip(grad), move |(x, g)| *x -= rate * sign(*g));
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory { scalars: vec![], vectors: vec![] }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::path;

    #[test]
    fn every_entry_moves_by_the_learning_rate_or_not_at_all() {
        let grads = [[1e-300, -1e300, 0.0, -0.0]; 2];
        let steps = path("kind = 'signsgd'", 0.25, &grads);
        assert_eq!(steps, [[-0.25, 0.25, 0.0, 0.0], [-0.5, 0.5, 0.0, 0.0]]);
    }

    #[test]
    fn a_gradient_that_is_no_number_is_not_hidden() {
        assert!(path("kind = 'signsgd'", 0.25, &[[f64::NAN]])[0][0].is_nan());
    }
}
