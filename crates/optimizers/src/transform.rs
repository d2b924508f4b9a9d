//! What is done to a gradient, or to the parameters, before the rule takes its step.
//!
//! Rules are deterministic; all noise is here, from one stream.

use serde::{Deserialize, Deserializer, Serialize};
use thalweg_numeric::bounded::{NonNegative, Positive};
use thalweg_numeric::{Real, Stream, vector};

use crate::Schedule;

/// One entry of `transforms` in the table `[optimizer]`, told apart by `kind`. All work in place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum Transform {
    ClipByNorm(ClipByNorm),
    ClipByValue(ClipByValue),
    WeightDecay(WeightDecay),
    GradientNoise(GradientNoise),
    ThermalNoise(ThermalNoise),
}

impl Transform {
    /// Applies the transform ahead of step `step`, which counts from 1 and has learning rate `lr`.
    pub fn apply<F: Real>(&self, step: u64, lr: f64, noise: &mut Stream, params: &mut [F], grad: &mut [F]) {
        self.settings().apply(Step { step, lr, noise, params, grad });
    }

    /// Whether it draws random numbers.
    pub fn is_random(&self) -> bool {
        self.settings::<f64>().is_random()
    }

    /// The temperature T at which it shakes the parameters, in units of the loss, if it does nothing else and
    /// T is constant.
    pub fn temperature(&self) -> Option<f64> {
        self.settings::<f64>().temperature()
    }

    /// Whether it looks at the whole gradient at once, so that it is not the same on parts of it.
    pub(crate) fn is_of_whole(&self) -> bool {
        matches!(self, Self::ClipByNorm(_))
    }

    /// The same with the rate of a weight decay multiplied: where it acts on the gradient, and where it acts
    /// on the parameters.
    pub(crate) fn with_decay(&self, coupled: f64, decoupled: f64) -> Self {
        let Self::WeightDecay(decay) = self else { return self.clone() };
        let factor = if decay.decoupled { decoupled } else { coupled };
        // Beyond every float it is as good as infinite.
        let rate = NonNegative::new(decay.rate.get() * factor).unwrap_or(NonNegative::of(f64::MAX));
        Self::WeightDecay(WeightDecay { rate, ..*decay })
    }

    fn settings<F: Real>(&self) -> &dyn TransformSettings<F> {
        match self {
            Self::ClipByNorm(config) => config,
            Self::ClipByValue(config) => config,
            Self::WeightDecay(config) => config,
            Self::GradientNoise(config) => config,
            Self::ThermalNoise(config) => config,
        }
    }
}

/// What a transform may look at and change.
struct Step<'a, F> {
    /// Counts from 1.
    step: u64,
    lr: f64,
    noise: &'a mut Stream,
    params: &'a mut [F],
    grad: &'a mut [F],
}

/// The settings of a transform.
trait TransformSettings<F: Real> {
    /// As [`Transform::apply`].
    fn apply(&self, step: Step<'_, F>);

    /// As [`Transform::is_random`].
    fn is_random(&self) -> bool {
        false
    }

    /// As [`Transform::temperature`].
    fn temperature(&self) -> Option<f64> {
        None
    }
}

/// Shortens the whole gradient to a greatest length.
///
/// ```text
/// g ← g · min(1, max/(‖g‖ + ε))
/// ```
/// R. Pascanu, T. Mikolov and Y. Bengio, *On the difficulty of training recurrent neural networks*, ICML
/// 2013, algorithm 1. Equals optax's `clip_by_global_norm` and Keras' `global_clipnorm`; with `epsilon =
/// 1e-6` PyTorch's `clip_grad_norm_`. A gradient whose squares overflow counts as infinitely long and becomes
/// 0, as it does there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// Clipping to the norm `max`, without ε.
    pub fn new(max: Positive) -> Self {
        Self { max, epsilon: default_epsilon() }
    }
}

impl<F: Real> TransformSettings<F> for ClipByNorm {
    fn apply(&self, Step { grad, .. }: Step<'_, F>) {
        let scale = self.max.get() / (vector::norm(grad).to_f64() + self.epsilon.get());
        if scale < 1.0 {
            let scale = F::from_f64(scale);
            vector::for_each(grad, move |g| *g *= scale);
        }
    }
}

/// Moves each entry of the gradient into [−max, max].
///
/// Equals PyTorch's `clip_grad_value_`, optax's `clip` and Keras' `clipvalue`. NaN stays.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClipByValue {
    /// The greatest absolute value.
    pub max: Positive,
}

