//! A whole step: the gradient, transforms, then the rule or the method.

use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::{Layout, Objective, Real, Stream};

use crate::grouped::Grouped;
use crate::{Kind, Memory, MethodState, OptimizerConfig, RuleState, Scale, Transform};

/// An optimizer at work: its settings and whatever it remembers between steps. [`OptimizerConfig::build`]
/// makes it.
pub struct Optimizer<F> {
    transforms: Vec<Transform>,
    state: State<F>,
    /// Whether it is plain gradient descent, which an objective may do by itself.
    is_plain: bool,
    /// Of the step, and then free for the answer.
    grad: Aligned<F>,
    step: f64,
    noise: Stream,
}

enum State<F> {
    Rule(Box<dyn RuleState<F>>),
    Method(Box<dyn MethodState<F>>),
    /// Of rules.
    Groups(Grouped<F>),
}

impl<F: Real> Optimizer<F> {
    pub(crate) fn new(config: &OptimizerConfig, layout: &Layout, scales: &[Scale], noise: Stream) -> Self {
        let state = match (Grouped::new(config, layout, scales), &config.kind) {
            (Some(groups), _) => State::Groups(groups),
            (None, Kind::Rule(rule)) => State::Rule(rule.build(layout)),
            (None, Kind::Method(method)) => State::Method(method.build(layout)),
        };
        let is_plain = config.is_plain_descent() && matches!(state, State::Rule(_));
        let transforms = config.transforms.clone();
        Self { transforms, state, is_plain, grad: aligned::zeros(layout.dim()), step: 0.0, noise }
    }

    /// Moves `params` by one step with learning rate `lr` towards a lower `objective`, and returns its value
    /// before the step. Allocates nothing.
    ///
    /// A learning rate below N/ε, 10⁻³¹ in f32, counts as 0, where N is the least normal number and ε the
    /// rounding of 1: it moves no weight but one of that size, and all its products may be subnormal.
    ///
    /// If a value is not finite, at `params` or where a method takes its second gradient, that one is
    /// returned and nothing is moved.
    ///
    /// # Panics
    /// If `params` or the objective are not as long as the layout that the optimizer was built for.
    pub fn step(&mut self, lr: f64, params: &mut [F], objective: &mut dyn Objective<F>) -> F {
        let lr = if F::from_f64(lr).abs() * F::EPSILON < F::LEAST_NORMAL { 0.0 } else { lr };
        if self.is_plain {
            let value = objective.descend(F::from_f64(lr), params, &mut self.grad);
            self.step += f64::from(u8::from(value.is_finite()));
            return value;
        }
        let value = objective.gradient(params, &mut self.grad);
        if !value.is_finite() {
            return value;
        }
        if let State::Method(method) = &mut self.state {
            let probed = method.probe(params, &mut self.grad, objective);
            if !probed.is_finite() {
                return probed;
            }
        }
        self.step += 1.0;
        if let State::Groups(groups) = &mut self.state {
            groups.transform((self.step as u64, lr), &mut self.noise, params, &mut self.grad);
            groups.step(lr, params, &self.grad);
            return value;
        }
        for transform in &self.transforms {
            transform.apply(self.step as u64, lr, &mut self.noise, params, &mut self.grad);
        }
        match &mut self.state {
            State::Groups(_) => unreachable!("they have taken their steps"),
            State::Rule(rule) => rule.step(lr, params, &self.grad),
            State::Method(method) => method.step(lr, params, value, &self.grad, objective),
        }
        value
    }

    /// Goes on where `earlier` has stopped, an optimizer for the same parameters: with its random numbers and
    /// its time, by which transforms go; and with all that it remembers, if rule or method, their settings
    /// and groups are the same.
    pub fn go_on(&mut self, mut earlier: Self, is_same_rule: bool) {
        if is_same_rule {
            let (Memory { scalars, vectors }, of_earlier) = (self.memory().0, earlier.memory().0);
            for ((_, own), (_, value)) in scalars.into_iter().zip(of_earlier.scalars) {
                *own = *value;
            }
            for ((_, own), (_, values)) in vectors.into_iter().zip(of_earlier.vectors) {
                own.copy_from_slice(values);
            }
        }
        (self.step, self.noise) = (earlier.step, earlier.noise);
    }

    /// The solution so far, which is what to evaluate and to keep: `params`, on which the steps work, unless
    /// the rule gives another point. Allocates nothing and changes no later step.
    pub fn answer<'a>(&'a mut self, params: &'a [F]) -> &'a [F] {
        let differs = match &mut self.state {
            State::Groups(groups) => groups.answer(params, &mut self.grad),
            State::Rule(rule) => rule.answer(params, &mut self.grad),
            State::Method(method) => method.answer(params, &mut self.grad),
        };
        if differs { &self.grad } else { params }
    }

