//! LAMB: Adam with steps as long as the layer's weights allow.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Decay, NonNegative};
use thalweg_numeric::{Layout, Real, vector};

use super::squares::Squares;
use super::{Adam, Memory, Root, RuleSettings, RuleState, check_lengths, ranges, trust_ratio, weight};
use crate::properties::Properties;

/// Layer-wise adaptive moments. Every array of the layout is a layer w:
///
/// ```text
/// u = m̂ / (√v̂ + ε) + λ w          m̂, v̂ as in Adam, λ = weight-decay
/// w ← w − η (‖w‖/‖u‖) u            the ratio is 1 if a norm is 0
/// ```
/// Y. You et al., *Large batch optimization for deep learning: training BERT in 76 minutes*, ICLR 2020,
/// algorithm 2 with φ the identity.
///
/// * optax's `lamb`: the defaults.
/// * Keras' `Lamb`: `epsilon = 1e-7`. Its `weight_decay` is the transform `weight-decay` with `decoupled =
///   true`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lamb {
    /// β₁, default 0.9 (You et al.).
    pub beta1: Decay,
    /// β₂, default 0.999 (You et al.).
    pub beta2: Decay,
    /// ε, default 10⁻⁶ (You et al.).
    pub epsilon: NonNegative,
    /// λ, default 0, as in optax. It lengthens u, not w: the decay is part of a step of fixed length.
    pub weight_decay: NonNegative,
}

impl Default for Lamb {
    fn default() -> Self {
        let Adam { beta1, beta2, .. } = Adam::default();
        Self { beta1, beta2, epsilon: NonNegative::of(1e-6), weight_decay: NonNegative::of(0.0) }
    }
}

impl Properties for Lamb {
    fn numbers_per_parameter(&self) -> f64 {
        2.0
    }
}

impl<F: Real> RuleSettings<F> for Lamb {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let zeros = || vec![F::ZERO; layout.dim()];
        Box::new(State {
            config: *self,
            layers: ranges(layout),
            step: 0.0,
            mean: zeros(),
            square: zeros(),
            direction: zeros(),
        })
    }
}

struct State<F> {
    config: Lamb,
    layers: Vec<Range<usize>>,
    step: f64,
    mean: Vec<F>,
    square: Vec<F>,
    /// u, which is not remembered: its norm is known only after its last entry.
    direction: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.mean.len(), params, grad);
        self.step += 1.0;
        let config = &self.config;
        let (beta1, beta2) = (config.beta1.get(), config.beta2.get());
        let scale1 = F::from_f64(1.0 / weight(beta1, self.step));
        let scale2 = F::from_f64(1.0 / weight(beta2, self.step));
        let (fresh1, fresh2) = (F::from_f64(1.0 - beta1), F::from_f64(1.0 - beta2));
        let (beta1, beta2) = (F::from_f64(beta1), F::from_f64(beta2));
        let decay = F::from_f64(config.weight_decay.get());
        let root = Root::new(config.epsilon, false);
        let squares = Squares::new(beta2, fresh2, root);

        let averages = self.mean.iter_mut().zip(&mut self.square);
        let all = self.direction.iter_mut().zip(&*params).zip(grad).zip(averages);
        vector::for_each(all, move |(((u, w), g), (m, v))| {
            *m = (beta1 * *m + fresh1 * *g).settled();
            *v = squares.next(*v, *g);
            *u = *m * scale1 / root.of(*v * scale2) + decay * *w;
        });
        squares.settle(&mut self.square);
        for layer in &self.layers {
            let (params, direction) = (&mut params[layer.clone()], &self.direction[layer.clone()]);
            let rate = lr * trust_ratio(params, direction, 1.0, 0.0);
            vector::descend(F::from_f64(rate), direction, params);
        }
    }

    fn memory(&mut self) -> Memory<'_, F> {
        let vectors = vec![("mean", &mut self.mean[..]), ("square", &mut self.square)];
        Memory { scalars: vec![("step", &mut self.step)], vectors }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_moves_by_its_own_length() {
        // A first direction of Adam without ε is a sign: ‖u‖ = √2 and 1; a layer of zeros keeps its u.
        let mut state = Lamb {
            beta1: Decay::of(0.5),
            beta2: Decay::of(0.75),
            epsilon: NonNegative::of(0.0),
            weight_decay: NonNegative::of(0.0),
        }
        .build(&Layout::new([("a", vec![1, 2]), ("b", vec![1]), ("c", vec![1])]));
        let mut params = [1.0, 1.0, 8.0, 0.0];
        state.step(0.25, &mut params, &[4.0, -2.0, 0.5, 16.0]);
        let expected = [0.75, 1.25, 6.0, -0.25];
        assert!(params.iter().zip(expected).all(|(a, b): (&f64, f64)| (a - b).abs() < 1e-15), "{params:?}");
    }

    #[test]
    fn decay_turns_the_direction_and_leaves_its_length() {
        // u = (1 + ¼·4, 1) / ‖u‖, ‖w‖ = 4.
        let mut state = Lamb {
            beta1: Decay::of(0.5),
            beta2: Decay::of(0.75),
            epsilon: NonNegative::of(0.0),
            weight_decay: NonNegative::of(0.25),
        }
        .build(&Layout::new([("a", vec![2])]));
        let mut params = [4.0, 0.0];
        state.step(0.5, &mut params, &[1.0, 1.0]);
        let expected = [4.0 - 4.0 / 5.0_f64.sqrt(), -2.0 / 5.0_f64.sqrt()];
        assert!(params.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15), "{params:?}");
    }
}
