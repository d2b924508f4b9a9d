//! Every update rule and every method on every objective in both precisions: it descends to a stated level,
//! twice with the same bits, also through a checkpoint, without allocating, and its settings refuse unknown
//! keys. A new one adds one entry to [`MATRIX`].

mod logistic;

use logistic::Logistic;
use thalweg_numeric::bounded::{Count, Positive};
use thalweg_numeric::objectives::{Quadratic, Rosenbrock};
use thalweg_numeric::{Layout, Objective, Real, Streams};
use thalweg_optimizers::{Degree, Kind, Memory, Optimizer, OptimizerConfig};

/// So many steps with a constant learning rate must end below a level of the objective.
struct Aim {
    lr: f64,
    steps: usize,
    level: f64,
}

const fn aim(lr: f64, steps: usize, level: f64) -> Aim {
    Aim { lr, steps, level }
}

/// The settings with every default written out, and the aims on [`objectives`].
///
/// * sgd: on the quadratic η = 1/λ_max leaves (1 − 1/50)ᵗ of the slowest coordinate, ½·0.98¹⁰⁰⁰ ≈ 8e-10 of
///   the loss; in the valley η must stay below 2/λ_max ≈ 2/1002, and the floor is flat: λ_min ≈ 0.4,
///   e^{−2·0.4·20} ≈ 1e-7.
/// * momentum: a step adds up to ten gradients, so a tenth of that learning rate is enough.
/// * adagrad learns its own λ_max; the others need η only to cover the distance. adadelta's own steps begin
///   at √ε = 1e-3 and grow slowly.
/// * Rules that divide by a short average, or take signs, step by about η to the very end: on the quadratic
///   that leaves up to ½ η² Σ λ ≈ 4e-5 for η = 1e-3, in the valley 500 η², and on the logistic loss η² ·
///   3/16. With momentum the steps shrink as the signs alternate, except in the valley.
/// * muon's steps do not shrink with the gradient either: its matrices swing by η, and their momentum does
///   not settle it.
/// * schedule-free: the answer is a mean, which trails behind and forgets the start as 1/t².
/// * sam looks ρ ahead, always: near the minimum that is a gradient of ρ λ_max, so it swings by some ρ. In
///   the valley it gets stuck on the flat floor, where the walls are 0.05 away.
/// * newton: one step on a quadratic; in the valley whole steps cut its bend, shorter ones follow it. lbfgs:
///   some steps a dimension, and without a line search some detours in the valley.
/// * shampoo and mars divide by sums and averages as adagrad and adam do, and so does adopt, whose average
///   remembers 10,000 steps, the first among them, with a gradient a thousand times as long as on the floor.
///   soap's bases turn in the valley. prodigy begins with steps of 10⁻⁶.
/// * spectral, scion, normalised and normuon step by a length that does not shrink; scion's is half of η.
/// * ademamix adds five slow averages, which swing for as long as they remember.
/// * cautious, grams, lookahead and averaged are as their base: half as fast by lookahead with α = ½, and a
///   thousand steps behind by an average of as many.
/// * polyak halves the distance to the minimum of ½ θ² in each step, and swings across the valley.
/// * lars and lamb step in proportion to ‖θ‖. The valley's floor leads past the origin, where the loss is 1:
///   lars gets by on its momentum, lamb stays.
const MATRIX: &[(&str, [Aim; 3])] = &[
    ("kind = \"sgd\"\n", [aim(0.02, 500, 1e-9), aim(1e-3, 20_000, 1e-6), aim(1.0, 200, 1e-5)]),
    (
        "kind = \"momentum\"\nbeta = 0.9\ndampening = 0.0\nnesterov = false\nundampened-start = false\n\
         learning-rate-inside = false\n",
        [aim(0.02, 500, 1e-9), aim(1e-4, 20_000, 1e-6), aim(0.1, 200, 1e-5)],
    ),
    (
        "kind = \"rmsprop\"\nbeta = 0.9\nepsilon = 0.00000001\nepsilon-inside-root = false\ncentred = false\n\
         momentum = 0.0\nlearning-rate-inside = false\nbias-correction = false\ninitial-accumulator = 0.0\n",
        [aim(1e-3, 3000, 1e-4), aim(1e-3, 20_000, 1e-3), aim(1e-2, 1000, 1e-4)],
    ),
    (
        "kind = \"adagrad\"\nepsilon = 0.0000000001\nepsilon-inside-root = false\ninitial-accumulator = 0.0\n\
         learning-rate-decay = 0.0\n",
        [aim(0.5, 500, 1e-9), aim(0.5, 20_000, 1e-6), aim(0.5, 200, 1e-5)],
    ),
    (
        "kind = \"adadelta\"\nbeta = 0.9\nepsilon = 0.000001\n",
        [aim(1.0, 3000, 0.1), aim(1.0, 20_000, 1.0), aim(1.0, 3000, 1e-5)],
    ),
    (
        "kind = \"adam\"\nbeta1 = 0.9\nbeta2 = 0.999\nepsilon = 0.00000001\nepsilon-inside-root = false\n\
         bias-correction = \"moments\"\namsgrad = \"off\"\n",
        [aim(0.01, 2000, 1e-9), aim(1e-3, 20_000, 1e-4), aim(0.1, 500, 1e-5)],
    ),
    (
        "kind = \"adamax\"\nbeta1 = 0.9\nbeta2 = 0.999\nepsilon = 0.00000001\nepsilon-inside-maximum = true\n",
        [aim(0.01, 2000, 1e-9), aim(1e-3, 20_000, 1e-4), aim(0.1, 500, 1e-5)],
    ),
    (
        "kind = \"nadam\"\nbeta1 = 0.9\nbeta2 = 0.999\nepsilon = 0.00000001\nwarm-up = 0.5\nmomentum-decay = 0.004\n",
        [aim(0.01, 2000, 1e-9), aim(1e-3, 20_000, 1e-4), aim(0.1, 500, 1e-5)],
    ),
    (
        "kind = \"radam\"\nbeta1 = 0.9\nbeta2 = 0.999\nepsilon = 0.00000001\nbias-correction = \"moments\"\n\
         threshold = 5.0\n",
        [aim(0.01, 2000, 1e-9), aim(1e-3, 20_000, 1e-4), aim(0.1, 500, 1e-5)],
    ),
    (
        "kind = \"lion\"\nbeta1 = 0.9\nbeta2 = 0.99\n",
        [aim(1e-3, 3000, 1e-4), aim(3e-4, 20_000, 0.05), aim(1e-2, 1000, 1e-4)],
    ),
    ("kind = \"signsgd\"\n", [aim(1e-3, 3000, 1e-4), aim(3e-4, 20_000, 0.05), aim(1e-2, 1000, 1e-4)]),
    (
        "kind = \"lars\"\nbeta = 0.9\ntrust-coefficient = 0.001\nepsilon = 0.0\n",
        [aim(1.0, 3000, 1e-4), aim(0.1, 20_000, 0.05), aim(1.0, 1000, 1e-4)],
    ),
    (
        "kind = \"lamb\"\nbeta1 = 0.9\nbeta2 = 0.999\nepsilon = 0.000001\nweight-decay = 0.0\n",
        [aim(1e-2, 3000, 1e-4), aim(1e-3, 20_000, 1.0), aim(1e-2, 1000, 1e-4)],
    ),
    (
        "kind = \"muon\"\nbeta = 0.95\nnesterov = true\nbias-correction = false\nnewton-schulz-steps = 5\n\
         coefficients = [3.4445, -4.775, 2.0315]\nepsilon = 0.0000001\nepsilon-inside-maximum = false\n\
         adjust = \"original\"\n\n[others]\nkind = \"adam\"\nbeta1 = 0.9\nbeta2 = 0.999\nepsilon = 0.00000001\n\
         epsilon-inside-root = false\nbias-correction = \"moments\"\namsgrad = \"off\"\n",
        [aim(0.01, 2000, 1e-3), aim(1e-3, 20_000, 1e-3), aim(0.01, 1000, 1e-3)],
    ),
    (
        "kind = \"schedule-free\"\nbeta = 0.9\nweight-lr-power = 2.0\nweight-decay = 0.0\n\n[base]\nkind = \"sgd\"\n",
        [aim(0.02, 1000, 1e-3), aim(1e-3, 20_000, 1e-2), aim(1.0, 1000, 1e-4)],
    ),
    (
        "kind = \"schedule-free\"\nbeta = 0.9\nweight-lr-power = 2.0\nweight-decay = 0.0\n\n[base]\nkind = \"adam\"\n\
         beta2 = 0.999\nepsilon = 0.00000001\n",
        [aim(0.1, 500, 1e-9), aim(0.01, 20_000, 1e-6), aim(0.1, 1000, 1e-4)],
    ),
    (
        "kind = \"shampoo\"\nbeta = 1.0\nbias-correction = true\nepsilon = 0.000001\nexponent = 0.25\ninterval = 1\n\
         longest-side = 2048\n",
        [aim(0.5, 500, 1e-4), aim(0.5, 20_000, 1e-3), aim(0.5, 500, 1e-5)],
    ),
    (
        "kind = \"soap\"\nbeta1 = 0.95\nbeta2 = 0.95\nbeta3 = 0.95\nepsilon = 0.00000001\n\
         bias-correction = \"absorbed\"\ninterval = 10\nlongest-side = 2048\nrotate-vectors = false\n\
         skip-first = true\n",
        [aim(0.01, 2000, 1e-3), aim(1e-3, 20_000, 1e-3), aim(0.01, 1000, 1e-3)],
    ),
    (
        "kind = \"spectral\"\ndual-norm = false\nvectors = \"normalised\"\n",
        [aim(1e-3, 3000, 1e-3), aim(3e-4, 20_000, 0.05), aim(1e-2, 1000, 1e-3)],
    ),
    (
        "kind = \"scion\"\nbeta = 0.9\nmatrices = \"spectral\"\nvectors = \"euclidean\"\nradius = 1.0\n\
         rms-scaled = true\nconstrained = false\npolar = \"newton-schulz\"\n",
        [aim(1e-3, 6000, 1e-3), aim(6e-4, 20_000, 0.05), aim(1e-2, 1000, 1e-3)],
    ),
    (
        "kind = \"normalised\"\nepsilon = 0.0\n",
        [aim(1e-3, 5000, 1e-4), aim(3e-4, 40_000, 0.05), aim(1e-2, 1000, 1e-4)],
    ),
    (
        "kind = \"ademamix\"\nbeta1 = 0.9\nbeta2 = 0.999\nbeta3 = 0.9999\nalpha = 5.0\nepsilon = 0.00000001\n\
         warm-up-steps = 1\n",
        [aim(0.001, 20_000, 1e-2), aim(1e-4, 40_000, 1.0), aim(0.001, 10_000, 1e-2)],
    ),
    (
        "kind = \"adan\"\nbeta1 = 0.98\nbeta2 = 0.92\nbeta3 = 0.99\nepsilon = 0.00000001\n\
         fresh-differences = false\nweight-decay = 0.0\n",
        [aim(0.01, 2000, 1e-9), aim(1e-3, 20_000, 1e-4), aim(0.1, 500, 1e-5)],
    ),
    (
        "kind = \"adopt\"\nbeta1 = 0.9\nbeta2 = 0.9999\nepsilon = 0.000001\nclipping = true\n",
        [aim(0.01, 2000, 1e-5), aim(0.01, 20_000, 0.1), aim(0.1, 500, 1e-5)],
    ),
    (
        "kind = \"laprop\"\nbeta1 = 0.9\nbeta2 = 0.999\nepsilon = 0.000000000000001\nlearning-rate-inside = false\n",
        [aim(0.01, 2000, 1e-9), aim(1e-3, 20_000, 1e-4), aim(0.1, 500, 1e-5)],
    ),
    (
        "kind = \"mars\"\nbeta1 = 0.95\nbeta2 = 0.99\ngamma = 0.025\nepsilon = 0.00000001\nlargest-norm = 1.0\n",
        [aim(0.01, 2000, 1e-5), aim(1e-3, 20_000, 1e-3), aim(0.1, 500, 1e-4)],
    ),
    (
        "kind = \"prodigy\"\nbeta1 = 0.9\nbeta2 = 0.999\nepsilon = 0.00000001\ninitial-distance = 0.000001\n\
         coefficient = 1.0\nbias-correction = false\nsafeguard-warm-up = false\n",
        [aim(1.0, 2000, 1e-4), aim(1.0, 20_000, 1.0), aim(1.0, 1000, 1e-4)],
    ),
    (
        "kind = \"normuon\"\nbeta = 0.95\nbeta2 = 0.95\nnesterov = true\nepsilon = 0.0000000001\n\
         polar = \"newton-schulz\"\nadjust = \"original\"\n\n[others]\nkind = \"adam\"\nbeta1 = 0.9\nbeta2 = 0.999\nepsilon = 0.00000001\n\
         epsilon-inside-root = false\nbias-correction = \"moments\"\namsgrad = \"off\"\n",
        [aim(0.01, 2000, 1e-3), aim(1e-3, 20_000, 1e-3), aim(0.01, 1000, 1e-3)],
    ),
    (
        "kind = \"cautious\"\nrescale = \"share\"\n\n[base]\nkind = \"adam\"\nbeta1 = 0.9\nbeta2 = 0.999\nepsilon = 0.00000001\n\
         epsilon-inside-root = false\nbias-correction = \"moments\"\namsgrad = \"off\"\n",
        [aim(0.01, 2000, 1e-9), aim(1e-3, 20_000, 1e-4), aim(0.1, 500, 1e-5)],
    ),
    (
        "kind = \"grams\"\n\n[base]\nkind = \"adam\"\nbeta1 = 0.9\nbeta2 = 0.999\nepsilon = 0.00000001\n\
         epsilon-inside-root = false\nbias-correction = \"moments\"\namsgrad = \"off\"\n",
        [aim(0.01, 2000, 1e-4), aim(1e-3, 20_000, 1e-3), aim(0.1, 500, 1e-4)],
    ),
    (
        "kind = \"lookahead\"\ninterval = 5\nalpha = 0.5\n\n[base]\nkind = \"sgd\"\n",
        [aim(0.02, 1100, 1e-9), aim(1e-3, 40_000, 1e-6), aim(1.0, 400, 1e-5)],
    ),
    (
        "kind = \"averaged\"\nform = \"exponential\"\nbeta = 0.999\nstart = 1\ninterval = 1\n\n[base]\nkind = \"sgd\"\n",
        [aim(0.02, 10_000, 1e-6), aim(1e-3, 20_000, 1e-4), aim(1.0, 5000, 1e-3)],
    ),
    (
        "kind = \"polyak\"\nminimum = 0.0\nepsilon = 0.0\n",
        [aim(1.0, 1000, 1e-9), aim(1.0, 20_000, 1e-3), aim(1.0, 200, 1e-5)],
    ),
    (
        "kind = \"schedule-free\"\nbeta = 0.9\nweight-lr-power = 2.0\nweight-decay = 0.0\n\n[base]\nkind = \"rule\"\n\n\
         [base.rule]\nkind = \"rmsprop\"\nbeta = 0.9\nepsilon = 0.00000001\nepsilon-inside-root = false\n\
         centred = false\nmomentum = 0.0\nlearning-rate-inside = false\nbias-correction = false\n\
         initial-accumulator = 0.0\n",
        [aim(0.01, 2000, 1e-4), aim(0.01, 20_000, 1e-3), aim(0.01, 2000, 1e-4)],
    ),
    (
        "kind = \"sam\"\nrho = 0.05\nadaptive = false\nadaptive-offset = 0.01\n\n[base]\nkind = \"sgd\"\n",
        [aim(0.01, 1000, 0.1), aim(2e-4, 20_000, 1.0), aim(1.0, 200, 1e-3)],
    ),
    (
        "kind = \"newton\"\ndamping = 0.0\ntolerance = 0.0000000001\niterations = 250\n\
         line-search = \"backtracking\"\n",
        [aim(1.0, 3, 1e-9), aim(1.0, 30, 1e-9), aim(1.0, 10, 1e-6)],
    ),
    (
        "kind = \"newton\"\ndamping = 0.0\ntolerance = 0.0000000001\niterations = 250\nline-search = \"none\"\n",
        [aim(1.0, 3, 1e-9), aim(1.0, 10, 1e-9), aim(1.0, 10, 1e-6)],
    ),
    (
        "kind = \"lbfgs\"\nhistory = 10\nline-search = \"none\"\n",
        [aim(1.0, 30, 1e-9), aim(1.0, 100, 1e-9), aim(1.0, 10, 1e-6)],
    ),
    (
        "kind = \"lbfgs\"\nhistory = 10\nline-search = \"strong-wolfe\"\n",
        [aim(1.0, 30, 1e-9), aim(1.0, 45, 1e-9), aim(1.0, 10, 1e-6)],
    ),
];

