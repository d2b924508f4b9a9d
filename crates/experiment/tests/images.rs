//! Runs on the MNIST that comes with the experiments.

#![expect(clippy::disallowed_methods, reason = "expected values may come from the system")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use std::path::Path;

use thalweg_experiment::Experiment;
use thalweg_records::Record;

const DIGITS: &str = "
    title = 'Small'
    data = { kind = 'idx', path = 'PATH', samples = 300 }
    test = { variants = { clean = [], wrong = [{ kind = 'flip-labels', probability = 1.0 }] } }
    model = { hidden = [], init = { kind = 'zeros' } }
    optimizer = { kind = 'sgd' }
    schedule = { kind = 'constant', initial = 0.1 }
    train = { steps = 60, batch-size = 32 }
    record = { images = 3, weights = true }
";

/// With the folder of MNIST.
fn text(text: &str) -> String {
    let mnist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments/data/mnist");
    text.replace("PATH", mnist.to_str().unwrap())
}

fn plan(digits: &str) -> Result<Experiment, String> {
    common::plan(&text(digits), &[])
}

fn record(text: &str) -> Record {
    common::records(&plan(text).unwrap()).remove(0)
}

#[test]
fn sixty_steps_learn_digits() {
    let record = record(DIGITS);
    let of = |name: &str| record.metric(name).unwrap();
    assert_eq!(record.curve("train.loss").unwrap().values[0] as f32, 10_f32.ln(), "zeros know nothing");
    let accuracy = of("test.clean.accuracy");
    assert!(accuracy > 0.7, "{accuracy}");
    assert_eq!(of("test.clean.accuracy.se"), (accuracy * (1.0 - accuracy) / 10_000.0).sqrt());
    // Every label of the variant is wrong.
    assert!(of("test.wrong.accuracy") < 1.0 - accuracy + 1e-12);
    assert!(of("templates.alignment") > 0.5);
    assert_eq!(of("templates.never-lit.energy"), 0.0, "no gradient where no pixel is lit");
    let images = record.tensor("data.images").unwrap();
    assert_eq!(images.shape, [3, 28, 28]);
    assert!(images.data.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
    // The first labels of MNIST.
    assert_eq!(record.tensor("data.image-labels").unwrap().data, [5.0, 0.0, 4.0]);
    let weights = record.tensor("weights.images").unwrap();
    let params = record.params.iter().find(|tensor| tensor.name == "layers.0.weight").unwrap();
    assert_eq!(weights.shape, [10, 28, 28]);
    assert!(weights.data == params.data, "the images are the weights");
}

#[test]
fn the_files_are_part_of_the_key_and_what_was_offered_is_there() {
    let experiment = plan(DIGITS).unwrap();
    let files = &experiment.jobs[0].spec.files;
    assert_eq!(files.len(), 4);
    assert!(files.values().all(|hash| hash.len() == 32));
    let record = record(DIGITS);
    let available = common::planned(&text(DIGITS), &[]).unwrap().available;
    assert_eq!(common::values(&record), available.values);
    assert!(available.arrays.contains("images") && available.arrays.contains("weights"));
}

#[test]
fn bytes_train_as_the_numbers_that_they_stand_for() {
    // Stretching by 1 turns the bytes into numbers and leaves their values.
    let factors = ["1"; 784].join(", ");
    let stretch = format!("samples = 300, transforms = [{{ kind = 'stretch', factors = [{factors}] }}]");
    let numbers = record(&DIGITS.replace("samples = 300", &stretch));
    let bytes = record(DIGITS);
    assert!(numbers.params == bytes.params && numbers.curves == bytes.curves);
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    for (from, to, message) in [
        ("samples = 300", "samples = 70_000", "60000"),
        (
            "variants =",
            "sets = 3, samples = 5, variants =",
            "the test set is the one that the files hold out",
        ),
        ("clean = [], wrong = [{ kind = 'flip-labels', probability = 1.0 }]", "", "nothing would be tested"),
        ("hidden = []", "hidden = [5]", "only the weights of a linear model"),
        ("'PATH'", "'no/such'", "no/such"),
        ("images = 3", "images = 3, data = true, boundary = {}", "needs 2 features and 2 classes"),
        ("kind = 'idx', path = 'PATH'", "kind = 'two-moons'", "the data are not images"),
        ("batch-size = 32", "batch-size = 301", "expected at most the 300 samples"),
    ] {
        let problems = plan(&DIGITS.replace(from, to)).map(|_| ()).unwrap_err();
        assert!(problems.contains(message), "{problems}");
    }
}
