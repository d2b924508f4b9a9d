//! What is done to a gradient, or to the parameters, before the rule takes its step.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{NonNegative, Positive};
use thalweg_numeric::{Real, vector};

/// One entry of `transforms` in the table `[optimizer]`, told apart by `kind`. All work in place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Transform {
    /// `kind = "clip-by-norm"`
    ClipByNorm(ClipByNorm),
    /// `kind = "clip-by-value"`
    ClipByValue(ClipByValue),
    /// `kind = "weight-decay"`
    WeightDecay(WeightDecay),
}

impl Transform {
    /// Applies the transform ahead of a step with learning rate `lr`.
    pub fn apply<F: Real>(&self, lr: f64, params: &mut [F], grad: &mut [F]) {
        match self {
            Self::ClipByNorm(config) => config.apply(grad),
            Self::ClipByValue(config) => config.apply(grad),
            Self::WeightDecay(config) => config.apply(lr, params, grad),
        }
    }
}

/// Shortens the whole gradient to a greatest length.
///
/// ```text
/// g ← g · min(1, max/(‖g‖ + ε))
/// ```
/// R. Pascanu, T. Mikolov and Y. Bengio, *On the difficulty of training recurrent neural networks*, ICML 2013,
/// algorithm 1. Equals optax's `clip_by_global_norm` and Keras' `global_clipnorm`; with `epsilon = 1e-6` PyTorch's
/// `clip_grad_norm_`. A gradient whose squares overflow counts as infinitely long and becomes 0, as it does there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClipByNorm {
    /// The greatest Euclidean norm that passes unchanged.
    pub max: Positive,
    /// ε, default 0, as in the paper.
    #[serde(default = "default_epsilon")]
    pub epsilon: NonNegative,
}

fn default_epsilon() -> NonNegative {
    NonNegative::of(0.0)
}

impl ClipByNorm {
    fn apply<F: Real>(&self, grad: &mut [F]) {
        let scale = self.max.get() / (vector::norm(grad).to_f64() + self.epsilon.get());
        if scale < 1.0 {
            let scale = F::from_f64(scale);
            for g in grad {
                *g *= scale;
            }
        }
    }
}

/// Moves each entry of the gradient into [−max, max].
///
/// Equals PyTorch's `clip_grad_value_`, optax's `clip` and Keras' `clipvalue`. NaN stays.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClipByValue {
    /// The greatest absolute value.
    pub max: Positive,
}

impl ClipByValue {
    fn apply<F: Real>(&self, grad: &mut [F]) {
        let max = F::from_f64(self.max.get());
        for g in grad {
            *g = if *g > max {
                max
            } else if *g < -max {
                -max
            } else {
                *g
            };
        }
    }
}

/// Pulls the parameters towards 0.
///
/// ```text
/// g ← g + λ θ            decoupled = false: the gradient of L + ½ λ ‖θ‖²
/// θ ← θ − η λ θ          decoupled = true
/// ```
/// I. Loshchilov and F. Hutter, *Decoupled weight decay regularization*, ICLR 2019, algorithms 1 and 2, with the
/// scheduled learning rate for their multiplier. For plain descent both are the same; before Adam the second makes
/// AdamW. Coupled: `weight_decay` of PyTorch's `SGD` and `Adam`, optax's `add_decayed_weights` ahead of the rule.
/// Decoupled: PyTorch's `AdamW`, `weight_decay` of every Keras optimizer, optax's `adamw`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WeightDecay {
    /// λ.
    pub rate: NonNegative,
    /// Must be said, for libraries mean different things by "weight decay".
    pub decoupled: bool,
}

impl WeightDecay {
    fn apply<F: Real>(&self, lr: f64, params: &mut [F], grad: &mut [F]) {
        let rate = self.rate.get();
        if self.decoupled {
            let kept = F::from_f64(1.0 - lr * rate);
            for x in params {
                *x *= kept;
            }
        } else {
            vector::axpy(F::from_f64(rate), params, grad);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(text: &str, params: [f64; 3], grad: [f64; 3]) -> ([f64; 3], [f64; 3]) {
        let transform: Transform = toml::from_str(text).unwrap();
        let (mut params, mut grad) = (params, grad);
        transform.apply(0.5, &mut params, &mut grad);
        (params, grad)
    }

    #[test]
    fn long_gradients_keep_their_direction_and_short_ones_their_bits() {
        let clip = |text: &str, grad| apply(text, [7.0; 3], grad);
        let of_norm_5 = [3.0, 0.0, -4.0];
        assert_eq!(clip("kind = 'clip-by-norm'\nmax = 2.5", of_norm_5), ([7.0; 3], [1.5, 0.0, -2.0]));
        assert_eq!(clip("kind = 'clip-by-norm'\nmax = 2.5\nepsilon = 5", of_norm_5).1, [0.75, 0.0, -1.0]);
        for max in ["5", "9.5"] {
            assert_eq!(clip(&format!("kind = 'clip-by-norm'\nmax = {max}"), of_norm_5).1, of_norm_5);
        }
        assert_eq!(clip("kind = 'clip-by-norm'\nmax = 1", [0.0; 3]).1, [0.0; 3]);
    }

    #[test]
    fn values_are_clipped_on_both_sides() {
        let (params, grad) = apply("kind = 'clip-by-value'\nmax = 2", [7.0; 3], [2.5, -9.0, 1.5]);
        assert_eq!((params, grad), ([7.0; 3], [2.0, -2.0, 1.5]));
        let (_, grad) = apply("kind = 'clip-by-value'\nmax = 2", [7.0; 3], [f64::NAN, f64::INFINITY, -2.0]);
        assert!(grad[0].is_nan());
        assert_eq!(grad[1..], [2.0, -2.0]);
    }

    #[test]
    fn decay_goes_to_the_gradient_or_to_the_parameters() {
        let decay = |decoupled| {
            apply(&format!("kind = 'weight-decay'\nrate = 0.25\n{decoupled}"), [8.0, 0.0, -4.0], [1.0; 3])
        };
        assert_eq!(decay("decoupled = false"), ([8.0, 0.0, -4.0], [3.0, 1.0, 0.0]));
        // θ (1 − ½ · ¼)
        assert_eq!(decay("decoupled = true"), ([7.0, 0.0, -3.5], [1.0; 3]));
    }

    #[test]
    fn unknown_keys_are_refused() {
        for text in [
            "kind = 'clip-by-norm'\nmax = 1.0\nepsilon = 0.0\n",
            "kind = 'clip-by-value'\nmax = 1.0\n",
            "kind = 'weight-decay'\nrate = 0.1\ndecoupled = true\n",
        ] {
            let read: Transform = toml::from_str(text).unwrap();
            assert_eq!(toml::to_string(&read).unwrap(), text.replace('\'', "\""));
            let error = toml::from_str::<Transform>(&format!("{text}odd = 1")).unwrap_err();
            assert!(error.message().contains("unknown field `odd`"), "{error}");
        }
    }
}
