//! A whole update: the gradient, transforms, then the rule or the method.

use serde::{Deserialize, Deserializer, Serialize};
use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::{Layout, Objective, Real, Stream};
use toml::Table;

use crate::{Kind, Memory, Minimizer, Optimizer, Rule, Transform, dialect};

/// The table `[optimizer]`: a rule or a method, and `transforms` ahead of it.
///
/// The table may name a [`Dialect`](crate::Dialect), which fills the settings that it leaves open. What is read has every
/// setting decided, and so has what is written: no dialect, and no transforms if there are none.
///
/// ```
/// use thalweg_numeric::objectives::Rosenbrock;
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
/// let mut params = [-1.2, 1.0];
/// let noise = Streams::new(42, 0).stream("noise", 0);
/// let mut updater = update.build(&Layout::new([("point", vec![2])]), noise);
/// let loss = updater.step(0.1, &mut params, &mut Rosenbrock);
/// assert!((loss - 24.2_f64).abs() < 1e-12);
/// assert_eq!(updater.answer(&params), params);
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
    pub kind: Kind,
    /// What comes before it, in this order. Default none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transforms: Vec<Transform>,
}

impl Update {
    /// The update in its initial state, for parameters laid out as `layout`. Transforms that need randomness draw it
    /// from `noise`.
    pub fn build<F: Real>(&self, layout: &Layout, noise: Stream) -> Updater<F> {
        let engine = match &self.kind {
            Kind::Rule(rule) => Engine::Rule(rule.build(layout)),
            Kind::Method(method) => Engine::Method(method.build(layout)),
        };
        let grad = aligned::zeros(layout.dim());
        let is_plain = self.transforms.is_empty() && matches!(self.kind, Kind::Rule(Rule::Sgd(_)));
        Updater { transforms: self.transforms.clone(), engine, is_plain, grad, step: 0.0, noise }
    }
}

impl Update {
    /// Whether its rule divides the gradient by a [preconditioner](Updater::preconditioner).
    pub fn has_preconditioner(&self) -> bool {
        matches!(self.kind, Kind::Rule(Rule::Adam(_) | Rule::RmsProp(_)))
    }
}

impl<'de> Deserialize<'de> for Update {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = Table::deserialize(deserializer)?;
        let transforms = table.remove("transforms").map_or(Ok(vec![]), Deserialize::deserialize);
        transforms
            .and_then(|transforms| Ok(Self { kind: Kind::read(dialect::resolve(table)?)?, transforms }))
            // The message alone: a place in this table is no place in the file.
            .map_err(|e| serde::de::Error::custom(e.message()))
    }
}

/// An update at work.
pub struct Updater<F> {
    transforms: Vec<Transform>,
    engine: Engine<F>,
    /// Whether it is plain gradient descent, which an objective may do by itself.
    is_plain: bool,
    /// Of the step, and then free for the answer.
    grad: Aligned<F>,
    step: f64,
    noise: Stream,
}

enum Engine<F> {
    Rule(Box<dyn Optimizer<F>>),
    Method(Box<dyn Minimizer<F>>),
}

impl<F: Real> Updater<F> {
    /// Moves `params` by one step with learning rate `lr` towards a lower `objective`, and returns its value before the
    /// step. Allocates nothing.
    ///
    /// If a value is not finite, at `params` or where a method takes its second gradient, that one is returned and nothing
    /// is moved.
    ///
    /// # Panics
    /// If `params` or the objective are not as long as the layout that the update was built for.
    pub fn step(&mut self, lr: f64, params: &mut [F], objective: &mut dyn Objective<F>) -> F {
        if self.is_plain {
            let value = objective.descend(F::from_f64(lr), params, &mut self.grad);
            self.step += f64::from(u8::from(value.is_finite()));
            return value;
        }
        let value = objective.gradient(params, &mut self.grad);
        if !value.is_finite() {
            return value;
        }
        if let Engine::Method(method) = &mut self.engine {
            let probed = method.probe(params, &mut self.grad, objective);
            if !probed.is_finite() {
                return probed;
            }
        }
        self.step += 1.0;
        for transform in &self.transforms {
            transform.apply(self.step as u64, lr, &mut self.noise, params, &mut self.grad);
        }
        match &mut self.engine {
            Engine::Rule(rule) => rule.step(lr, params, &self.grad),
            Engine::Method(method) => method.step(lr, params, value, &self.grad, objective),
        }
        value
    }

