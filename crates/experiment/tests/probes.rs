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
        { kind = 'path', id = 'batches', to = { 'train.seed' = 9 }, points = 5, curve = { steps = 3, points = 5 } },
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
fn a_curve_is_led_around_the_barrier_on_the_line() {
    let probe =
        "probe = [{ kind = 'path', to = { seed = 9 }, points = 7, curve = { steps = 200, points = 5 } }]";
    let record = record(&format!("{RUN}{probe}"), &["model.precision='f64'"]);
    let profile = record.tensor("path.profile").unwrap();
    assert_eq!(profile.shape, [4, 7]);
    let (straight, curved) = (&profile.data[7..14], &profile.data[21..]);
    // Sums of three products instead of two.
    let same = |a: f64, b: f64| (a - b).abs() < 1e-12;
    assert!(same(straight[0], curved[0]) && same(straight[6], curved[6]), "{straight:?} {curved:?}");
    let barrier = |way: &str| record.metric(&format!("path.{way}barrier")).unwrap();
    // Losses near 0.3 and a barrier as high on the line: a curve that has learnt nothing would keep it.
    assert!(
        barrier("") > 0.1 && barrier("curve.") < barrier("") / 2.0,
        "{} {}",
        barrier(""),
        barrier("curve.")
    );
}

#[test]
fn another_seed_of_the_batches_leaves_data_and_first_weights_alone() {
    let text = RUN.replace("points-per-decade", "data = true, points-per-decade");
    let (one, other) = (record(&text, &[]), record(&text, &["train.seed=9"]));
    assert_eq!(one.tensor("data.inputs"), other.tensor("data.inputs"));
    let course = |record: &Record| record.curve("train.loss").unwrap().values.clone();
    assert!(course(&one)[0] == course(&other)[0] && course(&one)[1] != course(&other)[1]);
    assert_eq!(record(&text, &["train.seed=3"]).params, one.params, "the seed of the file is the default");
}

#[test]
fn cheap_ways_to_the_same_numbers_agree() {
    let probes = "probe = [
        { kind = 'noise', directions = 1 },
        { kind = 'noise', id = 'short' },
        { kind = 'spectrum', top = 3, exact-trace = true, tolerance = 1e-5, steps = 49 },
        { kind = 'spectrum', id = 'single', top = 3, exact-trace = true, tolerance = 1e-5, steps = 49, precision = 'f32' },
        { kind = 'spectrum', id = 'all', top = 49, tolerance = 1e-9 },
    ]";
    let record = record(&format!("{RUN}{probes}"), &["model.precision='f64'"]);
    let ratio = |a: &str, b: &str| record.metric(a).unwrap() / record.metric(b).unwrap();
    for name in ["trace", "noise-scale", "temperature"] {
        // Sums of some hundred terms in another order; the difference of two means loses a digit.
        assert!((ratio(&format!("short.{name}"), &format!("noise.{name}")) - 1.0).abs() < 1e-12, "{name}");
    }
    let largest = record.metric("spectrum.top-1").unwrap();
    for name in ["top-1", "top-2", "top-3", "trace"] {
        let value = |id: &str| record.metric(&format!("{id}.{name}")).unwrap();
        // Dozens of roundings of 6e-8, and for the smaller ones the square of the tolerance over their
        // distance.
        assert!((value("single") - value("spectrum")).abs() < 1e-5 * largest, "{name}");
    }
    assert_ne!(record.metric("single.top-1"), record.metric("spectrum.top-1"));
    let sum: f64 = (1..=49).map(|i| record.metric(&format!("all.top-{i}")).unwrap()).sum();
    assert!(
        (sum / record.metric("spectrum.trace").unwrap() - 1.0).abs() < 1e-12,
        "all 49 eigenvalues: {sum}"
    );
    assert_eq!(record.metric("all.products"), Some(49.0));
    assert_eq!(record.metric("spectrum.trace.se"), None);
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
            { kind = 'width', samples-of-noise = 30 },
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
    let (noise, error) = (value("width.noise"), value("width.noise.se"));
    assert!((noise - 0.05 * 0.05 / 2.0 * 31.0).abs() < 4.0 * error, "σ²/2 · tr H: {noise} ± {error}");
    assert!(
        0.0 < value("width.sam") && value("width.sam") < value("width.worst"),
        "the gradient is no eigenvector"
    );
    // The largest rise in a ball of 0.05 is at least that along the steepest axis.
    assert!(value("width.worst") >= 0.5 * 16.0 * 0.0025 - 1e-9 && record.metric("width.filter").is_none());
    let available = common::planned(text, &[]).unwrap().available;
    assert_eq!(common::values(&record), available.values);
    assert!(available.slices.contains("slice"));
}

