//! AdaMax: Adam with the largest gradient in place of the mean square.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Decay, NonNegative};
use thalweg_numeric::{Layout, Real, vector};

use super::squares::raise;
use super::{Adam, Memory, RuleSettings, RuleState, check_lengths, larger, weight};
use crate::Degree;
use crate::properties::Properties;

/// AdaMax, with the switch in which libraries differ.
///
/// ```text
/// m ← β₁ m + (1 − β₁) g                         m₀ = 0
/// u ← max(β₂ u, |g| + ε)                        u₀ = 0, epsilon-inside-maximum = true
/// u ← max(β₂ u, |g|),  and u + ε for u below    epsilon-inside-maximum = false
/// θ ← θ − η/(1 − β₁ᵗ) · m/u
/// ```
/// D. P. Kingma and J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015, algorithm 2, which has no
/// ε.
///
/// * PyTorch's `Adamax` and optax's `adamax`: the defaults.
/// * Keras' `Adamax`: `epsilon-inside-maximum = false`, `epsilon = 1e-7`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct AdaMax {
    /// β₁, default 0.9 (Kingma & Ba).
    pub beta1: Decay,
    /// β₂, default 0.999 (Kingma & Ba).
    pub beta2: Decay,
    /// ε, default 10⁻⁸, as in PyTorch and optax.
    pub epsilon: NonNegative,
    /// Whether ε is added to each gradient before the maximum. Default true, as in PyTorch and optax.
    pub epsilon_inside_maximum: bool,
}

impl Default for AdaMax {
    fn default() -> Self {
        let Adam { beta1, beta2, .. } = Adam::default();
        Self { beta1, beta2, epsilon: NonNegative::of(1e-8), epsilon_inside_maximum: true }
    }
}

impl Properties for AdaMax {
    fn numbers_per_parameter(&self) -> f64 {
        2.0
    }

    fn degree(&self) -> Option<Degree> {
        Some(Degree::Invariant)
    }
}

impl<F: Real> RuleSettings<F> for AdaMax {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let zeros = || vec![F::ZERO; layout.dim()];
        Box::new(State { config: *self, step: 0.0, mean: zeros(), maximum: zeros() })
    }
}

struct State<F> {
    config: AdaMax,
    step: f64,
    mean: Vec<F>,
    maximum: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.mean.len(), params, grad);
        self.step += 1.0;
        let config = &self.config;
        let (beta1, beta2) = (config.beta1.get(), F::from_f64(config.beta2.get()));
        let rate = F::from_f64(lr / weight(beta1, self.step));
        let (beta1, fresh1) = (F::from_f64(beta1), F::from_f64(1.0 - beta1));
        let epsilon = F::from_f64(config.epsilon.get());
        let (inside, outside) =
            if config.epsilon_inside_maximum { (epsilon, F::ZERO) } else { (F::ZERO, epsilon) };

        // With a smaller ε a step feels every u.
        let least = beta2.least_factor();
        let is_felt = epsilon * F::EPSILON < least;
        let floor = if is_felt { F::ZERO } else { least };
        let averages = self.mean.iter_mut().zip(&mut self.maximum);
        vector::for_each(params.iter_mut().zip(grad).zip(averages), move |((x, g), (m, u))| {
            *m = (beta1 * *m + fresh1 * *g).settled();
            *u = larger(floor, larger(g.abs() + inside, beta2 * *u));
            *x -= rate * *m / (*u + outside);
        });
        if is_felt {
            raise(least, &mut self.maximum);
        }
    }

    fn memory(&mut self) -> Memory<'_, F> {
        let vectors = vec![("mean", &mut self.mean[..]), ("maximum", &mut self.maximum)];
        Memory { scalars: vec![("step", &mut self.step)], vectors }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::path;

    #[test]
    fn steps_match_hand_computed_values() {
        // β₁ = 0, β₂ = ½, gradients 8, 1, −4: u = 8, 4, 4.
        let text = "kind = 'adamax'\nbeta1 = 0\nbeta2 = 0.5\nepsilon = 0";
        assert_eq!(path(text, 1.0, &[[8.0], [1.0], [-4.0]]), [[-1.0], [-1.25], [-0.25]]);
    }

    #[test]
    fn epsilon_outside_the_maximum_is_added_anew() {
        // Gradients 6, 0 with ε = 2: u = 8, then max(½·8, 2) = 4 inside; 6 + 2, then 3 + 2 outside. β₁ = ½:
        // m̂ = 6, 2.
        let text = |inside| {
            format!(
                "kind = 'adamax'\nbeta1 = 0.5\nbeta2 = 0.5\nepsilon = 2\nepsilon-inside-maximum = {inside}"
            )
        };
        let second = |inside| {
            let steps = path(&text(inside), 1.0, &[[6.0], [0.0]]);
            assert_eq!(steps[0], [-0.75]);
            -0.75 - steps[1][0]
        };
        assert!((second("true") - 2.0 / 4.0_f64).abs() < 1e-15);
        assert!((second("false") - 2.0 / 5.0_f64).abs() < 1e-15);
    }
}