    /// The solution so far, which is what to evaluate and to keep: `params`, on which the steps work, unless the rule gives
    /// another point. Allocates nothing and changes no later step.
    pub fn answer<'a>(&'a mut self, params: &'a [F]) -> &'a [F] {
        let differs = match &self.engine {
            Engine::Rule(rule) => rule.answer(params, &mut self.grad),
            Engine::Method(method) => method.answer(params, &mut self.grad),
        };
        if differs { &self.grad } else { params }
    }

    /// The diagonal P by which the rule divides its average of gradients, as far as the steps have made it; 1 before the
    /// first, and empty if the rule has none.
    ///
    /// ```text
    /// θ ← θ − η P⁻¹ m
    /// ```
    /// Adam: (1 − β₁ᵗ)(√v̂ + ε), with the bias correction of m in it, as in J. M. Cohen et al., *Adaptive gradient methods at
    /// the edge of stability* (2022), section 2. RMSProp: √s + ε.
    pub fn preconditioner(&self) -> Vec<F> {
        match &self.engine {
            Engine::Rule(rule) => rule.preconditioner(),
            Engine::Method(_) => Vec::new(),
        }
    }

    /// All that later steps depend on besides the settings, for a checkpoint to copy out and back in.
    pub fn memory(&mut self) -> (Memory<'_, F>, &mut Stream) {
        let mut memory = match &mut self.engine {
            Engine::Rule(rule) => rule.memory(),
            Engine::Method(method) => method.memory(),
        };
        memory.scalars.push(("update-step", &mut self.step));
        (memory, &mut self.noise)
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;
    use thalweg_numeric::bounded::{Count, Positive};
    use thalweg_numeric::objectives::{Linear, Quadratic};

    use super::*;

    fn build<const D: usize>(text: &str) -> Updater<f64> {
        let update: Update = toml::from_str(text).unwrap();
        update.build(&Layout::new([("point", vec![D])]), Streams::new(1, 0).stream("noise", 0))
    }

    fn after_ten_steps(text: &str) -> [f64; 2] {
        let mut updater = build::<2>(text);
        let mut params = [1.0, -2.0];
        for t in 1..=10 {
            updater.step(0.1, &mut params, &mut Linear { slope: vec![libm::sin(f64::from(t)), 0.5] });
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

    /// Langevin dynamics at T = 0.3.
    const LANGEVIN: &str = "kind = 'sgd'\ntransforms = [{ kind = 'thermal-noise', temperature.kind = 'constant', temperature.initial = 0.3 }]";

    #[test]
    fn langevin_dynamics_fill_a_quadratic_to_its_temperature() {
        let (lr, temperature) = (0.5, 0.3);
        let mut updater = build::<8>(LANGEVIN);
        let (mut params, mut sum) = ([0.0; 8], 0.0);
        // κ = 1: L = ½ ‖θ‖².
        let mut objective = Quadratic::new(Count::of(8), Positive::of(1.0));
        for step in 0..20_100 {
            updater.step(lr, &mut params, &mut objective);
            if step >= 100 {
                sum += params.iter().map(|x| x * x).sum::<f64>();
            }
        }
        // θ′ = (1 − η) θ + √(2ηT) ξ has the variance 2ηT/(1 − (1 − η)²): T, a little wider for the finite step.
        let expected = temperature / (1.0 - lr / 2.0);
        let relative = sum / (8.0 * 20_000.0) / expected - 1.0;
        // Squares of neighbours correlate by ¼, so 160 000 values count as 96 000: √(2/96 000) = 0.5 %, three times that.
        assert!(relative.abs() < 0.014, "off by {relative:e}");
    }

    #[test]
    fn a_checkpoint_carries_the_noise_on() {
        let (mut whole, mut params) = (build::<2>(LANGEVIN), [1.0, 2.0]);
        let mut slope = Linear { slope: vec![0.5, 0.5] };
        whole.step(0.1, &mut params, &mut slope);
        let (memory, noise) = whole.memory();
        assert_eq!(
            memory.scalars.iter().map(|(name, value)| (*name, **value)).collect::<Vec<_>>(),
            [("update-step", 1.0)]
        );
        let noise = noise.clone();
        let (mut resumed, mut copy) = (build::<2>(LANGEVIN), params);
        *resumed.memory().1 = noise;
        whole.step(0.1, &mut params, &mut slope);
        resumed.step(0.1, &mut copy, &mut slope);
        assert_eq!(params, copy);
    }

    #[test]
    fn a_preconditioner_divides_the_first_moment() {
        let slopes = [[0.5, -2.0], [0.25, 3.0]];
        for (text, first) in [
            ("kind = 'adam'", 0.9),
            ("kind = 'adam'\nbias-correction = 'absorbed'\nepsilon = 0.1", 0.9),
            ("kind = 'adam'\namsgrad = 'raw'", 0.9),
            ("kind = 'adam'\namsgrad = 'corrected'\nepsilon-inside-root = true", 0.9),
            ("kind = 'rmsprop'", 0.0),
            ("kind = 'rmsprop'\ncentred = true\nbias-correction = true\nepsilon = 0.5", 0.0),
        ] {
            let mut updater = build::<2>(text);
            let (mut params, mut moment) = ([1.0, 1.0], [0.0; 2]);
            assert_eq!(updater.preconditioner(), [1.0, 1.0], "{text}");
            for slope in slopes {
                let before = params;
                updater.step(0.1, &mut params, &mut Linear { slope: slope.to_vec() });
                let diagonal = updater.preconditioner();
                for i in 0..2 {
                    moment[i] = first * moment[i] + (1.0 - first) * slope[i];
                    let expected = before[i] - 0.1 * moment[i] / diagonal[i];
                    // A few roundings of numbers of order 1, by steps of up to 0.4/1e-8 of them where ε alone divides.
                    assert!((params[i] - expected).abs() < 1e-12, "{text}: {} {expected}", params[i]);
                }
            }
            let update: Update = toml::from_str(text).unwrap();
            assert!(update.has_preconditioner());
        }
        assert!(build::<2>("kind = 'sgd'").preconditioner().is_empty());
    }

    #[test]
    fn transforms_apply_in_their_order() {
        let text = |a, b| format!("kind = 'sgd'\ntransforms = [{{ {a} }}, {{ {b} }}]");
        let clip = "kind = 'clip-by-value', max = 0.25";
        let decay = "kind = 'weight-decay', rate = 1, decoupled = false";
        assert_ne!(after_ten_steps(&text(clip, decay)), after_ten_steps(&text(decay, clip)));
    }

    /// L = θ, but nothing from 1 on.
    struct Cliff;

    impl Objective<f64> for Cliff {
        fn dim(&self) -> usize {
            1
        }
        fn value(&mut self, params: &[f64]) -> f64 {
            if params[0] < 1.0 { params[0] } else { f64::NAN }
        }
        fn gradient(&mut self, params: &[f64], grad: &mut [f64]) -> f64 {
            grad.fill(1.0);
            self.value(params)
        }
        fn hessian_vector(&mut self, _params: &[f64], _v: &[f64], out: &mut [f64]) {
            out.fill(0.0);
        }
    }

    #[test]
    fn where_a_value_is_not_finite_nothing_is_moved() {
        // SAM looks 0.05 ahead.
        for (text, edge) in [("kind = 'sgd'", 1.0), ("kind = 'sam'\nbase = { kind = 'sgd' }", 0.95)] {
            let mut updater = build::<1>(text);
            let (mut inside, mut outside) = ([edge - 0.01], [edge + 0.01]);
            assert!(updater.step(0.25, &mut outside, &mut Cliff).is_nan(), "{text}");
            assert_eq!((outside, *updater.memory().0.scalars[0].1), ([edge + 0.01], 0.0), "{text}");
            assert_eq!(updater.step(0.25, &mut inside, &mut Cliff), edge - 0.01, "{text}");
            assert_eq!((inside, *updater.memory().0.scalars[0].1), ([edge - 0.01 - 0.25], 1.0), "{text}");
        }
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
