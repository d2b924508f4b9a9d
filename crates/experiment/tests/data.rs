//! Data in experiments: tables, what is drawn, and transforms that must fit.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[expect(dead_code, reason = "files are in memory")]
mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::{overlays, records, resolve};
use thalweg_document::{Document, Files};
use thalweg_experiment::{Experiment, RunSpec};
use thalweg_records::{Dtype, Record, Tensor, write_tensors};

const TRAINING: &str = "title = 'a'
model = { hidden = [] }
optimizer = { kind = 'sgd' }
schedule = { kind = 'constant', initial = 0.1 }
train = { steps = 20, batch-size = 3 }
";

fn plan(data: &str, files: &[(&str, &[u8])]) -> Result<Experiment, String> {
    let text = format!("{TRAINING}{data}\n");
    let files: BTreeMap<PathBuf, Vec<u8>> = files
        .iter()
        .copied()
        .chain([("small.toml", text.as_bytes())])
        .map(|(path, bytes)| (PathBuf::from(path), bytes.to_vec()))
        .collect();
    let path = Path::new("small.toml");
    let document = Document::open(path, &files as &dyn Files, &overlays(&[])).map_err(|e| e.to_string())?;
    resolve(&document, path, &files).map(|planned| planned.experiment)
}

fn csv(more: &str, table: &str) -> Result<Experiment, String> {
    let data = format!("data = {{ kind = 'csv', path = 'd.csv', label = 'plant'{more} }}");
    plan(&data, &[("d.csv", table.as_bytes())])
}

fn plan_of_replicates(data: &str, n: u64, files: &[(&str, &[u8])]) -> Result<Experiment, String> {
    plan(&format!("{data}\nreplicates = {n}"), files)
}

/// What came out, without what was asked.
fn outcome(experiment: &Experiment) -> Vec<Record> {
    let mut records = records(experiment);
    for record in &mut records {
        (record.key, record.spec, record.outcome) = Default::default();
    }
    records
}

const TABLE: &str =
    "leaf,stem,plant\n1,4,reed\n3,3.5,moss\n2,2,fern\n1.5,4.5,reed\n2.5,1.5,fern\n3.5,3,moss\n";

#[test]
fn classes_with_names_are_learned_as_those_with_numbers() {
    let numbers = TABLE.replace("reed", "2").replace("moss", "1").replace("fern", "0");
    let (named, numbered) = (csv("", TABLE).unwrap(), csv("", &numbers).unwrap());
    assert_eq!(outcome(&named), outcome(&numbered));
    let names = named.jobs[0].inputs.dataset.as_ref().unwrap().class_names.clone().unwrap();
    assert_eq!(names.to_vec(), ["fern", "moss", "reed"]);
}

#[test]
fn columns_of_a_table_are_part_of_the_key_only_when_given() {
    let json = csv("", TABLE).unwrap().jobs[0].json();
    let expected = serde_json::json!({ "kind": "csv", "path": "d.csv", "label": "plant", "decimal": ".",
                                       "missing": "refuse", "transforms": [] });
    assert_eq!(json["data"], expected);
    let given =
        csv(", features = ['stem'], delimiter = ',', missing = 'drop-rows', decimal = '.'", TABLE).unwrap();
    let expected = serde_json::json!({ "kind": "csv", "path": "d.csv", "label": "plant", "features": ["stem"],
                                       "delimiter": ",", "decimal": ".", "missing": "drop-rows",
                                       "transforms": [] });
    assert_eq!(given.jobs[0].json()["data"], expected);
    let back: RunSpec = serde_json::from_value(given.jobs[0].json()).unwrap();
    assert_eq!(back, given.jobs[0].spec);
}

#[test]
fn what_was_found_in_a_table_is_told_once() {
    let table = TABLE.replace(',', ";") + "9;?;fern\n";
    let experiment = csv(", missing = 'drop-rows'", &table).unwrap().with_replicates(0..3);
    let expected = [
        "d.csv: 1 of 7 rows miss a value and are left out",
        "d.csv: the classes are 0 fern, 1 moss, 2 reed",
        "d.csv: the columns are separated by semicolons",
    ];
    assert_eq!(experiment.notes().into_iter().collect::<Vec<_>>(), expected);
    assert!(csv("", "leaf,plant\n1,0\n2,1\n3,0\n").unwrap().notes().is_empty());
}