impl<F: Real> TransformSettings<F> for ClipByValue {
    fn apply(&self, Step { grad, .. }: Step<'_, F>) {
        let max = F::from_f64(self.max.get());
        vector::for_each(grad, move |g| {
            *g = if *g > max {
                max
            } else if *g < -max {
                -max
            } else {
                *g
            };
        });
    }
}

/// Pulls the parameters towards 0.
///
/// ```text
/// g ← g + λ θ            decoupled = false: the gradient of L + ½ λ ‖θ‖²
/// θ ← θ − η λ θ          decoupled = true
/// ```
/// I. Loshchilov and F. Hutter, *Decoupled weight decay regularization*, ICLR 2019, algorithms 1 and 2, with
/// the scheduled learning rate for their multiplier. For plain descent both are the same; before Adam the
/// second makes AdamW. Coupled: `weight_decay` of PyTorch's `SGD` and `Adam`, optax's `add_decayed_weights`
/// ahead of the rule. Decoupled: PyTorch's `AdamW`, `weight_decay` of every Keras optimizer, optax's `adamw`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WeightDecay {
    /// λ, the strength of the pull; 0 does nothing.
    pub rate: NonNegative,
    /// Whether the decay acts on the parameters and not on the gradient. Must be said, for libraries mean
    /// different things by "weight decay".
    pub decoupled: bool,
}

impl<F: Real> TransformSettings<F> for WeightDecay {
    fn apply(&self, Step { lr, params, grad, .. }: Step<'_, F>) {
        let rate = self.rate.get();
        if self.decoupled {
            let kept = F::from_f64(1.0 - lr * rate);
            // Otherwise a weight that nothing else moves would become subnormal and stay so.
            vector::for_each(params, move |x| *x = (*x * kept).settled());
        } else {
            vector::axpy(F::from_f64(rate), params, grad);
        }
    }
}

/// Adds noise to the gradient.
///
/// ```text
/// g ← g + σ ξ,   σ² = variance / t^exponent,   ξ ~ N(0, I)
/// ```
/// A. Neelakantan et al., *Adding gradient noise improves learning for very deep networks* (2015), equation
/// 1, which counts its steps from 0. Equals optax's `add_noise` with `variance` and `exponent` for its `eta`
/// and `gamma`, but for the random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GradientNoise {
    /// σ² at the first step, in squared units of the gradient. Neelakantan et al. choose among 0.01, 0.3 and
    /// 1.
    pub variance: NonNegative,
    /// How fast σ² falls: as this power of 1/t. Default 0.55 (Neelakantan et al.); 0 keeps σ constant.
    #[serde(default = "default_exponent")]
    pub exponent: NonNegative,
}

fn default_exponent() -> NonNegative {
    NonNegative::of(0.55)
}

impl GradientNoise {
    /// Noise of this variance at the first step, with the default exponent.
    pub fn new(variance: NonNegative) -> Self {
        Self { variance, exponent: default_exponent() }
    }
}

impl<F: Real> TransformSettings<F> for GradientNoise {
    fn apply(&self, Step { step, noise, grad, .. }: Step<'_, F>) {
        let deviation = (self.variance.get() / libm::pow(step as f64, self.exponent.get())).sqrt();
        let deviation = felt::<F>(deviation);
        for g in grad {
            *g += F::from_f64(deviation * noise.normal());
        }
    }

    fn is_random(&self) -> bool {
        true
    }
}

/// The deviation of some noise, but 0 where what is drawn would be subnormal.
fn felt<F: Real>(deviation: f64) -> f64 {
    if F::from_f64(deviation).settled() == F::ZERO { 0.0 } else { deviation }
}

/// Shakes the parameters: ahead of `sgd` it makes Langevin dynamics, which anneals as T falls.
///
/// ```text
/// θ ← θ + √(2 η T) ξ,   ξ ~ N(0, I)
/// ```
/// With the step θ ← θ − η ∇L of the gradient before the noise, that is the Euler–Maruyama discretisation of
/// dθ = −∇L dt + √(2T) dW, whose stationary density is proportional to e^{−L/T}: M. Welling and Y. W. Teh,
/// *Bayesian learning via stochastic gradient Langevin dynamics*, ICML 2011, equation 4, with T = 1 and η =
/// ε/2; annealing as in S. Kirkpatrick, C. D. Gelatt and M. P. Vecchi, *Optimization by simulated annealing*,
/// Science 220 (1983).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ThermalNoise {
    /// T as a function of the step, in units of the loss.
    #[serde(deserialize_with = "checked")]
    pub temperature: Schedule,
}

