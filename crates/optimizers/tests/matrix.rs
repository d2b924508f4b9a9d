//! Every update rule on every objective in both precisions: it descends to a stated level, twice with the same bits,
//! without allocating, and its settings refuse unknown keys. A new rule adds one line to [`MATRIX`].

use thalweg_numeric::bounded::{Count, Positive};
use thalweg_numeric::objectives::{Quadratic, Rosenbrock};
use thalweg_numeric::{Layout, Objective, Real};
use thalweg_optimizers::Rule;

/// So many steps with a constant learning rate must end below a level of the objective.
struct Aim {
    lr: f64,
    steps: usize,
    level: f64,
}

const fn aim(lr: f64, steps: usize, level: f64) -> Aim {
    Aim { lr, steps, level }
}

/// The settings with every default written out; the quadratic with d = 5 and κ = 50 from (1, …, 1); Rosenbrock's
/// valley from its usual start (−1.2, 1).
///
/// * sgd: on the quadratic η = 1/λ_max leaves (1 − 1/50)ᵗ of the slowest coordinate, ½·0.98¹⁰⁰⁰ ≈ 8e-10 of the loss; in
///   the valley η must stay below 2/λ_max ≈ 2/1002, and the floor is flat: λ_min ≈ 0.4, e^{−2·0.4·20} ≈ 1e-7.
const MATRIX: &[(&str, Aim, Aim)] = &[("kind = \"sgd\"\n", aim(0.02, 500, 1e-9), aim(1e-3, 20_000, 1e-6))];

fn rule(text: &str) -> Rule {
    toml::from_str(text).expect("a line of the matrix is a rule")
}

/// The final parameters and the value there.
fn descend<F: Real>(rule: &Rule, objective: &mut dyn Objective<F>, from: &[f64], aim: &Aim) -> (Vec<F>, f64) {
    let mut params: Vec<F> = from.iter().map(|x| F::from_f64(*x)).collect();
    let mut grad = vec![F::ZERO; params.len()];
    let mut optimizer = rule.build::<F>(&Layout::new([("point", vec![params.len()])]));
    for _ in 0..aim.steps {
        objective.gradient(&params, &mut grad);
        let allocations = allocation_counter::measure(|| optimizer.step(aim.lr, &mut params, &grad));
        assert_eq!(allocations.count_total, 0, "a step of {rule:?} allocates");
    }
    let value = objective.value(&params).to_f64();
    (params, value)
}

fn check<F: Real>(rule: &Rule, objective: &mut dyn Objective<F>, from: &[f64], aim: &Aim) {
    let (params, value) = descend(rule, objective, from, aim);
    assert!(value <= aim.level, "{rule:?} in {} ends at {value:e}, not below {:e}", F::NAME, aim.level);
    assert_eq!(descend(rule, objective, from, aim).0, params, "{rule:?} in {} is not deterministic", F::NAME);
}

#[test]
fn every_rule_descends_to_its_level_the_same_way_twice_without_allocating() {
    for (text, quadratic, rosenbrock) in MATRIX {
        let rule = rule(text);
        let mut bowl = Quadratic::new(Count::of(5), Positive::of(50.0));
        check::<f32>(&rule, &mut bowl, &[1.0; 5], quadratic);
        check::<f64>(&rule, &mut bowl, &[1.0; 5], quadratic);
        check::<f32>(&rule, &mut Rosenbrock, &[-1.2, 1.0], rosenbrock);
        check::<f64>(&rule, &mut Rosenbrock, &[-1.2, 1.0], rosenbrock);
    }
}

#[test]
fn settings_come_back_explicit_and_unknown_keys_are_refused() {
    for (text, ..) in MATRIX {
        assert_eq!(toml::to_string(&rule(text)).unwrap(), *text);
        let error = toml::from_str::<Rule>(&format!("{text}surprise = 1\n")).unwrap_err();
        assert!(error.to_string().contains("unknown field `surprise`"), "{text}: {error}");
    }
}
