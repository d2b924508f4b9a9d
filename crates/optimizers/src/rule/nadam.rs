//! NAdam: Adam with Nesterov's look one step ahead.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Decay, Fraction, NonNegative};
use thalweg_numeric::{Layout, Real, vector};

use super::squares::Squares;
use super::{Adam, Memory, Root, RuleSettings, RuleState, check_lengths, weight};
use crate::Degree;
use crate::properties::Properties;

/// NAdam, with the switches in which libraries differ.
///
/// ```text
/// μₜ = β₁ (1 − w · 0.96^{ψ t})           w = warm-up, ψ = momentum-decay
/// m ← β₁ m + (1 − β₁) g                  m₀ = 0
/// v ← β₂ v + (1 − β₂) g²,  v̂ = v/(1 − β₂ᵗ)
/// θ ← θ − η [ (1 − μₜ)/(1 − Π₁ᵗ μᵢ) · g + μₜ₊₁/(1 − Π₁ᵗ⁺¹ μᵢ) · m ] / (√v̂ + ε)
/// ```
/// T. Dozat, *Incorporating Nesterov momentum into Adam*, ICLR 2016 workshop, algorithm 8; its μ grows from
/// β₁ (1 − w) towards β₁. With w = 0 it is β₁ throughout and Π μᵢ = β₁ᵗ.
///
/// * PyTorch's `NAdam`: the defaults. It keeps Π μᵢ in its default dtype, so with f32 there even f64
///   parameters differ by 1e-8.
/// * optax's `nadam`: `warm-up = 0`.
/// * Keras' `Nadam`: `momentum-decay = 1`, `epsilon = 1e-7`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct NAdam {
    /// β₁, default 0.9, as in every library.
    pub beta1: Decay,
    /// β₂, default 0.999, as in every library.
    pub beta2: Decay,
    /// ε, default 10⁻⁸, as in PyTorch and optax.
    pub epsilon: NonNegative,
    /// w, the share of the momentum that is missing at first, default 0.5 (Dozat).
    pub warm_up: Fraction,
    /// ψ, how fast that share fades, default 0.004 (Dozat).
    pub momentum_decay: NonNegative,
}

impl Default for NAdam {
    fn default() -> Self {
        let Adam { beta1, beta2, .. } = Adam::default();
        Self {
            beta1,
            beta2,
            epsilon: NonNegative::of(1e-8),
            warm_up: Fraction::of(0.5),
            momentum_decay: NonNegative::of(0.004),
        }
    }
}

impl Properties for NAdam {
    fn numbers_per_parameter(&self) -> f64 {
        2.0
    }

    fn degree(&self) -> Option<Degree> {
        Some(Degree::Invariant)
    }
}

impl<F: Real> RuleSettings<F> for NAdam {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let zeros = || vec![F::ZERO; layout.dim()];
        Box::new(State { config: *self, step: 0.0, product: 1.0, mean: zeros(), square: zeros() })
    }
}

impl NAdam {
    /// μ at step t.
    fn momentum(&self, step: f64) -> f64 {
        let faded = libm::pow(0.96, step * self.momentum_decay.get());
        self.beta1.get() * (1.0 - self.warm_up.get() * faded)
    }
}

struct State<F> {
    config: NAdam,
    step: f64,
    /// Π μᵢ, which has no closed form.
    product: f64,
    mean: Vec<F>,
    square: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.mean.len(), params, grad);
        self.step += 1.0;
        let config = &self.config;
        let (beta1, beta2) = (config.beta1.get(), config.beta2.get());
        let (now, next) = (config.momentum(self.step), config.momentum(self.step + 1.0));
        self.product *= now;
        let of_grad = F::from_f64(lr * (1.0 - now) / (1.0 - self.product));
        let of_mean = F::from_f64(lr * next / (1.0 - self.product * next));
        let scale = F::from_f64(1.0 / weight(beta2, self.step));
        let (fresh1, fresh2) = (F::from_f64(1.0 - beta1), F::from_f64(1.0 - beta2));
        let (beta1, beta2) = (F::from_f64(beta1), F::from_f64(beta2));
        let root = Root::new(config.epsilon, false);
        let squares = Squares::new(beta2, fresh2, root);

        let averages = self.mean.iter_mut().zip(&mut self.square);
        vector::for_each(params.iter_mut().zip(grad).zip(averages), move |((x, g), (m, v))| {
            *m = (beta1 * *m + fresh1 * *g).settled();
            *v = squares.next(*v, *g);
            *x -= (of_grad * *g + of_mean * *m) / root.of(*v * scale);
        });
        squares.settle(&mut self.square);
    }

    fn memory(&mut self) -> Memory<'_, F> {
        let scalars = vec![("step", &mut self.step), ("product", &mut self.product)];
        let vectors = vec![("mean", &mut self.mean[..]), ("square", &mut self.square)];
        Memory { scalars, vectors }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{distance, gradients, path};

    #[test]
    fn without_momentum_it_is_adam_without_momentum() {
        let adam = path("kind = 'adam'\nbeta1 = 0", 0.1, &gradients());
        // Roundings of a few ulps, of parameters that nearly cancel once in a while.
        assert!(distance(&path("kind = 'nadam'\nbeta1 = 0", 0.1, &gradients()), &adam) < 1e-13);
    }

    #[test]
    fn without_warm_up_a_first_gradient_counts_once_now_and_once_ahead() {
        // β₁ = ½: (1 − ½)/(1 − ½)·g + ½/(1 − ¼)·½ g = 4/3 g, over |g|.
        let text = "kind = 'nadam'\nbeta1 = 0.5\nepsilon = 0\nwarm-up = 0";
        assert!(distance(&path(text, 0.75, &[[4.0]]), &[[-1.0]]) < 1e-15);
    }

    #[test]
    fn the_warm_up_halves_the_first_momentum() {
        // ψ = 0 keeps μ at β₁/2 = ¼: (1 − ¼)/(1 − ¼)·g + ¼/(1 − 1/16)·½ g = (1 + 2/15) g.
        let text = "kind = 'nadam'\nbeta1 = 0.5\nepsilon = 0\nmomentum-decay = 0";
        assert!(distance(&path(text, 1.5, &[[4.0]]), &[[-1.7]]) < 1e-15);
    }
}
