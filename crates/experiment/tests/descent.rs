//! Runs on functions in closed form, against what theory says of them.

#![expect(clippy::disallowed_methods, reason = "expected values may come from the system")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use thalweg_experiment::{Available, Experiment};
use thalweg_numeric::bounded::{Count, Positive};
use thalweg_numeric::objectives::Quadratic;
use thalweg_numeric::{Layout, Objective, Streams};
use thalweg_optimizers::OptimizerConfig;
use thalweg_records::{Record, Status};

fn plan(text: &str) -> Result<Experiment, String> {
    common::plan(text, &[])
}

fn available(text: &str) -> Available {
    common::planned(text, &[]).unwrap().available
}

fn records(text: &str) -> Vec<Record> {
    common::records(&plan(text).unwrap())
}

const QUADRATIC: &str = "
    title = 'Small'
    objective = { kind = 'quadratic', dim = 3, condition = 100.0 }
    start = { kind = 'point', at = [1.0] }
    optimizer = { kind = 'sgd' }
    schedule = { kind = 'constant', initial = 0.019801980198019802 }    # 2/(1 + κ)
    train = { steps = 100_000, tolerance = 1e-6 }
";

#[test]
fn gradient_descent_takes_the_steps_of_the_theory() {
    let record = records(QUADRATIC).remove(0);
    // The outer modes shrink by r = (κ − 1)/(κ + 1) a step, the middle one (λ = 10) much faster: √2 rᵗ/√3 =
    // 1e-6.
    let expected = ((1e-6 * 3_f64.sqrt() / 2_f64.sqrt()).ln() / (99.0_f64 / 101.0).ln()).ceil();
    assert_eq!(record.metric("steps-to-tolerance"), Some(expected));
    let distance = record.curve("distance").unwrap();
    assert_eq!(distance.steps.last(), Some(&(expected as u64)), "the run ends there");
    assert_eq!(distance.values[0], 3_f64.sqrt());
    assert!(record.metric("distance").unwrap() <= 1e-6 * 3_f64.sqrt());
    assert_eq!(record.params[0].data.len(), 3);
}

#[test]
fn a_run_is_judged_by_the_optimizers_answer() {
    let text = QUADRATIC.replace("'sgd'", "'schedule-free', base = { kind = 'sgd' }").replace("100_000", "5");
    let record = records(&text).remove(0);
    let config: OptimizerConfig = toml::from_str("kind = 'schedule-free'\nbase = { kind = 'sgd' }").unwrap();
    let noise = Streams::new(0, 0).stream("noise", 0);
    let mut optimizer = config.build(&Layout::new([("point", vec![3])]), noise);
    let mut objective = Quadratic::new(Count::of(3), Positive::of(100.0));
    let mut params = [1.0; 3];
    for _ in 0..5 {
        optimizer.step(0.019801980198019802, &mut params, &mut objective);
    }
    let answer = optimizer.answer(&params).to_vec();
    assert_ne!(answer, params);
    assert_eq!(record.params[0].data, answer);
    assert_eq!(record.metric("loss"), Some(objective.value(&answer)));
}

#[test]
fn a_goal_that_is_not_reached_leaves_no_value() {
    let record = records(&QUADRATIC.replace("100_000", "10")).remove(0);
    assert_eq!((record.status.clone(), record.metric("steps-to-tolerance")), (Status::Completed, None));
    let diverging = records(&QUADRATIC.replace("0.019801980198019802", "1.0")).remove(0);
    assert!(matches!(diverging.status, Status::Diverged { .. }) && diverging.metrics.is_empty());
}

#[test]
fn starts_differ_between_replicates_unless_they_are_given() {
    let start = |text: &str| -> Vec<f64> {
        records(text).iter().map(|record| record.curve("distance").unwrap().values[0]).collect()
    };
    let given = start(&format!("replicates = 2\n{QUADRATIC}"));
    assert_eq!(given[0], given[1]);
    let drawn = QUADRATIC.replace("{ kind = 'point', at = [1.0] }", "{ kind = 'normal' }");
    let drawn = start(&format!("replicates = 2\n{drawn}"));
    assert_ne!(drawn[0], drawn[1]);
}

const WELLS: &str = "
    title = 'Small'
    objective = { kind = 'double-well', dim = 50, wide = 0.5, narrow = 12.5, tilt = 0.25 }
    optimizer = { kind = 'sgd', transforms = [{ kind = 'thermal-noise', temperature = { kind = 'constant', initial = 0.5 } }] }
    schedule = { kind = 'constant', initial = 0.005 }
    train = { steps = 40_000 }
    record = { occupation = { after = 2_000 } }
