//! Layer normalisation, residual connections and dropout in experiments: what a file may say of them, which
//! runs they make, and what probes see.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[expect(dead_code, reason = "what other tests need")]
mod common;

use common::{plan, records};
use ndarray::{Array2, arr1};
use thalweg_experiment::Task;
use thalweg_network::{Network, Numerics, Tensor};
use thalweg_records::Record;

const MOONS: &str = "
    title = 'Moons'
    data = { kind = 'two-moons', samples = 29, noise = 0.2 }
    model = { hidden = [5, 5], precision = 'f64' }
    optimizer = { kind = 'sgd' }
    schedule = { kind = 'constant', initial = 0.1 }
    train = { steps = 40, batch-size = 6 }
";

const PROBES: &str = "
    probe = [
        { kind = 'norms' },
        { kind = 'spectrum', top = 2, trace-samples = 30 },
        { kind = 'spectrum', id = 'gauss-newton', of = 'gauss-newton', top = 2, exact-trace = true },
        { kind = 'noise', directions = 2, alignment-samples = 4, epochs = 3 },
        { kind = 'width', samples-of-noise = 3 },
        { kind = 'margins' },
        { kind = 'path', to = { seed = 9 }, points = 5 },
        { kind = 'slice', resolution = 4, when = { kind = 'every', every = 10 } },
    ]
";

const EXTRAS: [&[&str]; 4] = [
    &["model.normalisation='layer'"],
    &["model.residual=true"],
    &["train.dropout=0.3"],
    &["model.normalisation='layer'", "model.residual=true", "train.dropout=0.3"],
];

fn record(text: &str, set: &[&str]) -> Record {
    records(&plan(text, set).unwrap()).remove(0)
}