#[test]
fn problems_of_a_table_are_told_at_their_keys() {
    for (more, table, expected) in [
        (
            ", features = ['laef']",
            TABLE,
            &["data.features: d.csv: there is no column \"laef\"", "did you mean \"leaf\"?"][..],
        ),
        (
            ", features = ['leaf', 'plant']",
            TABLE,
            &["data.features: d.csv: the features hold the label \"plant\""],
        ),
        (
            "",
            "leaf,plnt\n1,0\n2,1\n",
            &["data.label: d.csv: there is no column \"plant\"", "did you mean \"plnt\"?"],
        ),
        (
            ", delimiter = ';'",
            TABLE,
            &["data.delimiter: d.csv: line 1: \"leaf,stem,plant\" is separated by commas"],
        ),
        (", decimal = ','", TABLE, &["data.decimal: d.csv: commas cannot both"]),
        (", missing = 'drop'", TABLE, &["data.missing: unknown value `drop`", "refuse, drop-rows"]),
        (
            "",
            "leaf,plant\n1,0\nNaN,1\n",
            &["data.path: d.csv: line 3, column 1 \"leaf\": \"NaN\" is not a finite number"],
        ),
        (
            "",
            "leaf,plant\n1,0\n1e39,1\n1,0\n",
            &["data.path: d.csv: line 3, column 1 \"leaf\": 1e39 is too large for f32"],
        ),
    ] {
        let told = csv(more, table).unwrap_err();
        assert!(expected.iter().all(|part| told.contains(part)), "no {expected:?} in {told}");
    }
}

/// An array of bytes as NumPy writes it.
fn array(shape: &str, bytes: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\0".as_slice(), &(header.len() as u16).to_le_bytes(), header.as_bytes(), bytes].concat()
}

#[test]
fn arrays_are_read_from_two_files() {
    let (x, y) = (array("(4, 1)", &[1, 2, 3, 4]), array("(4,)", &[0, 1, 0, 1]));
    let of = |x: &str, labels: &[u8]| {
        let data = format!("data = {{ kind = 'npy', features = '{x}', labels = 'y.npy' }}");
        plan(&data, &[("x.npy", &array("(4, 1)", &[1, 2, 3, 4])), ("y.npy", labels)])
    };
    let experiment = of("x.npy", &y).unwrap();
    let table = csv("", "x,plant\n1,0\n2,1\n3,0\n4,1\n").unwrap();
    assert_eq!(outcome(&experiment), outcome(&table));
    assert_eq!(experiment.jobs[0].spec.files.keys().collect::<Vec<_>>(), ["x.npy", "y.npy"]);
    assert_eq!(experiment.plan.runs, of("./x.npy", &y).unwrap().plan.runs);
    for (features, labels, expected) in [
        ("z.npy", &y, "data.features: cannot read z.npy"),
        ("x.npy", &array("(4,)", &[0, 1, 3, 0]), "data.labels: y.npy: label 2 (from 0) is class 3"),
        (
            "x.npy",
            &array("(3,)", &[0, 1, 0]),
            "data.labels: y.npy: the features are of 4 samples, the labels of 3",
        ),
        ("x.npy", &b"0,1".to_vec(), "data.labels: y.npy: the file is not a NumPy array"),
    ] {
        let told = of(features, labels).unwrap_err();
        assert!(told.contains(expected), "no {expected:?} in {told}");
    }
    let data = "data = { kind = 'npy', path = 'd.npz', features = 'x', labels = 'y' }";
    let told = plan(data, &[("d.npz", &x)]).unwrap_err();
    assert!(told.contains("data.path: d.npz: the archive cannot be read: "), "{told}");
}

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

