//! The command line from end to end: the built program on tiny experiments, each in a folder of its own.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use common::{run, start};
use safetensors::SafeTensors;
use tempfile::TempDir;
use thalweg::records::Store;

const SMALL: &str = r#"title = "Small"
replicates = 2
[data]
kind = "two-moons"
samples = 20
[test]
sets = 3
samples = 10
variants = { clean = [] }
[model]
hidden = [5]
[optimizer]
kind = "sgd"
[schedule]
kind = "constant"
initial = 0.1
[train]
steps = 30
[sweep]
"train.batch-size" = [1, 4]
[profile.short]
"train.steps" = 3
[profile.nested.train]
steps = 3
[[claim]]
id = "learns"
says = "The loss ends below 1000"
kind = "bound"
of = "train.loss"
at-most = 1000
[[figure]]
id = "loss"
kind = "curves"
title = "Loss"
y = "train.loss"
y-label = "training loss"
series = "train.batch-size"
series-label = "batch size"
"#;

const CSV: [(&str, &str); 2] = [
    ("kind = \"two-moons\"\nsamples = 20\n", "kind = \"csv\"\npath = \"d.csv\"\nlabel = \"class\"\n"),
    ("[test]\nsets = 3\nsamples = 10\nvariants = { clean = [] }\n", ""),
];

