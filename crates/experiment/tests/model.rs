//! What a model can be besides its widths, and what an optimizer does to parts of it: numbers of the loss,
//! groups of parameters, parametrisations.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[expect(dead_code, reason = "what other tests need")]
mod common;

use common::{plan, records};
use thalweg_experiment::{RunSpec, Task};
use thalweg_network::{Init, Lecun, Network, Numerics};
use thalweg_numeric::{Layout, Streams};
use thalweg_optimizers::Kind;

const MOONS: &str = "
    title = 'Moons'
    data = { kind = 'two-moons', samples = 29, noise = 0.2 }
    model = { hidden = [5, 4], precision = 'f64' }
    optimizer = { kind = 'sgd' }
    schedule = { kind = 'constant', initial = 0.1 }
    train = { steps = 40, batch-size = 6 }
";

fn key(set: &[&str]) -> String {
    plan(MOONS, set).unwrap().plan.runs[0].clone()
}

fn loss(set: &[&str]) -> f64 {
    records(&plan(MOONS, set).unwrap())[0].metric("train.loss").unwrap()
}

#[test]
fn numbers_of_zero_are_not_there() {
    let plain = key(&[]);
    for set in ["model.label-smoothing=0", "model.focal-gamma=0.0", "model.loss='cross-entropy'"] {
        assert_eq!(key(&[set]), plain, "{set}");
    }
    for set in ["model.label-smoothing=0.1", "model.focal-gamma=2", "model.loss='logistic'"] {
        assert_ne!(key(&[set]), plain, "{set}");
        assert_ne!(loss(&[set]), loss(&[]), "{set}");
    }
}

#[test]
fn a_number_of_the_loss_fits_the_loss() {
    let smoothed = "model.label-smoothing=0.1";
    for (set, expected) in [
        (
            &["model.label-smoothing=1.5"][..],
            "model.label-smoothing: found 1.5, expected a number from 0 to 1",
        ),
        (&["model.focal-gamma=-1"], "model.focal-gamma: found -1"),
        (
            &[smoothed, "model.loss='logistic'"],
            "model.label-smoothing: found 0.1, which changes the cross-entropy, but the loss is \"logistic\"",
        ),
        (
            &["model.focal-gamma=2", "model.loss='one-hot-squared-error'"],
            "model.focal-gamma: found 2, which changes the cross-entropy",
        ),
        (
            &[smoothed, "model.focal-gamma=2"],
            "model.focal-gamma: found 2, but the labels are smoothed: only one of the two can be set",
        ),
        (
            &["model.focal-gamma=2", "probe=[{ kind = 'spectrum', of = 'gauss-newton' }]"],
            "the focal loss is not convex in the outputs, so it has no Gauss–Newton matrix",
        ),
        (
            &["model.focal-gamma=2", "probe=[{ kind = 'spectrum', exact-trace = true }]"],
            "exact-trace: not known of the focal loss",
        ),
        (&["model.smoothing=0.1"], "model.smoothing: unknown key"),
    ] {
        let told = plan(MOONS, set).unwrap_err();
        assert!(told.contains(expected), "expected {expected:?}: {told}");
    }
    // A Hessian it has.
    let spectrum = "probe=[{ kind = 'spectrum', top = 2 }]";
    let record = &records(&plan(MOONS, &["model.focal-gamma=2", spectrum]).unwrap())[0];
    assert!(record.metric("spectrum.top-1").unwrap().is_finite());
}

