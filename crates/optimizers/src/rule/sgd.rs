//! Plain gradient descent; stochastic if the gradient is that of a batch.

use serde::{Deserialize, Serialize};
use thalweg_numeric::{Layout, Real, vector};

use super::{Memory, RuleSettings, RuleState, check_lengths};
use crate::Degree;
use crate::properties::{Dynamics, Properties};

/// Stochastic gradient descent, without settings of its own.
///
/// ```text
/// θ ← θ − η g
/// ```
/// H. Robbins and S. Monro, *A stochastic approximation method*, Annals of Mathematical Statistics 22 (1951).
/// Equals PyTorch's `SGD` and optax's `sgd` with their defaults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sgd {}

impl Properties for Sgd {
    fn numbers_per_parameter(&self) -> f64 {
        0.0
    }

    fn dynamics(&self) -> Dynamics {
        Dynamics::GradientDescent
    }

    fn degree(&self) -> Option<Degree> {
        Some(Degree::Linear)
    }
}

impl<F: Real> RuleSettings<F> for Sgd {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        Box::new(State { dim: layout.dim() })
    }
}

/// Gradient descent remembers nothing; it only holds its caller to the layout.
struct State {
    dim: usize,
}

impl<F: Real> RuleState<F> for State {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.dim, params, grad);
        vector::descend(F::from_f64(lr), grad, params);
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory { scalars: vec![], vectors: vec![] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane<F: Real>() -> Box<dyn RuleState<F>> {
        Sgd::default().build(&Layout::point(2))
    }

    #[test]
    fn steps_match_hand_computed_values() {
        let mut params = [1.0, -2.0];
        for lr in [0.5, 0.25] {
            plane().step(lr, &mut params, &[4.0, -1.0]);
        }
        // 1 − 0.75·4 and −2 + 0.75·1: multiples of a quarter, exact in binary.
        assert_eq!(params, [-2.0, -1.25]);
    }

    #[test]
    fn in_single_precision_every_operation_is_rounded_once() {
        let mut params = [1.0_f32, 0.3];
        plane().step(0.1, &mut params, &[0.7, -0.2]);
        assert_eq!(params, [1.0 - 0.1_f32 * 0.7, 0.3 + 0.1_f32 * 0.2]);
    }

    #[test]
    #[should_panic(expected = "lengths of parameters and gradient")]
    fn parameters_of_another_layout_are_a_bug() {
        plane().step(0.1, &mut [0.0; 3], &[0.0; 3]);
    }
}
