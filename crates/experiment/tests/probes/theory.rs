//! Values that theory gives too.

use super::*;

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

#[test]
fn losses_of_classes_make_up_that_of_all() {
    let probes = "probe = [{ kind = 'classes', of = [1, 0] }]";
    let record = record(&format!("{RUN}{probes}"), &["model.precision='f64'"]);
    let value = |name: &str| record.metric(name).unwrap();
    // Of 29 moon points 14 are of the first class.
    let (first, second) = (value("classes.loss-0"), value("classes.loss-1"));
    // Some tens of roundings.
    assert!(((14.0 * first + 15.0 * second) / 29.0 / value("train.loss") - 1.0).abs() < 1e-13);
    let exponent = libm::log(second / first) / libm::log(15.0 / 14.0);
    assert!((value("classes.frequency-exponent") / exponent - 1.0).abs() < 1e-12);
}

#[test]
fn features_of_two_classes_lie_opposite_and_curved_units_do_not_die() {
    let probe = "probe = [{ kind = 'features' }]";
    let of =
        |activation: &str| record(&format!("{RUN}{probe}"), &[&format!("model.activation='{activation}'")]);
    let rectified = of("relu");
    let value = |name: &str| rectified.metric(name).unwrap();
    // Two means less the mean of both: rounding.
    assert!(
        (value("features.cosine") + 1.0).abs() < 1e-12
            && (value("features.cosine.ratio") - 1.0).abs() < 1e-12
    );
    assert!(value("features.within") > 0.0 && (value("features.dead") * 9.0).fract() == 0.0);
    assert_eq!(of("tanh").metric("features.dead"), Some(0.0));
    // With weights of 0 every rectifier is dead.
    let none = record(&format!("{RUN}{probe}"), &["model.init={kind='zeros'}", "optimizer={kind='sgd'}"]);
    assert_eq!(none.metric("features.dead"), Some(1.0));
    assert_eq!(none.metric("features.within"), None, "the means are the same");
}

#[test]
fn batches_of_one_direction_have_its_curvature_as_their_sharpness() {
    // Every sample is (x, y) = (1, a + ξ): the gradient of a batch is along (1, 1), with the curvature 2·2.
    let text = "
        title = 'Small'
        data = { kind = 'linear-regression', samples = 9, features = 1, inputs = 'orthogonal', noise = 1.0 }
        model = { hidden = [], loss = 'squared-error' }
        optimizer = { kind = 'sgd' }
        schedule = { kind = 'constant', initial = 0.1 }
        train = { steps = 3, batch-size = 2 }
        probe = [{ kind = 'noise', sharpness-epochs = 2 }]
    ";
    let sharpness =
        |set: &[&str], name: &str| record(text, set).metric(&format!("noise.batch.sharpness{name}"));
    // Roundings of sums of ten.
    assert!((sharpness(&[], "").unwrap() - 4.0).abs() < 1e-12);
    assert!((sharpness(&[], ".ratio").unwrap() - 0.2).abs() < 1e-12, "of 2/η = 20");
    assert!(sharpness(&["optimizer.kind='adam'"], "").is_some());
    assert_eq!(sharpness(&["optimizer.kind='adam'"], ".ratio"), None);
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
