//! Descent along the gradient by steps of one length.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::NonNegative;
use thalweg_numeric::{Layout, Real, vector};

use super::{Memory, RuleSettings, RuleState, check_lengths};
use crate::properties::Properties;

/// Normalised gradient descent: every step has the length η, whatever the gradient.
///
/// ```text
/// θ ← θ − η g / (‖g‖ + ε)        Euclidean norm of the whole gradient
/// ```
/// N. Z. Shor, *Minimization methods for non-differentiable functions* (1985), section 2.1; E. Hazan, K. Y.
/// Levy and S. Shalev-Shwartz, *Beyond convexity: stochastic quasi-convex optimization*, NIPS 2015,
/// algorithm 1. Equals optax's `contrib.normalize` ahead of plain descent, and with `epsilon = 1e-6` its
/// `normalize_by_update_norm`. Where the squares of the gradient vanish or overflow, nothing moves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Normalised {
    /// ε, default 0 (Hazan et al.).
    pub epsilon: NonNegative,
}

impl Default for Normalised {
    fn default() -> Self {
        Self { epsilon: NonNegative::of(0.0) }
    }
}

impl Properties for Normalised {
    fn numbers_per_parameter(&self) -> f64 {
        0.0
    }
}

impl<F: Real> RuleSettings<F> for Normalised {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        Box::new(State { epsilon: self.epsilon.get(), dim: layout.dim() })
    }
}

struct State {
    epsilon: f64,
    dim: usize,
}

impl<F: Real> RuleState<F> for State {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.dim, params, grad);
        let norm = vector::norm(grad).to_f64();
        if norm != 0.0 {
            vector::descend(F::from_f64(lr / (norm + self.epsilon)), grad, params);
        }
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory { scalars: vec![], vectors: vec![] }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::path;

    #[test]
    fn steps_have_one_length_and_the_direction_of_the_gradient() {
        // Lengths 5 and 0.5; a gradient of 0 has no direction.
        let steps = path("kind = 'normalised'", 0.5, &[[3.0, -4.0], [0.0, 0.0], [-0.3, 0.4]]);
        // A rounding of each.
        let expected = [[-0.3, 0.4], [-0.3, 0.4], [0.0, 0.0]];
        let all = steps.as_flattened().iter().zip(expected.as_flattened());
        assert!(all.clone().all(|(x, y): (&f64, &f64)| (x - y).abs() < 1e-15), "{steps:?}");
        assert_eq!(steps[1], steps[0]);
        let steps: Vec<[f64; 2]> = path("kind = 'normalised'\nepsilon = 5", 0.5, &[[3.0, -4.0]]);
        assert!((steps[0][0] + 0.15).abs() < 1e-15 && (steps[0][1] - 0.2).abs() < 1e-15, "{steps:?}");
    }
}
