//! Numbers that the float of a run cannot hold.

use super::*;

#[test]
fn weights_that_are_no_numbers_are_refused() {
    let file = |value: f64| {
        let tensor = |name: &str, shape: &[usize], data: &[f64]| Tensor {
            name: format!("layers.0.{name}"),
            shape: shape.to_vec(),
            data: data.to_vec(),
            dtype: Dtype::F64,
        };
        write_tensors(&[
            tensor("weight", &[2, 2], &[1.0, 2.0, value, 4.0]),
            tensor("bias", &[2], &[0.0, 0.0]),
        ])
    };
    let told = |value: f64, precision: &str| {
        let data = "data = { kind = 'two-moons', samples = 9 }";
        let text = format!("{TRAINING}{data}\n").replace(
            "hidden = []",
            &format!("hidden = [], init = {{ kind = 'file', path = 'w' }}, precision = '{precision}'"),
        );
        let files: BTreeMap<PathBuf, Vec<u8>> =
            [("small.toml", text.into_bytes()), ("w", file(value))].map(|(p, b)| (p.into(), b)).into();
        let document = Document::open(Path::new("small.toml"), &files, &overlays(&[])).unwrap();
        resolve(&document, Path::new("small.toml"), &files).map(drop)
    };
    let at = "model.init.path: `layers.0.weight` holds";
    for (value, precision, expected) in [
        (f64::NAN, "f32", "a NaN at [1, 0], expected finite numbers"),
        (f64::NEG_INFINITY, "f64", "-inf at [1, 0]"),
        (1e39, "f32", "1e39, which is too large for f32, at [1, 0]"),
    ] {
        let told = told(value, precision).unwrap_err();
        assert!(told.contains(&format!("{at} {expected}")), "{told}");
    }
    assert_eq!(told(1e39, "f64"), Ok(()));
}

#[test]
fn settings_that_single_precision_takes_for_0_are_refused() {
    let told = |optimizer: &str, precision: &str| {
        let text = format!("{TRAINING}data = {{ kind = 'two-moons', samples = 9 }}\n")
            .replace("hidden = []", &format!("hidden = [], precision = '{precision}'"))
            .replace("schedule = { kind = 'constant', initial = 0.1 }", "schedule.kind = 'constant'")
            .replace("optimizer = { kind = 'sgd' }", optimizer);
        let text =
            if text.contains("schedule.initial") { text } else { format!("schedule.initial = 0.1\n{text}") };
        let document = Document::of_text("small.toml", &text, &overlays(&[])).unwrap();
        resolve(&document, Path::new("small.toml"), &thalweg_experiment::Disk).map(drop)
    };
    let error = told("optimizer = { kind = 'adam', epsilon = 1e-46 }", "f32").unwrap_err();
    assert!(error.contains("small.toml:4: optimizer.epsilon: found 1e-46, which is 0 in f32"), "{error}");
    let error = told("optimizer = { kind = 'adam', epsilon = 1e39 }", "f32").unwrap_err();
    assert!(error.contains("optimizer.epsilon: found 1e+39, which is too large for f32"), "{error}");
    let error = told("optimizer = { kind = 'sgd' }\nschedule.initial = 1e-50", "f32").unwrap_err();
    assert!(error.contains("schedule.initial: found 1e-50, which is 0 in f32"), "{error}");
    assert_eq!(told("optimizer = { kind = 'adam', epsilon = 1e-46 }", "f64"), Ok(()));
    assert_eq!(told("optimizer = { kind = 'adam', epsilon = 1.4e-45 }", "f32"), Ok(()));
    assert_eq!(told("optimizer = { kind = 'adam', epsilon = 0 }", "f32"), Ok(()));
}
