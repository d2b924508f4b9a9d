//! AdEMAMix: Adam with a second average of gradients that remembers long.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Count, Decay, NonNegative};
use thalweg_numeric::{Layout, Real, vector};

use super::squares::Squares;
use super::{Memory, Root, RuleSettings, RuleState, check_lengths, weight};
use crate::Degree;
use crate::properties::Properties;

/// AdEMAMix.
///
/// ```text
/// m ← β₁ m + (1 − β₁) g                  m₀ = 0
/// l ← β₃(t) l + (1 − β₃(t)) g            l₀ = 0
/// v ← β₂ v + (1 − β₂) g²                 v₀ = 0
/// θ ← θ − η [m/(1 − β₁ᵗ) + α(t) l] / (√(v/(1 − β₂ᵗ)) + ε)
///
/// α(t) = α min(1, t/T)                   T = warm-up-steps
/// ln β₃(t) = ln β₁ ln β₃ / ((1 − t/T) ln β₃ + t/T ln β₁), from T on ln β₃
/// ```
/// M. Pagliardini, P. Ablin and D. Grangier, *The AdEMAMix optimizer: better, faster, older*, ICLR 2025,
/// algorithm 1; its decay is the transform `weight-decay` with `decoupled = true`. The slow average l is not
/// scaled up. Equals optax's `contrib.ademamix`. With α = 0 it is Adam.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct AdEmaMix {
    /// β₁, default 0.9 (Pagliardini et al.).
    pub beta1: Decay,
    /// β₂, default 0.999 (Pagliardini et al.).
    pub beta2: Decay,
    /// β₃, default 0.9999 (Pagliardini et al.).
    pub beta3: Decay,
    /// α, the share of the slow average. Default 5, as in optax; Pagliardini et al. take 4 to 10.
    pub alpha: NonNegative,
    /// ε, default 10⁻⁸ (Pagliardini et al.).
    pub epsilon: NonNegative,
    /// T, the steps until α and β₃ have their values. Default 1, no warm-up; Pagliardini et al. take all
    /// steps of a training. With β₁ = 0 it is α alone that grows.
    pub warm_up_steps: Count,
}

impl Default for AdEmaMix {
    fn default() -> Self {
        Self {
            beta1: Decay::of(0.9),
            beta2: Decay::of(0.999),
            beta3: Decay::of(0.9999),
            alpha: NonNegative::of(5.0),
            epsilon: NonNegative::of(1e-8),
            warm_up_steps: Count::of(1),
        }
    }
}

impl AdEmaMix {
    /// α and β₃ at step t.
    fn slow(&self, step: f64) -> (f64, f64) {
        let (alpha, beta1, beta3) = (self.alpha.get(), self.beta1.get(), self.beta3.get());
        let done = step / self.warm_up_steps.get() as f64;
        if done >= 1.0 {
            return (alpha, beta3);
        }
        if beta1 == 0.0 || beta3 == 0.0 {
            return (alpha * done, beta3);
        }
        let (from, to) = (libm::log(beta1), libm::log(beta3));
        let beta = libm::exp(from * to / ((1.0 - done) * to + done * from));
        (alpha * done, beta.min(beta3))
    }
}

impl Properties for AdEmaMix {
    fn numbers_per_parameter(&self) -> f64 {
        3.0
    }

    fn degree(&self) -> Option<Degree> {
        Some(Degree::Invariant)
    }
}

impl<F: Real> RuleSettings<F> for AdEmaMix {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let zeros = || vec![F::ZERO; layout.dim()];
        Box::new(State { config: *self, step: 0.0, mean: zeros(), slow: zeros(), square: zeros() })
    }
}

struct State<F> {
    config: AdEmaMix,
    step: f64,
    mean: Vec<F>,
    slow: Vec<F>,
    square: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.mean.len(), params, grad);
        self.step += 1.0;
        let config = &self.config;
        let (beta1, beta2) = (config.beta1.get(), config.beta2.get());
        let (alpha, beta3) = config.slow(self.step);
        let rate = F::from_f64(lr * (1.0 / weight(beta1, self.step)));
        let slow_rate = F::from_f64(lr * alpha);
        let scale = F::from_f64(1.0 / weight(beta2, self.step));
        let [fresh1, fresh2, fresh3] = [beta1, beta2, beta3].map(|beta| F::from_f64(1.0 - beta));
        let [beta1, beta2, beta3] = [beta1, beta2, beta3].map(F::from_f64);
        let root = Root::new(config.epsilon, false);
        let squares = Squares::new(beta2, fresh2, root);
        let all = params.iter_mut().zip(grad).zip(&mut self.mean).zip(&mut self.slow).zip(&mut self.square);
        vector::for_each(all, move |((((x, g), m), l), v)| {
            *m = (beta1 * *m + fresh1 * *g).settled();
            *l = (beta3 * *l + fresh3 * *g).settled();
            *v = squares.next(*v, *g);
            *x -= (rate * *m + slow_rate * *l) / root.of(*v * scale);
        });
        squares.settle(&mut self.square);
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory {
            scalars: vec![("step", &mut self.step)],
            vectors: vec![
                ("mean", &mut self.mean),
                ("slow-mean", &mut self.slow),
                ("square", &mut self.square),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{distance, gradients, path};
    use super::*;

    #[test]
    fn without_its_share_it_is_adam() {
        let mix = path("kind = 'ademamix'\nalpha = 0", 0.1, &gradients());
        assert_eq!(mix, path("kind = 'adam'", 0.1, &gradients()));
    }

    #[test]
    fn the_slow_average_is_added_as_it_is() {
        // β₃ = ½ and β₂ = 0, ε = 0: g = 1, 1; l = ½, ¾; with α = 2 steps of 1 + 1 and 1 + 1.5.
        let text = "kind = 'ademamix'\nbeta2 = 0\nbeta3 = 0.5\nalpha = 2\nepsilon = 0";
        let steps = path(text, 1.0, &[[1.0], [1.0]]);
        assert!(distance(&steps, &[[-2.0], [-4.5]]) < 1e-15, "{steps:?}");
    }

    #[test]
    fn the_warm_up_goes_from_the_fast_average_to_the_slow_one() {
        let config: AdEmaMix = toml::from_str("warm-up-steps = 4\nalpha = 8").unwrap();
        // In half lives, ln ½/ln β₃, it is linear: 6.58 of 0.9 and 6931 of 0.9999.
        let half_life = |beta: f64| libm::log(0.5) / libm::log(beta);
        for (step, alpha) in [(1.0, 2.0), (2.0, 4.0), (3.0, 6.0), (4.0, 8.0), (9.0, 8.0)] {
            let done: f64 = if step > 4.0 { 1.0 } else { step / 4.0 };
            let expected = (1.0 - done) * half_life(0.9) + done * half_life(0.9999);
            let (a, beta) = config.slow(step);
            assert_eq!(a, alpha);
            // An ulp of β is 1e-12 of 1 − β.
            assert!((half_life(beta) / expected - 1.0).abs() < 1e-11, "{step}: {beta}");
        }
        let without: AdEmaMix = toml::from_str("warm-up-steps = 4\nbeta1 = 0").unwrap();
        assert_eq!(without.slow(1.0), (1.25, 0.9999));
    }
}
