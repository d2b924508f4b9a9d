//! RAdam: Adam that trusts its second moment only once that has seen enough gradients.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Decay, NonNegative};
use thalweg_numeric::{Layout, Real, vector};

use super::adam::{Adam, BiasCorrection};
use super::squares::Squares;
use super::{Memory, Root, RuleSettings, RuleState, check_lengths, weight};
use crate::properties::Properties;

/// Rectified Adam.
///
/// ```text
/// ρ∞ = 2/(1 − β₂) − 1,   ρ = ρ∞ − 2 t β₂ᵗ/(1 − β₂ᵗ)
/// r  = √( (ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ) )
///
/// ρ > threshold:  Adam's step, r times as long
/// otherwise:      θ ← θ − η m̂,   m̂ = m/(1 − β₁ᵗ)
/// ```
/// L. Liu et al., *On the variance of the adaptive learning rate and beyond*, ICLR 2020, algorithm 2. Moments
/// and `bias-correction` are those of [`Adam`](super::Adam).
///
/// * PyTorch's `RAdam`: `bias-correction = "absorbed"`, the paper's order.
/// * optax's `radam`: `bias-correction = "moments"`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct RAdam {
    /// β₁, default 0.9, as in every library.
    pub beta1: Decay,
    /// β₂, default 0.999 (Liu et al.).
    pub beta2: Decay,
    /// ε, default 10⁻⁸, as in every library.
    pub epsilon: NonNegative,
    /// How the averages, which start from 0, are scaled up. Default `"moments"`, as in [`Adam`](super::Adam).
    pub bias_correction: BiasCorrection,
    /// How many gradients make a second moment, default 5, as in PyTorch and optax; at least 4, the paper's
    /// number, below which r is not real.
    pub threshold: Threshold,
}

impl Default for RAdam {
    fn default() -> Self {
        let Adam { beta1, beta2, .. } = Adam::default();
        Self {
            beta1,
            beta2,
            epsilon: NonNegative::of(1e-8),
            bias_correction: BiasCorrection::default(),
            threshold: Threshold::default(),
        }
    }
}

/// A number of at least 4.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("minimum" = 4.0)))]
#[serde(try_from = "f64")]
pub struct Threshold(f64);

impl Default for Threshold {
    fn default() -> Self {
        Self(5.0)
    }
}

impl TryFrom<f64> for Threshold {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        if value >= 4.0 && value.is_finite() {
            Ok(Self(value))
        } else {
            Err(format!("{value} is not a number of at least 4"))
        }
    }
}

impl Properties for RAdam {
    fn numbers_per_parameter(&self) -> f64 {
        2.0
    }
}

impl<F: Real> RuleSettings<F> for RAdam {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let zeros = || vec![F::ZERO; layout.dim()];
        Box::new(State { config: *self, step: 0.0, mean: zeros(), square: zeros() })
    }
}

impl RAdam {
    /// r at step t; `None` while the second moment is not to be used.
    fn rectification(&self, step: f64) -> Option<f64> {
        let beta2 = self.beta2.get();
        let limit = 2.0 / (1.0 - beta2) - 1.0;
        let rho = limit - 2.0 * step * libm::pow(beta2, step) / weight(beta2, step);
        let ratio = (rho - 4.0) * (rho - 2.0) * limit / ((limit - 4.0) * (limit - 2.0) * rho);
        (rho > self.threshold.0).then(|| ratio.sqrt())
    }
}

struct State<F> {
    config: RAdam,
    step: f64,
    mean: Vec<F>,
    square: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.mean.len(), params, grad);
        self.step += 1.0;
        let config = &self.config;
        let (beta1, beta2) = (config.beta1.get(), config.beta2.get());
        let (weight1, weight2) = (weight(beta1, self.step), weight(beta2, self.step));
        let (fresh1, fresh2) = (F::from_f64(1.0 - beta1), F::from_f64(1.0 - beta2));
        let (beta1, beta2) = (F::from_f64(beta1), F::from_f64(beta2));
        let root = Root::new(config.epsilon, false);
        let squares = Squares::new(beta2, fresh2, root);

        let averages = self.mean.iter_mut().zip(&mut self.square);
        let all = params.iter_mut().zip(grad).zip(averages);
        if let Some(rectification) = config.rectification(self.step) {
            let (rate, scale) = config.bias_correction.factors(weight1, weight2);
            let (rate, scale) = (F::from_f64(lr * rate * rectification), F::from_f64(scale));
            vector::for_each(all, move |((x, g), (m, v))| {
                *m = (beta1 * *m + fresh1 * *g).settled();
                *v = squares.next(*v, *g);
                *x -= rate * *m / root.of(*v * scale);
            });
        } else {
            let rate = F::from_f64(lr / weight1);
            vector::for_each(all, move |((x, g), (m, v))| {
                *m = (beta1 * *m + fresh1 * *g).settled();
                *v = squares.next(*v, *g);
                *x -= rate * *m;
            });
        }
        squares.settle(&mut self.square);
    }

    fn memory(&mut self) -> Memory<'_, F> {
        let vectors = vec![("mean", &mut self.mean[..]), ("square", &mut self.square)];
        Memory { scalars: vec![("step", &mut self.step)], vectors }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::path;
    use super::*;

    fn config(text: &str) -> Result<RAdam, String> {
        toml::from_str(text).map_err(|e| e.message().to_owned())
    }

    #[test]
    fn the_first_steps_are_momentum_and_later_ones_adam() {
        // With β₂ = 0.999 ρ is about t: 5 steps of the gradient itself, then of its sign.
        let steps = path("kind = 'radam'\nbeta1 = 0", 1.0, &[[1e-3]; 2000]);
        assert_eq!(steps[4], [-0.005]);
        assert!(steps[5][0] < -0.01, "{:?}", steps[5]);
        let last = steps[1998][0] - steps[1999][0];
        assert!((0.5..1.0).contains(&last), "r grows to 1: {last}");
    }

    #[test]
    fn the_rectification_grows_towards_one() {
        let config = config("").unwrap();
        assert_eq!((1..=5).find_map(|t| config.rectification(f64::from(t))), None);
        let values: Vec<f64> = (6..20_000).filter_map(|t| config.rectification(f64::from(t))).collect();
        assert_eq!(values.len(), 20_000 - 6);
        assert!(values.is_sorted() && values[0] > 0.0);
        // ρ∞ − ρ = 2 t β₂ᵗ ≈ 8e-5 of 1999.
        assert!((1.0 - values[values.len() - 1]) < 1e-6);
    }

    #[test]
    fn a_short_memory_never_holds_enough_gradients() {
        // β₂ = ½: ρ∞ = 3.
        let config = config("beta2 = 0.5").unwrap();
        assert_eq!((1..1000).find_map(|t| config.rectification(f64::from(t))), None);
    }

    #[test]
    fn thresholds_that_would_give_an_imaginary_step_are_refused() {
        assert!(config("threshold = 4").is_ok());
        assert_eq!(config("threshold = 3.5").unwrap_err(), "3.5 is not a number of at least 4");
    }
}
