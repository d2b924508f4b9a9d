//! Data that are drawn.

use super::*;

#[test]
fn what_is_drawn_is_learned_and_tested() {
    for kind in [
        "'circles'",
        "'spirals'",
        "'blobs'",
        "'gaussian-mixture', means = [[0, 1], [2, 0]]",
        "'xor'",
        "'swiss-roll'",
        "'linear-teacher'",
        "'logistic-teacher'",
        "'teacher-student'",
        "'sparse-parity'",
        "'modular-addition', modulus = 5",
    ] {
        let data = format!(
            "data = {{ kind = {kind}, samples = 12 }}\ntest = {{ sets = 2, samples = 8, variants = {{ clean = [] }} }}"
        );
        let record = &records(&plan(&data, &[]).unwrap())[0];
        assert!(record.metrics.iter().any(|metric| metric.name == "test.clean.accuracy"), "{kind}");
    }
    for (data, expected) in [
        ("kind = 'circles', samples = 9, radii = [1]", "data.radii: found 1 radii, expected at least 2"),
        (
            "kind = 'sparse-parity', samples = 9, features = 2",
            "data.relevant: found 3, expected at most the 2",
        ),
        (
            "kind = 'gaussian-mixture', samples = 9, means = []",
            "data.means: found 0 means, expected at least 2",
        ),
        (
            "kind = 'linear-regression', samples = 9, singular-values = [2, 1]",
            "data.singular-values: found 2, expected at most 1: a matrix of 1 × 10 has no more",
        ),
        (
            "kind = 'modular-addition', samples = 9, modulus = 9e9",
            "data.modulus: found 9000000000, expected 2 to",
        ),
    ] {
        let told = plan(&format!("data = {{ {data} }}"), &[]).unwrap_err();
        assert!(told.contains(expected), "no {expected:?} in {told}");
    }
}

#[test]
fn a_teacher_is_the_same_for_training_and_test() {
    // Far more samples than weights: what was learned of the training set holds for the test.
    let data = "data = { kind = 'linear-teacher', samples = 500, features = 3 }\n\
                test = { sets = 1, samples = 500, variants = { clean = [] } }";
    let text =
        format!("{TRAINING}{data}\n").replace("steps = 20, batch-size = 3", "steps = 500, batch-size = 20");
    let document = Document::of_text("small.toml", &text, &overlays(&[])).unwrap();
    let planned = resolve(&document, Path::new("small.toml"), &thalweg_experiment::Disk).unwrap();
    let record = &records(&planned.experiment)[0];
    let accuracy = record.metrics.iter().find(|metric| metric.name == "test.clean.accuracy").unwrap();
    assert!(accuracy.value > 0.95, "{}", accuracy.value);
}

#[test]
fn data_that_cannot_be_drawn_hide_no_other_problem() {
    let text = "data = { kind = 'xor', samples = 20, features = 1 }\nrecord = { points-per-decade = 20_000 }";
    let told = plan(text, &[]).unwrap_err();
    for expected in ["data.features: found 1, expected at least 2", "record.points-per-decade: found 20000"] {
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(told.lines().count(), 2, "{told}");
}