#[test]
fn groups_that_do_not_fit_are_told_with_their_lines() {
    for (group, expected) in [
        ("{ layers = [3] }", "optimizer.group.0: there is no layer 3, the network has 3"),
        (
            "{ layers = [1], part = 'input' }",
            "optimizer.group.0: matches no parameter, the arrays are layers.0.weight",
        ),
        (
            "{ part = 'hidden' }, { parameters = 'weights' }",
            "optimizer.group.1: layers.1.weight is in group 0 already",
        ),
        ("{ frozen = true }", "optimizer.group.0: every parameter is frozen"),
        ("{ layer = [0] }", "optimizer.group.0.layer: unknown key"),
        ("{ rate-factor = -1 }", "optimizer.group.0.rate-factor: found -1"),
        ("{ rule = { kind = 'adam', beta1 = 2 } }", "optimizer.group.0.rule.beta1: found 2"),
    ] {
        let text = MOONS.replace(
            "optimizer = { kind = 'sgd' }",
            &format!("optimizer = {{ kind = 'sgd', group = [{group}] }}"),
        );
        let told = plan(&text, &[]).unwrap_err();
        assert!(told.contains(expected) && told.contains("small.toml:5:"), "expected {expected:?}: {told}");
    }
    let told = plan(MOONS, &["optimizer={ kind = 'newton', group = [{}] }"]).unwrap_err();
    assert!(told.contains("only a rule has groups"), "{told}");
}

#[test]
fn frozen_layers_keep_their_first_weights() {
    let params = |set: &[&str]| {
        let tensors = records(&plan(MOONS, set).unwrap()).remove(0).params;
        let weight = |layer: usize| {
            let name = format!("layers.{layer}.weight");
            tensors.iter().find(|tensor| tensor.name == name).unwrap().data.clone()
        };
        [weight(0), weight(1), weight(2)]
    };
    let first = params(&["optimizer={ kind = 'sgd', group = [{ layers = [0, 1], frozen = true }] }"]);
    let last = params(&["optimizer={ kind = 'adam', group = [{ layers = [0, 1], frozen = true }] }"]);
    assert_eq!(first[..2], last[..2]);
    assert_ne!(first[2], last[2]);
    assert_ne!(first[0], params(&[])[0]);
    // A sweep may reach into a group.
    let swept = "group = [{ layers = [0], rate-factor = 1 }]";
    let text = MOONS.replace("'sgd' }", &format!("'sgd', {swept} }}"));
    let text = format!("{text}\n[sweep]\n'optimizer.group.0.rate-factor' = [0.5, 2]\n");
    assert_eq!(plan(&text, &[]).unwrap().jobs.len(), 2);
}

/// What a parametrisation makes of the weights and biases of the input, hidden and output layer with n units
/// behind them: the multipliers of w, the variances of w in units of 1/fan-in, and the factors of η. Biases
/// begin at 0.
struct Explicit {
    multipliers: [[f64; 2]; 3],
    variances: [f64; 3],
    descent: [[f64; 2]; 3],
    adam: [[f64; 2]; 3],
}

/// Yang et al., Tensor Programs V, table 8, which has a multiplier in the output layer.
fn mup(n: f64) -> Explicit {
    Explicit {
        multipliers: [[1.0, 1.0], [1.0, 1.0], [1.0 / n, 1.0]],
        // Of order 1 in the output layer.
        variances: [1.0, 1.0, n],
        descent: [[n, n], [1.0, n], [n, 1.0]],
        adam: [[1.0, 1.0], [1.0 / n, 1.0], [1.0, 1.0]],
    }
}

/// Yang and Hu, Tensor Programs IV, table 1, with a = (−½, 0, ½), b = ½ and c = 0; for descent alone.
fn mup_of_four(n: f64) -> Explicit {
    let root = n.sqrt();
    Explicit {
        multipliers: [[root, root], [1.0, root], [1.0 / root, 1.0]],
        variances: [1.0 / n, 1.0, 1.0],
        descent: [[1.0; 2]; 3],
        adam: [[f64::NAN; 2]; 3],
    }
}

/// The same table with a = (0, ½, ½), b = c = 0, but for the variance of the input layer, which knows no n.
fn ntk(n: f64) -> Explicit {
    let root = n.sqrt();
    Explicit {
        multipliers: [[1.0, 1.0], [1.0 / root, 1.0], [1.0 / root, 1.0]],
        variances: [1.0, n, n],
        descent: [[1.0; 2]; 3],
        adam: [[1.0; 2]; 3],
    }
}

