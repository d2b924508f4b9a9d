//! When probes look, what they are called, and that nothing moves because of them.

use super::*;

#[test]
fn steps_are_the_same_to_the_bit_with_probes_and_without() {
    for precision in ["model.precision='f32'", "model.precision='f64'"] {
        let (with, without) = (record(&format!("{RUN}{PROBES}"), &[precision]), record(RUN, &[precision]));
        assert_eq!(with.params, without.params);
        assert_ne!(with.key, without.key);
        let own = |record: &Record| record.curves.iter().find(|curve| curve.name == "train.loss").cloned();
        assert_eq!(own(&with), own(&without));
    }
    let resting = RUN.replace("adam", "sgd");
    let probe = "probe = [{ kind = 'stationary', when = { kind = 'every', every = 3 } }]";
    let (with, without) = (record(&format!("{resting}{probe}"), &[]), record(&resting, &[]));
    assert_eq!(with.params, without.params);
    assert_eq!(with.curve("stationary.mode-1.variance").unwrap().steps, [40], "once, of all the places");
}

#[test]
fn names_and_times_are_those_that_were_announced() {
    let text = format!("{RUN}{PROBES}");
    let available = common::planned(&text, &[]).unwrap().available;
    let record = record(&text, &[]);
    let names = |names: &mut dyn Iterator<Item = &String>| names.cloned().collect::<BTreeSet<_>>();
    assert_eq!(common::values(&record), available.values);
    assert_eq!(names(&mut record.curves.iter().map(|curve| &curve.name)), available.curves);
    assert_eq!(available.paths.iter().collect::<Vec<_>>(), ["batches", "path"]);
    let steps = |name: &str| record.curve(name).map(|curve| curve.steps.clone());
    assert_eq!(steps("norms.distance").unwrap(), [0, 1, 2, 5, 10, 22, 40]);
    assert_eq!(steps("twice.distance").unwrap(), [0, 7]);
    assert_eq!(steps("last.distance"), None);
    assert_eq!(steps("train.loss").unwrap(), [0, 1, 3, 10, 32, 40]);
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
        ("{ kind = 'norm', id = 'a' }", "probe a: kind: unknown value `norm`"),
        ("{ id = 'a' }", "probe a: kind: this key is missing"),
        ("{ kind = 'norms', id = 'a', odd = 1 }", "probe a: odd: unknown key"),
        ("{ kind = 'features', id = 'a', odd = 1 }", "probe a: odd: unknown key"),
        ("{ kind = 'classes', id = 'a', odd = 1 }", "probe a: odd: unknown key"),
        ("{ kind = 'norms', id = 'a.b' }", "probe a.b: id: found \"a.b\", expected a word without a dot"),
        ("{ kind = 'norms', id = 'train' }", "probe train: id: found \"train\", expected a word"),
        ("{ kind = 'norms', id = 3 }", "probe.1.id"),
        (
            "{ kind = 'norms', id = 'a', samples = 30 }",
            "probe a: samples: found 30, expected at most the 29 samples",
        ),
        (
            "{ kind = 'norms', id = 'a', when = { kind = 'often' } }",
            "probe a: when.kind: unknown value `often`",
        ),
        (
            "{ kind = 'norms', id = 'a', when = { kind = 'steps', at = [] } }",
            "probe a: when.at: expected at least one",
        ),
        (
            "{ kind = 'norms', id = 'a', when = { kind = 'steps', at = [41] } }",
            "probe a: when.at: found 41, expected at most the 40 steps",
        ),
        (
            "{ kind = 'norms', id = 'a', when = { kind = 'log-spaced', points-per-decade = 2000 } }",
            "probe a: when.points-per-decade: found 2000, expected at most 1000",
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
        ("{ kind = 'classes', of = [2] }", "probe.1.of: found 2, expected less than the 2 classes"),
        ("{ kind = 'margins', separators = true }", "probe.1.separators: only a linear model"),
        (
            "{ kind = 'path', to = { 'data.noise' = 0.1 } }",
            "probe.1.to: the other run must have the same data",
        ),
        ("{ kind = 'path', to = { 'train.batch-size' = 0 } }", "train.batch-size: found 0"),
        ("{ kind = 'path', to = {}, points = 2 }", "probe.1.points: found 2, expected 3 to 10000"),
        ("{ kind = 'path' }", "probe.1.to: this key is missing"),
        ("{ kind = 'path', to = {}, curve = { step = 3 } }", "probe.1.curve.step: unknown key"),
        ("{ kind = 'path', to = { 'model.init' = { kind = 'file', path = 'none' } } }", "model.init.path"),
        ("{ kind = 'path', to = {}, points = 1e6 }", "probe.1.points: found 1000000, expected 3 to 10000"),
        (
            "{ kind = 'spectrum', top = 50, steps = 99 }",
            "probe.1.top: 50 eigenvalues with bottom, the matrix has 49",
        ),
        (
            "{ kind = 'spectrum', exact-trace = true, trace-samples = 3 }",
            "probe.1.exact-trace: trace-samples asks for an estimate",
        ),
        (
            "{ kind = 'spectrum', exact-trace = true, of = 'preconditioned' }",
            "probe.1.exact-trace: not known",
        ),
        (
            "{ kind = 'spectrum', precision = 'f32', tolerance = 1e-6 }",
            "probe.1.tolerance: found 0.000001, expected at least 1e-5",
        ),
        ("{ kind = 'slice' }", "probe.1.when: expected at least three looks and one at the end"),
        (
            "{ kind = 'slice', when = { kind = 'steps', at = [0, 1, 2] } }",
            "probe.1.when: expected at least three looks",
        ),
        (
            "{ kind = 'slice', directions = 'random', resolution = 1 }",
            "probe.1.resolution: found 1, expected 2 to 4096",
        ),
        ("{ kind = 'noise', epochs = 1e6 }", "probe.1.epochs: 4000000 vectors of 49 parameters"),
        (
            "{ kind = 'norms', id = 'a', when = { kind = 'every', every = 3, after = 40 } }",
            "probe a: when.after: found 40",
        ),
        (
            "{ kind = 'stationary', when = { kind = 'every', every = 3 } }",
            "probe.1.kind: there is a prediction for sgd",
        ),
    ] {
        let found = error(probe);
        assert!(found.contains(expected), "{probe}\n{found}");
    }
    let sgd =
        format!("{}\nprobe = [{{ kind = 'spectrum', of = 'preconditioned' }}]", RUN.replace("adam", "sgd"));
    assert!(
        common::plan(&sgd, &[]).unwrap_err().contains("probe.0.of: this optimizer has no preconditioner")
    );
    let trace = format!("{RUN}\nprobe = [{{ kind = 'spectrum', exact-trace = true }}]");
    let refusal = common::plan(&trace, &["model.activation='tanh'"]).unwrap_err();
    assert!(refusal.contains("probe.0.exact-trace: only known for the activations relu"), "{refusal}");
    assert!(common::plan(&trace, &[]).is_ok());
    // Without hidden layers there is no activation.
    assert!(common::plan(&trace, &["model.activation='tanh'", "model.hidden=[]"]).is_ok());
}
