//! Networks that learn numbers, and rows that are kept from training.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[expect(dead_code, reason = "files are in memory")]
mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::{overlays, records, resolve, values};
use serde_json::Value;
use thalweg_document::{Document, Files};
use thalweg_experiment::Planned;
use thalweg_records::Record;

const REGRESSION: &str = "title = 'a'
data = { kind = 'csv', path = 'targets.csv', target = ['y', 'z'], transforms = [{ kind = 'standardise' }] }
test = { kind = 'file', path = 'test-targets.csv' }
model = { hidden = [], loss = 'squared-error', precision = 'f64' }
optimizer = { kind = 'sgd' }
schedule = { kind = 'constant', initial = 0.1 }
train = { steps = 200, batch-size = 4, order = 'sequential' }
";

/// The plan of a text beside some files, or what is wrong with it.
fn planned(text: &str, files: &[(&str, &[u8])]) -> Result<Planned, String> {
    let whole = files.iter().copied().chain([("small.toml", text.as_bytes())]);
    let files: BTreeMap<PathBuf, Vec<u8>> =
        whole.map(|(path, bytes)| (PathBuf::from(path), bytes.to_vec())).collect();
    let path = Path::new("small.toml");
    let document = Document::open(path, &files as &dyn Files, &overlays(&[])).map_err(|e| e.to_string())?;
    resolve(&document, path, &files)
}

fn run(text: &str, files: &[(&str, &[u8])]) -> Vec<Record> {
    let planned = planned(text, files).unwrap_or_else(|e| panic!("{text}: {e}"));
    let records = records(&planned.experiment);
    for record in &records {
        assert_eq!(values(record), planned.available.values, "what is said to be there is there");
    }
    records
}

fn numpy(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/numpy").join(name)).unwrap()
}

#[test]
fn two_hundred_steps_and_the_hessian_equal_numpy() {
    let expected: Value = serde_json::from_slice(&numpy("regression.json")).unwrap();
    let (table, test) = (numpy("targets.csv"), numpy("test-targets.csv"));
    for (kind, hidden) in [("linear", "[]"), ("tanh", "[5, 4], activation = 'tanh'")] {
        let weights = format!("{kind}-weights.safetensors");
        let init = format!("hidden = {hidden}, init = {{ kind = 'file', path = '{weights}' }}");
        // That of a network with curvature of its own is no probe.
        let trace = if kind == "linear" { ", exact-trace = true" } else { "" };
        let probe =
            format!("probe = [{{ kind = 'spectrum', top = 2, bottom = 1, tolerance = 1e-13{trace} }}]");
        let text = format!("{}{probe}\n", REGRESSION.replace("hidden = []", &init));
        let bytes = numpy(&weights);
        let files: [(&str, &[u8]); 3] =
            [("targets.csv", &table), ("test-targets.csv", &test), (&weights, &bytes)];
        for numerics in ["fast", "portable"] {
            let text = text.replace("precision", &format!("numerics = '{numerics}', precision"));
            let record = &run(&text, &files)[0];
            let expected = &expected[kind];
            let params: Vec<f64> = serde_json::from_value(expected["params"].clone()).unwrap();
            // In the order of the names: bias before weight, and so not that of NumPy's list.
            let mut ours: Vec<f64> = record.params.iter().flat_map(|tensor| tensor.data.clone()).collect();
            let mut numpys = params.clone();
            ours.sort_by(f64::total_cmp);
            numpys.sort_by(f64::total_cmp);
            assert_eq!(ours.len(), numpys.len());
            // Sums in another order, 200 times: some hundred roundings of 1e-16.
            assert!(ours.iter().zip(&numpys).all(|(a, b)| (a - b).abs() < 1e-12), "{kind} {numerics}");
            for name in ["train.loss", "test.loss", "test.r2"] {
                let (ours, numpys) = (record.metric(name).unwrap(), expected[name].as_f64().unwrap());
                assert!((ours - numpys).abs() < 1e-12, "{kind} {numerics} {name}: {ours} and {numpys}");
            }
            for (name, numpys) in [
                ("spectrum.top-1", &expected["top"][0]),
                ("spectrum.top-2", &expected["top"][1]),
                ("spectrum.bottom-1", &expected["bottom"]),
                ("spectrum.trace", &expected["trace"]),
            ] {
                if name == "spectrum.trace" && trace.is_empty() {
                    continue;
                }
                let (ours, numpys) = (record.metric(name).unwrap(), numpys.as_f64().unwrap());
                // Eigenvalues of up to 30, found to 1e-13 of the largest.
                assert!((ours - numpys).abs() < 1e-10, "{kind} {numerics} {name}: {ours} and {numpys}");
            }
        }
    }
}

