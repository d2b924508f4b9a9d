//! Results: their names, what is removed with them, and what stays.

use std::fs;

use thalweg::records::{Record, Status, Store};

use crate::{SMALL, files, folder, outcomes, run};

#[test]
fn a_result_is_a_file_with_profile_and_changes_and_none_replaces_another() {
    let folder = folder(SMALL);
    assert_eq!(run(&folder, &["experiment", "small.toml"]).0, Some(0));
    let before = fs::read(folder.path().join("results/small/runs.csv")).unwrap();
    assert_eq!(run(&folder, &["experiment", "small.toml", "--set", "train.steps=3"]).0, Some(0));
    assert_eq!(run(&folder, &["experiment", "small.toml", "--set", "seed=9", "--as", "mine"]).0, Some(0));
    assert_eq!(fs::read(folder.path().join("results/small/runs.csv")).unwrap(), before);
    let (code, listed) = run(&folder, &["results"]);
    assert_eq!(code, Some(0));
    for name in ["small  ", "small+train.steps=3  ", "mine  "] {
        assert!(listed.contains(name) && listed.contains("6 of 6 runs, 1 supported"), "{listed}");
    }
    // A namesake from elsewhere.
    fs::create_dir(folder.path().join("other")).unwrap();
    fs::write(folder.path().join("other/small.toml"), SMALL.replace("seed = 3", "seed = 4")).unwrap();
    let (code, refused) = run(&folder, &["experiment", "other/small.toml"]);
    assert!(code == Some(2) && refused.contains("other/small.toml") && refused.contains("--as"), "{refused}");
    assert_eq!(fs::read(folder.path().join("results/small/runs.csv")).unwrap(), before);
    assert_eq!(run(&folder, &["experiment", "other/small.toml", "--as", "other"]).0, Some(0));
    // Names that lead out of the store, or into it.
    for name in ["..", "a/b", "runs", ""] {
        assert_eq!(run(&folder, &["experiment", "small.toml", "--as", name]).0, Some(2), "{name}");
    }
    fs::write(folder.path().join("...toml"), SMALL).unwrap();
    assert_eq!(run(&folder, &["experiment", "...toml"]).0, Some(2));
    // A figure that is gone from the file is gone from the report.
    let text = SMALL.split("[[figure]]").next().unwrap();
    fs::write(folder.path().join("small.toml"), text).unwrap();
    assert_eq!(run(&folder, &["experiment", "small.toml"]).0, Some(0));
    assert!(files(&folder.path().join("results/small/figures")).is_empty());
    // Removing shows first, and leaves the runs.
    assert!(run(&folder, &["results", "mine", "--remove"]).1.contains("would remove"));
    assert!(folder.path().join("results/mine").exists());
    assert_eq!(run(&folder, &["results", "mine", "--remove", "--yes"]).0, Some(0));
    assert!(!folder.path().join("results/mine").exists());
    let (_, before) = run(&folder, &["store", "gc"]);
    assert!(before.contains("6 runs would go"), "{before}");
    assert!(run(&folder, &["store", "gc", "--yes"]).1.contains("removed 6 runs"));
    assert!(run(&folder, &["store", "check"]).1.contains("18 runs are sound, 0 damaged"));
}

#[test]
fn nothing_outside_of_a_store_and_nothing_of_others_is_touched() {
    let folder = folder(SMALL);
    assert_eq!(run(&folder, &["experiment", "small.toml"]).0, Some(0));
    // A name is no path.
    for name in ["../elsewhere", "/tmp", "..", "runs"] {
        assert_eq!(run(&folder, &["results", name, "--remove", "--yes"]).0, Some(2), "{name}");
    }
    // A store in a store is another one.
    assert_eq!(run(&folder, &["experiment", "small.toml", "--store", "results/inner"]).0, Some(0));
    assert_eq!(run(&folder, &["store", "gc", "--yes"]).0, Some(0));
    assert!(run(&folder, &["store", "check", "results/inner"]).1.contains("6 runs are sound"));
    // Files of somebody else in the folder of a result stay.
    fs::write(folder.path().join("results/small/thesis.txt"), "mine").unwrap();
    assert_eq!(run(&folder, &["results", "small", "--remove", "--yes"]).0, Some(0));
    assert_eq!(files(&folder.path().join("results/small")).len(), 1);
    // A store that is not there is not sound.
    assert_eq!(run(&folder, &["store", "check", "nowhere"]).0, Some(2));
    assert_eq!(run(&folder, &["store", "merge", "nowhere", "--into", "results"]).0, Some(2));
    // Without its plan nobody knows whose the runs are.
    assert_eq!(run(&folder, &["experiment", "small.toml"]).0, Some(0));
    fs::remove_file(folder.path().join("results/small/plan.json")).unwrap();
    let (code, text) = run(&folder, &["store", "gc", "--yes"]);
    assert!(code == Some(2) && text.contains("has no plan.json"), "{text}");
    // Nothing verified is not the same as all the same.
    assert_eq!(run(&folder, &["experiment", "small.toml"]).0, Some(0));
    files(&folder.path().join("results/runs")).iter().for_each(|path| fs::remove_file(path).unwrap());
    assert_eq!(run(&folder, &["verify", "small", "--share", "1"]).0, Some(1));
}

