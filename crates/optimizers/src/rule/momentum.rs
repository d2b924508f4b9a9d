//! Gradient descent with momentum: the step is an average of the gradients so far.

use serde::{Deserialize, Serialize};
use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::bounded::{Decay, Fraction};
use thalweg_numeric::{Layout, Real, vector};

use super::{Memory, RuleSettings, RuleState, check_lengths};
use crate::Degree;
use crate::properties::{Dynamics, Properties};

/// The heavy ball, with the switches in which libraries differ.
///
/// ```text
/// p ← β p + c g              c = 1 − dampening,  p₀ = 0
/// θ ← θ − η p                plain
/// θ ← θ − η (β p + c g)      nesterov
/// ```
/// B. T. Polyak, *Some methods of speeding up the convergence of iteration methods*, USSR Computational
/// Mathematics and Mathematical Physics 4 (1964); Nesterov's form as in I. Sutskever et al., *On the
/// importance of initialization and momentum in deep learning*, ICML 2013, equations 3 and 4.
///
/// * PyTorch's `SGD`: `undampened-start = true`. It takes `nesterov` only without dampening.
/// * optax's `sgd`: `undampened-start` and `dampening` make no difference, for it has no dampening.
/// * Keras' `SGD`: `learning-rate-inside = true`, p ← β p + η c g and θ ← θ − p. The same while η is
///   constant; with a schedule, p remembers the learning rates of its gradients.
/// * The average (1 − β) g + β (1 − β) g′ + …: `dampening` = β.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Momentum {
    /// β, default 0.9, the usual choice since Sutskever et al. The time scale is 1/(1 − β) steps.
    pub beta: Decay,
    /// What the buffer leaves out of each gradient, default 0 as in every library.
    pub dampening: Fraction,
    /// Whether the step looks one step ahead, default false as in every library.
    pub nesterov: bool,
    /// Whether the first gradient enters the buffer undampened, default false, as the formula says.
    pub undampened_start: bool,
    /// Whether gradients are multiplied by η before they enter the buffer, default false, as the formula
    /// says.
    pub learning_rate_inside: bool,
}

impl Default for Momentum {
    fn default() -> Self {
        Self {
            beta: Decay::of(0.9),
            dampening: Fraction::of(0.0),
            nesterov: false,
            undampened_start: false,
            learning_rate_inside: false,
        }
    }
}

impl Properties for Momentum {
    fn numbers_per_parameter(&self) -> f64 {
        1.0
    }

    fn dynamics(&self) -> Dynamics {
        Dynamics::Momentum { beta: self.beta.get(), dampening: self.dampening.get(), nesterov: self.nesterov }
    }

    fn degree(&self) -> Option<Degree> {
        Some(Degree::Linear)
    }
}

impl<F: Real> RuleSettings<F> for Momentum {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        Box::new(State { config: *self, step: 0.0, buffer: aligned::zeros(layout.dim()) })
    }
}

struct State<F> {
    config: Momentum,
    step: f64,
    buffer: Aligned<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.buffer.len(), params, grad);
        self.step += 1.0;
        let config = &self.config;
        let undampened = config.undampened_start && self.step == 1.0;
        let share = if undampened { 1.0 } else { 1.0 - config.dampening.get() };
        let (gain, rate) = if config.learning_rate_inside { (lr * share, 1.0) } else { (share, lr) };
        let (beta, gain, rate) = (F::from_f64(config.beta.get()), F::from_f64(gain), F::from_f64(rate));
        let all = params.iter_mut().zip(grad).zip(self.buffer.iter_mut());
        if config.nesterov {
            vector::for_each(all, move |((x, g), p)| {
                *p = (beta * *p + gain * *g).settled();
                *x -= rate * (beta * *p + gain * *g);
            });
        } else {
            vector::for_each(all, move |((x, g), p)| {
                *p = (beta * *p + gain * *g).settled();
                *x -= rate * *p;
            });
        }
    }

    fn memory(&mut self) -> Memory<'_, F> {
        Memory { scalars: vec![("step", &mut self.step)], vectors: vec![("momentum", &mut self.buffer)] }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{gradients, path};

    /// Gradients 4, 0, 8 with η = β = ½: all results are multiples of powers of two, so exact.
    fn halves(switches: &str) -> Vec<[f64; 1]> {
        path(&format!("kind = 'momentum'\nbeta = 0.5\n{switches}"), 0.5, &[[4.0], [0.0], [8.0]])
    }

    #[test]
    fn steps_match_hand_computed_values() {
        // Plain: p = 4, 2, 9. Nesterov: β p + g = 6, 1, 12.5.
        assert_eq!(halves(""), [[-2.0], [-3.0], [-7.5]]);
        assert_eq!(halves("nesterov = true"), [[-3.0], [-3.5], [-9.75]]);
    }

    #[test]
    fn dampening_spares_the_first_gradient_if_asked() {
        // p = 2, 1, 4.5 or 4, 2, 5.
        assert_eq!(halves("dampening = 0.5"), [[-1.0], [-1.5], [-3.75]]);
        assert_eq!(halves("dampening = 0.5\nundampened-start = true"), [[-2.0], [-3.0], [-5.5]]);
    }

    #[test]
    fn where_the_learning_rate_stands_matters_only_once_it_changes() {
        assert_eq!(halves("learning-rate-inside = true"), halves(""));
        let inside = "kind = 'momentum'\nbeta = 0.5\nlearning-rate-inside = true";
        let rule: crate::Rule = toml::from_str(inside).unwrap();
        let mut optimizer = rule.build(&thalweg_numeric::Layout::point(1));
        let mut params = [0.0];
        for lr in [1.0, 0.0] {
            optimizer.step(lr, &mut params, &[4.0]);
        }
        // p = 4, then ½·4 + 0·4.
        assert_eq!(params, [-6.0]);
    }

    #[test]
    fn without_memory_it_is_sgd() {
        let sgd = path("kind = 'sgd'", 0.1, &gradients());
        for switches in ["", "nesterov = true", "undampened-start = true"] {
            assert_eq!(path(&format!("kind = 'momentum'\nbeta = 0\n{switches}"), 0.1, &gradients()), sgd);
        }
    }
}
