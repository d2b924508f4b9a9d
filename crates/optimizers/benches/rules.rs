//! One step of each rule on the 4,482 parameters of the network 2-64-64-2.
//!
//! `cargo bench -p thalweg-optimizers` prints the times. Parameters, gradient and what Adam remembers are 72
//! KB in f32.

use divan::Bencher;
use thalweg_numeric::{Layout, Real, Streams};
use thalweg_optimizers::Rule;

/// A kind, and settings that are not the default.
const RULES: [&str; 38] = [
    "sgd",
    "momentum",
    "momentum: nesterov = true",
    "rmsprop",
    "rmsprop: centred = true",
    "rmsprop: momentum = 0.9",
    "adagrad",
    "adadelta",
    "adam",
    "adam: amsgrad = 'raw'",
    "nadam",
    "radam",
    "radam: beta2 = 0.5",
    "adamax",
    "lion",
    "signsgd",
    "lars",
    "lamb",
    "lamb: weight-decay = 0.1",
    "schedule-free: base = { kind = 'sgd' }",
    "schedule-free: base = { kind = 'adam' }",
    "muon",
    "normuon",
    "shampoo: interval = 10",
    "soap",
    "spectral",
    "scion",
    "normalised",
    "ademamix",
    "adan",
    "adopt",
    "laprop",
    "mars",
    "prodigy",
    "cautious: base = { kind = 'adam' }",
    "grams: base = { kind = 'adam' }",
    "lookahead: base = { kind = 'adam' }",
    "averaged: base = { kind = 'adam' }",
];

fn main() {
    divan::main();
}

#[divan::bench(types = [f32, f64], args = RULES, sample_size = 10)]
fn step<F: Real>(bencher: Bencher, rule: &str) {
    let (kind, settings) = rule.split_once(": ").unwrap_or((rule, ""));
    let rule: Rule = toml::from_str(&format!("kind = '{kind}'\n{settings}")).expect("a rule");
    let layout = Layout::new([
        ("layers.0.weight", vec![2, 64]),
        ("layers.0.bias", vec![64]),
        ("layers.1.weight", vec![64, 64]),
        ("layers.1.bias", vec![64]),
        ("layers.2.weight", vec![64, 2]),
        ("layers.2.bias", vec![2]),
    ]);
    let mut optimizer = rule.build::<F>(&layout);
    let mut stream = Streams::new(42, 0).stream("data", 0);
    let mut normal = || -> Vec<F> { (0..layout.dim()).map(|_| F::from_f64(stream.normal())).collect() };
    let (mut params, grad) = (normal(), normal());
    // So small that the parameters stay what they are.
    bencher.bench_local(|| optimizer.step(1e-9, &mut params, &grad));
}
