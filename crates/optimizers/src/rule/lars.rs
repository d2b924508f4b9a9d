//! LARS: momentum with steps as long as the layer's weights allow.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Decay, NonNegative, Positive};
use thalweg_numeric::{Layout, Real, vector};

use super::{Memory, RuleSettings, RuleState, check_lengths, ranges, trust_ratio};
use crate::properties::Properties;

/// Layer-wise adaptive rate scaling. Every array of the layout is a layer w with gradient g:
///
/// ```text
/// r = c ‖w‖ / (‖g‖ + ε)            c = trust-coefficient; r = 1 if a norm is 0
/// p ← β p + η r g                  p₀ = 0
/// w ← w − p
/// ```
/// Y. You, I. Gitman and B. Ginsburg, *Large batch training of convolutional networks* (2017), algorithm 1.
/// Equals optax's `lars`; its weight decay is the transform `weight-decay` with `decoupled = false`, which
/// enters ‖g‖.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lars {
    /// β, default 0.9 (You et al., section 5).
    pub beta: Decay,
    /// c, default 0.001 (You et al., section 4: "trust in the layer to change its weights").
    pub trust_coefficient: Positive,
    /// ε, default 0, as in optax and the paper.
    pub epsilon: NonNegative,
}

impl Default for Lars {
    fn default() -> Self {
        Self { beta: Decay::of(0.9), trust_coefficient: Positive::of(0.001), epsilon: NonNegative::of(0.0) }
    }
}

impl Properties for Lars {
    fn numbers_per_parameter(&self) -> f64 {
        1.0
    }
}

impl<F: Real> RuleSettings<F> for Lars {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        Box::new(State { config: *self, layers: ranges(layout), momentum: vec![F::ZERO; layout.dim()] })
    }
}

struct State<F> {
    config: Lars,
    layers: Vec<Range<usize>>,
    momentum: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.momentum.len(), params, grad);
        let (coefficient, epsilon) = (self.config.trust_coefficient.get(), self.config.epsilon.get());
        let beta = F::from_f64(self.config.beta.get());
        for layer in &self.layers {
            let (params, grad) = (&mut params[layer.clone()], &grad[layer.clone()]);
            let gain = F::from_f64(lr * trust_ratio(params, grad, coefficient, epsilon));
            let all = params.iter_mut().zip(grad).zip(&mut self.momentum[layer.clone()]);
            vector::for_each(all, move |((w, g), p)| {
                *p = (beta * *p + gain * *g).settled();
                *w -= *p;
            });
        }
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory { scalars: vec![], vectors: vec![("momentum", &mut self.momentum)] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_has_its_own_trust_ratio() {
        // ‖w‖ = 5, ‖g‖ = 8, so r = 4·5/(8 + 2) = 2; a layer of zeros, and one without a gradient, have r = 1.
        let config = Lars {
            beta: Decay::of(0.5),
            trust_coefficient: Positive::of(4.0),
            epsilon: NonNegative::of(2.0),
        };
        let mut state = config.build(&Layout::new([("a", vec![2, 1]), ("b", vec![1]), ("c", vec![1])]));
        let mut params = [3.0, 4.0, 0.0, 7.0];
        state.step(0.25, &mut params, &[0.0, 8.0, 2.0, 0.0]);
        assert_eq!(params, [3.0, 0.0, -0.5, 7.0]);
        // Now ‖w‖ = 3, ‖g‖ = 4, r = 2: p = ½·4 + 0; and ½·0.5 + ¼·1·0.
        state.step(0.25, &mut params, &[4.0, 0.0, 0.0, 0.0]);
        assert_eq!(params, [1.0, -2.0, -0.75, 7.0]);
    }
}