#[test]
fn data_that_cannot_be_drawn_hide_no_other_problem() {
    let text = "data = { kind = 'xor', samples = 20, features = 1 }\nrecord = { points-per-decade = 20_000 }";
    let told = plan(text, &[]).unwrap_err();
    for expected in ["data.features: found 1, expected at least 2", "record.points-per-decade: found 20000"] {
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(told.lines().count(), 2, "{told}");
}

const COLUMNS: &[u8] = include_bytes!("../../datasets/tests/parquet/coded.parquet");
const OF_COLUMNS: &str = "data = { kind = 'parquet', path = 'd.parquet', label = 'plant', features = ['small', 'single', 'flag'] }";

#[cfg(not(feature = "parquet"))]
#[test]
fn a_parquet_file_is_refused_without_its_reader() {
    // Also where there is no file.
    for files in [&[("d.parquet", COLUMNS)][..], &[]] {
        let told = plan(OF_COLUMNS, files).unwrap_err();
        assert!(told.contains("data.kind: this build reads no Parquet files"), "{told}");
        assert!(told.contains("hint: build with the feature `parquet`"), "{told}");
        assert_eq!(told.lines().count(), 2, "{told}");
    }
}

#[cfg(feature = "parquet")]
#[test]
fn a_parquet_file_is_learned_as_the_same_table_in_csv() {
    let text = include_bytes!("../../datasets/tests/parquet/table.csv");
    let test = "\ntest = { kind = 'hold-out', fraction = 0.25, stratified = true }";
    let of_columns = plan(&format!("{OF_COLUMNS}{test}"), &[("d.parquet", COLUMNS)]).unwrap();
    let of_text = OF_COLUMNS.replace("'parquet'", "'csv'").replace("d.parquet", "d.csv");
    let of_text = plan(&format!("{of_text}{test}"), &[("d.csv", text)]).unwrap();
    assert_eq!(outcome(&of_columns), outcome(&of_text));
    assert_eq!(
        of_columns.notes().into_iter().collect::<Vec<_>>(),
        ["d.parquet: the classes are 0 fern, 1 moss, 2 reed"]
    );
    let json = of_columns.jobs[0].json();
    assert_eq!(json["data"]["kind"], "parquet");
    assert_eq!(json["files"].as_object().unwrap().len(), 1, "the content is part of the key");
    let second = |format: &str| format!("\ntest = {{ kind = 'file', path = 't.{format}' }}");
    let data = format!("{OF_COLUMNS}{}", second("parquet"));
    let of_two = plan(&data, &[("d.parquet", COLUMNS), ("t.parquet", COLUMNS)]).unwrap();
    let data = data.replace("parquet", "csv");
    let of_texts = plan(&data, &[("d.csv", text), ("t.csv", text)]).unwrap();
    assert_eq!(outcome(&of_two), outcome(&of_texts));
    assert_eq!(of_two.jobs[0].json()["files"].as_object().unwrap().len(), 2);
    let data = format!("{OF_COLUMNS}{}", second("parquet"));
    let told = plan(&data, &[("d.parquet", COLUMNS), ("t.parquet", text)]).unwrap_err();
    assert!(told.contains("test.path: t.parquet: the file begins like"), "{told}");
    let other = include_bytes!("../../datasets/tests/parquet/gzip.parquet");
    let other = plan(&format!("{OF_COLUMNS}{test}"), &[("d.parquet", other)]).unwrap();
    assert_ne!(other.jobs[0].key, of_columns.jobs[0].key);
    assert_eq!(outcome(&other), outcome(&of_columns));
    let told = plan(&OF_COLUMNS.replace("'flag'", "'flog'"), &[("d.parquet", COLUMNS)]).unwrap_err();
    assert!(
        told.contains("data.features: d.parquet: there is no column \"flog\"")
            && told.contains("did you mean \"flag\"?"),
        "{told}"
    );
    let told = plan(&OF_COLUMNS.replace("'flag'", "'plant'"), &[("d.parquet", COLUMNS)]).unwrap_err();
    assert!(told.contains("gives the class away"), "{told}");
}

#[test]
fn a_column_of_text_is_blamed_on_the_key_that_names_it() {
    for (columns, table, expected) in [
        (
            "target = 'plant'",
            TABLE,
            &[
                "data.target: d.csv: line 2, column 3 \"plant\": \"reed\" is not a number",
                "label = \"plant\"",
            ][..],
        ),
        ("target = ['stem', 'plant']", TABLE, &["data.target: d.csv: line 2, column 3 \"plant\": \"reed\""]),
        (
            "target = 'plnt'",
            TABLE,
            &[
                "data.target: d.csv: there is no column \"plnt\"",
                "hint: did you mean \"plant\"? the columns are",
            ],
        ),
        ("target = []", TABLE, &["data.target: d.csv: the targets are none"]),
        (
            "label = 'stem', features = ['plant']",
            TABLE,
            &["data.features: d.csv: line 2, column 3 \"plant\": \"reed\" is not a number"],
        ),
        (
            "target = 'stem'",
            TABLE,
            &["data.path: d.csv: line 2, column 3 \"plant\": \"reed\" is not a number"],
        ),
    ] {
        let data = format!("data = {{ kind = 'csv', path = 'd.csv', {columns} }}");
        let told = plan(&data, &[("d.csv", table.as_bytes())]).unwrap_err();
        assert!(expected.iter().all(|part| told.contains(part)), "no {expected:?} in {told}");
    }
}

/// A NumPy array of bytes, one a sample.
fn bytes_array(numbers: &[u8], shape: &str) -> Vec<u8> {
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}");
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), numbers].concat()
}

