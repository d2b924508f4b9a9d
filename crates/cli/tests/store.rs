//! Nothing is lost, nothing is replaced, nothing is hidden: stores that are damaged, shared and stopped.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use common::{Done, start};
use tempfile::TempDir;
use thalweg::records::{Record, Store};

const SMALL: &str = r#"title = "Six short runs"
seed = 3
replicates = 2
[data]
kind = "two-moons"
samples = 40
[model]
hidden = [4]
[optimizer]
kind = "adam"
[schedule]
kind = "constant"
initial = 0.1
[train]
steps = 30
[sweep]
"train.batch-size" = [4, 8, 20]
[[claim]]
id = "low"
says = "The loss ends below 10"
kind = "bound"
of = "train.loss"
at-most = 10.0
[[figure]]
id = "loss"
kind = "curves"
title = "Training loss"
y = "train.loss"
y-label = "loss"
series = "train.batch-size"
series-label = "batch size"
"#;

fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.toml"), text).unwrap();
    folder
}

/// The exit code, and all that was said.
fn run(folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String) {
    told(common::run(folder, arguments))
}

fn told(done: Done) -> (Option<i32>, String) {
    (done.code, done.stdout + &done.stderr)
}

/// What came out of each run, by its key.
fn outcomes(folder: &TempDir, store: &str) -> BTreeSet<(String, String)> {
    let store = Store::new(folder.path().join(store));
    let record = |key: String| store.read(&key).unwrap().unwrap();
    store.keys().unwrap().into_iter().map(record).map(|run: Record| (run.key, run.outcome.unwrap())).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().path()).collect();
    files.sort();
    files
}

/// The cells of a table that are not times.
fn numbers(folder: &TempDir, result: &str) -> String {
    let text = fs::read_to_string(folder.path().join("results").join(result).join("runs.csv")).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let kept = |row: &Vec<&str>| {
        let cells = row.iter().zip(&rows[0]).filter(|(_, name)| !name.ends_with("seconds"));
        cells.map(|(cell, _)| *cell).collect::<Vec<_>>().join(",")
    };
    rows.iter().map(kept).collect::<Vec<_>>().join("\n")
}

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
    fs::write(folder.path().join("results/small/looks-3.json"), "{").unwrap();
    let (code, text) = run(&folder, &["experiment", "small.toml"]);
    assert!(code == Some(0) && text.contains("looks-3.json is damaged"), "{text}");
    assert!(text.contains("replicates 0 to 1 were looked at before"), "{text}");
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
    assert_eq!(
        files(&folder.path().join("results/small")),
        [folder.path().join("results/small/looks-3.json")]
    );
    let (code, text) = run(&folder, &["experiment", "small.toml"]);
    assert!(code == Some(0) && text.contains("6 of 6 runs to compute"), "{text}");
    assert_eq!(run(&folder, &["results", "small", "--prune"]).0, Some(2));
    assert_eq!(run(&folder, &["results", "--yes"]).0, Some(2));
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
    // A record that says another outcome.
    let store = Store::new(folder.path().join("store0"));
    let mut record = store.read(&store.keys().unwrap()[0]).unwrap().unwrap();
    record.metrics[0].value += 1e-9;
    files(&folder.path().join("store0/runs")).iter().for_each(|path| fs::remove_file(path).unwrap());
    Store::new(folder.path().join("store0")).keep(&[record.sealed()]).unwrap();
    let (code, verified) = run(&folder, &["verify", "small", "--store", "store0", "--share", "1"]);
    assert!(code == Some(1) && verified.contains("differs: ") && verified.contains("1 differ"), "{verified}");
}

/// Runs that take many checkpoints of a twentieth of a second each.
fn long(steps: &str) -> String {
    SMALL.replace("steps = 30", &format!("steps = {steps}")).replace("hidden = [4]", "hidden = [32, 32]")
}

#[test]
fn a_run_that_is_killed_goes_on_where_it_was_saved_and_ends_with_the_same_bits() {
    let folder = folder(&long("200_000"));
    let call = ["experiment", "small.toml", "--checkpoint", "0.05", "--threads", "2", "--verbose"];
    assert_eq!(run(&folder, &[&call[..], &["--store", "whole"]].concat()).0, Some(0));
    let call = [&call[..], &["--store", "results"]].concat();
    let running = folder.path().join("results/running");
    let checkpoints = || -> Vec<(PathBuf, SystemTime)> {
        let saved =
            files(&running).into_iter().filter(|path| path.extension().is_some_and(|e| e == "checkpoint"));
        saved.filter_map(|path| Some((path.clone(), fs::metadata(path).ok()?.modified().ok()?))).collect()
    };
    let mut resumed = 0;
    for (signal, code) in
        [("KILL", None), ("TERM", Some(143)), ("KILL", None), ("INT", Some(130)), ("USR1", Some(0))]
    {
        let before = checkpoints();
        let mut child = start(&folder, &call);
        // Until it has saved something itself, late enough on a slow machine and early enough on a fast one.
        while checkpoints() == before && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        if child.try_wait().unwrap().is_none() {
            let pid = child.id().to_string();
            assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        }
        let asked = Instant::now();
        let (ended, text) = told(child.wait_with_output().unwrap().into());
        resumed += text.matches("goes on after step").count();
        if ended == Some(0) {
            break;
        }
        assert_eq!(ended, code, "{signal}: {text}");
        assert!(signal == "USR1" || asked.elapsed() < Duration::from_secs(2), "{signal}");
    }
    let (code, text) = run(&folder, &call);
    assert_eq!(code, Some(0), "{text}");
    assert!(resumed > 0, "no run was resumed");
    assert_eq!(outcomes(&folder, "results"), outcomes(&folder, "whole"));
    assert!(files(&folder.path().join("results/running")).is_empty(), "claims and checkpoints are gone");
}

