//! Groups beside the same rules without them, and beside each group alone.

use thalweg_numeric::objectives::Linear;
use thalweg_numeric::{Layout, Streams};

use crate::{Dynamics, Optimizer, OptimizerConfig, Scale};

/// Two layers of 2·2 + 2 and 2·1 + 1 parameters.
fn layout() -> Layout {
    Layout::new([
        ("layers.0.weight", vec![2, 2]),
        ("layers.0.bias", vec![2]),
        ("layers.1.weight", vec![2, 1]),
        ("layers.1.bias", vec![1]),
    ])
}

fn config(text: &str) -> OptimizerConfig {
    let config: OptimizerConfig = toml::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    assert_eq!(config.check(&layout()), [], "{text}");
    config
}

fn slope(step: i32) -> Vec<f64> {
    (0..9).map(|i| libm::sin(f64::from(3 * step + i + 1))).collect()
}

fn start() -> Vec<f64> {
    (0..9).map(|i| libm::cos(f64::from(2 * i))).collect()
}

/// Ten steps with η = 0.1 by slopes without a pattern.
fn walk(optimizer: &mut Optimizer<f64>) -> Vec<f64> {
    let mut params = start();
    for step in 0..10 {
        let mut objective = Linear { slope: slope(step) };
        let allocations =
            allocation_counter::measure(|| _ = optimizer.step(0.1, &mut params, &mut objective));
        assert_eq!(allocations.count_total, 0, "a step allocates");
    }
    optimizer.answer(&params).to_vec()
}

fn build(config: &OptimizerConfig, layout: &Layout) -> Optimizer<f64> {
    config.build(layout, Streams::new(1, 0).stream("noise", 0))
}

fn walk_of(text: &str) -> Vec<f64> {
    walk(&mut build(&config(text), &layout()))
}

/// The same walk of some of the parameters alone, with a learning rate of its own.
fn walk_alone(text: &str, lr: f64, shapes: &[(&str, Vec<usize>)], places: &[usize]) -> Vec<f64> {
    let layout = Layout::new(shapes.iter().cloned());
    let mut optimizer = build(&config(text), &layout);
    let of = |all: &[f64]| -> Vec<f64> { places.iter().map(|i| all[*i]).collect() };
    let mut params = of(&start());
    for step in 0..10 {
        optimizer.step(lr, &mut params, &mut Linear { slope: of(&slope(step)) });
    }
    optimizer.answer(&params).to_vec()
}

const RULES: [&str; 11] = [
    "kind = 'sgd'",
    "kind = 'momentum'",
    "kind = 'adam'",
    "kind = 'rmsprop'",
    "kind = 'lars'",
    "kind = 'muon'",
    "kind = 'schedule-free'\nbase = { kind = 'sgd' }",
    "kind = 'schedule-free'\nbase = { kind = 'adam' }",
    "kind = 'soap'\ninterval = 2",
    "kind = 'shampoo'",
    "kind = 'averaged'\nbeta = 0.5\nstart = 3\nbase = { kind = 'momentum' }",
];

#[test]
fn groups_that_change_nothing_change_no_bit() {
    let transforms = "transforms = [{ kind = 'clip-by-norm', max = 1 }, { kind = 'gradient-noise', variance = 0.1 }, \
                      { kind = 'weight-decay', rate = 0.1, decoupled = true }, { kind = 'clip-by-value', max = 0.6 }, \
                      { kind = 'thermal-noise', temperature = { kind = 'constant', initial = 0.1 } }]";
    for rule in RULES {
        let text = format!("{rule}\n{transforms}");
        for groups in
            ["{ layers = [1] }", "{ parameters = 'biases' }, { part = 'output', parameters = 'weights' }"]
        {
            assert_eq!(walk_of(&format!("{text}\ngroup = [{groups}]")), walk_of(&text), "{text} {groups}");
        }
    }
}

#[test]
fn a_group_walks_as_if_it_were_alone() {
    let weights = [("layers.0.weight", vec![2, 2]), ("layers.1.weight", vec![2, 1])];
    let biases = [("layers.0.bias", vec![2]), ("layers.1.bias", vec![1])];
    for own in RULES {
        for rest in RULES {
            let rule = format!("{{ {} }}", own.replace('\n', ", "));
            let text =
                format!("{rest}\ngroup = [{{ parameters = 'weights', rate-factor = 0.5, rule = {rule} }}]");
            let whole = walk_of(&text);
            let of_weights = walk_alone(own, 0.05, &weights, &[0, 1, 2, 3, 6, 7]);
            let of_biases = walk_alone(rest, 0.1, &biases, &[4, 5, 8]);
            assert_eq!([&whole[..4], &whole[6..8]].concat(), of_weights, "{text}");
            assert_eq!([&whole[4..6], &whole[8..]].concat(), of_biases, "{text}");
        }
    }
}

#[test]
fn frozen_parameters_stay_and_count_for_nothing() {
    let transforms = "transforms = [{ kind = 'clip-by-norm', max = 0.5 }, { kind = 'weight-decay', rate = 0.1, decoupled = true }, \
                      { kind = 'thermal-noise', temperature = { kind = 'constant', initial = 0.1 } }]";
    for rule in RULES {
        let text = format!("{rule}\n{transforms}");
        let walked = walk_of(&format!("{text}\ngroup = [{{ layers = [0], frozen = true }}]"));
        assert_eq!(walked[..6], start()[..6], "{text}");
        let rest = [("layers.1.weight", vec![2, 1]), ("layers.1.bias", vec![1])];
        let alone = walk_alone(&text, 0.1, &rest, &[6, 7, 8]);
        // The norm of the same numbers, summed with zeros before them: to a few roundings.
        assert!(walked[6..].iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-13), "{text}");
    }
}