/// The same table with a = (0, 1), b = 0 and c = −1, for one hidden layer and all but the output's bias.
fn mean_field(n: f64) -> Explicit {
    Explicit {
        multipliers: [[1.0, 1.0], [f64::NAN; 2], [1.0 / n, 1.0]],
        variances: [1.0, f64::NAN, n],
        descent: [[n, n], [f64::NAN; 2], [n, 1.0]],
        adam: [[1.0, 1.0], [f64::NAN; 2], [1.0, 1.0]],
    }
}

/// The weights after 50 steps on all data, with every multiplier computed and w as the parameters.
fn with_multipliers(spec: &RunSpec, explicit: &Explicit, is_adam: bool, decay: f64) -> Vec<f64> {
    let Task::Learning(task) = &spec.task else { panic!("a network learns") };
    let streams = Streams::new(spec.seed, spec.replicate);
    let (samples, ..) = task.data.drawn_extent().unwrap();
    let data = task.data.draw(samples, &mut streams.stream("data", 0)).unwrap();
    let inputs = data.inputs.to_array::<f64>();
    let architecture = task.model.architecture(inputs.ncols(), 2);
    let layers = task.model.hidden.len() + 1;
    let place = |layer: usize| {
        if layer == 0 {
            0
        } else if layer + 1 == layers {
            2
        } else {
            1
        }
    };
    let init = Init::Lecun(Lecun::default());
    let mut w: Vec<f64> = architecture.draw(&init, &mut streams.stream("init", 0)).unwrap();
    let layout = architecture.layout();
    let Kind::Rule(rule) = &spec.optimizer.kind else { panic!("a rule") };
    let mut states = Vec::new();
    for (index, block) in layout.blocks().iter().enumerate() {
        if index % 2 == 0 {
            w[block.range.clone()].iter_mut().for_each(|w| *w *= explicit.variances[place(index / 2)].sqrt());
        }
        states.push(rule.build::<f64>(&Layout::point(block.range.len())));
    }
    let multiplied = |w: &[f64]| -> Vec<f64> {
        let factor = |index: usize| explicit.multipliers[place(index / 2)][index % 2];
        let blocks = layout.blocks().iter().enumerate();
        blocks
            .flat_map(|(index, block)| w[block.range.clone()].iter().map(move |w| factor(index) * w))
            .collect()
    };
    let mut network = Network::<f64>::new(&architecture, Numerics::best(), samples).unwrap();
    let mut grad = vec![0.0; w.len()];
    for _ in 0..50 {
        network.gradient(&multiplied(&w), inputs.view(), &data.labels, &mut grad);
        for (index, (block, state)) in layout.blocks().iter().zip(&mut states).enumerate() {
            let (layer, of) = (place(index / 2), index % 2);
            let rates = if is_adam { explicit.adam } else { explicit.descent };
            let rate = 0.05 * rates[layer][of];
            let multiplier = explicit.multipliers[layer][of];
            let grad: Vec<f64> = grad[block.range.clone()].iter().map(|g| multiplier * g).collect();
            let w = &mut w[block.range.clone()];
            w.iter_mut().for_each(|w| *w *= 1.0 - rate * decay);
            state.step(rate, w, &grad);
        }
    }
    multiplied(&w)
}