#[test]
fn a_walk_at_rest_is_as_wide_as_theory_says() {
    let langevin = "
        title = 'Small'
        objective = { kind = 'quadratic', dim = 3, condition = 16.0 }
        optimizer = { kind = 'sgd', transforms = [{ kind = 'thermal-noise', temperature = { kind = 'constant', initial = 0.3 } }] }
        schedule = { kind = 'constant', initial = 0.1 }
        train = { steps = 60_000 }
        probe = [{ kind = 'stationary', modes = 3, when = { kind = 'every', every = 20, after = 200 } }]
    ";
    let resting = record(langevin, &[]);
    for (mode, lambda) in [(1, 16.0), (2, 4.0), (3, 1.0)] {
        let value = |what: &str| resting.metric(&format!("stationary.mode-{mode}.{what}")).unwrap();
        assert!((value("curvature") / lambda - 1.0).abs() < 1e-12);
        let predicted = 0.1 * (2.0 * 0.3 / 0.1) / (lambda * (2.0 - 0.1 * lambda));
        assert!((value("variance.predicted") / predicted - 1.0).abs() < 1e-9);
        // 2990 places, of which those of the slowest mode correlate by 0.9²⁰ = 0.12: √(2/2990 · 1.03) = 2.6
        // %, times four.
        assert!((value("variance.ratio") - 1.0).abs() < 0.105, "{}", value("variance.ratio"));
        // T/λ is what is left of it for short steps.
        assert!((value("gibbs") / (value("variance") * lambda / 0.3) - 1.0).abs() < 1e-12);
    }
    let gibbs = [1, 2, 3].map(|mode| resting.metric(&format!("stationary.mode-{mode}.gibbs")).unwrap());
    let (least, most) = gibbs.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), x| (a.min(*x), b.max(*x)));
    assert_eq!(resting.metric("stationary.gibbs.spread"), Some(most / least));
    let sgd = "
        title = 'Small'
        data = { kind = 'two-moons', samples = 40, noise = 0.3 }
        model = { hidden = [], loss = 'mean-squared-error', precision = 'f64' }
        optimizer = { kind = 'sgd' }
        schedule = { kind = 'constant', initial = 0.05 }
        train = { steps = 60_000, batch-size = 8, order = 'with-replacement' }
        probe = [
            { kind = 'stationary', when = { kind = 'every', every = 20, after = 400 } },
            { kind = 'noise' },
        ]
    ";
    // 2980 places, which correlate by 0.2 or less: 2.7 %, times four; and some percent because the theory
    // takes the noise at the minimum for that around it.
    let momentum = ["optimizer.kind='momentum'", "optimizer.beta=0.5", "schedule.initial=0.025"];
    for (set, reach) in [(&[][..], 1.0), (&momentum, 1.0 / (1.0 - 0.5))] {
        let resting = record(sgd, set);
        for mode in 1..=2 {
            let ratio = resting.metric(&format!("stationary.mode-{mode}.variance.ratio")).unwrap();
            assert!((ratio - 1.0).abs() < 0.15, "{set:?} {mode} {ratio}");
            let value = |what: &str| resting.metric(&format!("stationary.mode-{mode}.{what}")).unwrap();
            let temperature = value("variance") * value("curvature") / value("gibbs");
            let at_the_end = reach * resting.metric("noise.temperature").unwrap();
            // One place of the walk, whose gradients differ by some percent from those in its middle.
            assert!((temperature / at_the_end - 1.0).abs() < 0.3, "{temperature} {at_the_end}");
        }
    }
    let heated = common::plan(langevin, &["optimizer.kind='momentum'"]).unwrap_err();
    assert!(heated.contains("probe.0.kind: there is a prediction for sgd"), "{heated}");
}

#[test]
fn noise_of_batches_is_what_its_samples_make_of_it() {
    let probe = "probe = [
        { kind = 'noise', directions = 28, alignment-samples = 4, epochs = 400 },
        { kind = 'noise', id = 'some', samples = 12 },
    ]";
    let record = record(&format!("{RUN}{probe}"), &["model.precision='f64'"]);
    let value = |name: &str| record.metric(name).unwrap();
    // c = (29 − 6)/(6 · 28), also where fewer samples are looked at; 49 parameters.
    for id in ["noise", "some"] {
        let expected = 0.05 * 23.0 / (6.0 * 28.0) * value(&format!("{id}.trace")) / (2.0 * 49.0);
        assert!((value(&format!("{id}.temperature")) / expected - 1.0).abs() < 1e-12, "{id}");
    }
    // 28 deviations from a mean have no more directions.
    assert!((value("noise.share") - 1.0).abs() < 1e-12);
    assert!(value("noise.effective-dimension") >= 1.0 && value("noise.effective-dimension") < 28.0);
    assert!(
        (value("noise.batch.trace.predicted") / (value("noise.trace") * 23.0 / (6.0 * 28.0)) - 1.0).abs()
            < 1e-12
    );
    assert!((value("noise.batch.correlation.predicted") + 6.0 / 23.0).abs() < 1e-15);
    // 1600 batches; squares of few effective directions scatter by about √(2/1600) = 4 %, times four.
    assert!((value("noise.batch.trace.ratio") - 1.0).abs() < 0.15, "{}", value("noise.batch.trace.ratio"));
    assert!(
        (value("noise.batch.correlation.ratio") - 1.0).abs() < 0.3,
        "{}",
        value("noise.batch.correlation.ratio")
    );
    assert!(value("noise.batch.bias") < 5.0, "χ² of one to some directions over their number");
    // Noise and curvature go together, more than in a random direction. The norm is an estimate from four
    // vectors.
    let (cosine, chance) = (value("noise.hessian.cosine"), value("noise.hessian.chance"));
    assert!(0.0 < chance && chance < cosine && cosine < 1.5, "{chance} {cosine}");
}

