//! Flows beside a run.

use thalweg_numeric::Real;

use super::*;

const BOWL: &str = "
    title = 'Bowl'
    objective = { kind = 'quadratic', dim = 2, condition = 4.0 }
    start = { kind = 'point', at = [1.0] }
    optimizer = { kind = 'sgd' }
    schedule = { kind = 'constant', initial = 0.01 }
    train = { steps = 100 }
";

const FULL: [&str; 2] = ["optimizer.kind='sgd'", "train.batch-size=29"];

#[test]
fn beside_a_quadratic_all_is_known() {
    let probes = "probe = [
        { kind = 'flow', average = 1, when = { kind = 'every', every = 30 } },
        { kind = 'flow', id = 'modified', of = 'modified', average = 1 },
        { kind = 'flow', id = 'central', of = 'central', average = 2, when = { kind = 'steps', at = [100] } },
    ]";
    let record = record(&format!("{BOWL}{probes}"), &[]);
    let value = |name: &str| record.metric(name).unwrap();
    // The eigenvalues are 1 and 4, the time is 1.
    let along = |rate: &dyn Fn(f64) -> f64| [1.0, 4.0].map(|l| Real::exp(-rate(l)));
    let loss = |[a, b]: [f64; 2]| 0.5 * (a * a + 4.0 * b * b);
    let descent = [1.0, 4.0].map(|l: f64| (1.0 - 0.01 * l).powi(100));
    let flow = along(&|l| l);
    let apart = |[a, b]: [f64; 2]| ((a - descent[0]).powi(2) + (b - descent[1]).powi(2)).sqrt();
    // (ηλ)⁵/120 in each of 100 steps: 1e-7, of which the exponential keeps a fiftieth.
    assert!((value("flow.loss") - loss(flow)).abs() < 1e-8);
    assert!((value("flow.distance") / apart(flow) - 1.0).abs() < 1e-5);
    assert!((value("flow.run.loss") - loss(descent)).abs() < 1e-14);
    assert!((value("flow.run.loss.predicted") - loss(flow)).abs() < 1e-8);
    for (name, expected) in
        [("top-1", 4.0), ("top-1.predicted", 200.0), ("run.top-1", 4.0), ("run.top-1.ratio", 1.0)]
    {
        assert!((value(&format!("flow.{name}")) - expected).abs() < 1e-10, "{name}");
    }
    assert_eq!(record.curve("flow.loss").unwrap().steps, [0, 30, 60, 90, 100]);
    assert_eq!(record.curve("flow.distance").unwrap().values[0], 0.0);
    let modified = along(&|l| l * (1.0 + 0.01 * l / 2.0));
    assert!((value("modified.loss") - loss(modified)).abs() < 1e-8);
    assert!(value("modified.distance") < 0.03 * value("flow.distance"));
    // Far below the edge the central flow is the gradient flow, and there is no oscillation.
    assert!((value("central.loss") - loss(flow)).abs() < 1e-8);
    assert_eq!(value("central.oscillation"), 0.0);
    // A step is shorter than the last by η²∇²L∇L: that turn alone is measured, not the way.
    let turn = [1.0, 4.0].map(|l: f64| 1e-4 * l * l * (1.0 - 0.01 * l).powi(98));
    let measured = value("central.run.oscillation") / ((turn[0].powi(2) + turn[1].powi(2)) / 16.0);
    assert!((measured - 1.0).abs() < 1e-6, "{measured}: rounding of numbers of 1 in differences of 1e-4");
}

#[test]
fn a_quadratic_beyond_the_edge_has_no_central_flow() {
    let probes = "probe = [{ kind = 'flow', of = 'central', when = { kind = 'every', every = 5 } }]";
    let record = record(&format!("{BOWL}{probes}"), &["schedule.initial=0.51", "train.steps=10"]);
    assert_eq!(record.status, Status::Completed);
    assert_eq!(record.curve("flow.loss").unwrap().steps, [0]);
}

