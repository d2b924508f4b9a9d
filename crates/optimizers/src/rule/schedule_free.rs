//! Schedule-free learning: an average of the iterates in the place of a decaying learning rate.

use serde::{Deserialize, Serialize};
use thalweg_numeric::bounded::{Decay, NonNegative, Share};
use thalweg_numeric::{Layout, Real, vector};

use super::squares::Squares;
use super::{Adam, Inner, Memory, Root, RuleSettings, RuleState, check_lengths, larger, weight};
use crate::properties::Properties;

/// Schedule-free descent, AdamW, or any other rule. The parameters y, where gradients are taken, lie between
/// the iterates z of the base rule and their average x, which is the [`answer`](RuleState::answer):
///
/// ```text
/// y = (1 − β) z + β x                         z₀ = x₀ = y₀, the parameters at the first step
/// z ← z − η (u + λ y)                         λ = weight-decay
///     u = g                                   base.kind = "sgd"
///     u = g / (√(v/(1 − β₂ᵗ)) + ε)            base.kind = "adam", v ← β₂ v + (1 − β₂) g²
///     η u = the step of that rule from y      base.kind = "rule"
/// x ← (1 − c) x + c z
///     c = w / Σ w,  w = (largest η so far)ᵖ   p = weight-lr-power
/// ```
/// A. Defazio et al., *The road less scheduled*, NeurIPS 2024, equations 3 to 5 and algorithm 1. While η is
/// constant, x is the mean of all z. It is meant for a constant learning rate after a warm-up, whose early
/// steps the weights play down.
///
/// With a rule, it equals optax's `contrib.schedule_free`; one without momentum is meant.
///
/// Equals the authors' `SGDScheduleFree` and `AdamWScheduleFree`, and optax's `contrib.schedule_free_sgd` and
/// `schedule_free_adamw` at a constant learning rate. With a schedule, optax weights the step t by the
/// learning rate of step t + 1. A transform that moves the parameters moves y, and x with it by 1/β as far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ScheduleFree {
    /// β, default 0.9 (Defazio et al.).
    #[serde(default = "default_beta")]
    pub beta: Share,
    /// p, default 2 (Defazio et al.); 0 weights all steps alike.
    #[serde(default = "default_weight_lr_power")]
    pub weight_lr_power: NonNegative,
    /// λ, default 0, as in both libraries. It acts at y, which no transform can do ahead of Adam.
    #[serde(default = "default_weight_decay")]
    pub weight_decay: NonNegative,
    /// What moves z.
    pub base: Base,
}

/// A rule without momentum of its own, for β gives it one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum Base {
    Sgd(BaseSgd),
    Adam(BaseAdam),
    Rule(BaseRule),
}

/// Gradient descent, without settings of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BaseSgd {}

/// Adam with β₁ = 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct BaseAdam {
    /// β₂, default 0.999, as in Adam.
    pub beta2: Decay,
    /// ε, default 10⁻⁸, as in Adam.
    pub epsilon: NonNegative,
}

impl Default for BaseAdam {
    fn default() -> Self {
        let Adam { beta2, epsilon, .. } = Adam::default();
        Self { beta2, epsilon }
    }
}

/// Another rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BaseRule {
    /// The rule that moves z, with its settings and perhaps a `dialect` of its own.
    pub rule: Inner,
}

fn default_beta() -> Share {
    Share::of(0.9)
}

fn default_weight_lr_power() -> NonNegative {
    NonNegative::of(2.0)
}

fn default_weight_decay() -> NonNegative {
    NonNegative::of(0.0)
}

impl ScheduleFree {
    /// The default averages of what `base` does.
    pub fn new(base: Base) -> Self {
        Self {
            beta: default_beta(),
            weight_lr_power: default_weight_lr_power(),
            weight_decay: default_weight_decay(),
            base,
        }
    }
}

impl ScheduleFree {
    fn rule(&self) -> Option<&Inner> {
        if let Base::Rule(base) = &self.base { Some(&base.rule) } else { None }
    }
}

impl Properties for ScheduleFree {
    fn numbers_per_parameter(&self) -> f64 {
        match &self.base {
            Base::Sgd(_) => 1.0,
            Base::Adam(_) => 2.0,
            Base::Rule(base) => 1.0 + base.rule.properties().numbers_per_parameter(),
        }
    }

    fn extra_numbers(&self, layout: &Layout) -> f64 {
        self.rule().map_or(0.0, |rule| rule.properties().extra_numbers(layout))
    }

    fn extra_flops(&self, layout: &Layout) -> f64 {
        self.rule().map_or(0.0, |rule| rule.properties().extra_flops(layout))
    }
}

