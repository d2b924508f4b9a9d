//! Adam: momentum, divided by the root of an average of squares.

use serde::{Deserialize, Serialize};
use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::bounded::{Decay, NonNegative};
use thalweg_numeric::{Layout, Real, vector};

use super::squares::Squares;
use super::{Memory, Root, RuleSettings, RuleState, check_lengths, larger, weight};
use crate::Degree;
use crate::properties::{Dynamics, Properties};

/// Adam, with the switches in which libraries differ.
///
/// ```text
/// m ← β₁ m + (1 − β₁) g                          m₀ = 0
/// v ← β₂ v + (1 − β₂) g²                         v₀ = 0
///
/// θ ← θ − η m̂ / (√v̂ + ε)                         bias-correction = "moments"
///     m̂ = m/(1 − β₁ᵗ),  v̂ = v/(1 − β₂ᵗ)
/// θ ← θ − η √(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε)   bias-correction = "absorbed"
/// ```
/// D. P. Kingma and J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015: algorithm 1, and the more
/// efficient order of its section 2. The second is the first with ε/√(1 − β₂ᵗ) for ε: while t is small
/// against 1/(1 − β₂), its ε is the larger one. With `epsilon-inside-root` the denominators are √(v̂ + ε) and
/// √(v + ε).
///
/// * PyTorch's `Adam` and optax's `adam`: the defaults. optax has a second number, `eps_root`, for ε inside
///   the root.
/// * Keras' `Adam` and the article: `bias-correction = "absorbed"`; Keras has `epsilon = 1e-7`.
/// * AdamW is this rule after the transform `weight-decay` with `decoupled = true`.
///
/// ε = 0 is allowed, and gives 0/0 in a coordinate whose gradient has been 0 from the start.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Adam {
    /// β₁, default 0.9 (Kingma & Ba).
    pub beta1: Decay,
    /// β₂, default 0.999 (Kingma & Ba).
    pub beta2: Decay,
    /// ε, default 10⁻⁸ (Kingma & Ba).
    pub epsilon: NonNegative,
    /// Whether ε is added inside the root. Default false (Kingma & Ba).
    pub epsilon_inside_root: bool,
    /// How the averages, which start from 0, are scaled up. Default `"moments"` (Kingma & Ba, algorithm 1).
    pub bias_correction: BiasCorrection,
    /// Whether the denominator may fall again. Default `"off"` (Kingma & Ba).
    pub amsgrad: Amsgrad,
}

impl Default for Adam {
    fn default() -> Self {
        Self {
            beta1: Decay::of(0.9),
            beta2: Decay::of(0.999),
            epsilon: NonNegative::of(1e-8),
            epsilon_inside_root: false,
            bias_correction: BiasCorrection::default(),
            amsgrad: Amsgrad::default(),
        }
    }
}

/// How the averages that start from 0 are scaled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum BiasCorrection {
    /// Each moment is divided by the sum of its weights.
    #[default]
    Moments,
    /// The learning rate takes both corrections and ε takes none.
    Absorbed,
}

/// Whether the denominator may fall again: S. J. Reddi, S. Kale and S. Kumar, *On the convergence of Adam and
/// beyond*, ICLR 2018, algorithm 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Amsgrad {
    /// It may.
    #[default]
    Off,
    /// The largest v so far takes the place of v: PyTorch's and Keras' `amsgrad=True`.
    Raw,
    /// The largest v̂ so far takes the place of v̂: optax's `amsgrad`. Equals `raw` if the correction is
    /// absorbed.
    Corrected,
}

impl BiasCorrection {
    /// What multiplies η, and what multiplies v, after weights that sum to `first` and `second`.
    pub(super) fn factors(self, first: f64, second: f64) -> (f64, f64) {
        match self {
            Self::Moments => (1.0 / first, 1.0 / second),
            Self::Absorbed => (second.sqrt() / first, 1.0),
        }
    }
}

impl Properties for Adam {
    fn numbers_per_parameter(&self) -> f64 {
        if self.amsgrad == Amsgrad::Off { 2.0 } else { 3.0 }
    }

    fn dynamics(&self) -> Dynamics {
        Dynamics::Preconditioned { beta: self.beta1.get() }
    }

    fn has_preconditioner(&self) -> bool {
        true
    }

    fn degree(&self) -> Option<Degree> {
        Some(Degree::Invariant)
    }
}

impl<F: Real> RuleSettings<F> for Adam {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let zeros = || aligned::zeros(layout.dim());
        let largest = if self.amsgrad == Amsgrad::Off { aligned::zeros(0) } else { zeros() };
        Box::new(State { config: *self, step: 0.0, mean: zeros(), square: zeros(), largest })
    }
}