#[test]
fn independent_batches_have_noise_without_memory() {
    let text = format!("{RUN}probe = [{{ kind = 'noise', epochs = 400 }}]");
    let set = ["model.precision='f64'", "train.order='with-replacement'"];
    let available = common::planned(&text, &set).unwrap().available;
    let record = record(&text, &set);
    let value = |name: &str| record.metric(name).unwrap();
    let expected = value("noise.trace") / 6.0;
    assert!((value("noise.batch.trace.predicted") / expected - 1.0).abs() < 1e-12);
    // 1600 independent batches of few effective directions: √(2/1600) = 4 % and √(1/1200) = 0.03, times four.
    assert!((value("noise.batch.trace.ratio") - 1.0).abs() < 0.15, "{}", value("noise.batch.trace.ratio"));
    assert!(value("noise.batch.correlation").abs() < 0.12, "{}", value("noise.batch.correlation"));
    assert!(value("noise.batch.bias") < 5.0, "χ² of one to some directions over their number");
    assert_eq!(common::values(&record), available.values);
    let sequential = common::plan(&text, &["train.order='sequential'"]).unwrap_err();
    assert!(sequential.contains("probe.0.epochs: with train.order = \"sequential\""), "{sequential}");
}

#[test]
fn every_rule_has_its_own_edge() {
    let at_rest = record(
        &format!("{RUN}probe = [{{ kind = 'spectrum' }}]"),
        &["optimizer.kind='sgd'", "schedule={kind='cosine',initial=0.1,steps=10}"],
    );
    assert!(at_rest.metric("spectrum.top-1").is_some(), "with η = 0 the edge is at infinity");
    assert_eq!(at_rest.metric("spectrum.top-1.ratio"), None);
    for (optimizer, of, factor) in [
        ("kind = 'sgd'", "hessian", 2.0),
        ("kind = 'momentum', beta = 0.5", "hessian", 3.0),
        ("kind = 'momentum', beta = 0.5, nesterov = true", "hessian", 1.5),
        ("kind = 'adam'", "preconditioned", 38.0),
        ("kind = 'rmsprop'", "preconditioned", 2.0),
    ] {
        let text = RUN.replace("kind = 'adam'", optimizer);
        let record = record(&format!("{text}probe = [{{ kind = 'spectrum', of = '{of}' }}]"), &[]);
        let edge = record.metric("spectrum.top-1.predicted").unwrap();
        // Two roundings of numbers up to 760.
        assert!((edge - factor / 0.05).abs() < 1e-9, "{optimizer}: {edge}");
    }
    let none = record(&format!("{RUN}probe = [{{ kind = 'spectrum' }}]"), &[]);
    assert_eq!(none.metric("spectrum.top-1.predicted"), None, "that of Adam is of another matrix");
}

const SEPARATORS: &str = "
    title = 'Small'
    data = { kind = 'separable', samples = 20, features = 3, margin = 0.3 }
    model = { hidden = [], precision = 'f64', init = { kind = 'zeros' } }
    optimizer = { kind = 'sgd' }
    schedule = { kind = 'constant', initial = 1.0 }
    train = { steps = 3000, batch-size = 20 }
    probe = [{ kind = 'margins', separators = true, when = { kind = 'log-spaced', points-per-decade = 2 } }]
";

#[cfg(not(feature = "separators"))]
#[test]
fn separators_are_refused_without_a_solver() {
    let found = common::plan(SEPARATORS, &[]).err().unwrap();
    assert!(found.contains("separators: this build has no solver"), "{found}");
    assert!(common::plan(&SEPARATORS.replace("separators = true, ", ""), &[]).is_ok());
}

#[cfg(feature = "separators")]
#[test]
fn separators_are_held_against_the_direction_of_a_linear_model() {
    let text = SEPARATORS;
    let record = record(text, &[]);
    let value = |name: &str| record.metric(name).unwrap();
    assert!(value("margins.l2.angle") < 0.3, "{:?}", record.metrics);
    assert!(value("margins.l2.share") > 0.9 && value("margins.l2.share") <= 1.0 + 1e-9);
    assert!(value("margins.least") > 0.0 && value("margins.loss-share") > 0.1);
    let predicted = record.curve("margins.l2.angle.predicted").unwrap();
    assert_eq!(predicted.values.last(), Some(&value("margins.l2.angle")));
    let available = common::planned(text, &[]).unwrap().available;
    assert!(record.curves.iter().all(|curve| available.curves.contains(&curve.name)));
    let adam = self::record(text, &["optimizer.kind='adam'"]);
    assert!(adam.curve("margins.l2.angle").is_some() && adam.curve("margins.l2.angle.predicted").is_none());
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
