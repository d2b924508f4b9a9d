//! RMSProp: the gradient, divided by the root of an average of its squares.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Decay, NonNegative};
use thalweg_numeric::{Layout, Real, vector};

use super::squares::Squares;
use super::{Memory, Root, RuleSettings, RuleState, check_lengths, larger, weight};
use crate::Degree;
use crate::properties::{Dynamics, Properties};

/// RMSProp, with the switches in which libraries differ.
///
/// ```text
/// s ← β s + (1 − β) g²              s₀ = initial-accumulator
/// μ ← β μ + (1 − β) g               μ₀ = 0, only if centred; else μ = 0
/// d = g / (√(s − μ²) + ε)           or g / √(s − μ² + ε) if epsilon-inside-root
/// p ← γ p + d                       γ = momentum
/// θ ← θ − η p
/// ```
/// T. Tieleman and G. Hinton, *Lecture 6.5: RMSProp*, Coursera (2012); centred and with momentum as in A.
/// Graves, *Generating sequences with recurrent neural networks* (2013), equations 38 to 45.
///
/// * PyTorch's `RMSprop`: `beta = 0.99`.
/// * optax's `rmsprop`: `epsilon-inside-root` and `learning-rate-inside` are true.
/// * Keras' `RMSprop`: the same with `epsilon = 1e-7`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct RmsProp {
    /// β, default 0.9 (Tieleman & Hinton).
    pub beta: Decay,
    /// ε, default 10⁻⁸, as in PyTorch and optax.
    pub epsilon: NonNegative,
    /// Whether ε is added inside the root. Default false, as in PyTorch.
    pub epsilon_inside_root: bool,
    /// Whether the average is of the squares around the mean, default false as in every library.
    pub centred: bool,
    /// γ, the memory of the steps. Default 0 as in every library.
    pub momentum: Decay,
    /// Whether the momentum remembers η d and not d, default false, as the formula says.
    pub learning_rate_inside: bool,
    /// Whether s and μ are divided by 1 − βᵗ, default false as in every library: the first steps are η/√(1 −
    /// β) long.
    pub bias_correction: bool,
    /// s₀, where the average of squares starts. Default 0 as in every library.
    pub initial_accumulator: NonNegative,
}

impl Default for RmsProp {
    fn default() -> Self {
        Self {
            beta: Decay::of(0.9),
            epsilon: NonNegative::of(1e-8),
            epsilon_inside_root: false,
            centred: false,
            momentum: Decay::of(0.0),
            learning_rate_inside: false,
            bias_correction: false,
            initial_accumulator: NonNegative::of(0.0),
        }
    }
}

impl Properties for RmsProp {
    fn numbers_per_parameter(&self) -> f64 {
        3.0
    }

    fn dynamics(&self) -> Dynamics {
        // With momentum, p adds up what P has divided.
        if self.momentum.get() == 0.0 { Dynamics::Preconditioned { beta: 0.0 } } else { Dynamics::Other }
    }

    fn has_preconditioner(&self) -> bool {
        true
    }

    fn degree(&self) -> Option<Degree> {
        Some(Degree::Invariant)
    }
}

impl<F: Real> RuleSettings<F> for RmsProp {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let filled = |value| vec![value; layout.dim()];
        Box::new(State {
            config: *self,
            step: 0.0,
            square: filled(F::from_f64(self.initial_accumulator.get())),
            mean: filled(F::ZERO),
            momentum: filled(F::ZERO),
        })
    }
}

/// Buffers that the settings leave unused are never touched, so they cost address space and no memory.
struct State<F> {
    config: RmsProp,
    step: f64,
    square: Vec<F>,
    mean: Vec<F>,
    momentum: Vec<F>,
}