#[test]
fn weight_decay_has_a_factor() {
    let decayed = |decoupled: bool, factor: &str| {
        let decay = format!("{{ kind = 'weight-decay', rate = 0.2, decoupled = {decoupled} }}");
        walk_of(&format!(
            "kind = 'momentum'\ntransforms = [{decay}]\ngroup = [{{ parameters = 'biases'{factor} }}]"
        ))
    };
    for decoupled in [false, true] {
        let (none, whole) = (walk_of("kind = 'momentum'"), decayed(decoupled, ""));
        let mixed = decayed(decoupled, ", weight-decay-factor = 0");
        assert_eq!((&mixed[..4], &mixed[4..6], &mixed[6..8]), (&whole[..4], &none[4..6], &whole[6..8]));
        assert_ne!(whole[4..6], none[4..6]);
    }
}

#[test]
fn what_is_known_of_a_rule_is_known_of_groups() {
    let of = |text: &str| config(text);
    let adam = Dynamics::Preconditioned { beta: 0.9 };
    let slow = "group = [{ layers = [0], rate-factor = 0.25 }]";
    for (text, dynamics, has) in [
        ("kind = 'sgd'\ngroup = [{ weight-decay-factor = 0 }]".to_owned(), Dynamics::GradientDescent, false),
        (format!("kind = 'sgd'\n{slow}"), Dynamics::Preconditioned { beta: 0.0 }, true),
        (format!("kind = 'adam'\n{slow}"), adam, true),
        (format!("kind = 'momentum'\n{slow}"), Dynamics::Other, false),
        ("kind = 'sgd'\ngroup = [{ layers = [0], frozen = true }]".to_owned(), Dynamics::Other, false),
        (
            "kind = 'adam'\ngroup = [{ layers = [0], rule = { kind = 'adam' } }]".to_owned(),
            Dynamics::Other,
            false,
        ),
    ] {
        let config = of(&text);
        assert_eq!((config.dynamics(), config.has_preconditioner()), (dynamics, has), "{text}");
        assert!(!config.is_plain_descent(), "{text}");
        let diagonal = build(&config, &layout()).preconditioner();
        assert_eq!(diagonal.is_empty(), !has, "{text}");
    }
    // Steps are −η P⁻¹ g.
    let mut optimizer = build(&of(&format!("kind = 'sgd'\n{slow}")), &layout());
    assert_eq!(optimizer.preconditioner(), [4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 1.0, 1.0, 1.0]);
    let mut params = [0.0; 9];
    optimizer.step(1.0, &mut params, &mut Linear { slope: vec![8.0; 9] });
    assert_eq!(params, [-2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -8.0, -8.0, -8.0]);
    // Muon's five iterations of 12·2·1·1 operations on layer 1 alone, and two numbers for Adam's biases.
    let mixed = of("kind = 'sgd'\ngroup = [{ layers = [1], rule = { kind = 'muon' } }]");
    assert_eq!(mixed.step_flops(&layout()), 20.0 * 9.0 + 5.0 * 12.0 * 2.0);
    assert_eq!((mixed.numbers_per_parameter(), mixed.extra_numbers(&layout())), (3.0, 0.0));
    assert_eq!(
        of("kind = 'muon'\ngroup = [{ layers = [0], frozen = true }]").step_flops(&layout()),
        20.0 * 9.0 + 120.0
    );
}

#[test]
fn a_scale_is_the_walk_of_the_smaller_parameter() {
    // W = 3 w, of which w takes steps with a factor of its own: the same by hand.
    let scale = Scale { multiplier: 3.0, linear_rate: 0.5, invariant_rate: 0.25 };
    let decay = |decoupled: bool| {
        format!("transforms = [{{ kind = 'weight-decay', rate = 0.2, decoupled = {decoupled} }}]")
    };
    for (rule, rate) in [
        ("kind = 'sgd'", 0.5),
        ("kind = 'momentum'\nnesterov = true", 0.5),
        ("kind = 'adam'\nepsilon = 0", 0.25),
        ("kind = 'rmsprop'\nepsilon = 0", 0.25),
        ("kind = 'adagrad'\nepsilon = 0", 0.25),
        ("kind = 'nadam'\nepsilon = 0", 0.25),
        ("kind = 'adamax'\nepsilon = 0", 0.25),
        ("kind = 'lion'", 0.25),
        ("kind = 'signsgd'", 0.25),
    ] {
        for decay in [String::new(), decay(false), decay(true)] {
            let config = config(&format!("{rule}\n{decay}"));
            let mut ours = config.build_scaled(&layout(), &[scale; 4], Streams::new(1, 0).stream("noise", 0));
            let walked = walk(&mut ours);
            let mut plain = build(&config, &layout());
            let mut small: Vec<f64> = start().iter().map(|x| x / 3.0).collect();
            for step in 0..10 {
                let slope = slope(step).iter().map(|g| 3.0 * g).collect();
                plain.step(0.1 * rate, &mut small, &mut Linear { slope });
            }
            for (ours, small) in walked.iter().zip(&small) {
                // Ten steps of a few roundings each.
                assert!((ours - 3.0 * small).abs() < 1e-14, "{rule} {decay}: {ours} {}", 3.0 * small);
            }
        }
    }
}
