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
