//! Polyak's step: as long as the loss lies above its minimum.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Finite, NonNegative, Positive};
use thalweg_numeric::{Layout, Objective, Real, vector};

use super::{MethodSettings, MethodState};
use crate::Memory;
use crate::properties::Properties;

/// Gradient descent with Polyak's step length, for a loss whose minimum is known, as is 0 where a network can
/// fit all labels.
///
/// ```text
/// s = (L(θ) − f*) / (‖g‖² + ε)        f* = minimum
/// s ← min(s, longest)                 if there is one
/// θ ← θ − η s g                       η = 1 is Polyak's own step
/// ```
/// B. T. Polyak, *Introduction to optimization* (1987), section 5.3; with batches and a longest step
/// N. Loizou et al., *Stochastic Polyak step-size for SGD*, AISTATS 2021, section 3, in which η is 1/c. With
/// η = 1 it equals optax's `polyak_sgd`, whose `max_learning_rate` is 1 by default; its `scaling` is 1/η. The
/// gradient is that after the transforms.
/// Where L ≤ f* or g = 0 nothing moves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Polyak {
    /// f*, in units of the loss. Default 0.
    pub minimum: Finite,
    /// ε, in squared units of the gradient. Default 0 (Polyak).
    pub epsilon: NonNegative,
    /// The largest s. Default none (Polyak).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest: Option<Positive>,
}

impl Default for Polyak {
    fn default() -> Self {
        Self { minimum: Finite::of(0.0), epsilon: NonNegative::of(0.0), longest: None }
    }
}

impl Properties for Polyak {
    fn numbers_per_parameter(&self) -> f64 {
        0.0
    }
}

impl<F: Real> MethodSettings<F> for Polyak {
    fn build(&self, _layout: &Layout) -> Box<dyn MethodState<F>> {
        Box::new(State { config: *self })
    }
}

/// Nothing is remembered from step to step.
struct State {
    config: Polyak,
}

impl<F: Real> MethodState<F> for State {
    fn step(&mut self, lr: f64, params: &mut [F], value: F, grad: &[F], _objective: &mut dyn Objective<F>) {
        let Polyak { minimum, epsilon, longest } = self.config;
        let above = value.to_f64() - minimum.get();
        let square = vector::dot(grad, grad).to_f64() + epsilon.get();
        if above <= 0.0 || square == 0.0 {
            return;
        }
        let length = (above / square).min(longest.map_or(f64::INFINITY, Positive::get));
        vector::descend(F::from_f64(lr * length), grad, params);
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory { scalars: vec![], vectors: vec![] }
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::bounded::Count;
    use thalweg_numeric::objectives::{Linear, Quadratic};

    use super::super::testing::steps;

    #[test]
    fn of_a_line_it_hits_the_minimum() {
        let mut linear = Linear { slope: vec![3.0, -4.0] };
        // L = 3 at (1, 0); to L = −2 it is 5 over 25.
        let hit = steps("kind = 'polyak'\nminimum = -2", 1.0, 2, &mut linear, [1.0, 0.0]);
        let expected = [1.0 - 0.2 * 3.0, 0.2 * 4.0];
        assert!(hit.iter().flatten().zip([expected; 2].as_flattened()).all(|(a, b)| (a - b).abs() < 1e-15));
        let short = steps("kind = 'polyak'\nminimum = -2\nlongest = 0.125", 0.5, 1, &mut linear, [1.0, 0.0]);
        assert_eq!(short, [[1.0 - 0.1875, 0.25]]);
        let damped = steps("kind = 'polyak'\nminimum = -2\nepsilon = 15", 1.0, 1, &mut linear, [1.0, 0.0]);
        assert_eq!(damped, [[1.0 - 0.375, 0.5]]);
    }

    #[test]
    fn at_the_minimum_and_below_it_nothing_moves() {
        let mut quadratic = Quadratic::new(Count::of(2), super::Positive::of(1.0));
        // ½ ‖θ‖²: half of the way each time.
        assert_eq!(steps("kind = 'polyak'", 1.0, 2, &mut quadratic, [4.0, -8.0]), [[2.0, -4.0], [1.0, -2.0]]);
        for text in ["kind = 'polyak'\nminimum = 40", "kind = 'polyak'\nminimum = 41"] {
            assert_eq!(steps(text, 1.0, 1, &mut quadratic, [4.0, -8.0]), [[4.0, -8.0]]);
        }
        assert_eq!(steps("kind = 'polyak'\nminimum = -1", 1.0, 1, &mut quadratic, [0.0; 2]), [[0.0; 2]]);
    }
}
