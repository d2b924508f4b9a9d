//! Which replicates were looked at is never forgotten.

use std::fs;

use crate::common::start;
use crate::{SMALL, files, folder, run, told};

#[test]
fn two_who_look_at_once_lose_neither_look() {
    let folder = folder(&SMALL.replace("steps = 30", "steps = 3"));
    let changed = SMALL.replace("steps = 30", "steps = 3").replace("at-most = 10.0", "at-most = 9.0");
    fs::create_dir(folder.path().join("other")).unwrap();
    fs::write(folder.path().join("other/small.toml"), changed).unwrap();
    // Two questions of the same replicates, which are noted in one place.
    let call = |file: &str, name: &str, seed: &str| {
        start(&folder, &["experiment", file, "--as", name, "--set", seed, "--threads", "1"])
    };
    for round in 0..4 {
        let seed = format!("seed={round}");
        let (one, two) = (call("small.toml", "one", &seed), call("other/small.toml", "two", &seed));
        let texts = [one, two].map(|child| {
            let (code, text) = told(child.wait_with_output().unwrap().into());
            assert_eq!(code, Some(0), "{text}");
            text
        });
        let knows =
            texts.iter().filter(|text| text.contains("replicates 0 to 1 were looked at before")).count();
        assert!(knows >= 1, "neither knows of the other: {texts:?}");
        let notes = files(&folder.path().join("results/small/looks"));
        let of_seed = |path: &&std::path::PathBuf| {
            path.file_name().unwrap().to_str().unwrap().starts_with(&format!("{round}-"))
        };
        assert_eq!(notes.iter().filter(of_seed).count(), 2, "{notes:?}");
        // From now on both know.
        for name in ["one", "two"] {
            let (_, text) = run(&folder, &["report", name]);
            assert!(text.contains("replicates 0 to 1 were looked at before"), "{name}: {text}");
        }
        for name in ["one", "two"] {
            fs::remove_dir_all(folder.path().join("results").join(name)).unwrap();
        }
    }
}

#[test]
fn looks_of_earlier_versions_count() {
    let folder = folder(SMALL);
    fs::create_dir_all(folder.path().join("results/small")).unwrap();
    fs::write(folder.path().join("results/small/looks-3.json"), r#"{ "below": 1, "earlier": 0 }"#).unwrap();
    let (code, text) = run(&folder, &["experiment", "small.toml"]);
    assert!(code == Some(0) && text.contains("replicates 0 to 0 were looked at before"), "{text}");
    let (code, text) = run(&folder, &["experiment", "small.toml", "--set", "seed=4"]);
    assert!(code == Some(0) && !text.contains("looked at before"), "of another seed: {text}");
}

#[test]
fn what_is_missing_of_plans_and_notes_is_told() {
    let folder = folder(SMALL);
    let results = folder.path().join("results");
    let fewer = ["experiment", "small.toml", "--set", "replicates=1"];
    assert_eq!(run(&folder, &["experiment", "small.toml"]).0, Some(0));
    assert_eq!(run(&folder, &fewer).0, Some(0));
    assert_eq!(run(&folder, &["store", "check"]).0, Some(0));
    // A note is removed: every plan that was written since it was there knows.
    let note = files(&results.join("small/looks")).remove(0);
    fs::remove_file(&note).unwrap();
    let (code, text) = run(&folder, &["store", "check"]);
    assert!(
        code == Some(1) && text.contains(&format!("{} is missing", note.file_name().unwrap().display())),
        "{text}"
    );
    let (code, text) = run(&folder, &fewer);
    assert!(code == Some(0) && text.contains("all runs that are there count as looked at"), "{text}");
    assert!(text.contains("replicates 0 to 0 were looked at before"), "{text}");
    assert_eq!(run(&folder, &["store", "check"]).0, Some(0), "it is noted anew");
    // The notes stay where another result of the file rests on them.
    let (_, text) = run(&folder, &["results", "small", "--remove", "--yes"]);
    assert!(text.contains("but for the notes of looks"), "{text}");
    assert_eq!(run(&folder, &["store", "check"]).0, Some(0));
    // A plan is removed.
    fs::remove_file(results.join("small+replicates=1/plan.json")).unwrap();
    let (code, text) = run(&folder, &["store", "check"]);
    assert!(code == Some(1) && text.contains("small+replicates=1/plan.json is missing"), "{text}");
    assert_eq!(run(&folder, &fewer).0, Some(0));
    assert_eq!(run(&folder, &["store", "check"]).0, Some(0));
}

#[test]
fn what_a_report_shows_counts_as_looked_at_whatever_the_stored_specs_say() {
    for damage in ["changed", "short", "none", "missing"] {
        let folder = folder(SMALL);
        assert_eq!(run(&folder, &["worker", "small.toml"]).0, Some(0));
        let path = folder.path().join("results/small/specs.jsonl");
        let text = fs::read_to_string(&path).unwrap();
        match damage {
            // The last replicate of a point.
            "changed" => fs::write(&path, text.replace(r#""replicate":1"#, r#""replicate":7"#)).unwrap(),
            "short" => fs::write(&path, &text[..500]).unwrap(),
            "none" => {}
            _ => fs::remove_file(&path).unwrap(),
        }
        let (code, told) = run(&folder, &["report", "small"]);
        let is_told = told.contains("specs.jsonl");
        assert!(code == Some(0) && is_told == (damage != "none"), "{damage}: {told}");
        let notes = files(&folder.path().join("results/small/looks"));
        let note = fs::read_to_string(&notes[0]).unwrap();
        let of_seed = notes[0].file_name().unwrap().to_str().unwrap().starts_with("3-");
        assert!(notes.len() == 1 && of_seed && note.contains(r#""replicates": 2"#), "{damage}: {note}");
    }
}

#[test]
fn a_copy_of_a_file_under_another_name_is_no_new_evidence() {
    // Enough replicates for a p-value.
    let text = SMALL.replace("steps = 30", "steps = 3").replace("replicates = 2", "replicates = 6");
    let folder = folder(&text);
    fs::write(folder.path().join("copy.toml"), &text).unwrap();
    fs::write(folder.path().join("fresh.toml"), text.replace("seed = 3", "seed = 4")).unwrap();
    let said = |name: &str| format!("also those of the result {name}: together they are evidence once");
    let (_, first) = run(&folder, &["experiment", "small.toml"]);
    assert!(!first.contains("also those"), "{first}");
    let (_, copy) = run(&folder, &["experiment", "copy.toml"]);
    assert!(copy.contains(&said("small")), "{copy}");
    let page = fs::read_to_string(folder.path().join("results/copy/report.html")).unwrap();
    assert!(page.matches(&said("small")).count() >= 2, "below the title and at the verdict");
    let (_, again) = run(&folder, &["report", "small"]);
    assert!(again.contains(&said("copy")), "{again}");
    let verdict = |text: &str| text.split("low: ").nth(1).unwrap().lines().nth(1).unwrap().trim().to_owned();
    assert_eq!(
        verdict(&first),
        verdict(&copy).replace(&format!("; runs of this file are {}", said("small")), "")
    );
    let (_, fresh) = run(&folder, &["experiment", "fresh.toml"]);
    assert!(!fresh.contains("also those"), "{fresh}");
    // Other settings of the same file are looked at in one place, and told there.
    let (_, fewer) = run(&folder, &["experiment", "fresh.toml", "--set", "replicates=5"]);
    assert!(
        !fewer.contains("also those") && fewer.contains("replicates 0 to 4 were looked at before"),
        "{fewer}"
    );
}
