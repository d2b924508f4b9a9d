//! Runs: damaged, packed, merged and computed again.

use std::fs;
use std::time::Duration;

use thalweg::records::Store;

use crate::common::start;
use crate::{SMALL, files, folder, numbers, outcomes, run};

#[test]
fn damage_is_named_set_aside_and_computed_again_to_the_same_tables() {
    let folder = folder(SMALL);
    assert_eq!(run(&folder, &["experiment", "small.toml"]).0, Some(0));
    let (whole, expected) = (outcomes(&folder, "results"), numbers(&folder, "small"));
    let pool = folder.path().join("results/runs");
    let pack = files(&pool).remove(0);
    let bytes = fs::read(&pack).unwrap();
    for place in (0..40).map(|i| i * bytes.len() / 40) {
        let mut changed = bytes.clone();
        changed[place] ^= 16;
        fs::write(&pack, &changed).unwrap();
        let (code, checked) = run(&folder, &["store", "check"]);
        assert!(code == Some(1) && checked.contains("damaged"), "byte {place}: {checked}");
        // A report is made of the rest.
        assert_eq!(run(&folder, &["report", "small"]).0, Some(0), "byte {place}");
        let (code, mended) = run(&folder, &["experiment", "small.toml"]);
        assert_eq!(code, Some(0), "byte {place}: {mended}");
        assert_eq!(
            (outcomes(&folder, "results"), numbers(&folder, "small")),
            (whole.clone(), expected.clone())
        );
        files(&pool).iter().for_each(|path| fs::remove_file(path).unwrap());
        fs::write(&pack, &bytes).unwrap();
    }
    // Cut short, and empty.
    for length in [bytes.len() - 1, bytes.len() / 2, 0] {
        fs::write(&pack, &bytes[..length]).unwrap();
        let (code, mended) = run(&folder, &["experiment", "small.toml"]);
        assert_eq!((code, outcomes(&folder, "results")), (Some(0), whole.clone()), "{length}: {mended}");
        assert!(mended.contains("set aside: "), "{mended}");
        files(&pool).iter().for_each(|path| fs::remove_file(path).unwrap());
    }
    let aside = files(&folder.path().join("results/damaged"));
    assert!(aside.len() >= 40, "{} files", aside.len());
    assert_eq!(run(&folder, &["experiment", "small.toml"]).0, Some(0));
    // What was looked at: all that is there counts.
    let note = files(&folder.path().join("results/small/looks")).remove(0);
    fs::write(&note, "{").unwrap();
    let checked = run(&folder, &["store", "check"]).1;
    assert!(
        checked.contains(&format!("{} is damaged", note.file_name().unwrap().to_str().unwrap())),
        "{checked}"
    );
    let (code, text) = run(&folder, &["experiment", "small.toml"]);
    assert!(code == Some(0) && text.contains("all runs that are there count as looked at"), "{text}");
    assert!(text.contains("replicates 0 to 1 were looked at before"), "{text}");
    assert_eq!(run(&folder, &["store", "check"]).0, Some(0), "it is restored");
    // The plan.
    let plan = folder.path().join("results/small/plan.json");
    fs::write(&plan, fs::read_to_string(&plan).unwrap().replace("Six", "Sex")).unwrap();
    assert!(run(&folder, &["store", "check"]).1.contains("plan.json is damaged"));
    assert_eq!(run(&folder, &["report", "small"]).0, Some(1));
    assert_eq!(run(&folder, &["experiment", "small.toml"]).0, Some(0));
}

#[test]
fn a_store_is_packed_and_its_runs_and_results_stay() {
    let folder = folder(SMALL);
    for shard in ["0/3", "1/3", "2/3"] {
        assert_eq!(run(&folder, &["experiment", "small.toml", "--shard", shard]).0, Some(0));
    }
    let (before, checked) = (outcomes(&folder, "results"), run(&folder, &["store", "check"]));
    assert!(files(&folder.path().join("results/runs")).len() >= 3);
    let (code, packed) = run(&folder, &["store", "pack"]);
    assert!(code == Some(0) && packed.contains("files of runs merged into 1 file"), "{packed}");
    assert_eq!(files(&folder.path().join("results/runs")).len(), 1);
    assert_eq!((outcomes(&folder, "results"), run(&folder, &["store", "check"])), (before.clone(), checked));
    let (code, again) = run(&folder, &["experiment", "small.toml"]);
    assert!(code == Some(0) && again.contains("0 of 6 runs to compute"), "{again}");
    // Killed while it packs, at whatever moment: every run is there.
    for delay in 0..5 {
        let scattered = tempfile::tempdir().unwrap();
        fs::write(scattered.path().join("small.toml"), SMALL).unwrap();
        let store = Store::new(scattered.path().join("results"));
        let whole = Store::new(folder.path().join("results"));
        for key in whole.keys().unwrap() {
            store.keep(&[whole.read(&key).unwrap().unwrap()]).unwrap();
        }
        let mut child = start(&scattered, &["store", "pack"]);
        std::thread::sleep(Duration::from_millis(2 * delay));
        let _ = child.kill();
        child.wait().unwrap();
        assert_eq!(outcomes(&scattered, "results"), before, "killed after {} ms", 2 * delay);
        assert_eq!(run(&scattered, &["store", "check"]).0, Some(0));
    }
}