const PLANTS: &str =
    "x,y,plant\n1,2,fern\n2,1,fern\n2,2,fern\n3,1,fern\n7,8,moss\n8,7,moss\n8,8,moss\n9,7,moss\n";

/// A classifier of plants, tested as `test` says.
fn plants(test: &str) -> String {
    format!(
        "title = 'a'\nreplicates = 3\ndata = {{ kind = 'csv', path = 'plants.csv', label = 'plant' }}\n\
         test = {test}\nmodel = {{ hidden = [3] }}\noptimizer = {{ kind = 'sgd' }}\n\
         schedule = {{ kind = 'constant', initial = 0.1 }}\ntrain = {{ steps = 30, batch-size = 3 }}\n\
         record = {{ data = true }}\n"
    )
}

/// The rows of the table that a run has learned from.
fn learned(record: &Record) -> Vec<String> {
    let data = record.tensor("data.inputs").unwrap();
    data.data.chunks(2).map(|row| format!("{},{}", row[0], row[1])).collect()
}

#[test]
fn rows_held_out_are_those_of_a_second_file() {
    let all: Vec<&str> = PLANTS.lines().skip(1).collect();
    for test in [
        "{ kind = 'hold-out', fraction = 0.25, stratified = true }",
        "{ kind = 'hold-out', fraction = 0.3 }",
        "{ kind = 'folds', count = 4, stratified = true }",
    ] {
        let held_out = run(&plants(test), &[("plants.csv", PLANTS.as_bytes())]);
        let mut tested = Vec::new();
        for record in &held_out {
            let learned = learned(record);
            let is_learned = |row: &&&str| learned.iter().any(|known| row.starts_with(known.as_str()));
            let (train, test): (Vec<&str>, Vec<&str>) = all.iter().partition(is_learned);
            assert_eq!(train.len(), learned.len());
            tested.push(test.join(" "));
            let table = |rows: &[&str]| format!("x,y,plant\n{}\n", rows.join("\n"));
            let (train, test) = (table(&train), table(&test));
            let text = plants("{ kind = 'file', path = 'test.csv' }");
            let files = [("plants.csv", train.as_bytes()), ("test.csv", test.as_bytes())];
            let replicate = record.spec["replicate"].as_u64().unwrap() as usize;
            let apart = &run(&text, &files)[replicate];
            assert_eq!(record.params, apart.params, "{test}");
            for name in ["train.loss", "test.loss", "test.loss.se", "test.accuracy", "test.accuracy.se"] {
                assert_eq!(record.measured(name), apart.measured(name), "{name}");
            }
        }
        assert!(tested[0] != tested[1], "each replicate holds out its own: {tested:?}");
    }
    let fixed = "{ kind = 'hold-out', fraction = 0.25, fixed = true }";
    let fixed = run(&plants(fixed), &[("plants.csv", PLANTS.as_bytes())]);
    assert_eq!(learned(&fixed[0]), learned(&fixed[2]));
}

#[test]
fn columns_and_classes_of_a_second_file_go_by_their_names() {
    let text = plants("{ kind = 'file', path = 'test.csv' }");
    let of = |test: &str| {
        let files = [("plants.csv", PLANTS.as_bytes()), ("test.csv", test.as_bytes())];
        run(&text, &files)[0].metric("test.loss").unwrap()
    };
    let plain = of("x,y,plant\n1,2,moss\n8,9,moss\n");
    assert_eq!(of("note;plant;y;x\nold;moss;2;1\n;moss;9;8\n"), plain);
    assert_ne!(of("x,y,plant\n1,2,fern\n8,9,moss\n"), plain);
}

