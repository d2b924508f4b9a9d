//! Probes: what they are called, when they look, and that nothing moves because of them.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use std::collections::BTreeSet;

use thalweg_records::{Record, Status};

const RUN: &str = "
    title = 'Small'
    seed = 3
    data = { kind = 'two-moons', samples = 29, noise = 0.2 }
    model = { hidden = [5, 4] }
    optimizer = { kind = 'adam' }
    schedule = { kind = 'constant', initial = 0.05 }
    train = { steps = 40, batch-size = 6 }
    record = { points-per-decade = 2 }
";

/// Every kind, at all the times that there are.
const PROBES: &str = "
    probe = [
        { kind = 'norms', when = { kind = 'log-spaced', points-per-decade = 3 } },
        { kind = 'norms', id = 'twice', when = { kind = 'steps', at = [7, 0] } },
        { kind = 'norms', id = 'last', samples = 10 },
    ]
";

fn record(text: &str, set: &[&str]) -> Record {
    common::records(&common::plan(text, set).unwrap()).remove(0)
}

#[test]
fn steps_are_the_same_to_the_bit_with_probes_and_without() {
    for precision in ["model.precision='f32'", "model.precision='f64'"] {
        let (with, without) = (record(&format!("{RUN}{PROBES}"), &[precision]), record(RUN, &[precision]));
        assert_eq!(with.params, without.params);
        assert_ne!(with.key, without.key);
        let own = |record: &Record| record.curves.iter().find(|curve| curve.name == "train.loss").cloned();
        assert_eq!(own(&with), own(&without));
    }
}

#[test]
fn names_and_times_are_those_that_were_announced() {
    let text = format!("{RUN}{PROBES}");
    let offers = common::plan(&text, &[]).unwrap().offers();
    let record = record(&text, &[]);
    let names = |names: &mut dyn Iterator<Item = &String>| names.cloned().collect::<BTreeSet<_>>();
    let values = record.metrics.iter().chain(&record.seconds).map(|metric| &metric.name);
    assert_eq!(names(&mut values.into_iter()), offers.values);
    assert_eq!(names(&mut record.curves.iter().map(|curve| &curve.name)), offers.curves);
    let steps = |name: &str| record.curve(name).map(|curve| curve.steps.clone());
    assert_eq!(steps("norms.distance").unwrap(), [0, 1, 2, 5, 10, 22, 40]);
    assert_eq!(steps("twice.distance").unwrap(), [0, 7]);
    assert_eq!(steps("last.distance"), None);
    assert_eq!(steps("train.loss").unwrap(), [0, 1, 3, 10, 32, 40]);
}

#[test]
fn lengths_are_those_of_the_parameters() {
    // With tanh every parameter has a gradient.
    let record = record(&format!("{RUN}{PROBES}"), &["model.precision='f64'", "model.activation='tanh'"]);
    let squares: f64 = record.params.iter().flat_map(|tensor| &tensor.data).map(|x| x * x).sum();
    // 49 squares are added in another order.
    assert!((record.metric("norms.weights").unwrap() / squares.sqrt() - 1.0).abs() < 1e-14);
    let distance = &record.curve("norms.distance").unwrap().values;
    assert_eq!(distance[0], 0.0);
    // A step of Adam moves each of the 49 parameters by about η.
    assert!((distance[1] / (0.05 * 7.0) - 1.0).abs() < 0.05, "{}", distance[1]);
    assert_ne!(record.metric("norms.gradient"), record.metric("last.gradient"), "of 29 samples and of 10");
}

#[test]
fn a_run_that_stops_early_is_looked_at_where_it_stops() {
    let text = "
        title = 'Small'
        objective = { kind = 'quadratic', dim = 3, condition = 4.0 }
        start = { kind = 'point', at = [1.0] }
        optimizer = { kind = 'sgd' }
        schedule = { kind = 'constant', initial = 0.4 }
        train = { steps = 1000, tolerance = 0.01 }
        probe = [{ kind = 'norms' }, { kind = 'norms', id = 'way', when = { kind = 'log-spaced', points-per-decade = 1 } }]
    ";
    let stopped = record(text, &[]);
    let end = stopped.metric("steps-to-tolerance").unwrap();
    assert!(end < 1000.0);
    assert_eq!(stopped.metric("norms.weights"), stopped.metric("distance"), "the minimum is 0");
    assert_eq!(stopped.curve("way.weights").unwrap().steps.last(), Some(&(end as u64)));
    let diverged = record(text, &["schedule.initial=2"]);
    assert!(matches!(diverged.status, Status::Diverged { .. }));
    assert!(diverged.metrics.is_empty() && diverged.curve("way.weights").is_some());
}

#[test]
fn each_mistake_is_named_with_its_key() {
    let error = |probe: &str| {
        let text = format!("{RUN}\nprobe = [{{ kind = 'norms' }}, {probe}]");
        common::plan(&text, &[]).unwrap_err()
    };
    for (probe, expected) in [
        ("{ kind = 'norms' }", "probe.1: another probe is called \"norms\" too"),
        ("{ kind = 'norm', id = 'a' }", "probe.1.kind: unknown value `norm`"),
        ("{ id = 'a' }", "probe.1.kind: this key is missing"),
        ("{ kind = 'norms', id = 'a', odd = 1 }", "probe.1.odd: unknown key"),
        ("{ kind = 'norms', id = 'a.b' }", "probe.1.id: found \"a.b\", expected a word without a dot"),
        ("{ kind = 'norms', id = 'train' }", "probe.1.id: found \"train\", expected a word"),
        ("{ kind = 'norms', id = 3 }", "probe.1.id"),
        (
            "{ kind = 'norms', id = 'a', samples = 30 }",
            "probe.1.samples: found 30, expected at most the 29 samples",
        ),
        (
            "{ kind = 'norms', id = 'a', when = { kind = 'often' } }",
            "probe.1.when.kind: unknown value `often`",
        ),
        (
            "{ kind = 'norms', id = 'a', when = { kind = 'steps', at = [] } }",
            "probe.1.when.at: expected at least one",
        ),
        (
            "{ kind = 'norms', id = 'a', when = { kind = 'steps', at = [41] } }",
            "probe.1.when.at: found 41, expected at most the 40 steps",
        ),
        (
            "{ kind = 'norms', id = 'a', when = { kind = 'log-spaced', points-per-decade = 2000 } }",
            "probe.1.when.points-per-decade: found 2000, expected at most 1000",
        ),
    ] {
        let found = error(probe);
        assert!(found.contains(expected), "{probe}\n{found}");
    }
}