fn checked<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Schedule, D::Error> {
    let schedule = Schedule::deserialize(deserializer)?;
    schedule.check().map_err(serde::de::Error::custom)?;
    Ok(schedule)
}

impl<F: Real> TransformSettings<F> for ThermalNoise {
    fn apply(&self, Step { step, lr, noise, params, .. }: Step<'_, F>) {
        let deviation = (2.0 * lr * self.temperature.at(step)).sqrt();
        let deviation = felt::<F>(deviation);
        for x in params {
            *x += F::from_f64(deviation * noise.normal());
        }
    }

    fn is_random(&self) -> bool {
        true
    }

    fn temperature(&self) -> Option<f64> {
        self.temperature.constant()
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;

    use super::*;

    fn apply(text: &str, params: [f64; 3], grad: [f64; 3]) -> ([f64; 3], [f64; 3]) {
        let transform: Transform = toml::from_str(text).unwrap();
        let (mut params, mut grad) = (params, grad);
        let mut noise = Streams::new(0, 0).stream("noise", 0);
        transform.apply(2, 0.5, &mut noise, &mut params, &mut grad);
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
    fn noise_moves_the_parameters_by_its_temperature_at_the_step() {
        // At t = 2 the temperature is 9, so √(2·½·9) = 3.
        let text =
            "kind = 'thermal-noise'\ntemperature = { kind = 'step', initial = 18, factor = 0.5, steps = 1 }";
        let mut noise = Streams::new(0, 0).stream("noise", 0);
        let moved = [1.0, 2.0, 4.0].map(|x| x + 3.0 * noise.normal());
        assert_eq!(apply(text, [1.0, 2.0, 4.0], [7.0; 3]), (moved, [7.0; 3]));
    }

    #[test]
    fn noise_on_the_gradient_fades_as_a_power_of_the_step() {
        // At t = 2 σ² = 36/2² = 9.
        let mut noise = Streams::new(0, 0).stream("noise", 0);
        let shaken = [1.0, 2.0, 4.0].map(|g| g + 3.0 * noise.normal());
        let text = "kind = 'gradient-noise'\nvariance = 36\nexponent = 2";
        assert_eq!(apply(text, [7.0; 3], [1.0, 2.0, 4.0]), ([7.0; 3], shaken));
    }

    #[test]
    fn noise_on_the_gradient_is_normal() {
        // After t = 4 with exponent ½, σ² = 2/√4 = 1.
        let text = "kind = 'gradient-noise'\nvariance = 2\nexponent = 0.5";
        let transform: Transform = toml::from_str(text).unwrap();
        let mut noise = Streams::new(3, 0).stream("noise", 0);
        let n = 100_000;
        let mut grad = vec![5.0; n];
        transform.apply(4, 0.1, &mut noise, &mut [0.0; 0], &mut grad);
        let mean = |power: i32| grad.iter().map(|g| (g - 5.0_f64).powi(power)).sum::<f64>() / n as f64;
        // Moments 0, 1, 0, 3 of N(0, 1), with five standard errors: √((E z²ᵏ − (E zᵏ)²)/n), n = 10⁵.
        for (power, moment, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0_f64)] {
            let error = mean(power) - moment;
            assert!(error.abs() < 5.0 * (variance / n as f64).sqrt(), "moment {power}: off by {error}");
        }
    }

    #[test]
    fn a_temperature_that_would_rise_is_refused() {
        let text =
            "kind = 'thermal-noise'\ntemperature = { kind = 'cosine', initial = 1, steps = 9, floor = 2 }";
        let error = toml::from_str::<Transform>(text).unwrap_err();
        assert!(error.message().contains("floor = 2 lies above initial = 1"), "{error}");
    }

    #[test]
    fn unknown_keys_are_refused() {
        for text in [
            "kind = 'clip-by-norm'\nmax = 1.0\nepsilon = 0.0\n",
            "kind = 'clip-by-value'\nmax = 1.0\n",
            "kind = 'weight-decay'\nrate = 0.1\ndecoupled = true\n",
            "kind = 'gradient-noise'\nvariance = 0.1\nexponent = 0.55\n",
            "kind = 'thermal-noise'\n\n[temperature]\nkind = 'constant'\ninitial = 0.1\n",
        ] {
            let read: Transform = toml::from_str(text).unwrap();
            assert_eq!(toml::to_string(&read).unwrap(), text.replace('\'', "\""));
            let error = toml::from_str::<Transform>(&format!("odd = 1\n{text}")).unwrap_err();
            assert!(error.message().contains("unknown field `odd`"), "{error}");
        }
    }
}