#[test]
fn an_experiment_leaves_tables_verdicts_figures_report_and_its_runs() {
    let folder = folder(&[]);
    let done = run(&folder, &["experiment", "small.toml", "--store", "results"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let store = folder.path().join("results/small");
    let files = [
        "runs.csv",
        "curves.csv",
        "dictionary.csv",
        "columns.json",
        "claims.json",
        "figures/loss.svg",
        "figures/loss.png",
        "report.html",
    ];
    for file in files {
        assert!(fs::metadata(store.join(file)).unwrap().len() > 0, "{file}");
    }
    let table = table(&folder, "results");
    let header = &table[0];
    for column in ["train.batch-size", "train.loss", "train.accuracy", "test.clean.accuracy", "seconds"] {
        assert!(header.iter().any(|name| name == column), "{column} is not in {header:?}");
    }
    assert_eq!(table.len(), 5, "two batch sizes, two replicates");
    for row in &table[1..] {
        let record = Store::new(folder.path().join("results")).read(&row[0]).unwrap().unwrap();
        assert_eq!(record.spec["train"]["batch-size"].to_string(), row[1]);
        let written = run(&folder, &["weights", "small", "--run", &row[0], "--to", "out"]);
        assert_eq!(written.code, Some(0), "{}", written.stderr);
        let bytes = fs::read(folder.path().join(written.stdout.trim())).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let shapes: BTreeSet<_> = tensors.iter().map(|(name, view)| (name, view.shape().to_vec())).collect();
        let expected = [("layers.0.bias", vec![5]), ("layers.0.weight", vec![5, 2])];
        let expected =
            expected.into_iter().chain([("layers.1.bias", vec![2]), ("layers.1.weight", vec![2, 5])]);
        assert_eq!(shapes, expected.collect());
    }
    assert!(done.stdout.contains("learns: ") && done.stdout.ends_with("report: results/small/report.html\n"));
    assert!(done.stderr.contains("4 of 4 runs to compute") && !done.stderr.contains("learns"));
}

#[test]
fn a_result_is_exported_for_other_programs() {
    let folder = folder(&[]);
    assert_eq!(run(&folder, &["experiment", "small.toml"]).code, Some(0));
    let export = |format: &str| {
        let done = run(&folder, &["export", "small", "--format", format, "--to", &format!("out/{format}")]);
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        let names: Vec<String> = done.stdout.lines().map(str::to_owned).collect();
        assert!(names.iter().all(|name| folder.path().join(name).is_file()), "{names:?}");
        names
    };
    let bytes = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let tables = ["columns.json", "curves.csv", "dictionary.csv", "runs.csv", "summary.csv"];
    assert_eq!(export("csv"), tables.map(|name| format!("out/csv/{name}")));
    for name in tables {
        assert_eq!(bytes(&format!("out/csv/{name}")), bytes(&format!("results/small/{name}")), "{name}");
    }
    export("json");
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&bytes("out/json/runs.json")).unwrap();
    assert_eq!((rows.len(), &rows[0]["train.batch-size"]), (4, &1.into()));
    assert!(rows.iter().all(|row| row["train.loss"].is_f64() && row["key"].is_string()));
    assert_eq!(export("npz"), ["out/npz/runs.npz"]);
    let archive = bytes("out/npz/runs.npz");
    assert!(archive.starts_with(b"PK") && archive.windows(6).any(|part| part == b"\x93NUMPY"));
    let events = export("tensorboard");
    assert_eq!(events.len(), 4);
    assert!(
        events[0].starts_with("out/tensorboard/batch-size=1,replicate=0/events.out.tfevents."),
        "{events:?}"
    );
    assert_eq!(run(&folder, &["export", "small", "--format", "xls"]).code, Some(2));
    let missing = run(&folder, &["export", "large", "--format", "csv"]);
    assert!(
        missing.code == Some(1) && missing.stderr.contains("run the experiment first"),
        "{}",
        missing.stderr
    );
}

#[test]
fn threads_and_shards_do_not_change_the_results_and_nothing_is_computed_twice() {
    let folder = folder(&[]);
    let call = |options: &[&str]| {
        let done = run(&folder, &[&["experiment", "small.toml"], options].concat());
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        done.stderr
    };
    call(&["--store", "one", "--threads", "1"]);
    call(&["--store", "two", "--threads", "2"]);
    for shard in ["2/3", "0/3", "1/3"] {
        call(&["--store", "shards", "--shard", shard]);
    }
    let expected = numbers(&folder, "one");
    assert!(expected[0].len() > 8 && expected[1] != expected[2]);
    assert_eq!(numbers(&folder, "two"), expected);
    assert_eq!(numbers(&folder, "shards"), expected);
    let before = table(&folder, "shards");
    assert!(call(&["--store", "shards"]).contains("0 of 4 runs to compute"));
    assert_eq!(table(&folder, "shards"), before, "not even the times change");
}

/// A plan without its times, and what is free, which change from one call to the next.
fn without_machine(plan: &str) -> Vec<&str> {
    let lines =
        plan.lines().filter(|line| !["CPU", "memory", "disk"].iter().any(|word| line.starts_with(word)));
    lines
        .map(|line| if line.ends_with("ms") { line.rsplit_once("  ").unwrap().0.trim_end() } else { line })
        .collect()
}

#[test]
fn a_dry_run_shows_the_plan_with_its_changes_and_writes_nothing() {
    let folder =
        folder(&[("[sweep]\n", "[sweep]\nzip = [{ \"data.noise\" = [0.1, 0.3], \"seed\" = [1, 2] }]\n")]);
    let plan = |options: &[&str]| {
        let fixed = ["experiment", "small.toml", "--store", "results", "--dry-run"];
        let done = run(&folder, &[&fixed, options].concat());
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
        done.stdout
    };
    let whole = plan(&[]);
    assert!(whole.starts_with("small: Small\n") && whole.contains("8 of 8 runs to compute"), "{whole}");
    assert!(whole.contains("CPU time: about") && whole.contains("train.batch-size = 4"), "{whole}");
    // A line for each of the four points, and with --verbose for each run.
    assert_eq!((whole.matches("seed = ").count(), whole.matches("  0–1  ").count()), (4, 4), "{whole}");
    let runs = plan(&["--verbose"]);
    assert_eq!(runs.matches("replicate = 1  to compute").count(), 4, "{runs}");
    assert!(plan(&["--shard", "2/3"]).contains("2 of 2 runs to compute"));
    assert_ne!(plan(&["--profile", "short"]), whole);
    for profile in ["short", "nested"] {
        assert_eq!(
            without_machine(&plan(&["--profile", profile])),
            without_machine(&plan(&["--set", "train.steps=3"]))
        );
    }
    // A swept setting keeps its axis, with one value: alone, in a zip, and by a profile too.
    let narrow = plan(&["--set", "train.batch-size=2"]);
    assert!(narrow.contains("train.batch-size = 2") && narrow.contains("4 of 4 runs"), "{narrow}");
    let narrow = plan(&["--set", "data.noise=0.7"]);
    assert_eq!((narrow.matches("data.noise = 0.7").count(), narrow.matches("seed = 2").count()), (4, 2));
    assert!(!folder.path().join("results").exists());
}

#[test]
fn a_report_needs_only_the_store_and_claims_can_be_required() {
    let folder = folder(&[]);
    let experiment = ["experiment", "small.toml", "--store", "results", "--require-claims"];
    let done = run(&folder, &experiment);
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    fs::remove_file(folder.path().join("small.toml")).unwrap();
    fs::remove_file(folder.path().join("results/small/report.html")).unwrap();
    let report = run(&folder, &["report", "small", "--store", "results"]);
    assert_eq!((report.code, report.stdout), (Some(0), done.stdout));
    assert!(folder.path().join("results/small/report.html").is_file());
    let none = run(&folder, &["report", "large", "--store", "results"]);
    assert!(none.code == Some(1) && none.stderr.contains("no results in results/large"), "{}", none.stderr);
    fs::write(folder.path().join("small.toml"), SMALL.replace("at-most = 1000", "at-most = 0")).unwrap();
    let refused = run(&folder, &experiment);
    assert_eq!(
        (refused.code, refused.stderr.lines().last()),
        (Some(3), Some("error: not supported: learns"))
    );
}

#[test]
fn events_are_told_as_json_and_run_lines_only_if_asked_for() {
    let folder = folder(&[("[sweep]", "[sweep]\n\"schedule.initial\" = [0.1, 1e30]")]);
    let call = |options: &[&str]| {
        let done = run(&folder, &[&["experiment", "small.toml"], options].concat());
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        done
    };
    let told = call(&["--store", "a", "--json"]);
    let events: Vec<serde_json::Value> =
        told.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| events.iter().filter(|event| event["event"] == kind).collect::<Vec<_>>();
    let planned = serde_json::json!({
        "event": "planned", "experiment": "small", "result": "a/small", "runs": 8, "in-store": 0, "to-compute": 8,
    });
    for (key, value) in planned.as_object().unwrap() {
        assert_eq!(&events[0][key], value, "{key}");
    }
    let finished = of("run-finished");
    assert_eq!(finished.len(), 8);
    let table = table(&folder, "a");
    let keys: BTreeSet<&str> = table[1..].iter().map(|row| row[0].as_str()).collect();
    assert_eq!(finished.iter().map(|event| event["key"].as_str().unwrap()).collect::<BTreeSet<_>>(), keys);
    for event in &finished {
        let has_diverged = event["settings"]["schedule.initial"] == 1e30;
        let status = if has_diverged { "diverged" } else { "completed" };
        assert_eq!(
            (&event["status"], event["diverged-at"].is_u64()),
            (&status.into(), has_diverged),
            "{event}"
        );
        assert!(event["seconds"].is_f64() && event["settings"]["replicate"].is_u64(), "{event}");
        assert!([1, 4].map(|n| n.into()).contains(&event["settings"]["train.batch-size"]), "{event}");
    }
    let claims: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("a/small/claims.json")).unwrap()).unwrap();
    for (key, value) in claims[0].as_object().unwrap() {
        assert_eq!(&of("verdict")[0][key], value, "{key}");
    }
    let report = events.last().unwrap();
    assert_eq!((&report["event"], &report["path"]), (&"report".into(), &"a/small/report.html".into()));
    assert_eq!(
        (&report["completed"], &report["diverged"], &report["failed"]),
        (&4.into(), &4.into(), &0.into())
    );
    // Words: what diverges is told unasked, what is done is not, and what is quiet still has its verdicts.
    let plain = call(&["--store", "b"]);
    assert_eq!(
        (plain.stderr.matches(" diverged at step ").count(), plain.stderr.contains(" done in ")),
        (4, false)
    );
    assert!(
        plain.stderr.contains("8 runs computed: wall time ") && plain.stderr.contains("CPU time "),
        "{}",
        plain.stderr
    );
    let verbose = call(&["--store", "c", "--verbose"]).stderr;
    assert_eq!(
        (verbose.matches(" done in ").count(), verbose.matches(" diverged at ").count()),
        (4, 4),
        "{verbose}"
    );
    let quiet = call(&["--store", "d", "-q"]);
    assert_eq!(quiet.stderr.lines().count(), 4, "{}", quiet.stderr);
    assert!(quiet.stderr.lines().all(|line| line.contains(" diverged at ")), "{}", quiet.stderr);
    assert!(quiet.stdout.contains("learns: ") && quiet.stdout.contains("report: d/small/report.html"));
    let single = call(&[
        "--store",
        "e",
        "--set",
        "schedule.initial=0.1",
        "--set",
        "train.batch-size=1",
        "--set",
        "replicates=1",
    ]);
    assert!(single.stderr.contains("1 of 1 run to compute on "), "{}", single.stderr);
    assert!(single.stderr.contains("1 run computed: "), "{}", single.stderr);
    let worker = run(&folder, &["worker", "small.toml", "--store", "b", "--json"]);
    assert_eq!((worker.code, worker.stdout.lines().count()), (Some(0), 1), "{}", worker.stdout);
    assert!(
        worker.stderr.contains("`thalweg experiment` with `--store b` and the same settings"),
        "{}",
        worker.stderr
    );
    assert_eq!(run(&folder, &["experiment", "small.toml", "--json", "--dry-run"]).code, Some(2));
    let version = run(&folder, &["--version"]).stdout;
    assert!(version.starts_with(&format!("thalweg {}", env!("CARGO_PKG_VERSION"))), "{version}");
}

