//! What is written today is what will be read in ten years: a key, a record, a plan and a drawing, held to
//! files.
//!
//! They may change only with a revision or a format: see CONTRIBUTING.md. `BLESS=1` writes them anew.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;

use serde_json::Value;
use thalweg::experiment::RunSpec;
use thalweg::lab::{Results, Study};
use thalweg::records::{Store, key_of};
use thalweg::report::report_of;

const TEXT: &str = "
    title = 'Momentum in a long valley'
    question = 'Which momentum comes down first?'
    seed = 7
    objective = { kind = 'quadratic', dim = 3, condition = 10 }
    start = { kind = 'point', at = [1.0] }
    optimizer = { kind = 'momentum' }
    schedule = { kind = 'constant', initial = 0.05 }
    train = { steps = 20 }
    [sweep]
    'optimizer.beta' = [0.0, 0.5]
    [[claim]]
    id = 'low'
    says = 'The loss ends below 1'
    kind = 'bound'
    of = 'loss'
    at-most = 1.0
    [[figure]]
    id = 'loss'
    kind = 'curves'
    title = 'Loss'
    y = 'loss'
    series = 'optimizer.beta'
";

fn results() -> (Study, Results) {
    let study = Study::from_text(TEXT).unwrap();
    let mut results = study.run();
    for run in &mut results.runs {
        run.provenance.code = "golden".to_owned();
    }
    (study, results)
}

/// Holds `text` to a file.
fn hold(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == text, "{name} is no longer what it was: see CONTRIBUTING.md. Now:\n{text}");
}

#[test]
fn keys_records_plans_and_drawings_are_what_they_were() {
    let (_, results) = results();
    let keys: Vec<&str> = results.runs.iter().map(|run| run.key.as_str()).collect();
    hold("keys.txt", &(keys.join("\n") + "\n"));
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let result = store.result("study");
    result.write_plan(&results.plan).unwrap();
    store.prepare().unwrap();
    store.keep(&results.runs).unwrap();
    report_of(&store, &result, false).unwrap().write(&result).unwrap();
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    hold("plan.json", &read(&result.path().join("plan.json")));
    hold("record.json", &(serde_json::to_string_pretty(&results.runs[0]).unwrap() + "\n"));
    hold("loss.svg", &read(&result.path().join("figures/loss.svg")));
    // Its name is the hash of its bytes.
    let pack = std::fs::read_dir(folder.path().join("runs")).unwrap().next().unwrap().unwrap();
    hold("pack.txt", &format!("{}\n", pack.file_name().to_string_lossy()));
}

#[test]
fn every_experiment_of_the_repository_reads_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments");
    let mut n_specs = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let study = Study::open(&path, &thalweg::lab::Disk, &Default::default()).unwrap();
        for job in &study.experiment.jobs {
            let json: Value = job.json();
            let back: RunSpec = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(back, job.spec, "{}", path.display());
            assert_eq!((key_of(&back), key_of(&json)), (job.key.clone(), job.key.clone()));
            n_specs += 1;
        }
    }
    assert!(n_specs > 500, "{n_specs}");
}