#[test]
fn what_cannot_be_tested_or_learned_is_told_before() {
    let few = "x,y,plant\n1,2,fern\n2,1,fern\n3,3,fern\n9,9,moss\n";
    let targets = "x,y,plant\n1,2,0.5\n2,1,0.25\n3,3,1.5\n9,9,7\n";
    let regression = |test: &str, more: &str| {
        plants(test).replace("label", "target").replace("hidden = [3]", &format!("hidden = [3]{more}"))
    };
    let squared = ", loss = 'squared-error'";
    let half = "{ kind = 'hold-out', fraction = 0.5 }";
    for (text, table, expected) in [
        (
            plants("{ kind = 'hold-out', fraction = 0 }"),
            few,
            "test.fraction: found 0, expected a number above 0 and at most 3/4: of 4 rows none is left to be tested with",
        ),
        (
            plants("{ kind = 'hold-out', fraction = 1 }"),
            few,
            "test.fraction: found 1, expected a number above 0 and at most 3/4: of 4 rows none is left to learn from",
        ),
        (plants("{ kind = 'hold-out', fraction = 2 }"), few, "found 2"),
        (
            plants("{ kind = 'hold-out', fraction = 0.75, stratified = true }"),
            few,
            "test.fraction: leaves no row of class moss to learn from, of 1 row",
        ),
        (plants("{ kind = 'folds', count = 4 }"), few, "has no row of class moss to learn from, of 1"),
        (plants("{ kind = 'folds', count = 1 }"), few, "test.count: found 1, expected at least 2"),
        (
            plants("{ kind = 'folds', count = 9 }"),
            few,
            "test.count: found 9, expected from 2 to 4: of 4 rows none is left",
        ),
        (plants("{ kind = 'folds' }"), few, "test.count: this key is missing"),
        (plants("{ kind = 'holdout' }"), few, "unknown value `holdout`"),
        (plants("{ kind = 'hold-out', fraction = 0.5, sets = 3 }"), few, "test.sets: unknown key"),
        (plants("{ kind = 'file', path = 'no.csv' }"), few, "test.path: cannot read no.csv"),
        (
            regression(half, ", loss = 'cross-entropy'"),
            targets,
            "model.loss: found \"cross-entropy\", which compares with classes",
        ),
        (
            plants(half).replace("hidden = [3]", "hidden = [3], loss = 'squared-error'"),
            PLANTS,
            "model.loss: found \"squared-error\", which compares with numbers",
        ),
        (
            regression("{ kind = 'hold-out', fraction = 0.5, stratified = true }", squared),
            targets,
            "test.stratified: the targets are numbers",
        ),
        (
            regression("{ kind = 'folds', count = 2, stratified = true }", squared)
                .replace("'plant' }", "'plant', transforms = [{ kind = 'standardise' }] }"),
            targets,
            "test.stratified: the targets are numbers",
        ),
        (
            regression(half, squared) + "probe = [{ kind = 'margins' }]",
            targets,
            "margins are of classes, the data have numbers",
        ),
        (
            regression(half, squared).replace(
                "'plant' }",
                "'plant', transforms = [{ kind = 'flip-labels', probability = 0.1 }] }",
            ),
            targets,
            "data.transforms: flip-labels needs classes",
        ),
    ] {
        let told = planned(&text, &[("plants.csv", table.as_bytes())]).map(|_| ()).unwrap_err();
        assert!(told.contains(expected), "expected {expected:?}: {told}");
    }
    for test in [
        "{ kind = 'hold-out', fraction = 1.2 }",
        "{ kind = 'hold-out' }",
        "{ kind = 'holdout', fraction = 0.2 }",
    ] {
        let told = planned(&plants(test), &[("plants.csv", few.as_bytes())]).map(|_| ()).unwrap_err();
        let problems = told.lines().filter(|line| !line.starts_with("  hint")).count();
        assert_eq!(problems, 1, "how many rows there are to learn from is not known: {told}");
    }
    let text = plants("{ kind = 'file', path = 'test.csv' }");
    for (test, expected) in [
        (
            "x,y,plant\n1,2,reed\n",
            "test.csv: line 2, column 3 \"plant\": \"reed\" is no class of the training data",
        ),
        ("x,plant\n1,fern\n", "test.csv: there is no column \"y\""),
        ("x,y,plant\n1,2,\n", "test.csv: line 2, column 3 \"plant\""),
        ("x,y,plant\n1,1e300,fern\n", "1e300 is too large for f32"),
    ] {
        let files = [("plants.csv", PLANTS.as_bytes()), ("test.csv", test.as_bytes())];
        let told = planned(&text, &files).map(|_| ()).unwrap_err();
        assert!(told.contains(expected), "expected {expected:?}: {told}");
    }
    let drawn =
        plants(half).replace("'csv', path = 'plants.csv', label = 'plant'", "'two-moons', samples = 20");
    let told = planned(&drawn, &[]).map(|_| ()).unwrap_err();
    assert!(told.contains("test.kind: the data are drawn, and have no rows to be kept"), "{told}");
}

