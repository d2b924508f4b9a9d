//! `cargo xtask bench --subnormal`: steps of every rule on a network with units that no sample reaches any
//! more, and of stretched moons, where such units come by themselves.
//!
//! What a rule remembers of such a unit decays geometrically. Where it ended in subnormal numbers, a CPU that
//! handles these by microcode took up to ten times as long for a step.

use std::time::Instant;

use ndarray::{Array2, ArrayView2, s};
use serde_json::{Value, json};
use thalweg::optimizers::{Optimizer, OptimizerConfig};
use thalweg_cli::{Exit, note, say};
use thalweg_datasets::TwoMoons;
use thalweg_experiment::Job;
use thalweg_network::{Activation, Architecture, He, Init, Loss, Network, Numerics, OnBatch, Targets};
use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::bounded::{Count, NonNegative};
use thalweg_numeric::{Real, Streams};

use super::times::{Times, duration};
use super::training::{plan, seconds_per_step};
use crate::table::Table;

/// The rules, the first of which is what the others are compared with, and how many times its step each may
/// take.
const RULES: [(&str, Option<f64>); 22] = [
    ("sgd", None),
    ("momentum", Some(1.5)),
    ("momentum: beta = 0.99", Some(1.5)),
    ("momentum: nesterov = true", Some(1.5)),
    ("rmsprop", None),
    ("rmsprop: centred = true", None),
    ("rmsprop: momentum = 0.9", None),
    ("adagrad", None),
    ("adadelta", None),
    ("adam", Some(2.2)),
    ("adam: amsgrad = 'raw'", None),
    ("nadam", None),
    ("radam", None),
    ("adamax", None),
    ("adamax: epsilon-inside-maximum = false", None),
    ("lion", None),
    ("signsgd", None),
    ("lars", None),
    ("lamb", None),
    ("schedule-free: base = { kind = 'sgd' }", None),
    ("schedule-free: base = { kind = 'adam' }", None),
    ("muon", None),
];

/// How many times as long ReLU may take on stretched moons as tanh, of which no unit dies.
const AS_TANH: f64 = 1.3;

const BATCH: usize = 8;
const SAMPLES: usize = 504;
const HIDDEN: usize = 64;
/// With which every unit learns, before half of them die.
const FIRST_STEPS: usize = 200;
/// Until 0.999ᵗ, by which an average of squares decays, has passed from 10⁻⁴ through the least normal number.
const DECAY_STEPS: usize = 100_000;
/// So small that the dead stay dead.
const LEARNING_RATE: f64 = 1e-5;

/// A network at the end of its decay, and the optimizer that brought it there.
struct Learner<F: Real> {
    label: &'static str,
    target: Option<f64>,
    optimizer: Optimizer<F>,
    network: Network<F>,
    params: Aligned<F>,
    times: Times,
}

/// Prints both tables, and returns what was measured.
pub fn run(quick: bool) -> Result<Value, Exit> {
    let (rounds, steps) = if quick { (5, 200) } else { (50, 400) };
    let data = moons::<f32>();
    let (inputs, labels) = (data.0.view(), &data.1[..]);
    let mut learners = Vec::new();
    for rule in RULES {
        note(format_args!("{}: {DECAY_STEPS} steps", rule.0));
        learners.push(Learner::new(rule, Numerics::best(), DECAY_STEPS, &data)?);
    }
    for _ in 0..rounds {
        for learner in &mut learners {
            let start = Instant::now();
            learner.advance(steps, inputs, labels);
            learner.times.push(start.elapsed().as_secs_f64() / steps as f64);
        }
    }
    let mut rules = Vec::new();
    let mut table = Table::new(&["rule", "a step", "of that of sgd", "subnormal", "target", ""]);
    let of_sgd = learners[0].times.min();
    for learner in &mut learners {
        let (seconds, subnormal) = (learner.times.min(), learner.subnormal(inputs, labels));
        let ratio = seconds / of_sgd;
        rules.push(json!({
            "rule": learner.label, "seconds": seconds, "of-sgd": ratio, "subnormal": subnormal, "target": learner.target
        }));
        let (target, verdict) = verdict(ratio, learner.target);
        let label = learner.label.to_owned();
        table.push([label, duration(seconds), times(ratio), subnormal.to_string(), target, verdict]);
    }
    say(table.render())?;
    Ok(json!({ "rules": rules, "stretched-moons": stretched(if quick { 1 } else { 5 })? }))
}