#[test]
fn parametrisations_are_those_with_explicit_multipliers() {
    let deep = "hidden = [16, 16]";
    let (descent, adam) = ("kind = 'momentum', beta = 0.5", "kind = 'adam', epsilon = 0");
    for (name, hidden, optimizer, explicit, decay) in [
        ("mup", deep, "kind = 'sgd'", mup(16.0), 0.0),
        ("mup", deep, descent, mup(16.0), 0.0),
        ("mup", deep, adam, mup(16.0), 0.0),
        ("mup", deep, "kind = 'sgd'", mup_of_four(16.0), 0.0),
        ("mup", "hidden = [16, 16], base-width = 4", adam, mup(4.0), 0.0),
        ("ntk", deep, "kind = 'sgd'", ntk(16.0), 0.0),
        ("ntk", deep, descent, ntk(16.0), 0.3),
        ("ntk", deep, adam, ntk(16.0), 0.3),
        ("mean-field", "hidden = [16]", descent, mean_field(16.0), 0.3),
        ("mean-field", "hidden = [16]", adam, mean_field(16.0), 0.3),
    ] {
        let decays = if decay > 0.0 {
            format!(", transforms = [{{ kind = 'weight-decay', rate = {decay}, decoupled = true }}]")
        } else {
            String::new()
        };
        let text = MOONS
            .replace("kind = 'sgd'", &format!("{optimizer}{decays}"))
            .replace(
                "hidden = [5, 4]",
                &format!(
                    "{hidden}, activation = 'tanh', init = {{ kind = 'lecun' }}, parametrisation = '{name}'"
                ),
            )
            .replace("initial = 0.1", "initial = 0.05")
            .replace("steps = 40, batch-size = 6", "steps = 50, batch-size = 29, order = 'sequential'");
        let experiment = plan(&text, &[]).unwrap();
        let record = records(&experiment).remove(0);
        let expected =
            with_multipliers(&experiment.jobs[0].spec, &explicit, optimizer.contains("adam"), decay);
        let Task::Learning(task) = &experiment.jobs[0].spec.task else { panic!("a network learns") };
        let mut largest = 0.0_f64;
        for expected in task.model.architecture(2, 2).tensors(&expected) {
            let ours = record.params.iter().find(|tensor| tensor.name == expected.name).unwrap();
            let pairs = ours.data.iter().zip(&expected.data);
            largest = pairs.map(|(a, b)| (a - b).abs()).fold(largest, f64::max);
        }
        // Fifty steps of a few roundings of 1e-16, on numbers of order 1.
        assert!(largest < 1e-12, "{name} {hidden} {optimizer}: {largest:e}");
    }
}

#[test]
fn what_no_parametrisation_can_say_is_refused() {
    assert_eq!(key(&["model.parametrisation='standard'", "model.base-width=1"]), key(&[]));
    assert_ne!(key(&["model.parametrisation='mup'"]), key(&[]));
    let mup = "model.parametrisation='mup'";
    for (set, expected) in [
        (
            &["model.base-width=4"][..],
            "model.base-width: found 4, but the standard parametrisation knows no width",
        ),
        (&[mup, "model.hidden=[]"], "found \"mup\", but without hidden layers there is no width"),
        (&["model.parametrisation='mean-field'"], "known for one hidden layer, but there are 2"),
        (&[mup, "optimizer={ kind = 'muon' }"], "whose learning rates are known for no such optimizer"),
        (&[mup, "optimizer={ kind = 'newton' }"], "whose learning rates are known for no such optimizer"),
        (
            &[mup, "optimizer={ kind = 'sgd', group = [{ layers = [0], rule = { kind = 'lars' } }] }"],
            "whose learning rates are known for no such optimizer",
        ),
        (
            &[mup, "optimizer.transforms=[{ kind = 'clip-by-norm', max = 1 }]"],
            "with which the only transform is weight-decay",
        ),
        (&["model.parametrisation='mu-p'"], "model.parametrisation: unknown value `mu-p`"),
    ] {
        let told = plan(MOONS, set).unwrap_err();
        assert!(told.contains(expected), "expected {expected:?}: {told}");
    }
}

#[test]
fn the_edge_of_stability_is_that_of_the_scaled_steps() {
    // Descent with rates of its own for each array is a preconditioned one.
    let spectrum = "probe=[{ kind = 'spectrum', of = 'preconditioned', top = 1 }]";
    let record = &records(&plan(MOONS, &["model.parametrisation='ntk'", spectrum]).unwrap())[0];
    // 2/η.
    let edge = record.metric("spectrum.top-1.predicted").unwrap();
    assert!((edge / 20.0 - 1.0).abs() < 1e-12, "{edge}");
    let told = plan(MOONS, &[spectrum]).unwrap_err();
    assert!(told.contains("this optimizer has no preconditioner"), "{told}");
}
