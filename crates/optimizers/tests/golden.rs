//! Every rule in every dialect against its peer, at every step: `golden/generate.py` and, for other packages,
//! `golden/generate_packages.py` ran the peers in float64 and wrote their parameters to
//! `golden/trajectories.json.gz` and `golden/packages.json.gz`, with the versions. `cargo test -p
//! thalweg-optimizers --test golden -- --nocapture` prints how far apart they are.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;
use thalweg_numeric::bounded::{Count, Positive};
use thalweg_numeric::objectives::{Beale, Linear, Quadratic, Rosenbrock};
use thalweg_numeric::{Layout, Objective, Streams};
use thalweg_optimizers::{Optimizer, OptimizerConfig, Schedule};

/// Relative, for each parameter after each step. A step rounds by a few ulps of 1.1e-16, fifty steps add up,
/// and a parameter that crosses 0 is small beside what it was made from.
const BOUND: f64 = 1e-12;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Golden {
    versions: BTreeMap<String, String>,
    left_out: Vec<String>,
    problems: BTreeMap<String, Problem>,
    cases: Vec<Case>,
}

#[derive(Deserialize, Clone, PartialEq, Debug)]
struct Problem {
    shapes: Vec<Vec<usize>>,
    start: Vec<f64>,
    /// One a step.
    gradients: Option<Vec<Vec<f64>>>,
    /// Where there are none: the name of what has them.
    objective: Option<String>,
    schedule: String,
}

#[derive(Deserialize)]
struct Case {
    rule: String,
    dialect: String,
    /// The table `[optimizer]`.
    optimizer: String,
    problem: String,
    /// After every step.
    params: Vec<Vec<f64>>,
    /// At the end, of rules whose answer is not the parameters.
    answer: Option<Vec<f64>>,
}

/// What both scripts wrote.
fn golden() -> Golden {
    let read = |packed: &[u8]| -> Golden {
        let mut text = String::new();
        flate2::read::GzDecoder::new(packed).read_to_string(&mut text).expect("a gz file of text");
        serde_json::from_str(&text).expect("what a script writes")
    };
    let mut all = read(include_bytes!("golden/trajectories.json.gz"));
    let packages = read(include_bytes!("golden/packages.json.gz"));
    // Problems of one name are the same.
    for (name, problem) in packages.problems {
        let there = all.problems.entry(name).or_insert_with(|| problem.clone());
        assert_eq!(*there, problem);
    }
    all.versions.extend(packages.versions);
    all.left_out.extend(packages.left_out);
    all.cases.extend(packages.cases);
    all
}

/// The sum of the outputs of a 2-3-1 network with sigmoids on three inputs, the problem of PyTorch's C++
/// optimizer tests. The parameters are W₁ by rows, b₁, w₂, b₂.
struct Network;

impl Objective<f64> for Network {
    fn dim(&self) -> usize {
        13
    }

    fn value(&mut self, params: &[f64]) -> f64 {
        self.gradient(params, &mut [0.0; 13])
    }

    fn gradient(&mut self, params: &[f64], grad: &mut [f64]) -> f64 {
        let sigmoid = |z: f64| 1.0 / (1.0 + libm::exp(-z));
        grad.fill(0.0);
        let mut sum = 0.0;
        for x in [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]] {
            let hidden =
                [0, 1, 2].map(|j| sigmoid(x[0] * params[2 * j] + x[1] * params[2 * j + 1] + params[6 + j]));
            let output =
                sigmoid(hidden.iter().zip(&params[9..]).map(|(h, w)| h * w).sum::<f64>() + params[12]);
            let d_output = output * (1.0 - output);
            for (j, h) in hidden.into_iter().enumerate() {
                let d_hidden = d_output * params[9 + j] * h * (1.0 - h);
                grad[2 * j] += d_hidden * x[0];
                grad[2 * j + 1] += d_hidden * x[1];
                grad[6 + j] += d_hidden;
                grad[9 + j] += d_output * h;
            }
            grad[12] += d_output;
            sum += output;
        }
        sum
    }

    fn hessian_vector(&mut self, _params: &[f64], _v: &[f64], _out: &mut [f64]) {
        unreachable!("no peer has a method that asks for it");
    }
}