#[test]
fn functions_are_learned_and_tested_on_fresh_sets() {
    let text = "title = 'a'
        data = { kind = 'function', of = 'runge', samples = 200, noise = 0, powers = 9 }
        test = { sets = 3, samples = 50, variants = { plain = [], noisy = [{ kind = 'noise', deviation = 1 }] } }
        model = { hidden = [], loss = 'squared-error', precision = 'f64' }
        optimizer = { kind = 'lbfgs', line-search = 'strong-wolfe' }
        schedule = { kind = 'constant', initial = 1 }
        train = { steps = 300, batch-size = 200, order = 'sequential' }";
    let record = &run(text, &[])[0];
    // The polynomial of degree 9 that is nearest to 1/(1 + 25x²) explains 0.9575 of its squares; some 200
    // samples tell it to a hundredth.
    let r2 = record.metric("test.plain.r2").unwrap();
    assert!((r2 - 0.9575).abs() < 0.02, "{r2}");
    assert!(record.metric("test.noisy.r2").unwrap() < 0.5);
    assert_eq!(record.samples("test.plain.r2").unwrap().len(), 3);
    let mean = record.samples("test.plain.r2").unwrap().iter().sum::<f64>() / 3.0;
    assert_eq!(mean, r2);
    let silent = planned(&text.replace(", loss = 'squared-error'", ""), &[]).unwrap();
    assert_eq!(silent.experiment.jobs[0].key, record.key, "squared error is the default of numbers");
    let told = planned(&text.replace("'squared-error'", "'cross-entropy'"), &[]).map(|_| ()).unwrap_err();
    assert!(told.contains("model.loss: found \"cross-entropy\", which compares with classes"), "{told}");
    let table =
        [("targets.csv", &numpy("targets.csv")[..]), ("test-targets.csv", &numpy("test-targets.csv"))];
    let key = |text: &str| planned(text, &table).unwrap().experiment.jobs[0].key.clone();
    assert_eq!(key(&REGRESSION.replace(" loss = 'squared-error',", "")), key(REGRESSION));
}

#[test]
fn rows_on_both_sides_are_told_with_their_number() {
    let warnings = |text: &str, table: &str, test: &str| {
        let files = [("plants.csv", table.as_bytes()), ("test.csv", test.as_bytes())];
        let notes = planned(text, &files).unwrap().experiment.notes();
        notes.into_iter().filter(|note| note.starts_with("warning")).collect::<Vec<_>>()
    };
    let (file, half) =
        (plants("{ kind = 'file', path = 'test.csv' }"), plants("{ kind = 'hold-out', fraction = 0.5 }"));
    let same = "warning: test.csv: 8 of 8 test rows are training rows too, with the same answer";
    assert_eq!(warnings(&file, PLANTS, PLANTS), [same]);
    let others = "x,y,plant\n1,2,fern\n1,2,moss\n7,8,moss\n0,0,fern\n";
    let some = "warning: test.csv: 2 of 4 test rows are training rows too, with the same answer";
    assert_eq!(warnings(&file, PLANTS, others), [some], "another class is another row");
    assert_eq!(warnings(&half, PLANTS, ""), [""; 0]);
    let twice = format!("{PLANTS}1,2,fern\n1,2,moss\n");
    let told = warnings(&half, &twice, "");
    assert!(told.len() == 1 && told[0].starts_with("warning: plants.csv: 1 of 10 rows repeat"), "{told:?}");
}

#[test]
fn folds_that_are_not_tested_equally_often_are_told() {
    let notes = |count: u64, replicates: u64| {
        let text = plants(&format!("{{ kind = 'folds', count = {count} }}"));
        let text = text.replace("replicates = 3", &format!("replicates = {replicates}"));
        let planned = planned(&text, &[("plants.csv", PLANTS.as_bytes())]).unwrap();
        planned.experiment.notes_on_replicates().into_iter().collect::<Vec<_>>()
    };
    let none: [String; 0] = [];
    assert_eq!(notes(3, 3), none);
    assert_eq!(notes(3, 6), none);
    let few = "test.count: 2 of 3 folds are tested, as there are 2 replicates; with replicates = 3 every row is tested \
               once";
    assert_eq!(notes(3, 2), [few]);
    let many = "test.count: 1 of 3 folds are tested once more than the others, as there are 4 replicates; with \
                replicates = 6 every row is tested equally often";
    assert_eq!(notes(3, 4), [many]);
}