#[test]
fn workers_share_a_sweep_and_a_dead_one_is_replaced() {
    let folder = folder(&long("100_000").replace("replicates = 2", "replicates = 4"));
    assert_eq!(run(&folder, &["experiment", "small.toml", "--store", "whole"]).0, Some(0));
    let worker = ["worker", "small.toml", "--threads", "1", "--checkpoint", "0.1", "-v"];
    let mut first = start(&folder, &worker);
    let others = [start(&folder, &worker), start(&folder, &worker)];
    while files(&folder.path().join("results/running")).is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(100));
    first.kill().unwrap();
    first.wait().unwrap();
    let mut computed = 0;
    for other in others {
        let (code, text) = told(other.wait_with_output().unwrap().into());
        assert_eq!(code, Some(0), "{text}");
        computed += text.matches(" done in ").count();
    }
    assert_eq!(outcomes(&folder, "results"), outcomes(&folder, "whole"));
    assert!((8..=12).contains(&computed), "{computed} of 12 runs, of which the first worker had some");
    // A file that the dead worker was just writing is left to the next call.
    let left = || files(&folder.path().join("results/running"));
    let is_half_written = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(".tmp-");
    assert!(left().iter().all(is_half_written), "{:?}", left());
    let (code, text) = run(&folder, &["experiment", "small.toml", "--require-claims"]);
    assert!(code == Some(0) && text.contains("0 of 12 runs to compute"), "{text}");
    assert!(left().is_empty(), "{:?}", left());
    assert!(!text.contains("looked at before"), "workers do not look: {text}");
    // Whoever asks for a report looks, and more replicates on top of these are a second look.
    let fewer = ["--set", "replicates=2"];
    assert_eq!(run(&folder, &[&["experiment", "small.toml"][..], &fewer].concat()).0, Some(0));
    let (code, text) = run(&folder, &["report", "small+replicates=2"]);
    assert!(code == Some(0) && text.contains("replicates 0 to 1 were looked at before"), "{text}");
    let claims = fs::read_to_string(folder.path().join("results/small+replicates=2/claims.json")).unwrap();
    assert!(claims.contains("\"looked-before\": 2"), "{claims}");
}

#[test]
fn ctrl_c_is_heard_in_test_sets_and_probes() {
    let tests = "[test]\nsets = 1_000_000\nsamples = 500\nvariants = { clean = [] }\n";
    let probe = "[[probe]]\nkind = \"slice\"\ndirections = \"random\"\nresolution = 500\n";
    let spectrum = "[[probe]]\nkind = \"spectrum\"\ntop = 10\nsteps = 300\ntolerance = 1e-15\n";
    for more in [tests, probe, spectrum] {
        // Large enough that no machine is through with the smallest of the three, 300 products with a Hessian
        // of 67,000 parameters over 2,000 samples (5·10¹¹ operations a run), when it is asked to stop.
        let text =
            SMALL.replace("hidden = [4]", "hidden = [256, 256]").replace("samples = 40", "samples = 2000");
        let folder = folder(&text.replace("[[claim]]", &format!("{more}[[claim]]")));
        let child = start(&folder, &["experiment", "small.toml"]);
        std::thread::sleep(Duration::from_millis(1500));
        let asked = Instant::now();
        assert!(
            Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success()
        );
        let (code, text) = told(child.wait_with_output().unwrap().into());
        assert!(code == Some(130) && asked.elapsed() < Duration::from_secs(2), "{more}: {code:?} {text}");
    }
}

#[test]
fn a_call_judges_its_own_plan_whatever_others_write() {
    let folder = folder(&long("20_000").replace("at-most = 10.0", "at-most = 1e-9"));
    let first = start(&folder, &["experiment", "small.toml", "--require-claims"]);
    while files(&folder.path().join("results/runs")).is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    // The same file with a claim that holds.
    fs::write(folder.path().join("small.toml"), long("20_000")).unwrap();
    let (code, text) = run(&folder, &["experiment", "small.toml", "--require-claims"]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = told(first.wait_with_output().unwrap().into());
    assert!(code == Some(3) && text.contains("not supported: low"), "{text}");
}