fn build(optimizer: &str, problem: &Problem) -> Optimizer<f64> {
    let config: OptimizerConfig = toml::from_str(optimizer).unwrap_or_else(|e| panic!("{optimizer}: {e}"));
    let layout = Layout::new(problem.shapes.iter().map(|shape| ("layer", shape.clone())));
    config.build(&layout, Streams::new(0, 0).stream("noise", 0))
}

impl Problem {
    fn objective(&self, step: usize) -> Box<dyn Objective<f64>> {
        match (&self.gradients, self.objective.as_deref()) {
            (Some(gradients), None) => Box::new(Linear { slope: gradients[step - 1].clone() }),
            (None, Some("network")) => Box::new(Network),
            (None, Some("rosenbrock")) => Box::new(Rosenbrock),
            (None, Some("beale")) => Box::new(Beale),
            (None, Some("quadratic")) => Box::new(Quadratic::new(Count::of(5), Positive::of(50.0))),
            (_, name) => panic!("an objective named {name:?}"),
        }
    }
}

/// The largest relative error of a case, and where it is.
fn replay(case: &Case, problem: &Problem) -> (f64, String) {
    let schedule: Schedule = toml::from_str(&problem.schedule).expect("a schedule");
    let mut optimizer = build(&case.optimizer, problem);
    let mut params = problem.start.clone();
    let mut worst = (0.0, String::new());
    let mut compare = |place: &str, params: &[f64], expected: &[f64]| {
        for (i, (ours, theirs)) in params.iter().zip(expected).enumerate() {
            let error = match (ours - theirs).abs() / theirs.abs() {
                _ if ours == theirs => 0.0,
                error if error.is_nan() => f64::INFINITY,
                error => error,
            };
            if error > worst.0 {
                worst = (error, format!("{place}, entry {i}: {ours:e}, not {theirs:e}"));
            }
        }
    };
    for (step, expected) in (1..).zip(&case.params) {
        optimizer.step(schedule.at(step as u64), &mut params, problem.objective(step).as_mut());
        compare(&format!("step {step}"), &params, expected);
    }
    let end = case.answer.as_ref().unwrap_or(&case.params[case.params.len() - 1]);
    compare("answer", optimizer.answer(&params), end);
    worst
}

/// The bound of a case: [`BOUND`], or a looser one for a reason.
fn bound(case: &Case) -> f64 {
    let has = |key| case.optimizer.contains(key);
    if case.rule == "radam" {
        // At t = 5, ρ − 4 ≈ 1 is what remains of 1999 − 1994, and the 1994 is divided by 1 − β₂ᵗ ≈ 5e-3: of
        // an error of the power, 2.2e-16, r has 5e-11. The power of JAX is off by up to 4.7e-16, and small
        // parameters add their own.
        1e-9
    } else if has("centred = true") && has("bias-correction = true") {
        // The variance of a first gradient is g² − g²: of its rounding, 1e-16, 1/(2 ε) = 5e3 enters the step
        // for each g².
        2e-11
    } else if case.rule == "nadam" && case.problem == "decaying" {
        // PyTorch adds the two parts of the step one after the other, which rounds twice, 1e-16 of parameters
        // up to 1, and one of them comes within 1e-4 of 0.
        1e-11
    } else if case.rule == "lamb" && case.problem == "network" {
        // Steps are a tenth as long as their layer, so hidden units saturate to 1 − h ≈ 2e-3, which loses
        // three digits; a change of one weight at the start, tried in the peer, comes out up to 230 times as
        // large.
        1e-11
    } else if case.rule == "lbfgs" {
        // A change of one ulp at the start, tried in the peer, comes out up to 9e-11 after 20 steps.
        2e-10
    } else if case.rule == "muon" {
        // Five steps of the iteration enlarge a small singular value 3.4445⁵ ≈ 490 times, and the roundings
        // beside it: 1e-13 of steps of 0.1, in weights that come within 1e-4 of 0. One ulp at the start comes
        // out as 5e-11 in the peer.
        1e-10
    } else if case.rule == "scion" {
        // The same iteration; constrained steps bring weights within 5e-6 of 0.
        5e-9
    } else if case.rule == "shampoo" {
        // An eigenvalue of 0 is the rounding of the largest, 1e-15 beside ε = 1e-6; its power multiplies a
        // gradient of 0, but for roundings, of which weights within 1e-3 of 0 show a part.
        1e-10
    } else {
        BOUND
    }
}

