//! A whole update: transforms, then the rule.

use serde::{Deserialize, Deserializer, Serialize};
use thalweg_numeric::{Layout, Real, Stream};

use crate::{Memory, Optimizer, Rule, Transform, dialect};

/// The table `[optimizer]`: a rule, and `transforms` ahead of it.
///
/// The table may name a [`Dialect`](crate::Dialect), which fills the settings of the rule that it leaves open. What is
/// read has every setting decided, and so has what is written: no dialect, and no transforms if there are none.
///
/// ```
/// use thalweg_numeric::{Layout, Streams};
/// use thalweg_optimizers::Update;
///
/// let update: Update = toml::from_str("
///     kind = 'adam'
///     transforms = [
///         { kind = 'clip-by-norm', max = 1.0 },
///         { kind = 'weight-decay', rate = 0.01, decoupled = true },
///     ]
/// ")?;
/// let (mut params, mut grad) = ([1.0, -2.0], [30.0, 40.0]);
/// let noise = Streams::new(42, 0).stream("noise", 0);
/// let mut updater = update.build(&Layout::new([("point", vec![2])]), noise);
/// updater.step(0.1, &mut params, &mut grad);
/// assert_eq!(grad, [0.6, 0.8]);
///
/// let keras: Update = toml::from_str("kind = 'momentum'\ndialect = 'keras'")?;
/// assert_eq!(toml::to_string(&keras).unwrap(), "\
/// kind = \"momentum\"
/// beta = 0.9
/// dampening = 0.0
/// nesterov = false
/// undampened-start = false
/// learning-rate-inside = true
/// ");
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Update {
    /// What takes the step.
    // Flattening is safe in this direction: it is reading that would let unknown keys through.
    #[serde(flatten)]
    pub rule: Rule,
    /// What comes before it, in this order. Default none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transforms: Vec<Transform>,
}

impl Update {
    /// The update in its initial state, for parameters laid out as `layout`. Transforms that need randomness draw it
    /// from `noise`.
    pub fn build<F: Real>(&self, layout: &Layout, noise: Stream) -> Updater<F> {
        Updater { transforms: self.transforms.clone(), rule: self.rule.build(layout), step: 0.0, noise }
    }
}

impl<'de> Deserialize<'de> for Update {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = toml::Table::deserialize(deserializer)?;
        let transforms = table.remove("transforms").map_or(Ok(vec![]), Deserialize::deserialize);
        transforms
            .and_then(|transforms| {
                Ok(Self { rule: Rule::deserialize(dialect::resolve(table)?)?, transforms })
            })
            // The message alone: a place in this table is no place in the file.
            .map_err(|e| serde::de::Error::custom(e.message()))
    }
}

/// An update at work.
pub struct Updater<F> {
    transforms: Vec<Transform>,
    rule: Box<dyn Optimizer<F>>,
    step: f64,
    noise: Stream,
}

impl<F: Real> Updater<F> {
    /// Moves `params` by one step with learning rate `lr`, given the gradient there, which the transforms change.
    /// Allocates nothing.
    ///
    /// # Panics
    /// If a slice is not as long as the layout that the update was built for.
    pub fn step(&mut self, lr: f64, params: &mut [F], grad: &mut [F]) {
        self.step += 1.0;
        for transform in &self.transforms {
            transform.apply(self.step as u64, lr, &mut self.noise, params, grad);
        }
        self.rule.step(lr, params, grad);
    }