#[test]
fn weights_of_one_run_are_the_start_of_another() {
    let folder = folder(&[]);
    assert_eq!(run(&folder, &["experiment", "small.toml", "--store", "results"]).code, Some(0));
    let key = table(&folder, "results")[1][0].clone();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    assert_eq!(run(&folder, &["weights", "small", "--run", &key, "--to", "inner"]).code, Some(0));
    fs::rename(inner.join(format!("{key}.safetensors")), inner.join("w.safetensors")).unwrap();
    let file = "hidden = [5]\ninit = { kind = \"file\", path = \"w.safetensors\" }";
    fs::write(inner.join("next.toml"), SMALL.replace("hidden = [5]", file)).unwrap();
    let next = ["experiment", "inner/next.toml", "--store", "results"];
    let done = run(&folder, &next);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let other = run(&folder, &[&next[..], &["--set", "model.hidden=[6]"]].concat());
    assert_eq!(other.code, Some(2));
    assert!(other.stderr.contains("layers.0.weight has shape [5, 2]"), "{}", other.stderr);
    assert!(other.stderr.contains("asks for [6, 2]"), "{}", other.stderr);
}

#[test]
fn a_diverging_run_is_a_result() {
    let folder = folder(&[("[sweep]", "[sweep]\n\"schedule.initial\" = [0.1, 1e3, 1e30]")]);
    let done = run(&folder, &["experiment", "small.toml", "--store", "results"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let table = table(&folder, "results");
    let column = |name: &str| table[0].iter().position(|column| column == name).unwrap();
    let (rate, status, loss) = (column("schedule.initial"), column("status"), column("train.loss"));
    let number = |text: &str| text.parse::<f64>().unwrap();
    assert_eq!(table.len(), 1 + 12);
    for row in &table[1..] {
        match number(&row[rate]) {
            0.1 => assert!(row[status] == "completed" && number(&row[loss]) < 10.0, "{row:?}"),
            1e30 => assert!(row[status].starts_with("diverged") && row[loss].is_empty(), "{row:?}"),
            _ => {}
        }
    }
    assert!(done.stdout.contains(" of 12 runs diverged"), "{}", done.stdout);
}

#[test]
fn what_cannot_be_is_told_with_its_place_and_leaves_nothing() {
    /// Changes of the file, options, and what stderr must say.
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], &'a [&'a str]);
    let csv_of = |text: &'static str| [CSV[0], CSV[1], ("d.csv", text)];
    let cases: &[Case<'_>] = &[
        (&[("steps = 30", "stpes = 30")], &[], &["small.toml:18: train.stpes: unknown key", "`steps`?"]),
        (&[("steps = 30", "steps = \"many\"")], &[], &["small.toml:18: train.steps: found \"many\""]),
        (&[], &["--set", "model=3"], &["--set model=3: model: found 3, expected a table"]),
        (&[("[1, 4]", "[]")], &[], &["small.toml:20: sweep.train.batch-size: expected at least one value"]),
        (&[("[5]", "[0]")], &[], &["model.hidden.0: found 0, expected a whole number of at least 1"]),
        (&[("samples = 20", "samples = -20")], &[], &["small.toml:5: data.samples: found -20"]),
        (&[("0.1", "nan")], &[], &["schedule.initial: found nan, expected a finite number"]),
        (&[("clean = []", "clean = [{ kind = \"flip-labels\", probability = 1.5 }]")], &[], &["from 0 to 1"]),
        (&[("[1, 4]", "[1, 21]")], &[], &["found 21, expected at most the 20 samples"]),
        (&[("hidden = [5]", "hidden = [1e6, 1e6]")], &[], &["parameters, expected at most 1e9"]),
        (
            &[("samples = 20", "samples = 1e6"), ("4]", "1e6]"), ("[5]", "[1e6]")],
            &[],
            &["small.toml:11: model.hidden: a batch of 1000000 has more than 1e9 activations"],
        ),
        (&[("replicates = 2", "replicates = 1e9")], &[], &["small.toml:2: replicates: 2e9 runs"]),
        (&[], &["--set", "test.sets=1e15"], &["test.sets: found 1000000000000000, expected at most"]),
        (&[], &["--set", "record.points-per-decade=1e15"], &["record.points-per-decade: found"]),
        (&[("\"train.batch", "\"trian.batch")], &[], &["no setting of a run", "did you mean `train`?"]),
        (&[("[sweep]", "[sweep]\nreplicates = [1, 2]")], &[], &["sweep.replicates: this is no setting"]),
        (&[("[sweep]", "[sweep]\nzip = [{ \"train.batch-size\" = [1] }]")], &[], &["this is swept twice"]),
        (&[("[sweep]", "[sweep]\nzip = [{}]")], &[], &["found an empty table"]),
        (&[("[sweep]", "[sweep]\nzip = [{ seed = [1], \"data.noise\" = [0, 1] }]")], &[], &["found 2 and 1"]),
        (&[("[profile.short]", "[profile]")], &[], &["profile.train.steps: found 3, expected a table"]),
        (&[(SMALL, "")], &[], &["6 problems", "title: this key is missing", "train: this key is missing"]),
        (&[(SMALL, "title = 'a'\ntitle = 'b'\nx = [")], &[], &["small.toml:2: not TOML", "small.toml:3: "]),
        (&[("[5]", "[-1]"), ("0.1", "0"), ("sgd", "sdg")], &[], &["3 problems", ":11: ", ":13: ", ":16: "]),
        (&csv_of("x,class\n1,0\n2\n3,1\n"), &[], &["d.csv: line 3: columns in the row: 1"]),
        (&csv_of("x,class\n1,0\n2,1\nten,1\n"), &[], &["d.csv: line 4, column 1 \"x\": \"ten\" is not"]),
        (&csv_of("x,class\n"), &[], &["there is no row below the header"]),
        (&CSV, &[], &["small.toml:5: data.path: cannot read d.csv"]),
        (&[], &["--set", "train.steps"], &["--set train.steps: expected key=value"]),
        (&[], &["--set", "train.steps=[1"], &["--set train.steps=[1: train.steps: found \"[1\""]),
        (&[], &["--set", "train.steps=1\nseed=2"], &["train.steps: found"]),
        (
            &[("[sweep]", "[sweep]\ntest = [{ sets = 1, samples = 2, variants = {} }]")],
            &["--set", "test.sets=9"],
            &["--set test.sets=9: test.sets: the sweep of `test` sets this too"],
        ),
        (&[], &["--profile", "shrot"], &["--profile shrot: ", "did you mean `short`?"]),
        (&[], &["--threads", "0"], &["--threads"]),
        (&[], &["--shard", "3/3"], &["expected k/n with k from 0 to n − 1"]),
    ];
    for (changes, options, expected) in cases {
        let folder = folder(changes);
        let done = run(&folder, &[&["experiment", "small.toml", "--store", "results"], *options].concat());
        let case = format!("{changes:?} {options:?}:\n{}{}", done.stdout, done.stderr);
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{case}");
        assert!(done.stderr.starts_with("error: ") && !done.stderr.contains("panicked"), "{case}");
        for words in *expected {
            assert!(done.stderr.contains(words), "no {words:?} in {case}");
        }
        assert!(!folder.path().join("results").exists(), "{case}");
    }
}