impl<F: Real> Learner<F> {
    /// After so many steps without samples for half of the units.
    fn new(
        (label, target): (&'static str, Option<f64>),
        numerics: Numerics,
        decay_steps: usize,
        (inputs, labels): &(Array2<F>, Vec<u32>),
    ) -> Result<Self, Exit> {
        let architecture = Architecture {
            inputs: 2,
            hidden: vec![HIDDEN, HIDDEN],
            outputs: 2,
            activation: Activation::Relu,
            loss: Loss::CrossEntropy,
            ..Architecture::default()
        };
        let failed = |e: Box<dyn std::error::Error + Send + Sync>| Exit::Failed(anyhow::anyhow!(e));
        let init = Init::He(He::default());
        let streams = Streams::new(0, 0);
        let params =
            architecture.draw(&init, &mut streams.stream("init", 0)).map_err(|e| failed(e.into()))?;
        let network = Network::new(&architecture, numerics, BATCH).map_err(|e| failed(e.into()))?;
        let optimizer = config(label).build(&architecture.layout(), streams.stream("noise", 0));
        let params = aligned::copy(&params);
        let mut learner = Self { label, target, optimizer, network, params, times: Times::default() };
        learner.advance(FIRST_STEPS, inputs.view(), labels);
        for block in architecture.layout().blocks().iter().filter(|block| block.range.len() == HIDDEN) {
            learner.params[block.range.clone()][..HIDDEN / 2].fill(F::from_f64(-100.0));
        }
        learner.advance(decay_steps, inputs.view(), labels);
        Ok(learner)
    }

    fn advance(&mut self, steps: usize, inputs: ArrayView2<'_, F>, labels: &[u32]) {
        for step in 0..steps {
            let start = step * BATCH % SAMPLES;
            let mut batch = OnBatch {
                network: &mut self.network,
                inputs: inputs.slice(s![start..start + BATCH, ..]),
                targets: Targets::Classes(&labels[start..start + BATCH]),
            };
            let loss = self.optimizer.step(LEARNING_RATE, &mut self.params, &mut batch);
            assert!(loss.is_finite(), "{} diverged", self.label);
        }
    }

    /// Numbers that the rule remembers, parameters and entries of a gradient that are subnormal.
    fn subnormal(&mut self, inputs: ArrayView2<'_, F>, labels: &[u32]) -> usize {
        let mut grad = vec![F::ZERO; self.params.len()];
        self.network.gradient(&self.params, inputs, Targets::Classes(labels), &mut grad);
        let (memory, _) = self.optimizer.memory();
        let remembered = memory.vectors.iter().flat_map(|(_, values)| values.iter());
        let all = remembered.chain(self.params.iter()).chain(&grad);
        all.filter(|value| **value != F::ZERO && value.abs() < F::LEAST_NORMAL).count()
    }
}

/// `kind: settings`.
fn config(label: &str) -> OptimizerConfig {
    let (kind, settings) = label.split_once(": ").unwrap_or((label, ""));
    toml::from_str(&format!("kind = '{kind}'\n{settings}")).expect("a rule")
}

fn moons<F: Real>() -> (Array2<F>, Vec<u32>) {
    let moons =
        TwoMoons { samples: Count::of(SAMPLES as u64), noise: NonNegative::of(0.1), transforms: Vec::new() };
    let data = moons.generate(SAMPLES, &mut Streams::new(0, 0).stream("data", 0));
    let all: Vec<u32> = (0..SAMPLES as u32).collect();
    data.batch(&all)
}

/// Each row of the experiment with ReLU beside the same with tanh.
fn stretched(rounds: usize) -> Result<Vec<Value>, Exit> {
    let jobs = |activation: &str| -> Result<Vec<Job>, Exit> {
        let set = ["replicates=1", &format!("model.activation={activation}")];
        Ok(plan("../experiments/stretched-moons.toml", &set)?.jobs)
    };
    let (relu, tanh) = (jobs("relu")?, jobs("tanh")?);
    let mut table = Table::new(&["stretched moons", "ReLU", "tanh", "ratio", "target", ""]);
    let mut rows = Vec::new();
    for (relu, tanh) in relu.iter().zip(&tanh) {
        let mut times = [Times::default(), Times::default()];
        for _ in 0..rounds {
            for (job, times) in [relu, tanh].into_iter().zip(&mut times) {
                times.push(seconds_per_step(job)?);
            }
        }
        let label = serde_json::to_string(&relu.spec.optimizer).expect("settings are plain data");
        let label = format!(
            "{label}, {}",
            serde_json::to_string(&relu.spec.schedule).expect("settings are plain data")
        );
        let [relu, tanh] = times.map(|times| times.min());
        let ratio = relu / tanh;
        rows.push(json!({ "settings": label, "seconds": { "relu": relu, "tanh": tanh }, "target": AS_TANH }));
        let (target, verdict) = verdict(ratio, Some(AS_TANH));
        table.push([label, duration(relu), duration(tanh), self::times(ratio), target, verdict]);
    }
    say(table.render())?;
    Ok(rows)
}

fn times(ratio: f64) -> String {
    format!("{ratio:.2}×")
}

fn verdict(ratio: f64, target: Option<f64>) -> (String, String) {
    let Some(target) = target else { return (String::new(), String::new()) };
    (format!("{target}×"), if ratio <= target { "met" } else { "missed" }.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many subnormal numbers the rules leave behind, those that take too long for a test aside.
    fn left_behind<F: Real>(decay_steps: usize, numerics: Numerics) -> Vec<(&'static str, usize)> {
        let data = moons::<F>();
        let count = |rule: (&'static str, Option<f64>)| {
            let mut learner = Learner::<F>::new(rule, numerics, decay_steps, &data).unwrap();
            (rule.0, learner.subnormal(data.0.view(), &data.1))
        };
        RULES.into_iter().filter(|(label, _)| *label != "muon").map(count).filter(|(_, n)| *n > 0).collect()
    }

    #[test]
    fn no_rule_leaves_a_subnormal_number_of_a_dead_unit_behind() {
        // A mean with 0.9 passes through the least f32 in 830 steps, through the least f64 in 6,700.
        for numerics in [Numerics::Fast, Numerics::Portable].into_iter().filter(|n| n.is_supported()) {
            assert_eq!(left_behind::<f32>(2_000, numerics), []);
            assert_eq!(left_behind::<f64>(7_500, numerics), []);
        }
    }

    #[test]
    fn the_first_rule_is_what_the_others_are_compared_with() {
        assert_eq!(RULES[0], ("sgd", None));
        for (label, _) in RULES {
            config(label);
        }
    }

    #[test]
    fn a_ratio_is_held_against_its_target() {
        assert_eq!(verdict(1.5, Some(1.5)), ("1.5×".to_owned(), "met".to_owned()));
        assert_eq!(verdict(1.51, Some(1.5)).1, "missed");
        assert_eq!((verdict(9.0, None).1.as_str(), times(15.68).as_str()), ("", "15.68×"));
    }
}