const STARTS: [&[f64]; 3] = [&[1.0; 5], &[-1.2, 1.0], &[2.0, 2.0]];

/// A quadratic with d = 5 and κ = 50, Rosenbrock's valley from its usual start, and logistic regression.
fn objectives<F: Real>() -> [Box<dyn Objective<F>>; 3] {
    let quadratic = Quadratic::new(Count::of(5), Positive::of(50.0));
    [Box::new(quadratic), Box::new(Rosenbrock), Box::new(Logistic)]
}

fn config(text: &str) -> OptimizerConfig {
    toml::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn build<F: Real>(config: &OptimizerConfig, dim: usize) -> Optimizer<F> {
    // A matrix, or a matrix and the rest: Muon looks at the shapes.
    let layout = Layout::new([("matrix", vec![2, dim / 2]), ("rest", vec![dim % 2])]);
    config.build(&layout, Streams::new(0, 0).stream("noise", 0))
}

/// What a checkpoint holds.
fn save<F: Real>(memory: Memory<'_, F>) -> (Vec<f64>, Vec<Vec<F>>) {
    let scalars = memory.scalars.iter().map(|(_, value)| **value).collect();
    (scalars, memory.vectors.iter().map(|(_, values)| values.to_vec()).collect())
}

fn load<F: Real>((scalars, vectors): (Vec<f64>, Vec<Vec<F>>), memory: Memory<'_, F>) {
    for ((_, place), value) in memory.scalars.into_iter().zip(scalars) {
        *place = value;
    }
    for ((_, place), values) in memory.vectors.into_iter().zip(vectors) {
        place.copy_from_slice(&values);
    }
}

/// The final parameters and the value at the answer; with `interrupted`, the run goes on in a new state half
/// way.
fn descend<F: Real>(
    config: &OptimizerConfig,
    objective: &mut dyn Objective<F>,
    from: &[f64],
    aim: &Aim,
    interrupted: bool,
) -> (Vec<F>, f64) {
    let mut params: Vec<F> = from.iter().map(|x| F::from_f64(*x)).collect();
    let mut optimizer = build::<F>(config, params.len());
    for step in 0..aim.steps {
        if interrupted && step == aim.steps / 2 {
            let saved = save(optimizer.memory().0);
            optimizer = build(config, params.len());
            load(saved, optimizer.memory().0);
        }
        let allocations =
            allocation_counter::measure(|| _ = optimizer.step(aim.lr, &mut params, &mut *objective));
        assert_eq!(allocations.count_total, 0, "a step of {config:?} allocates");
    }
    let value = objective.value(optimizer.answer(&params)).to_f64();
    (params, value)
}

fn check<F: Real>(text: &str, aims: &[Aim; 3]) {
    let config = config(text);
    for ((objective, from), aim) in objectives::<F>().iter_mut().zip(STARTS).zip(aims) {
        let (params, value) = descend(&config, objective.as_mut(), from, aim, false);
        assert!(value <= aim.level, "{config:?} in {} ends at {value:e}, not below {:e}", F::NAME, aim.level);
        let again = descend(&config, objective.as_mut(), from, aim, true).0;
        assert_eq!(again, params, "{config:?} in {} depends on more than its memory", F::NAME);
    }
}

#[test]
fn every_rule_descends_to_its_level_the_same_way_twice_without_allocating() {
    for (text, aims) in MATRIX {
        check::<f32>(text, aims);
        check::<f64>(text, aims);
    }
}

#[test]
fn as_many_numbers_are_remembered_as_the_settings_tell() {
    let dim = 64;
    for (text, _) in MATRIX {
        let config = config(text);
        let layout = Layout::new([("vector", vec![dim])]);
        let mut optimizer: Optimizer<f64> = config.build(&layout, Streams::new(0, 0).stream("noise", 0));
        let numbers: usize = optimizer.memory().0.vectors.iter().map(|(_, values)| values.len() / dim).sum();
        assert_eq!(
            numbers as f64,
            config.numbers_per_parameter() + config.extra_numbers(&layout) / dim as f64,
            "{text}"
        );
    }
}

#[test]
fn steps_grow_with_the_gradient_as_a_rule_tells() {
    let layout = Layout::new([("matrix", vec![2, 2]), ("vector", vec![3])]);
    for (text, _) in MATRIX {
        let Kind::Rule(rule) = config(text).kind else { continue };
        let walk = |scale: f64| {
            let (mut state, mut params) = (rule.build(&layout), [0.0; 7]);
            for t in 1..=30 {
                let grad =
                    [0_i32, 1, 2, 3, 4, 5, 6].map(|i| scale * libm::sin(1e3 * f64::from((7 * t + i).pow(2))));
                state.step(0.01, &mut params, &grad);
            }
            params
        };
        let expected = match rule.degree() {
            Some(Degree::Linear) => 16.0,
            Some(Degree::Invariant) => 1.0,
            None => continue,
        };
        // An ε of up to 1e-6 beside gradients of which the least is some 1e-3.
        let all = walk(1.0).into_iter().zip(walk(16.0));
        assert!(all.clone().all(|(a, b)| (b / a / expected - 1.0).abs() < 1e-3), "{text}: {all:?}");
    }
}

#[test]
fn settings_come_back_explicit_and_unknown_keys_are_refused() {
    for (text, _) in MATRIX {
        // The kind, that of a table inside, and the choice for which there is a second entry.
        let is_second = |line: &str| {
            line.contains("wolfe") || (text.contains("newton") && line == "line-search = \"none\"")
        };
        let needed = |line: &&str| line.starts_with("kind") || is_second(line) || line.starts_with('[');
        let kinds = text.lines().filter(needed).collect::<Vec<_>>().join("\n");
        let written = toml::to_string(&config(&kinds)).unwrap();
        // No entry has transforms or groups, which are written too.
        assert_eq!(written.replacen("transforms = []\ngroup = []\n", "", 1), *text);
        assert_eq!(config(text), config(&kinds));
        for at in text.match_indices("kind").map(|(at, _)| at) {
            let (above, below) = text.split_at(at);
            let error =
                toml::from_str::<OptimizerConfig>(&format!("{above}surprise = 1\n{below}")).unwrap_err();
            assert!(error.to_string().contains("unknown field `surprise`"), "{text}: {error}");
        }
    }
}