#[test]
fn unknown_names_and_stores_that_cannot_be_written_are_told() {
    let folder = folder(&[]);
    let list = run(&folder, &["list"]);
    assert!(list.code == Some(0) && list.stdout.contains("batch-size  ") && list.stdout.contains("quick"));
    let unknown = run(&folder, &["experiment", "batch-siez"]);
    assert!(unknown.code == Some(2) && unknown.stderr.contains("no experiment `batch-siez`"));
    assert!(unknown.stderr.contains(", batch-size, "), "{}", unknown.stderr);
    let blocked = run(&folder, &["experiment", "small.toml", "--store", "small.toml/below"]);
    assert_eq!(blocked.code, Some(1));
    assert!(blocked.stderr.starts_with("error: cannot write small.toml/below/runs"), "{}", blocked.stderr);
}

#[test]
fn a_stopped_experiment_goes_on_and_a_reader_that_leaves_breaks_nothing() {
    let folder = folder(&[("replicates = 2", "replicates = 20"), ("steps = 30", "steps = 200_000")]);
    let experiment = ["experiment", "small.toml", "--store", "results"];
    let whole = || Store::new(folder.path().join("results")).keys().unwrap().len();
    let mut kept = 0;
    for (signal, code) in [("KILL", None), ("INT", Some(130))] {
        let mut stopped = start(&folder, &experiment);
        while whole() == kept && stopped.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let pid = stopped.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        let output = stopped.wait_with_output().unwrap();
        assert_eq!(output.status.code(), code, "{signal}");
        assert!((kept + 1..40).contains(&whole()), "{} runs at {signal}, {kept} before", whole());
        kept = whole();
    }
    let mut unread = start(&folder, &experiment);
    drop((unread.stdout.take(), unread.stderr.take()));
    assert_eq!(unread.wait().unwrap().code(), Some(0));
    assert_eq!(table(&folder, "results").len(), 1 + 40);
}

/// A folder with small.toml. A change replaces a text in it, or is the text of d.csv.
fn folder(changes: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut text = SMALL.to_owned();
    for (from, to) in changes {
        if *from == "d.csv" {
            fs::write(folder.path().join(from), to).unwrap();
        } else {
            assert!(text.contains(from), "{from:?} is not in the file");
            text = text.replacen(from, to, 1);
        }
    }
    fs::write(folder.path().join("small.toml"), text).unwrap();
    folder
}

/// The cells of runs.csv, header first.
fn table(folder: &TempDir, store: &str) -> Vec<Vec<String>> {
    let path = Path::new(store).join("small/runs.csv");
    let text = fs::read_to_string(folder.path().join(path)).unwrap();
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// The cells of runs.csv that must not depend on anything but the settings.
fn numbers(folder: &TempDir, store: &str) -> Vec<Vec<String>> {
    let table = table(folder, store);
    let kept: Vec<bool> = table[0].iter().map(|name| !name.ends_with("seconds")).collect();
    let cells = |row: Vec<String>| row.into_iter().zip(&kept).filter_map(|(cell, keep)| keep.then_some(cell));
    table.into_iter().map(|row| cells(row).collect()).collect()
}
