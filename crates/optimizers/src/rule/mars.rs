//! MARS: Adam on gradients whose noise is reduced by those of the step before.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Decay, NonNegative, Positive};
use thalweg_numeric::{Layout, Real, vector};

use super::squares::Squares;
use super::{Memory, Root, RuleSettings, RuleState, check_lengths, ranges, weight};
use crate::properties::Properties;

/// MARS-AdamW, in its approximate form. With g′ the gradient of the step before, of another batch; g₀′ = 0.
/// Every array of the layout is for itself:
///
/// ```text
/// c = g + γ β₁/(1 − β₁) (g − g′)
/// c ← c / max(1, ‖c‖/n)                       n = largest-norm
/// m ← β₁ m + (1 − β₁) c                       m₀ = 0
/// v ← β₂ v + (1 − β₂) c²                      v₀ = 0
/// θ ← θ − η c₁ m / [(√v + ε)/c₂]              c₁ = 1/(1 − β₁ᵗ),  c₂ = √(1 − β₂ᵗ)
/// ```
/// H. Yuan et al., *MARS: unleashing the power of variance reduction for training large models*, ICML 2025,
/// algorithms 1 and 2; its decay is the transform `weight-decay` with `decoupled = true`. Equals `MARS` of
/// the package pytorch-optimizer with `optimize_1d = True`, whose ε is not scaled up. The authors leave
/// arrays that are no matrices to AdamW, which a group of parameters with a `rule` of its own does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Mars {
    /// β₁, default 0.95 (Yuan et al.).
    pub beta1: Decay,
    /// β₂, default 0.99 (Yuan et al.).
    pub beta2: Decay,
    /// γ, the share of the correction, default 0.025 (Yuan et al.).
    pub gamma: NonNegative,
    /// ε, default 10⁻⁸ (Yuan et al.).
    pub epsilon: NonNegative,
    /// n, the largest norm of the corrected gradient of an array, default 1 (Yuan et al.).
    pub largest_norm: Positive,
}

impl Default for Mars {
    fn default() -> Self {
        Self {
            beta1: Decay::of(0.95),
            beta2: Decay::of(0.99),
            gamma: NonNegative::of(0.025),
            epsilon: NonNegative::of(1e-8),
            largest_norm: Positive::of(1.0),
        }
    }
}

impl Properties for Mars {
    fn numbers_per_parameter(&self) -> f64 {
        3.0
    }
}

impl<F: Real> RuleSettings<F> for Mars {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let zeros = || vec![F::ZERO; layout.dim()];
        Box::new(State {
            config: *self,
            arrays: ranges(layout),
            step: 0.0,
            mean: zeros(),
            square: zeros(),
            before: zeros(),
            corrected: zeros(),
        })
    }
}

struct State<F> {
    config: Mars,
    arrays: Vec<Range<usize>>,
    step: f64,
    mean: Vec<F>,
    square: Vec<F>,
    /// g′.
    before: Vec<F>,
    // Work space, not remembered.
    corrected: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.mean.len(), params, grad);
        self.step += 1.0;
        let config = &self.config;
        let (beta1, beta2) = (config.beta1.get(), config.beta2.get());
        let share = F::from_f64(config.gamma.get() * (beta1 / (1.0 - beta1)));
        let all = self.corrected.iter_mut().zip(grad).zip(&mut self.before);
        vector::for_each(all, move |((c, g), before)| {
            *c = *g + share * (*g - *before);
            *before = g.settled();
        });
        for array in &self.arrays {
            let corrected = &mut self.corrected[array.clone()];
            let excess = vector::norm(corrected).to_f64() / config.largest_norm.get();
            if excess > 1.0 {
                let scale = F::from_f64(1.0 / excess);
                vector::for_each(corrected, move |c| *c *= scale);
            }
        }
        let rate = F::from_f64(lr / weight(beta1, self.step) * weight(beta2, self.step).sqrt());
        let (fresh1, fresh2) = (F::from_f64(1.0 - beta1), F::from_f64(1.0 - beta2));
        let (beta1, beta2) = (F::from_f64(beta1), F::from_f64(beta2));
        let root = Root::new(config.epsilon, false);
        let squares = Squares::new(beta2, fresh2, root);
        let all = params.iter_mut().zip(&self.corrected).zip(&mut self.mean).zip(&mut self.square);
        vector::for_each(all, move |(((x, c), m), v)| {
            *m = (beta1 * *m + fresh1 * *c).settled();
            *v = squares.next(*v, *c);
            *x -= rate * *m / root.of(*v);
        });
        squares.settle(&mut self.square);
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory {
            scalars: vec![("step", &mut self.step)],
            vectors: vec![
                ("mean", &mut self.mean),
                ("square", &mut self.square),
                ("gradient-before", &mut self.before),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{distance, gradients, path};
    use super::*;

    #[test]
    fn without_correction_and_clipping_it_is_adam() {
        let text = "kind = 'mars'\nbeta1 = 0.9\nbeta2 = 0.999\ngamma = 0\nlargest-norm = 1e9";
        let adam = "kind = 'adam'\nbias-correction = 'absorbed'";
        assert!(distance(&path(text, 0.1, &gradients()), &path(adam, 0.1, &gradients())) < 1e-14);
    }

    #[test]
    fn differences_of_gradients_are_added() {
        // β₁ = ½ and γ = 1: c = 2 g − g′. β₂ = 0, ε = 1: g = 1, 3 gives c = 2, 5, m = 1, 3, m̂ = 2, 4.
        let text = "kind = 'mars'\nbeta1 = 0.5\nbeta2 = 0\ngamma = 1\nepsilon = 1\nlargest-norm = 1e9";
        let steps = path(text, 1.0, &[[1.0], [3.0]]);
        assert!(distance(&steps, &[[-2.0 / 3.0], [-2.0 / 3.0 - 4.0 / 6.0]]) < 1e-15, "{steps:?}");
    }

    #[test]
    fn long_gradients_of_an_array_are_shortened() {
        // ‖(3, 4)‖ is twice 2.5; the second array is short enough. β = 0: θ ← −c/(|c| + 1).
        let config: Mars = toml::from_str("beta1 = 0\nbeta2 = 0\nepsilon = 1\nlargest-norm = 2.5").unwrap();
        let mut state = config.build(&Layout::new([("a", vec![2]), ("b", vec![1])]));
        let mut params = [0.0; 3];
        state.step(1.0, &mut params, &[3.0, 4.0, 2.0]);
        assert_eq!(params, [-1.5 / 2.5, -2.0 / 3.0, -2.0 / 3.0]);
    }
}