    /// The diagonal P by which the rule divides its average of gradients, as far as the steps have made it; 1
    /// before the first, and empty if the rule has none.
    ///
    /// ```text
    /// θ ← θ − η P⁻¹ m
    /// ```
    /// Adam: (1 − β₁ᵗ)(√v̂ + ε), with the bias correction of m in it, as in J. M. Cohen et al., *Adaptive
    /// gradient methods at the edge of stability* (2022), section 2. RMSProp: √s + ε. With groups, that of
    /// each divided by its factor of the learning rate, and 1 in the place of one that is not there.
    pub fn preconditioner(&self) -> Vec<F> {
        match &self.state {
            State::Rule(rule) => rule.preconditioner(),
            State::Groups(groups) => groups.preconditioner(),
            State::Method(_) => Vec::new(),
        }
    }

    /// All that later steps depend on besides the settings, for a checkpoint to copy out and back in.
    pub fn memory(&mut self) -> (Memory<'_, F>, &mut Stream) {
        let mut memory = match &mut self.state {
            State::Rule(rule) => rule.memory(),
            State::Method(method) => method.memory(),
            State::Groups(groups) => groups.memory(),
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

    fn build<const D: usize>(text: &str) -> Optimizer<f64> {
        let config: OptimizerConfig = toml::from_str(text).unwrap();
        config.build(&Layout::point(D), Streams::new(1, 0).stream("noise", 0))
    }

    fn after_ten_steps(text: &str) -> [f64; 2] {
        let mut optimizer = build::<2>(text);
        let mut params = [1.0, -2.0];
        for t in 1..=10 {
            optimizer.step(0.1, &mut params, &mut Linear { slope: vec![libm::sin(f64::from(t)), 0.5] });
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
        let mut optimizer = build::<8>(LANGEVIN);
        let (mut params, mut sum) = ([0.0; 8], 0.0);
        // κ = 1: L = ½ ‖θ‖².
        let mut objective = Quadratic::new(Count::of(8), Positive::of(1.0));
        for step in 0..20_100 {
            optimizer.step(lr, &mut params, &mut objective);
            if step >= 100 {
                sum += params.iter().map(|x| x * x).sum::<f64>();
            }
        }
        // θ′ = (1 − η) θ + √(2ηT) ξ has the variance 2ηT/(1 − (1 − η)²): T, a little wider for the finite
        // step.
        let expected = temperature / (1.0 - lr / 2.0);
        let relative = sum / (8.0 * 20_000.0) / expected - 1.0;
        // Squares of neighbours correlate by ¼, so 160 000 values count as 96 000: √(2/96 000) = 0.5 %, three
        // times that.
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
    fn another_rule_goes_on_with_the_noise_and_the_time_of_transforms_but_remembers_nothing() {
        let with_noise = |kind: &str| {
            build::<2>(&format!(
                "kind = '{kind}'\ntransforms = [{{ kind = 'thermal-noise', temperature = {{ kind = 'power-law', \
                 initial = 0.3, exponent = 1, time-scale = 2 }} }}]"
            ))
        };
        let (mut parent, mut params) = (with_noise("momentum"), [1.0, 2.0]);
        let mut slope = Linear { slope: vec![0.5, -0.25] };
        for _ in 0..5 {
            parent.step(0.1, &mut params, &mut slope);
        }
        let [mut other, mut fresh] = ["lion", "lion"].map(with_noise);
        let (mut memory, noise) = fresh.memory();
        *memory.scalars.pop().unwrap().1 = 5.0;
        *noise = parent.memory().1.clone();
        other.go_on(parent, false);
        let mut copy = params;
        for _ in 0..3 {
            other.step(0.1, &mut params, &mut slope);
            fresh.step(0.1, &mut copy, &mut slope);
        }
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
            let mut optimizer = build::<2>(text);
            let (mut params, mut moment) = ([1.0, 1.0], [0.0; 2]);
            assert_eq!(optimizer.preconditioner(), [1.0, 1.0], "{text}");
            for slope in slopes {
                let before = params;
                optimizer.step(0.1, &mut params, &mut Linear { slope: slope.to_vec() });
                let diagonal = optimizer.preconditioner();
                for i in 0..2 {
                    moment[i] = first * moment[i] + (1.0 - first) * slope[i];
                    let expected = before[i] - 0.1 * moment[i] / diagonal[i];
                    // A few roundings of numbers of order 1, by steps of up to 0.4/1e-8 of them where ε alone
                    // divides.
                    assert!((params[i] - expected).abs() < 1e-12, "{text}: {} {expected}", params[i]);
                }
            }
            let config: OptimizerConfig = toml::from_str(text).unwrap();
            assert!(config.has_preconditioner());
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
            let mut optimizer = build::<1>(text);
            let (mut inside, mut outside) = ([edge - 0.01], [edge + 0.01]);
            assert!(optimizer.step(0.25, &mut outside, &mut Cliff).is_nan(), "{text}");
            assert_eq!((outside, *optimizer.memory().0.scalars[0].1), ([edge + 0.01], 0.0), "{text}");
            assert_eq!(optimizer.step(0.25, &mut inside, &mut Cliff), edge - 0.01, "{text}");
            assert_eq!((inside, *optimizer.memory().0.scalars[0].1), ([edge - 0.01 - 0.25], 1.0), "{text}");
        }
    }
}