";

#[test]
fn langevin_dynamics_occupy_the_wells_as_gibbs_says() {
    let record = records(WELLS).remove(0);
    let of = |name: &str| record.metric(name).unwrap();
    // A walk forgets its well within some 5 units of time: 50 · 38 000 · 0.005/10 ≈ 950 independent looks,
    // √(¼/950) = 0.016 of standard error; the finite step adds about 0.005.
    assert!(of("wide.deviation") < 0.05, "{} and {}", of("wide.occupation"), of("wide.gibbs"));
    assert!((of("wide.gibbs") - of("wide.harmonic")).abs() < 0.1);
    assert!((0.6..0.9).contains(&of("wide.gibbs")));
}

#[test]
fn only_equilibrium_is_predicted_and_only_what_was_asked_for_is_counted() {
    let cooling =
        WELLS.replace("'constant', initial = 0.5 }", "'power-law', initial = 0.5, time-scale = 10.0 }");
    let record = records(&cooling).remove(0);
    assert!(record.metric("wide.gibbs").is_none() && record.metric("wide.occupation").is_some());
    let available = available(&cooling);
    assert!(!available.values.contains("wide.gibbs") && available.values.contains("wide.occupation"));
    let uncounted = records(&WELLS.replace("record =", "# record =")).remove(0);
    assert!(uncounted.metric("wide.occupation").is_none() && uncounted.metric("wide.share").is_some());
}

#[test]
fn records_hold_what_was_offered() {
    for text in [QUADRATIC, WELLS] {
        let available = available(text);
        let record = records(text).remove(0);
        assert_eq!(common::values(&record), available.values);
        let curves = record.curves.iter().map(|curve| curve.name.clone());
        assert_eq!(curves.collect::<std::collections::BTreeSet<_>>(), available.curves);
    }
    assert!(available(WELLS).numbers.contains("optimizer.transforms.0.temperature.initial"));
}

#[test]
fn a_sweep_reaches_into_a_list() {
    let text = format!("{WELLS}sweep = {{ 'optimizer.transforms.0.temperature.initial' = [0.1, 0.2] }}");
    let gibbs: Vec<f64> = records(&text).iter().map(|record| record.metric("wide.gibbs").unwrap()).collect();
    assert!(gibbs[0] < gibbs[1], "{gibbs:?}");
    let beyond = format!("{WELLS}sweep = {{ 'optimizer.transforms.1.temperature.initial' = [0.1, 0.2] }}");
    let problems = plan(&beyond).unwrap_err();
    assert!(problems.contains("`optimizer.transforms` has no such key"), "{problems}");
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    for (from, to, message) in [
        ("title", "data = { kind = 'two-moons', samples = 5 }\ntitle", "neither data nor a network"),
        ("condition = 100.0", "condition = 0.5", "expected at least 1"),
        ("tolerance = 1e-6", "tolerance = 0.0", "never reached"),
        ("{ kind = 'sgd' }", "{ kind = 'lbfgs', history = 1000000000 }", "numbers, expected at most 4e9"),
        ("at = [1.0]", "at = [1.0, 2.0]", "found 2 values, expected 3, or one for all"),
        ("tolerance = 1e-6", "tolerance = 2.0", "expected a number from 0 to 1"),
        ("tolerance = 1e-6", "batch-size = 8", "unknown key"),
        ("'quadratic'", "'parabola'", "known here: quadratic"),
        ("title", "record = { occupation = {} }\ntitle", "only kind = \"double-well\""),
    ] {
        let problems = plan(&QUADRATIC.replace(from, to)).unwrap_err();
        assert!(problems.contains(message), "{problems}");
    }
    for (from, to, message) in [
        ("narrow = 12.5", "narrow = 0.25", "the narrow well must have the larger curvature"),
        ("tilt = 0.25", "tilt = 25.0", "leaves one well"),
        ("after = 2_000", "after = 40_000", "expected less than the 40000 steps"),
        ("steps = 40_000", "steps = 40_000, tolerance = 0.1", "no single minimum"),
    ] {
        let problems = plan(&WELLS.replace(from, to)).unwrap_err();
        assert!(problems.contains(message), "{problems}");
    }
}