impl<F: Real> State<F> {
    fn advance<const CENTRED: bool, const MOMENTUM: bool>(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        let config = &self.config;
        let beta = config.beta.get();
        let scale = if config.bias_correction { 1.0 / weight(beta, self.step) } else { 1.0 };
        let (gain, rate) = if config.learning_rate_inside { (lr, 1.0) } else { (1.0, lr) };
        let (gain, rate, scale) = (F::from_f64(gain), F::from_f64(rate), F::from_f64(scale));
        let (beta, fresh) = (F::from_f64(beta), F::from_f64(1.0 - beta));
        let gamma = F::from_f64(config.momentum.get());
        let root = Root::new(config.epsilon, config.epsilon_inside_root);
        let squares = Squares::new(beta, fresh, root);
        let least = F::LEAST_NORMAL.sqrt();

        let averages = self.square.iter_mut().zip(&mut self.mean).zip(&mut self.momentum);
        vector::for_each(params.iter_mut().zip(grad).zip(averages), move |((x, g), ((s, mean), p))| {
            *s = squares.next(*s, *g);
            let mut square = *s * scale;
            if CENTRED {
                *mean = (beta * *mean + fresh * *g).settled();
                let mean = (*mean * scale).zero_below(least);
                // Rounding may bring the variance of a steady gradient below 0, where PyTorch and optax give
                // NaN.
                square = larger(square - mean * mean, F::ZERO);
            }
            if MOMENTUM {
                *p = (gamma * *p + gain * *g / root.of(square)).settled();
                *x -= rate * *p;
            } else {
                *x -= gain * rate * *g / root.of(square);
            }
        });
        squares.settle(&mut self.square);
    }
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.square.len(), params, grad);
        self.step += 1.0;
        match (self.config.centred, self.config.momentum.get() > 0.0) {
            (false, false) => self.advance::<false, false>(lr, params, grad),
            (false, true) => self.advance::<false, true>(lr, params, grad),
            (true, false) => self.advance::<true, false>(lr, params, grad),
            (true, true) => self.advance::<true, true>(lr, params, grad),
        }
    }

    fn preconditioner(&self) -> Vec<F> {
        if self.step == 0.0 {
            return vec![F::ONE; self.square.len()];
        }
        let config = &self.config;
        let scale = if config.bias_correction { 1.0 / weight(config.beta.get(), self.step) } else { 1.0 };
        let (root, scale) = (Root::new(config.epsilon, config.epsilon_inside_root), F::from_f64(scale));
        let centre = |mean: F| if config.centred { mean * scale } else { F::ZERO };
        let squares = self.square.iter().zip(&self.mean);
        squares
            .map(|(s, mean)| root.of(larger(*s * scale - centre(*mean) * centre(*mean), F::ZERO)))
            .collect()
    }

    fn memory(&mut self) -> Memory<'_, F> {
        let vectors = vec![
            ("square", &mut self.square[..]),
            ("mean", &mut self.mean),
            ("momentum", &mut self.momentum),
        ];
        Memory { scalars: vec![("step", &mut self.step)], vectors }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{distance, gradients, path};

    #[test]
    fn the_first_step_is_one_over_the_root_of_the_fresh_share() {
        for (beta, g) in [(0.9_f64, 0.3), (0.99, -2.0), (0.999, 1e5), (0.0, 1e-5)] {
            let [[x]] = path(&format!("kind = 'rmsprop'\nepsilon = 0\nbeta = {beta}"), 0.1, &[[g]])[..]
            else {
                panic!("one step")
            };
            let expected = -0.1_f64.copysign(g) / (1.0 - beta).sqrt();
            assert!((x / expected - 1.0).abs() < 1e-15, "β = {beta}: {x}, not {expected}");
        }
    }

    #[test]
    fn with_its_bias_corrected_it_is_adam_without_momentum() {
        for place in ["false", "true"] {
            let shared = format!("epsilon = 1e-3\nepsilon-inside-root = {place}");
            let rmsprop = format!("kind = 'rmsprop'\nbeta = 0.97\nbias-correction = true\n{shared}");
            let adam = format!("kind = 'adam'\nbeta1 = 0\nbeta2 = 0.97\n{shared}");
            assert_eq!(path(&rmsprop, 0.1, &gradients()), path(&adam, 0.1, &gradients()), "inside: {place}");
        }
    }

    #[test]
    fn the_centred_square_is_a_variance() {
        // β = ½ and gradients 4, 2: s = 8, 6 and μ = 2, 2, so s − μ² = 4, 2.
        let text = "kind = 'rmsprop'\nbeta = 0.5\nepsilon = 0\ncentred = true";
        let steps = path(text, 1.0, &[[4.0], [2.0]]);
        assert!(distance(&steps, &[[-2.0], [-2.0 - 2.0_f64.sqrt()]]) < 1e-15);
    }

    #[test]
    fn a_steady_gradient_leaves_no_variance_and_no_nan() {
        let text = "kind = 'rmsprop'\nbeta = 0.5\ncentred = true";
        let steps = path(text, 1e-9, &[[0.1_f64]; 200]);
        assert!(steps.iter().all(|[x]| x.is_finite()));
    }

    #[test]
    fn momentum_adds_up_directions_of_length_one() {
        // β = 0 and ε = 0 leave signs: p = 1, 1.5, −0.25.
        let text = "kind = 'rmsprop'\nbeta = 0\nepsilon = 0\nmomentum = 0.5";
        let grads = [[4.0], [0.25], [-3.0]];
        let steps = [[-0.5], [-1.25], [-1.125]];
        assert_eq!(path(text, 0.5, &grads), steps);
        assert_eq!(path(&format!("{text}\nlearning-rate-inside = true"), 0.5, &grads), steps);
    }

    #[test]
    fn an_initial_accumulator_shortens_the_first_step() {
        // s = ½·6 + ½·2² = 5.
        let text = "kind = 'rmsprop'\nbeta = 0.5\nepsilon = 0\ninitial-accumulator = 6";
        assert_eq!(path(text, 1.0, &[[2.0]]), [[-2.0 / 5.0_f64.sqrt()]]);
    }
}