struct State<F> {
    config: Adam,
    step: f64,
    mean: Aligned<F>,
    square: Aligned<F>,
    /// Empty without AMSGrad.
    largest: Aligned<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.mean.len(), params, grad);
        self.step += 1.0;
        let config = &self.config;
        let (beta1, beta2) = (config.beta1.get(), config.beta2.get());
        let (rate, scale) =
            config.bias_correction.factors(weight(beta1, self.step), weight(beta2, self.step));
        let (rate, scale) = (F::from_f64(lr * rate), F::from_f64(scale));
        let (fresh1, fresh2) = (F::from_f64(1.0 - beta1), F::from_f64(1.0 - beta2));
        let (beta1, beta2) = (F::from_f64(beta1), F::from_f64(beta2));
        let root = Root::new(config.epsilon, config.epsilon_inside_root);
        let squares = Squares::new(beta2, fresh2, root);

        let all = params.iter_mut().zip(grad).zip(self.mean.iter_mut()).zip(self.square.iter_mut());
        if config.amsgrad == Amsgrad::Off {
            vector::for_each(all, move |(((x, g), m), v)| {
                *m = (beta1 * *m + fresh1 * *g).settled();
                *v = squares.next(*v, *g);
                *x -= rate * *m / root.of(*v * scale);
            });
        } else {
            let corrected = config.amsgrad == Amsgrad::Corrected;
            let (before, after) = if corrected { (scale, F::ONE) } else { (F::ONE, scale) };
            vector::for_each(all.zip(self.largest.iter_mut()), move |((((x, g), m), v), most)| {
                *m = (beta1 * *m + fresh1 * *g).settled();
                *v = squares.next(*v, *g);
                *most = larger(*v * before, *most);
                *x -= rate * *m / root.of(*most * after);
            });
        }
        squares.settle(&mut self.square);
        squares.settle(&mut self.largest);
    }

    fn preconditioner(&self) -> Vec<F> {
        if self.step == 0.0 {
            return vec![F::ONE; self.square.len()];
        }
        let config = &self.config;
        let weights = (weight(config.beta1.get(), self.step), weight(config.beta2.get(), self.step));
        let (rate, scale) = config.bias_correction.factors(weights.0, weights.1);
        let (squares, scale) = match config.amsgrad {
            Amsgrad::Off => (&self.square, scale),
            Amsgrad::Raw => (&self.largest, scale),
            Amsgrad::Corrected => (&self.largest, 1.0),
        };
        let (rate, scale) = (F::from_f64(rate), F::from_f64(scale));
        let root = Root::new(config.epsilon, config.epsilon_inside_root);
        squares.iter().map(|v| root.of(*v * scale) / rate).collect()
    }

    fn memory(&mut self) -> Memory<'_, F> {
        let mut vectors = vec![("mean", &mut self.mean[..]), ("square", &mut self.square)];
        if !self.largest.is_empty() {
            vectors.push(("largest-square", &mut self.largest));
        }
        Memory { scalars: vec![("step", &mut self.step)], vectors }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{distance, gradients, path};

    #[test]
    fn a_constant_gradient_gives_equal_steps() {
        for (switches, denominator) in [("", 0.3 + 0.01), ("epsilon-inside-root = true", 0.1_f64.sqrt())] {
            let text = format!("kind = 'adam'\nepsilon = 1e-2\n{switches}");
            let steps = path(&text, 0.1, &[[0.3]; 500]);
            for (t, [x]) in (1..).zip(steps) {
                let error = x / (-0.1 * f64::from(t) * 0.3 / denominator) - 1.0;
                // The weights of v sum to 1 − 0.999ᵗ up to an ulp of 1, 1.1e-16: of the first sum, 1e-3, that
                // is 1.1e-13, and half of it remains in the root. The averages round by an ulp a step, but
                // forget at their rate.
                assert!(error.abs() < 2e-13, "{switches}, t = {t}: off by {error:e}");
            }
        }
    }

    #[test]
    fn the_absorbed_correction_scales_epsilon_up() {
        // Of a constant gradient, m/(1 − β₁ᵗ) = g and √v = g √(1 − β₂ᵗ): the step is η g/(g + ε/√(1 − β₂ᵗ)).
        let text = "kind = 'adam'\nbeta2 = 0.75\nepsilon = 1\nbias-correction = 'absorbed'";
        let steps = path(text, 1.0, &[[1.0]; 2]);
        let first = 1.0 / (1.0 + 2.0);
        let second = 1.0 / (1.0 + 1.0 / (1.0_f64 - 0.75 * 0.75).sqrt());
        assert!(distance(&steps, &[[-first], [-first - second]]) < 1e-15);
    }

    #[test]
    fn without_epsilon_a_power_of_two_changes_no_bit() {
        for correction in ["moments", "absorbed"] {
            let text = format!("kind = 'adam'\nepsilon = 0\nbias-correction = '{correction}'");
            let plain = path(&text, 0.1, &gradients());
            for k in [-300, -1, 3, 300] {
                let scaled: Vec<_> = gradients().iter().map(|g| g.map(|g| libm::ldexp(g, k))).collect();
                assert_eq!(path(&text, 0.1, &scaled), plain, "{correction}, 2^{k}");
            }
        }
    }

    #[test]
    fn amsgrad_never_lets_the_denominator_fall() {
        // β₁ = 0 and gradients 2, 1: v = 2, 1.5 and v̂ = 4, 2, of which AMSGrad keeps 2 (so 2/0.75) and 4.
        let text =
            |amsgrad| format!("kind = 'adam'\nbeta1 = 0\nbeta2 = 0.5\nepsilon = 0\namsgrad = '{amsgrad}'");
        for (amsgrad, square) in [("off", 2.0), ("raw", 2.0 / 0.75), ("corrected", 4.0_f64)] {
            let steps = path(&text(amsgrad), 1.0, &[[2.0], [1.0]]);
            assert!(distance(&steps, &[[-1.0], [-1.0 - 1.0 / square.sqrt()]]) < 1e-15, "{amsgrad}");
        }
    }
}