#[test]
fn every_step_is_that_of_the_peer() {
    let golden = golden();
    println!("peers: {:?}", golden.versions);
    println!("left out, because the peer gives no finite number: {:?}", golden.left_out);
    // optax's corrected variance of a first gradient is g² − g², and at 1e+100 its rounding outweighs ε.
    assert_eq!(golden.left_out.len(), 1);
    println!(
        "{:<13} {:<8} {:>5} {:>5} {:>6}  largest relative error",
        "rule", "dialect", "forms", "cases", "steps"
    );
    let mut table: BTreeMap<(&str, &str), Vec<(&Case, f64)>> = BTreeMap::new();
    let mut failures = Vec::new();
    for case in &golden.cases {
        let (error, place) = replay(case, &golden.problems[&case.problem]);
        if error > bound(case) {
            failures.push(format!(
                "{} on `{}`: {error:e} at {place}",
                case.optimizer.replace('\n', ", "),
                case.problem
            ));
        }
        table.entry((&case.rule, &case.dialect)).or_default().push((case, error));
    }
    for ((rule, dialect), cases) in &table {
        let mut forms: Vec<&str> = cases.iter().map(|(case, _)| &case.optimizer[..]).collect();
        forms.dedup();
        let steps: usize = cases.iter().map(|(case, _)| case.params.len()).sum();
        let error = cases.iter().fold(0.0, |worst: f64, (_, error)| worst.max(*error));
        println!("{rule:<13} {dialect:<8} {:>5} {:>5} {steps:>6}  {error:.1e}", forms.len(), cases.len());
    }
    assert!(
        failures.is_empty(),
        "{} of {} cases:\n{}",
        failures.len(),
        golden.cases.len(),
        failures.join("\n")
    );
}

#[test]
fn every_dialect_of_every_rule_is_held_to_its_peer() {
    let golden = golden();
    for case in &golden.cases {
        let (rule, own) = (&case.rule, format!("dialect = '{}'\n", case.dialect));
        for dialect in ["torch", "optax", "keras", "article"] {
            let text = case.optimizer.strip_prefix(&own).unwrap_or(&case.optimizer);
            let known = toml::from_str::<OptimizerConfig>(&format!("dialect = '{dialect}'\n{text}")).is_ok();
            let held = golden.cases.iter().any(|other| other.rule == *rule && other.dialect == dialect);
            assert_eq!(known, held, "{rule} in the dialect {dialect}");
        }
    }
}

#[test]
fn the_adam_of_the_article_is_told_from_that_of_pytorch() {
    let golden = golden();
    let problem = &golden.problems["network"];
    // η = 1, as in PyTorch's own test of its Adam.
    let end = |dialect| {
        let mut optimizer = build(&format!("kind = 'adam'\ndialect = '{dialect}'"), problem);
        let mut params = problem.start.clone();
        for _ in 0..1000 {
            optimizer.step(1.0, &mut params, &mut Network);
        }
        params
    };
    let (torch, article) = (end("torch"), end("article"));
    let apart = torch.iter().zip(&article).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let largest = torch.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    println!("weights up to {largest:.1}, apart by {apart:.1e}");
    assert!((6e-4..8e-4).contains(&apart), "{apart:e} apart");
    // PyTorch compares its C++ optimizers with frozen values to 5e-4 + 1e-3 · |θ|, which holds for both.
    assert!(torch.iter().zip(&article).all(|(a, b)| (a - b).abs() < 5e-4 + 1e-3 * a.abs()));
}