impl<F: Real> RuleSettings<F> for ScheduleFree {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        let zeros = || vec![F::ZERO; layout.dim()];
        let square = if matches!(self.base, Base::Adam(_)) { zeros() } else { vec![] };
        let rule = self.rule();
        Box::new(State {
            config: self.clone(),
            step: 0.0,
            largest: 0.0,
            total: 0.0,
            iterate: zeros(),
            square,
            rule: rule.map(|rule| rule.0.build(layout)),
            moved: if rule.is_some() { zeros() } else { vec![] },
        })
    }
}

struct State<F> {
    config: ScheduleFree,
    step: f64,
    /// The largest learning rate so far.
    largest: f64,
    /// Σ w.
    total: f64,
    /// z; x is not kept, for it follows from y and z.
    iterate: Vec<F>,
    /// v; empty without Adam.
    square: Vec<F>,
    /// Another rule.
    rule: Option<Box<dyn RuleState<F>>>,
    // Work space, not remembered: where it would lead from y.
    moved: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.iterate.len(), params, grad);
        if self.step == 0.0 {
            self.iterate.copy_from_slice(params);
        }
        self.step += 1.0;
        let config = &self.config;
        self.largest = larger(self.largest, lr);
        let fresh = libm::pow(self.largest, config.weight_lr_power.get());
        self.total += fresh;
        // A warm-up from 0 begins with weights of 0.
        let share = if self.total > 0.0 { fresh / self.total } else { 0.0 };
        // y moves by c towards z, and by what u adds to (1 − β) z + β c z.
        let gain_per_rate = config.beta.get() * (1.0 - share) - 1.0;
        let gain = F::from_f64(lr * gain_per_rate);
        let gain_per_rate = F::from_f64(gain_per_rate);
        let (rate, share) = (F::from_f64(lr), F::from_f64(share));
        let decay = F::from_f64(config.weight_decay.get());
        let advance = move |y: &mut F, z: &mut F, u: F| {
            let u = u + decay * *y;
            *y += share * (*z - *y);
            *y += gain * u;
            *z -= rate * u;
        };

        if let Some(rule) = &mut self.rule {
            self.moved.copy_from_slice(params);
            rule.step(lr, &mut self.moved, grad);
            let (shrink, of_step) = (rate * decay, -gain_per_rate);
            let all = params.iter_mut().zip(&mut self.iterate).zip(&self.moved);
            vector::for_each(all, move |((y, z), moved)| {
                let step = *moved - *y - shrink * *y;
                *y += share * (*z - *y);
                *y += of_step * step;
                *z += step;
            });
        }
        let all = params.iter_mut().zip(&mut self.iterate).zip(grad);
        match config.base {
            Base::Rule(_) => {}
            Base::Sgd(_) => {
                vector::for_each(all, move |((y, z), g)| advance(y, z, *g));
            }
            Base::Adam(BaseAdam { beta2, epsilon }) => {
                let scale = F::from_f64(1.0 / weight(beta2.get(), self.step));
                let (beta2, fresh2) = (F::from_f64(beta2.get()), F::from_f64(1.0 - beta2.get()));
                let root = Root::new(epsilon, false);
                let squares = Squares::new(beta2, fresh2, root);
                vector::for_each(all.zip(&mut self.square), move |(((y, z), g), v)| {
                    *v = squares.next(*v, *g);
                    advance(y, z, *g / root.of(*v * scale));
                });
                squares.settle(&mut self.square);
            }
        }
        if config.weight_decay.get() > 0.0 {
            for point in [params, &mut self.iterate] {
                vector::for_each(point, move |x| *x = x.settled());
            }
        }
    }

    fn memory(&mut self) -> Memory<'_, F> {
        let mut vectors = vec![("iterate", &mut self.iterate[..])];
        if !self.square.is_empty() {
            vectors.push(("square", &mut self.square));
        }
        let mut scalars = vec![
            ("step", &mut self.step),
            ("largest-learning-rate", &mut self.largest),
            ("total-weight", &mut self.total),
        ];
        if let Some(rule) = &mut self.rule {
            let memory = rule.memory();
            scalars.extend(memory.scalars);
            vectors.extend(memory.vectors);
        }
        Memory { scalars, vectors }
    }

    /// x = (y − (1 − β) z)/β.
    fn answer(&self, params: &[F], out: &mut [F]) -> bool {
        let beta = self.config.beta.get();
        let (beta, rest) = (F::from_f64(beta), F::from_f64(1.0 - beta));
        for ((x, y), z) in out.iter_mut().zip(params).zip(&self.iterate) {
            *x = (*y - rest * *z) / beta;
        }
        // Before the first step there is no z.
        self.step > 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{distance, gradients, path};
    use super::*;

    fn build(text: &str) -> Box<dyn RuleState<f64>> {
        toml::from_str::<ScheduleFree>(text).unwrap().build(&Layout::point(1))
    }

    #[test]
    fn steps_match_hand_computed_values() {
        // β = ½, η = ½, gradients 4, −8, 2: z = −2, 2, 1; x = −2, 0, ⅓ their means; y the middle.
        let mut state = build("beta = 0.5\nbase = { kind = 'sgd' }");
        let (mut params, mut answer) = ([0.0], [7.0]);
        assert!(!state.answer(&params, &mut answer));
        for (g, x, y) in [(4.0, -2.0, -2.0), (-8.0, 0.0, 1.0), (2.0, 1.0 / 3.0, 2.0 / 3.0)] {
            state.step(0.5, &mut params, &[g]);
            assert!(state.answer(&params, &mut answer));
            // Some roundings of numbers of about 1.
            assert!((params[0] - y).abs() < 1e-15 && (answer[0] - x).abs() < 1e-15, "{params:?} {answer:?}");
        }
    }

    #[test]
    fn steps_weigh_by_the_largest_learning_rate_so_far() {
        // η = 1, 2, 1 with gradients −1: z = 1, 3, 4 and the weights 1, 4, 4.
        let mut state = build("base = { kind = 'sgd' }");
        let (mut params, mut answer) = ([0.0], [0.0]);
        for lr in [1.0, 2.0, 1.0] {
            state.step(lr, &mut params, &[-1.0]);
        }
        state.answer(&params, &mut answer);
        // A few roundings of numbers up to 4.
        assert!((answer[0] - (1.0 + 4.0 * 3.0 + 4.0 * 4.0) / 9.0).abs() < 4e-15, "{answer:?}");
    }

    #[test]
    fn over_another_rule_it_is_the_same() {
        for (base, rule) in [("kind = 'sgd'", "kind = 'sgd'"), ("kind = 'adam'", "kind = 'adam', beta1 = 0")]
        {
            let text =
                |base: &str| format!("kind = 'schedule-free'\nweight-decay = 0.1\nbase = {{ {base} }}");
            let over = text(&format!("kind = 'rule', rule = {{ {rule} }}"));
            let (own, over) = (path(&text(base), 0.1, &gradients()), path(&over, 0.1, &gradients()));
            // A step is the difference of two points, each rounded, forty times.
            let all = over.as_flattened().iter().zip(own.as_flattened());
            assert!(all.clone().all(|(a, b)| (a - b).abs() < 1e-14), "{base}");
        }
    }

    #[test]
    fn a_learning_rate_of_zero_moves_nothing() {
        for base in ["sgd", "adam"] {
            let mut state = build(&format!("base.kind = '{base}'"));
            let mut params = [3.0];
            state.step(0.0, &mut params, &[2.0]);
            assert_eq!(params, [3.0]);
        }
    }

    #[test]
    fn without_memory_adam_takes_signs_and_decays_at_y() {
        // β₂ = 0 and ε = 0: u = ±1. From y = z = x = 0, one step of −½; then u = −1 − 2·½ = −2.
        let text =
            "kind = 'schedule-free'\nweight-decay = 2\nbase = { kind = 'adam', beta2 = 0, epsilon = 0 }";
        let steps = path(text, 0.5, &[[3.0], [-0.1]]);
        // z = −½ + 1 = ½, x = (−½ + ½)/2 = 0, y = 0.1·½.
        assert!((steps[0][0] + 0.5).abs() < 1e-15 && (steps[1][0] - 0.05).abs() < 1e-15, "{steps:?}");
    }

    #[test]
    fn for_descent_the_decay_is_that_of_the_gradient() {
        let text =
            |decay| format!("kind = 'schedule-free'\nweight-decay = {decay}\nbase = {{ kind = 'sgd' }}");
        let (plain, decayed) = (path(&text(0.0), 0.1, &gradients()), path(&text(0.5), 0.1, &gradients()));
        let mut params = [0.0; 3];
        let mut state =
            toml::from_str::<crate::Rule>(&text(0.0)).unwrap().build(&Layout::new([("p", vec![3])]));
        let by_hand: Vec<[f64; 3]> = (gradients().iter())
            .map(|g| {
                let grad = [0, 1, 2].map(|i| g[i] + 0.5 * params[i]);
                state.step(0.1, &mut params, &grad);
                params
            })
            .collect();
        assert_eq!(by_hand, decayed);
        assert!(distance(&plain, &decayed) > 1e-3);
    }
}