#[test]
fn nothing_moves_because_of_a_flow() {
    let probes = "probe = [{ kind = 'flow', of = 'central', when = { kind = 'every', every = 9 } }, { kind = 'flow', id = 'b' }]";
    let (with, without) = (record(&format!("{RUN}{probes}"), &FULL), record(RUN, &FULL));
    assert_eq!(with.params, without.params);
    let mut announced = common::planned(&format!("{RUN}{probes}"), &FULL).unwrap().available.values;
    // Below the edge there is no oscillation to be a share of.
    assert_eq!(with.metric("flow.run.oscillation.predicted"), Some(0.0));
    assert!(announced.remove("flow.run.oscillation.ratio"));
    assert_eq!(common::values(&with), announced);
}

#[test]
fn the_central_flow_goes_along_where_descent_oscillates() {
    // 2/η is 6.7; this network starts at a curvature of 4.6, and the gradient flow comes to 9.7.
    let set = [
        "optimizer.kind='sgd'",
        "schedule.initial=0.3",
        "train.batch-size=29",
        "train.steps=400",
        "model.activation='tanh'",
        "model.loss='one-hot-squared-error'",
        "model.precision='f64'",
    ];
    let probes = "probe = [
        { kind = 'flow', id = 'central', of = 'central', when = { kind = 'every', every = 100 } },
        { kind = 'flow', id = 'gradient', when = { kind = 'every', every = 100 } },
    ]";
    let record = record(&format!("{RUN}{probes}"), &set);
    let top = |id: &str| record.metric(&format!("{id}.top-1.ratio")).unwrap();
    assert!(top("central") < 1.001 && top("gradient") > 1.1, "{} {}", top("central"), top("gradient"));
    assert!(record.metric("central.oscillation").unwrap() > 0.0);
    // What is left of the last oscillation, and of a few tens of steps that it has swung in.
    let loss = |id: &str| record.metric(&format!("{id}.run.loss.ratio")).unwrap();
    assert!(
        (loss("central") - 1.0).abs() < (loss("gradient") - 1.0).abs(),
        "{} {}",
        loss("central"),
        loss("gradient")
    );
    assert!(record.metric("central.distance") < record.metric("gradient.distance"));
}

#[test]
fn each_run_without_a_flow_is_told_why() {
    let told = |of: &str, set: &[&str]| {
        let text = format!("{RUN}probe = [{{ kind = 'flow', {of} }}]");
        common::plan(&text, set).unwrap_err()
    };
    let [sgd, batch] = FULL;
    for (of, set, expected) in [
        ("", vec![batch], "probe.0.kind: flows are known of sgd without transforms"),
        ("", vec!["optimizer.kind='momentum'", batch], "not of momentum, RMSProp, Adam"),
        (
            "",
            vec![sgd, "optimizer.transforms=[{ kind = 'clip-by-norm', max = 1.0 }]", batch],
            "probe.0.kind: flows are known",
        ),
        ("", vec![sgd], "found train.batch-size = 6, expected 29"),
        (
            "",
            vec![sgd, batch, "train.order='with-replacement'"],
            "train.order = \"with-replacement\" draws others",
        ),
        ("", vec![sgd, batch, "train.dropout=0.1"], "train.dropout makes others of them"),
        ("samples = 9", vec![sgd, batch], "probe.0.samples: found 9, expected all 29"),
        ("of = 'central', modes = 9", vec![sgd, batch], "probe.0.modes: found 9, expected 1 to 8"),
        (
            "of = 'central'",
            vec![sgd, batch, "schedule={ kind = 'cosine', initial = 0.1, steps = 40 }"],
            "probe.0.of: the central flow is known of a constant learning rate",
        ),
        (
            "modes = 2",
            vec![sgd, batch, "model.hidden=[100, 100]"],
            "found 10602 parameters, expected at most 10000: each step takes about 4",
        ),
        ("of = 'centre'", vec![sgd, batch], "probe.0.of: unknown value `centre`"),
        ("odd = 1", vec![sgd, batch], "probe.0.odd: unknown key"),
    ] {
        let found = told(of, &set);
        assert!(found.contains(expected), "{of} {set:?}\n{found}");
    }
    let cosine = format!("{RUN}probe = [{{ kind = 'flow', of = 'modified' }}]");
    let set = [sgd, batch, "schedule={ kind = 'cosine', initial = 0.1, steps = 40 }"];
    assert!(common::plan(&cosine, &set).is_ok(), "other flows may go at any rate");
}
