//! Transforms, and that they fit the data.

use super::*;

/// Final values of a network that was tested on four variants.
fn tested(transforms: &str, variants: &str) -> Result<BTreeMap<String, f64>, String> {
    let data = format!(
        "data = {{ kind = 'two-moons', samples = 30, transforms = [{transforms}] }}\n\
         test = {{ sets = 1, samples = 20, variants = {{ {variants} }} }}"
    );
    let metrics = records(&plan(&data, &[])?).remove(0).metrics;
    Ok(metrics.into_iter().map(|metric| (metric.name, metric.value)).collect())
}

#[test]
fn test_data_are_scaled_as_the_training_data_were() {
    const STRETCH: &str = "{ kind = 'stretch', factors = [1000, 0.01] }";
    const STANDARD: &str = "{ kind = 'standardise' }";
    let plain = tested(STANDARD, &format!("a = [], b = [{STANDARD}]")).unwrap();
    assert_eq!(plain["test.a.loss"], plain["test.b.loss"]);
    assert_ne!(plain["test.a.loss"], tested("", "a = []").unwrap()["test.a.loss"]);
    // Scaling forgets the units up to rounding, 1.2e-7 in single precision, in 20 steps on numbers about 1.
    let stretched =
        tested(&format!("{STRETCH}, {STANDARD}"), &format!("a = [{STRETCH}, {STANDARD}]")).unwrap();
    for name in ["train.loss", "test.a.loss"] {
        assert!((stretched[name] - plain[name]).abs() < 1e-5, "{name}: {} {}", stretched[name], plain[name]);
    }
    // What the variant does comes after.
    let moved = tested(STANDARD, &format!("a = [], b = [{STRETCH}]")).unwrap();
    assert_eq!(moved["test.a.loss"], plain["test.a.loss"]);
    assert!(moved["test.b.loss"] > 2.0 * plain["test.a.loss"], "{moved:?}");
}

#[test]
fn transforms_that_do_not_fit_are_told() {
    const STRETCH: &str = "{ kind = 'stretch', factors = [1000, 0.01] }";
    const STANDARD: &str = "{ kind = 'standardise' }";
    for (transforms, variants, expected) in [
        (
            "{ kind = 'subset', samples = 31 }".to_owned(),
            "a = []".to_owned(),
            "data.transforms: subset has 31 samples, but the data have 30",
        ),
        (
            "{ kind = 'subset', samples = 20 }, { kind = 'subset', samples = 21 }".to_owned(),
            "a = []".to_owned(),
            "data.transforms: subset has 21 samples, but the data have 20",
        ),
        (
            String::new(),
            "a = [{ kind = 'subset', samples = 21 }]".to_owned(),
            "test.variants: subset has 21 samples, but the data have 20",
        ),
        (
            "{ kind = 'subset', samples = 2 }".to_owned(),
            "a = []".to_owned(),
            "train.batch-size: found 3, expected at most the 2 samples",
        ),
        (
            format!("{STANDARD}, {STANDARD}"),
            "a = []".to_owned(),
            "data.transforms: standardise is there 2 times, expected once",
        ),
        (
            String::new(),
            format!("a = [{STANDARD}]"),
            "test.variants: a has standardise, but data.transforms, where it is fitted, has not",
        ),
        (
            format!("{STRETCH}, {STANDARD}"),
            "a = []".to_owned(),
            "test.variants: a has no standardise, but data.transforms has, after a stretch",
        ),
        (
            format!("{{ kind = 'stretch', factors = [0, 1] }}, {STANDARD}"),
            format!("a = [{STRETCH}, {STANDARD}]"),
            "data.transforms: standardise cannot scale what is constant in the training data: feature 0 (from 0)",
        ),
    ] {
        let told = tested(&transforms, &variants).unwrap_err();
        assert!(told.contains(expected), "no {expected:?} in {told}");
    }
    let told =
        csv(", transforms = [{ kind = 'standardise' }]", "a,b,c,plant\n1,0.1,7,0\n2,0.1,7,1\n3,0.1,7,0\n");
    assert!(told.unwrap_err().contains("in the training data: \"b\", \"c\""));
}

#[test]
fn a_feature_that_is_constant_in_a_later_replicate_alone_is_told_too() {
    let tested = |table: &str, test: &str, replicates: u64| {
        let data = "data = { kind = 'csv', path = 'd.csv', label = 'plant', transforms = [{ kind = 'standardise' }] }";
        let text = format!("{data}\ntest = {test}");
        plan_of_replicates(&text, replicates, &[("d.csv", table.as_bytes())])
    };
    // Without the row that is kept for the test in one of six folds, `b` is 0.
    let once = "a,b,plant\n1,0,0\n2,0,1\n3,0,0\n4,1,1\n5,0,0\n6,0,1\n";
    let folds = "{ kind = 'folds', count = 6 }";
    let told = tested(once, folds, 6).unwrap_err();
    let place = (1..6).find(|replicate| {
        let text = format!("constant in the training data of replicate {replicate}: \"b\"");
        told.contains(&text)
    });
    assert!(place.is_some() && told.contains("take all features together"), "{told}");
    assert_eq!(told.matches("standardise cannot scale").count(), 1, "{told}");
    // Before that replicate nothing is wrong, and a second row that differs leaves one in every fold.
    assert!(tested(once, folds, place.unwrap()).is_ok());
    let twice = once.replace("5,0,0", "5,1,0");
    assert!(tested(&twice, folds, 6).is_ok());
    // A fixed cut is that of the first replicate in all.
    assert!(tested(&twice, "{ kind = 'hold-out', fraction = 0.2, fixed = true }", 6).is_ok());
    // Of three bits in four samples some replicate has one alike.
    let bits = "data = { kind = 'sparse-parity', samples = 4, features = 3, transforms = [{ kind = 'standardise' }] }";
    let told = (1..40).find_map(|replicates| plan_of_replicates(bits, replicates, &[]).err());
    assert!(told.is_some_and(|told| told.contains("constant in the training data")));
}

#[test]
fn subsets_and_shuffled_labels_are_what_is_learned() {
    let loss = |transforms: &str| tested(transforms, "a = []").unwrap()["train.loss"];
    let whole = loss("");
    assert_ne!(loss("{ kind = 'subset', samples = 10, choice = 'random' }"), whole);
    assert_ne!(loss("{ kind = 'noise', deviation = 1 }"), whole);
    let shuffled = tested("{ kind = 'shuffle-labels' }", "a = [{ kind = 'subset', samples = 5 }]").unwrap();
    assert!(shuffled["train.flipped.fraction"] > 0.2 && shuffled["train.loss"] > whole, "{shuffled:?}");
}
