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
        { kind = 'spectrum', top = 2, bottom = 1, trace-samples = 3, tolerance = 1e-9, when = { kind = 'log-spaced', points-per-decade = 1 } },
        { kind = 'spectrum', id = 'fisher', of = 'gauss-newton' },
        { kind = 'spectrum', id = 'scaled', of = 'preconditioned', when = { kind = 'steps', at = [0, 40] } },
        { kind = 'noise', directions = 2, alignment-samples = 4, epochs = 3 },
        { kind = 'width', samples-of-noise = 3 },
        { kind = 'margins' },
        { kind = 'path', to = { seed = 9, 'train.batch-size' = 4 }, points = 5 },
        { kind = 'slice', resolution = 4, when = { kind = 'steps', at = [0, 10, 30, 40] } },
        { kind = 'slice', id = 'hessian', directions = 'hessian', resolution = 3 },
        { kind = 'slice', id = 'random', directions = 'random', resolution = 3, samples = 5 },
        { kind = 'slice', id = 'filters', directions = 'filter-normalised', resolution = 3 },
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
fn probes_see_the_solution_that_the_record_keeps() {
    let record = record(&format!("{RUN}{PROBES}"), &["model.precision='f64'"]);
    // At the middle of a slice is the solution, whose loss the course of training ends with.
    for (name, middle) in [("hessian", 4), ("filters", 4)] {
        let loss = record.tensor(&format!("{name}.values")).unwrap().data[middle];
        assert!((loss - record.metric("train.loss").unwrap()).abs() < 1e-6, "{name}: stored as f32");
    }
    let profile = record.tensor("path.profile").unwrap();
    assert_eq!(profile.shape, [3, 5]);
    assert!(
        (profile.data[5] - record.metric("train.loss").unwrap()).abs() < 1e-12,
        "another order of one sum"
    );
    assert_eq!(profile.data[9], record.metric("path.other.loss").unwrap());
    let path = record.tensor("slice.path").unwrap();
    assert_eq!((path.shape.clone(), path.data[6..].to_vec()), (vec![4, 2], vec![0.0, 0.0]));
    assert!(record.metric("spectrum.top-1") > record.metric("spectrum.top-2"));
    assert!(record.metric("fisher.top-1").unwrap() > 0.0 && record.metric("width.adaptive") > Some(0.0));
}

#[test]
fn a_path_to_the_same_run_is_no_way_at_all() {
    let text = format!("{RUN}\nprobe = [{{ kind = 'path', to = {{}} }}]");
    let record = record(&text, &["model.precision='f64'"]);
    for name in ["path.distance", "path.aligned.distance", "path.barrier", "path.aligned.barrier"] {
        // The barrier is that of sums which differ in their rounding, of losses near 0.3.
        assert!(record.metric(name).unwrap() < 1e-15, "{name} {:?}", record.metric(name));
    }
}

#[test]
fn descent_on_a_quadratic_is_what_theory_says_of_it() {
    let text = "
        title = 'Small'
        objective = { kind = 'quadratic', dim = 5, condition = 16.0 }
        optimizer = { kind = 'momentum', beta = 0.5, nesterov = true }
        schedule = { kind = 'constant', initial = 0.05 }
        train = { steps = 3 }
        probe = [
            { kind = 'spectrum', top = 1, bottom = 1, trace-samples = 2 },
            { kind = 'width', samples-of-noise = 2 },
            { kind = 'slice', directions = 'hessian', resolution = 3 },
            { kind = 'norms' },
        ]
    ";
    let record = record(text, &[]);
    let value = |name: &str| record.metric(name).unwrap();
    // Eigenvalues 1, 2, 4, 8, 16.
    assert!(
        (value("spectrum.top-1") - 16.0).abs() < 1e-12 && (value("spectrum.bottom-1") - 1.0).abs() < 1e-12
    );
    assert_eq!(
        (value("spectrum.trace"), value("spectrum.trace.se")),
        (31.0, 0.0),
        "exact for a diagonal matrix"
    );
    // 2 (1 + β)/((1 + 2β) η)
    assert!((value("spectrum.top-1.predicted") - 30.0).abs() < 1e-12);
    assert!((value("spectrum.top-1.ratio") - 16.0 / 30.0).abs() < 1e-12);
    // The largest rise in a ball of 0.05 is at least that along the steepest axis.
    assert!(value("width.worst") >= 0.5 * 16.0 * 0.0025 - 1e-9 && record.metric("width.filter").is_none());
    let offers = common::plan(text, &[]).unwrap().offers();
    let values = record.metrics.iter().chain(&record.seconds).map(|metric| metric.name.clone());
    assert_eq!(values.collect::<BTreeSet<_>>(), offers.values);
    assert!(offers.slices.contains("slice"));
}

#[test]
fn separators_are_held_against_the_direction_of_a_linear_model() {
    let text = "
        title = 'Small'
        data = { kind = 'separable', samples = 20, features = 3, margin = 0.3 }
        model = { hidden = [], precision = 'f64', init = { kind = 'zeros' } }
        optimizer = { kind = 'sgd' }
        schedule = { kind = 'constant', initial = 1.0 }
        train = { steps = 3000, batch-size = 20 }
        probe = [{ kind = 'margins', separators = true, when = { kind = 'log-spaced', points-per-decade = 2 } }]
    ";
    let record = record(text, &[]);
    let value = |name: &str| record.metric(name).unwrap();
    assert!(value("margins.l2.angle") < 0.3, "{:?}", record.metrics);
    assert!(value("margins.l2.share") > 0.9 && value("margins.l2.share") <= 1.0 + 1e-9);
    assert!(value("margins.least") > 0.0 && value("margins.loss-share") > 0.1);
    let predicted = record.curve("margins.l2.angle.predicted").unwrap();
    assert_eq!(predicted.values.last(), Some(&value("margins.l2.angle")));
    let offers = common::plan(text, &[]).unwrap().offers();
    assert!(record.curves.iter().all(|curve| offers.curves.contains(&curve.name)));
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
    for (probe, expected) in [
        ("{ kind = 'spectrum', top = 0 }", "probe.1.top: found 0"),
        ("{ kind = 'spectrum', top = 9, steps = 8 }", "probe.1.steps: found 8, expected at least"),
        ("{ kind = 'noise', epochs = 1 }", "probe.1.epochs: found 1, expected at least 2"),
        (
            "{ kind = 'noise', epochs = 2, samples = 10 }",
            "probe.1.epochs: an epoch of 10 samples has no two batches of 6",
        ),
        ("{ kind = 'margins', separators = true }", "probe.1.separators: only a linear model"),
        (
            "{ kind = 'path', to = { 'data.noise' = 0.1 } }",
            "probe.1.to: the other run must have the same data",
        ),
        ("{ kind = 'path', to = { 'train.batch-size' = 0 } }", "train.batch-size: found 0"),
        ("{ kind = 'path', to = {}, points = 2 }", "probe.1.points: found 2, expected at least 3"),
        ("{ kind = 'path' }", "probe.1.to: this key is missing"),
    ] {
        let found = error(probe);
        assert!(found.contains(expected), "{probe}\n{found}");
    }
    let sgd =
        format!("{}\nprobe = [{{ kind = 'spectrum', of = 'preconditioned' }}]", RUN.replace("adam", "sgd"));
    assert!(
        common::plan(&sgd, &[]).unwrap_err().contains("probe.0.of: this optimizer has no preconditioner")
    );
}
