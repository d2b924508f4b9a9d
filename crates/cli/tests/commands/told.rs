//! What is told: plans, events, and what is wrong.

use super::*;

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
        (
            &[("\"train.batch", "\"trian.batch")],
            &[],
            &["no setting of a run", "did you mean `train.batch-size`?"],
        ),
        (
            &[("[sweep]", "[sweep]\nreplicates = [1, 2]")],
            &[],
            &["sweep.replicates: this is no setting of a run\n  hint: known here: seed, "],
        ),
        (
            &[
                ("[sweep]\n", "[sweep]\nlr = [1, 2]\nhidden = [[1], [2]]\n\"optimizer.momentum\" = [0.1]\n"),
                ("\"train.batch-size\" =", "zip = [{ batch_size = [1], \"train.batchsize\" = [1] }] #"),
                (
                    "[profile.short]",
                    "[[figure]]\nid = \"f\"\ntitle = \"F\"\nkind = \"summary\"\nx = \"lr\"\ny = [\"train.loss\"]\n\
                     facet = \"batch_size\"\nwhere = { learning_rate = 0.1 }\n[profile.short]",
                ),
            ],
            &[],
            &[
                "sweep.lr: this is no setting of a run\n  hint: did you mean `schedule.initial`? \
                 `explain schedule.initial` tells of it\n",
                "sweep.hidden: this is no setting of a run\n  hint: did you mean `model.hidden`? `explain",
                "sweep.optimizer.momentum: unknown key\n  hint: did you mean `optimizer.beta`? here it is kind =",
                "sweep.zip.0.batch_size: this is no setting of a run\n  hint: did you mean `train.batch-size`? ",
                "sweep.zip.0.train.batchsize: unknown key\n  hint: did you mean `train.batch-size`? `explain",
                "f: x: the runs have no setting `lr`\n  hint: did you mean `schedule.initial`? `explain",
                "f: facet: the runs have no setting `batch_size`\n  hint: did you mean `train.batch-size`? ",
                "f: where.learning_rate: the runs have no setting `learning_rate`\n  hint: did you mean `sch",
            ],
        ),
        (&[("[sweep]", "[sweep]\nzip = [{ \"train.batch-size\" = [1] }]")], &[], &["this is swept twice"]),
        (&[("[sweep]", "[sweep]\nzip = [{}]")], &[], &["found an empty table"]),
        (&[("[sweep]", "[sweep]\nzip = [{ seed = [1], \"data.noise\" = [0, 1] }]")], &[], &["found 2 and 1"]),
        (
            &[(
                "[profile.short]",
                "[profile.short]\n\"train.stpes\" = 3\n[profile.long]\nseed = -1\nmodel = { colour = 3 }\n[profile.new]",
            )],
            &[],
            &[
                "3 problems",
                "profile short: train.stpes: unknown key\n  hint: did you mean `steps`?",
                "profile long: seed: found -1",
                "profile long: model.colour: unknown key\n  hint: known here: hidden, ",
                "; `explain model` tells what they mean",
            ],
        ),
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
    assert!(blocked.stderr.starts_with("error: cannot read small.toml/below"), "{}", blocked.stderr);
}
