//! What a model can be besides its widths: numbers of the loss.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[expect(dead_code, reason = "what other tests need")]
mod common;

use common::{plan, records};

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