#[test]
fn results_are_compared_and_pruned() {
    let folder = folder(SMALL);
    fs::write(folder.path().join("other.toml"), SMALL).unwrap();
    assert_eq!(run(&folder, &["experiment", "small.toml"]).0, Some(0));
    assert_eq!(
        run(&folder, &["experiment", "other.toml", "--set", "train.steps=3", "--as", "few"]).0,
        Some(0)
    );
    let (code, text) = run(&folder, &["results", "small", "few"]);
    assert_eq!(code, Some(0), "{text}");
    let cells = |name: &str| -> Vec<String> {
        let line =
            text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name} in {text}"));
        line.split("  ").map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect()
    };
    assert_eq!(cells("train.steps"), ["train.steps", "30", "3"]);
    assert_eq!(cells("runs"), ["runs", "6 of 6 runs", "6 of 6 runs"]);
    assert_eq!(cells("claim low"), ["claim low", "inconclusive", "supported"]);
    assert!(!text.contains("train.batch-size") && !text.contains("seed"), "they do not differ: {text}");
    // Nothing is old as long as its file is there.
    let (code, text) = run(&folder, &["results", "--prune"]);
    assert!(code == Some(0) && text.contains("would remove 0 runs"), "{text}");
    fs::remove_file(folder.path().join("other.toml")).unwrap();
    let before = outcomes(&folder, "results");
    let (_, text) = run(&folder, &["results", "--prune"]);
    assert!(
        text.contains("would remove results/few: its file ") && text.contains("would remove 6 runs"),
        "{text}"
    );
    assert_eq!(outcomes(&folder, "results"), before, "only shown");
    let (code, text) = run(&folder, &["results", "--prune", "--yes"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(!folder.path().join("results/few").exists());
    let rest = outcomes(&folder, "results");
    assert!(rest.len() == 6 && rest.is_subset(&before));
    // A result whose runs an older version made goes, but for what was looked at.
    let store = Store::new(folder.path().join("results"));
    let records: Vec<Record> = store
        .keys()
        .unwrap()
        .iter()
        .map(|key| Record { revision: 1, ..store.read(key).unwrap().unwrap() }.sealed())
        .collect();
    files(&folder.path().join("results/runs")).iter().for_each(|path| fs::remove_file(path).unwrap());
    Store::new(folder.path().join("results")).keep(&records).unwrap();
    let (_, text) = run(&folder, &["results", "--prune"]);
    assert!(text.contains("all its 6 runs are of an older revision"), "{text}");
    assert_eq!(run(&folder, &["results", "--prune", "--yes"]).0, Some(0));
    assert_eq!(files(&folder.path().join("results/small")), [folder.path().join("results/small/looks")]);
    let (code, text) = run(&folder, &["experiment", "small.toml"]);
    assert!(code == Some(0) && text.contains("6 of 6 runs to compute"), "{text}");
    assert_eq!(run(&folder, &["results", "small", "--prune"]).0, Some(2));
    assert_eq!(run(&folder, &["results", "--yes"]).0, Some(2));
}

#[test]
fn what_is_no_run_is_told_by_check_and_gc_and_stays() {
    let folder = folder(SMALL);
    assert_eq!(run(&folder, &["experiment", "small.toml"]).0, Some(0));
    let runs = folder.path().join("results/runs");
    fs::create_dir(runs.join("notes")).unwrap();
    for name in ["notes/a.txt", "thesis.txt", "photos.zip"] {
        fs::write(runs.join(name), "mine").unwrap();
    }
    let foreign = ["notes", "thesis.txt", "photos.zip"];
    let told = |text: &str| foreign.map(|name| text.contains(&format!("results/runs/{name} is no run")));
    let (code, text) = run(&folder, &["experiment", "small.toml"]);
    assert!(code == Some(0) && told(&text) == [false; 3] && !text.contains("damaged"), "{text}");
    let (code, text) = run(&folder, &["store", "check"]);
    assert!(code == Some(0) && text.contains("6 runs are sound, 0 damaged"), "{text}");
    assert_eq!(told(&text), [true; 3], "{text}");
    let (code, text) = run(&folder, &["store", "gc", "--yes"]);
    assert!(code == Some(0) && text.contains("removed 0 runs"), "{text}");
    assert_eq!(told(&text), [true; 3], "{text}");
    assert!(runs.join("notes/a.txt").exists() && foreign.iter().all(|name| runs.join(name).exists()));
    // What has the name of a run or of a file of runs is one, and damaged.
    fs::create_dir(runs.join("0123456789abcdef")).unwrap();
    fs::write(runs.join("0123456789abcdef0123456789abcdef.zip"), "x").unwrap();
    let (code, text) = run(&folder, &["store", "check"]);
    assert!(code == Some(1) && text.contains("6 runs are sound, 2 damaged"), "{text}");
}

#[test]
fn runs_that_failed_are_counted_apart_and_not_computed_again() {
    let folder = folder(SMALL);
    assert_eq!(run(&folder, &["experiment", "small.toml"]).0, Some(0));
    let store = Store::new(folder.path().join("results"));
    let mut records: Vec<Record> =
        store.keys().unwrap().iter().map(|key| store.read(key).unwrap().unwrap()).collect();
    records[0] = Record {
        status: Status::Failed { why: "a bug".into() },
        ..Record::empty(records[0].key.clone(), records[0].spec.clone())
    };
    let records: Vec<Record> = records.into_iter().map(Record::sealed).collect();
    files(&folder.path().join("results/runs")).iter().for_each(|path| fs::remove_file(path).unwrap());
    Store::new(folder.path().join("results")).keep(&records).unwrap();
    let (code, text) = run(&folder, &["results", "small"]);
    assert!(code == Some(0) && text.contains("in the store: 5 of 6 runs, 1 more failed"), "{text}");
    let (code, text) = run(&folder, &["experiment", "small.toml"]);
    assert!(code == Some(1) && text.contains("0 of 6 runs to compute"), "it would fail again: {text}");
    assert!(text.contains("5 completed, 1 failed, which is a bug"), "{text}");
    let (_, text) = run(&folder, &["results"]);
    assert!(text.contains("5 of 6 runs, 1 more failed"), "{text}");
}