#[test]
fn stores_merge_by_copying_and_runs_verify() {
    let folder = folder(SMALL);
    for shard in ["0/2", "1/2"] {
        let store = format!("store{}", &shard[..1]);
        assert_eq!(
            run(&folder, &["experiment", "small.toml", "--store", &store, "--shard", shard]).0,
            Some(0)
        );
    }
    for pack in files(&folder.path().join("store1/runs")) {
        fs::copy(&pack, folder.path().join("store0/runs").join(pack.file_name().unwrap())).unwrap();
    }
    let (_, again) = run(&folder, &["experiment", "small.toml", "--store", "store0"]);
    assert!(again.contains("0 of 6 runs to compute"), "{again}");
    let (code, merged) = run(&folder, &["store", "merge", "store0", "store1", "--into", "results"]);
    assert!(
        code == Some(0) && merged.contains("6 runs from store0") && merged.contains("0 runs from store1"),
        "{merged}"
    );
    assert_eq!(outcomes(&folder, "results"), outcomes(&folder, "store0"));
    let (code, verified) = run(&folder, &["verify", "small", "--store", "store0", "--share", "1"]);
    assert!(
        code == Some(0) && verified.contains("6 of 6 runs are the same to the bit, 0 differ"),
        "{verified}"
    );
    let key = Store::new(folder.path().join("store0")).keys().unwrap().remove(0);
    let (code, verified) = run(&folder, &["verify", "small", "--store", "store0", "--run", &key[..12]]);
    assert!(code == Some(0) && verified.contains("1 of 1 run is the same to the bit"), "{verified}");
    let (code, refused) = run(&folder, &["verify", "small", "--store", "store0", "--run", "nowhere"]);
    assert!(
        code == Some(2) && refused.contains("no run of small has a key that begins with nowhere"),
        "{refused}"
    );
    // A run of which it is not known what it was.
    let specs = folder.path().join("store0/small/specs.jsonl");
    let text = fs::read_to_string(&specs).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    fs::write(&specs, [&[lines[1]], &lines[1..]].concat().join("\n")).unwrap();
    let (code, told) = run(&folder, &["verify", "small", "--store", "store0", "--share", "1"]);
    assert!(code == Some(1) && told.contains("specs.jsonl lacks 1 spec of the plan"), "{told}");
    let (code, told) = run(&folder, &["store", "check", "store0"]);
    assert!(code == Some(1) && told.contains("specs.jsonl"), "{told}");
    let (_, told) = run(&folder, &["results", "small", "small", "--store", "store0"]);
    assert!(told.contains("not all settings of small are known"), "{told}");
    fs::write(&specs, text).unwrap();
    // A record that says another outcome.
    let store = Store::new(folder.path().join("store0"));
    let mut record = store.read(&store.keys().unwrap()[0]).unwrap().unwrap();
    record.metrics[0].value += 1e-9;
    files(&folder.path().join("store0/runs")).iter().for_each(|path| fs::remove_file(path).unwrap());
    Store::new(folder.path().join("store0")).keep(&[record.sealed()]).unwrap();
    let (code, verified) = run(&folder, &["verify", "small", "--store", "store0", "--share", "1"]);
    assert!(code == Some(1) && verified.contains("differs: ") && verified.contains("1 differ"), "{verified}");
}

#[test]
fn a_store_is_not_merged_into_itself_nor_into_a_folder_of_another() {
    let folder = folder(&SMALL.replace("steps = 30", "steps = 3"));
    for store in ["one", "two"] {
        assert_eq!(run(&folder, &["experiment", "small.toml", "--store", store]).0, Some(0));
    }
    let before = files(&folder.path().join("one/runs"));
    for (into, reason) in [
        ("one", "one is one, and a store cannot be copied into itself"),
        ("./two/../one", "is one, and a store cannot be copied into itself"),
        ("one/runs", "one/runs lies inside of one, and"),
        ("one/new/folder", "one/new/folder lies inside of one, and"),
        ("two/runs", "two/runs lies inside of the store"),
        ("two/small", "two/small lies inside of the store"),
    ] {
        let (code, text) = run(&folder, &["store", "merge", "one", "--into", into]);
        assert!(code == Some(2) && text.contains(reason), "{into}: {text}");
    }
    assert_eq!(files(&folder.path().join("one/runs")), before);
    assert!(!folder.path().join("one/new").exists() && !folder.path().join("two/small/runs").exists());
    assert_eq!(run(&folder, &["store", "merge", "one", "--into", "two"]).0, Some(0));
    assert_eq!(run(&folder, &["store", "merge", "one", "--into", "a/new/one"]).0, Some(0));
}