fn archive(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        writer.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_second_archive_is_tested_as_the_same_tables_in_csv() {
    let both = |x: &[u8], y: &[u8]| {
        let arrays = [
            ("x", bytes_array(x, &format!("({}, 2)", x.len() / 2))),
            ("y", bytes_array(y, &format!("({},)", y.len()))),
        ];
        archive(&arrays)
    };
    let table = |x: &[u8], y: &[u8]| {
        let rows = x.chunks(2).zip(y).map(|(x, y)| format!("{},{},{y}\n", x[0], x[1]));
        format!("a,b,class\n{}", rows.collect::<String>()).into_bytes()
    };
    let (x, y) = ([1, 4, 3, 2, 2, 2, 0, 5, 1, 1, 4, 0], [0, 1, 2, 0, 1, 2]);
    let (test_x, test_y) = ([3, 3, 0, 4, 2, 1], [1, 0, 1]);
    let of_arrays = "data = { kind = 'npy', path = 'd.npz', features = 'x', labels = 'y' }\n\
                     test = { kind = 'file', path = 't.npz' }";
    let archives = [both(&x, &y), both(&test_x, &test_y)];
    let of_arrays = plan(of_arrays, &[("d.npz", &archives[0]), ("t.npz", &archives[1])]).unwrap();
    let of_tables = "data = { kind = 'csv', path = 'd.csv', label = 'class' }\n\
                     test = { kind = 'file', path = 't.csv' }";
    let tables = [table(&x, &y), table(&test_x, &test_y)];
    let of_tables = plan(of_tables, &[("d.csv", &tables[0]), ("t.csv", &tables[1])]).unwrap();
    assert_eq!(outcome(&of_arrays), outcome(&of_tables));
    assert!(records(&of_arrays)[0].metric("test.accuracy").is_some());
    assert_eq!(of_arrays.jobs[0].json()["files"].as_object().unwrap().len(), 2);

    for (test, expected) in [
        (
            both(&test_x, &[1, 0, 3]),
            "test.path: t.npz, y: label 2 (from 0) is 3, and the training data have the classes 0, 1, 2",
        ),
        (
            archive(&[("x", bytes_array(&[1], "(1, 1)")), ("y", bytes_array(&[1], "(1,)"))]),
            "test.path: t.npz, x: the features are 1 a sample, those of the training data 2",
        ),
        (archive(&[("x", bytes_array(&[1], "(1, 1)"))]), "test.path: t.npz: there is no array \"y\""),
    ] {
        let data = "data = { kind = 'npy', path = 'd.npz', features = 'x', labels = 'y' }\n\
                    test = { kind = 'file', path = 't.npz' }";
        let told = plan(data, &[("d.npz", &archives[0]), ("t.npz", &test)]).unwrap_err();
        assert!(told.contains(expected), "no {expected:?} in {told}");
    }
    let two = "data = { kind = 'npy', features = 'x.npy', labels = 'y.npy' }\ntest = { kind = 'file', path = 't.npz' }";
    let arrays = [bytes_array(&x, "(6, 2)"), bytes_array(&y, "(6,)")];
    let told = plan(two, &[("x.npy", &arrays[0]), ("y.npy", &arrays[1])]).unwrap_err();
    assert!(told.contains("test.kind: the training data are two arrays in files of their own"), "{told}");
    assert!(told.contains("np.savez"), "{told}");
}