    /// All that later steps depend on besides the settings, for a checkpoint to copy out and back in.
    pub fn memory(&mut self) -> (Memory<'_, F>, &mut Stream) {
        let mut memory = self.rule.memory();
        memory.scalars.push(("update-step", &mut self.step));
        (memory, &mut self.noise)
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;

    use super::*;

    fn build<const D: usize>(text: &str) -> Updater<f64> {
        let update: Update = toml::from_str(text).unwrap();
        update.build(&Layout::new([("point", vec![D])]), Streams::new(1, 0).stream("noise", 0))
    }

    fn after_ten_steps(text: &str) -> [f64; 2] {
        let mut updater = build::<2>(text);
        let mut params = [1.0, -2.0];
        for t in 1..=10 {
            updater.step(0.1, &mut params, &mut [libm::sin(f64::from(t)), 0.5]);
        }
        params
    }

    #[test]
    fn adamw_without_decay_is_adam() {
        let decay = |rate| {
            format!(
                "kind = 'adam'\ntransforms = [{{ kind = 'weight-decay', rate = {rate}, decoupled = true }}]"
            )
        };
        assert_eq!(after_ten_steps(&decay(0.0)), after_ten_steps("kind = 'adam'"));
        assert_ne!(after_ten_steps(&decay(0.1)), after_ten_steps("kind = 'adam'"));
    }

    #[test]
    fn for_plain_descent_both_decays_are_the_same() {
        let decay = |decoupled| {
            after_ten_steps(&format!(
                "kind = 'sgd'\ntransforms = [{{ kind = 'weight-decay', rate = 0.1, decoupled = {decoupled} }}]"
            ))
        };
        for (coupled, decoupled) in decay(false).into_iter().zip(decay(true)) {
            // Ten steps of a few roundings each, 1.1e-16 of numbers up to 2.
            assert!((coupled - decoupled).abs() < 5e-15, "{coupled} and {decoupled}");
        }
    }

    /// Langevin dynamics of L = ½ λ θ² with λ = 2 at T = 0.3.
    const LANGEVIN: &str = "kind = 'sgd'\ntransforms = [{ kind = 'thermal-noise', temperature.kind = 'constant', temperature.initial = 0.3 }]";

    #[test]
    fn langevin_dynamics_fill_a_quadratic_to_its_temperature() {
        let (lr, lambda, temperature) = (0.25, 2.0, 0.3);
        let mut updater = build::<8>(LANGEVIN);
        let (mut params, mut sum) = ([0.0; 8], 0.0);
        for step in 0..20_100 {
            let mut grad = params.map(|x| lambda * x);
            updater.step(lr, &mut params, &mut grad);
            if step >= 100 {
                sum += params.iter().map(|x| x * x).sum::<f64>();
            }
        }
        // θ′ = (1 − ηλ) θ + √(2ηT) ξ has the variance 2ηT/(1 − (1 − ηλ)²): T/λ, a little wider for the finite step.
        let expected = temperature / lambda / (1.0 - lr * lambda / 2.0);
        let relative = sum / (8.0 * 20_000.0) / expected - 1.0;
        // Squares of neighbours correlate by ¼, so 160 000 values count as 96 000: √(2/96 000) = 0.5 %, three times that.
        assert!(relative.abs() < 0.014, "off by {relative:e}");
    }

    #[test]
    fn a_checkpoint_carries_the_noise_on() {
        let (mut whole, mut params) = (build::<2>(LANGEVIN), [1.0, 2.0]);
        whole.step(0.1, &mut params, &mut [0.5, 0.5]);
        let (memory, noise) = whole.memory();
        assert_eq!(
            memory.scalars.iter().map(|(name, value)| (*name, **value)).collect::<Vec<_>>(),
            [("update-step", 1.0)]
        );
        let noise = noise.clone();
        let (mut resumed, mut copy) = (build::<2>(LANGEVIN), params);
        *resumed.memory().1 = noise;
        whole.step(0.1, &mut params, &mut [0.5, 0.5]);
        resumed.step(0.1, &mut copy, &mut [0.5, 0.5]);
        assert_eq!(params, copy);
    }

    #[test]
    fn transforms_apply_in_their_order() {
        let text = |a, b| format!("kind = 'sgd'\ntransforms = [{{ {a} }}, {{ {b} }}]");
        let clip = "kind = 'clip-by-value', max = 0.25";
        let decay = "kind = 'weight-decay', rate = 1, decoupled = false";
        assert_ne!(after_ten_steps(&text(clip, decay)), after_ten_steps(&text(decay, clip)));
    }

    #[test]
    fn without_transforms_it_reads_and_writes_as_its_rule() {
        let sgd: Update = toml::from_str("kind = 'sgd'").unwrap();
        assert_eq!(toml::to_string(&sgd).unwrap(), "kind = \"sgd\"\n");
        // The keys of runs are made of this.
        assert_eq!(serde_json::to_string(&sgd).unwrap(), r#"{"kind":"sgd"}"#);
        let text = "kind = \"sgd\"\n\n[[transforms]]\nkind = \"clip-by-value\"\nmax = 1.0\n";
        assert_eq!(toml::to_string(&toml::from_str::<Update>(text).unwrap()).unwrap(), text);
    }

    #[test]
    fn unknown_keys_are_refused_at_both_levels() {
        let error = |text| toml::from_str::<Update>(text).unwrap_err().message().to_owned();
        assert!(error("kind = 'sgd'\nodd = 1").contains("unknown field `odd`"));
        let inside = "kind = 'sgd'\ntransforms = [{ kind = 'clip-by-value', max = 1, odd = 1 }]";
        assert!(error(inside).contains("unknown field `odd`"));
    }
}