#[test]
fn defaults_are_not_there() {
    let key = |set: &[&str]| plan(MOONS, set).unwrap().plan.runs[0].clone();
    let plain = key(&[]);
    for set in ["model.normalisation='none'", "model.residual=false", "train.dropout=0", "train.dropout=0.0"]
    {
        assert_eq!(key(&[set]), plain, "{set}");
    }
    for set in EXTRAS {
        assert_ne!(key(set), plain, "{set:?}");
        let (with, without) = (record(MOONS, set), record(MOONS, &[]));
        assert_ne!(with.metric("train.loss"), without.metric("train.loss"), "{set:?}");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    for (set, expected) in [
        (
            &["model.residual=true", "model.hidden=[4, 5]"][..],
            "model.residual: found true, but no hidden layer is as wide as its input, so there is no residual \
             connection; the widths are 2 → 4 → 5\n  hint: give neighbours in model.hidden one width",
        ),
        (
            &["model.normalisation='layer'", "model.hidden=[]"],
            "model.normalisation: found \"layer\", but there are no hidden layers to be normalised",
        ),
        (
            &["model.normalisation='layer'", "model.hidden=[4, 1]"],
            "model.normalisation: found \"layer\", but hidden layer 1 has one unit",
        ),
        (
            &["model.normalisation='batch'"],
            "model.normalisation: unknown value `batch`\n  hint: known here: none, layer",
        ),
        (&["model.residual=1"], "model.residual: found 1"),
        (
            &["train.dropout=0.1", "model.hidden=[]"],
            "train.dropout: found 0.1, but there are no hidden units to leave out",
        ),
        (&["train.dropout=1"], "train.dropout: found 1, expected a number from 0 to below 1"),
        (
            &["train.dropout=25"],
            "train.dropout: found 25, expected a number from 0 to below 1\n  hint: did you mean 0.25?",
        ),
        (&["train.dropout=-0.1"], "train.dropout: found -0.1, expected a number from 0 to below 1"),
        (&["model.dropout=0.1"], "model.dropout: unknown key"),
        (
            &["model.normalisation='layer'", "model.hidden=[4]", "model.parametrisation='mean-field'"],
            "model.parametrisation: found \"mean-field\", in which each unit is for itself",
        ),
        (
            &["model.normalisation='layer'", "probe=[{ kind = 'spectrum', exact-trace = true }]"],
            "exact-trace: not known of a network with layer normalisation",
        ),
        (
            &["train.dropout=0.1", "probe=[{ kind = 'stationary', when = { kind = 'every', every = 3 } }]"],
            "with a constant schedule and without train.dropout",
        ),
    ] {
        let told = plan(MOONS, set).unwrap_err().to_string();
        assert!(told.contains(expected), "{set:?}: {told}");
    }
    // The first layer is as wide as the inputs.
    plan(MOONS, &["model.residual=true", "model.hidden=[2, 5]"]).unwrap();
}

#[test]
fn dropout_draws_numbers_of_its_own_and_spares_evaluations() {
    let is_deterministic = |dropout: &str| {
        let set = ["model.init={ kind = 'zeros' }", "train.order='sequential'", dropout];
        let mut spec = plan(MOONS, &set).unwrap().jobs[0].spec.clone();
        // Data that are not drawn.
        let Task::Learning(task) = &mut spec.task else { unreachable!("there is a network") };
        task.data = serde_json::from_value(serde_json::json!({ "kind": "csv", "path": "a.csv" })).unwrap();
        spec.is_deterministic()
    };
    assert!(is_deterministic("train.dropout=0"));
    assert!(!is_deterministic("train.dropout=0.1"));
    let first = |set: &[&str]| {
        let record = record(MOONS, set);
        let curve = record.curves.iter().find(|curve| curve.name == "train.loss").unwrap().clone();
        (curve.values[0], record.metric("train.loss").unwrap())
    };
    // The first evaluation is of the whole network at its first weights.
    let (plain, dropped) = (first(&[]), first(&["train.dropout=0.5"]));
    assert!(plain.0 == dropped.0 && plain.1 != dropped.1, "{plain:?} {dropped:?}");
    assert_eq!(first(&["train.dropout=0.5"]), dropped);
    assert_ne!(first(&["train.dropout=0.5", "seed=1"]).1, dropped.1);
}

#[test]
fn every_probe_measures_what_it_says_it_will() {
    let text = format!("{MOONS}{PROBES}");
    for set in EXTRAS {
        let record = record(&text, set);
        let value = |name: &str| record.metric(name).unwrap_or_else(|| panic!("{set:?}: no {name}"));
        let is_plain = *set == ["train.dropout=0.3"];
        assert_eq!(record.metric("margins.normalised").is_some(), is_plain, "{set:?}");
        assert_eq!(record.metric("spectrum.top-1.predicted").is_some(), !set.contains(&"train.dropout=0.3"));
        for name in [
            "norms.gradient",
            "spectrum.top-1",
            "gauss-newton.trace",
            "noise.trace",
            "width.input",
            "width.filter",
            "margins.least",
            "path.aligned.barrier",
        ] {
            assert!(value(name).is_finite(), "{set:?}: {name}");
        }
        assert!(
            value("gauss-newton.trace") >= value("gauss-newton.top-1") + value("gauss-newton.top-2") - 1e-9
        );
    }
}

#[test]
fn a_shift_of_the_inputs_goes_on_past_the_first_layer() {
    let text = format!("{MOONS}probe = [{{ kind = 'width', samples-of-noise = 500, input-sigma = 0.01 }}]");
    // Residual connections from the inputs on, and from the first layer on.
    for hidden in ["[2, 2]", "[5, 5]"] {
        let hidden = format!("model.hidden={hidden}");
        let set = [&hidden, "model.residual=true", "model.activation='tanh'", "record.data=true"];
        let experiment = plan(&text, &set).unwrap();
        let record = records(&experiment).remove(0);
        let Task::Learning(task) = &experiment.jobs[0].spec.task else { unreachable!("there is a network") };
        let architecture = task.model.architecture(2, 2);
        let tensor = |t: &thalweg_records::Tensor| Tensor {
            name: t.name.clone(),
            shape: t.shape.clone(),
            data: t.data.clone(),
        };
        let tensors: Vec<_> = record.params.iter().map(tensor).collect();
        let params: Vec<f64> = architecture.from_tensors(&tensors).unwrap();
        let field = |name: &str| &record.fields.iter().find(|field| field.name == name).unwrap().data;
        let labels: Vec<u32> = field("data.labels").iter().map(|label| *label as u32).collect();
        let mut network = Network::new(&architecture, Numerics::Portable, 29).unwrap();
        let mut loss = |by: [f64; 2]| {
            let mut inputs = Array2::from_shape_vec((29, 2), field("data.inputs").clone()).unwrap();
            inputs += &arr1(&by);
            network.loss(&params, inputs.view(), &labels)
        };
        let h = 1e-3;
        let axes = [[h, 0.0], [-h, 0.0], [0.0, h], [0.0, -h]];
        let bends = (axes.map(&mut loss).iter().sum::<f64>() - 4.0 * loss([0.0; 2])) / (h * h);
        let (rise, error) = (record.metric("width.input").unwrap(), record.metric("width.input.se").unwrap());
        // Half of each second derivative times σ²; five standard errors, and the next order in σ.
        let expected = 0.5 * bends * 1e-4;
        assert!(
            (rise - expected).abs() < 5.0 * error + 1e-3 * expected.abs(),
            "{hidden} {rise} ± {error} {expected}"
        );
        assert!(error < 0.1 * expected.abs());
    }
}
