//! What a result consists of, and that it depends on nothing but the settings.

use super::*;

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
        missing.code == Some(2) && missing.stderr.contains("run the experiment first"),
        "{}",
        missing.stderr
    );
}

#[test]
fn more_than_a_few_files_are_counted() {
    let folder = folder(&[("replicates = 2", "replicates = 7")]);
    assert_eq!(run(&folder, &["experiment", "small.toml"]).code, Some(0));
    let said = |arguments: &[&str]| run(&folder, arguments).stdout;
    let events = ["export", "small", "--format", "tensorboard", "--to", "events"];
    assert_eq!(said(&events), "14 files in events\n");
    assert_eq!(said(&["weights", "small"]), "14 files in weights\n");
    assert_eq!(fs::read_dir(folder.path().join("weights")).unwrap().count(), 14);
}

#[test]
fn features_that_nobody_chose_are_named_at_the_start_and_in_the_report() {
    let rows: String = (0..12).map(|i| format!("{i},{},{}\n", i % 5, i % 2)).collect();
    let table = format!("id,leaf,plant\n{rows}");
    let csv = "kind = \"csv\"\npath = \"d.csv\"\nlabel = \"plant\"";
    let folder = folder(&[
        ("d.csv", &table),
        ("kind = \"two-moons\"\nsamples = 20", csv),
        ("sets = 3\nsamples = 10\nvariants = { clean = [] }", "kind = \"hold-out\"\nfraction = 0.25"),
    ]);
    let done = run(&folder, &["experiment", "small.toml"]);
    let names = "d.csv: all other columns are features: id, leaf\n";
    let warning =
        "warning: d.csv: id counts the rows, and is a feature; leave it out with features = [\"leaf\"]\n";
    for note in [names, warning] {
        assert_eq!(done.stderr.matches(note).count(), 1, "{}", done.stderr);
    }
    let report = fs::read_to_string(folder.path().join("results/small/report.html")).unwrap();
    assert!(report.contains("<dt>Data</dt>\n<dd>d.csv: all other columns are features: id, leaf</dd>"));
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
    assert!(none.code == Some(2) && none.stderr.contains("no results in results/large"), "{}", none.stderr);
    fs::write(folder.path().join("small.toml"), SMALL.replace("at-most = 1000", "at-most = 0")).unwrap();
    let refused = run(&folder, &experiment);
    assert_eq!(
        (refused.code, refused.stderr.lines().last()),
        (Some(3), Some("error: not supported: learns"))
    );
}

/// The cells of runs.csv that must not depend on anything but the settings.
fn numbers(folder: &TempDir, store: &str) -> Vec<Vec<String>> {
    let table = table(folder, store);
    let kept: Vec<bool> = table[0].iter().map(|name| !name.ends_with("seconds")).collect();
    let cells = |row: Vec<String>| row.into_iter().zip(&kept).filter_map(|(cell, keep)| keep.then_some(cell));
    table.into_iter().map(|row| cells(row).collect()).collect()
}

#[test]
fn the_index_has_all_results_and_is_written_with_each_report() {
    let folder = folder(&[]);
    let page = || fs::read_to_string(folder.path().join("results/index.html")).unwrap();
    assert_eq!(run(&folder, &["experiment", "small.toml"]).code, Some(0));
    assert_eq!(page().matches("<article").count(), 1);
    assert_eq!(run(&folder, &["experiment", "small.toml", "--profile", "short"]).code, Some(0));
    assert_eq!(page().matches("<article").count(), 2);
    assert!(
        page().contains("href=\"small%40short/report.html\"") && page().contains("profile short"),
        "{}",
        page()
    );
    assert_eq!(page().matches("The only claim is <b class=\"supported\">").count(), 2);
    assert_eq!(page().matches("4 runs: 4 completed").count(), 2);
    assert_eq!(run(&folder, &["results", "small@short", "--remove", "--yes"]).code, Some(0));
    let done = run(&folder, &["report", "--index"]);
    assert_eq!(
        (done.code, done.stdout.as_str()),
        (Some(0), "index: results/index.html\n"),
        "{}",
        done.stderr
    );
    assert_eq!(page().matches("<article").count(), 1);
    assert_eq!(run(&folder, &["report", "--index", "--to", "elsewhere"]).code, Some(0));
    assert!(folder.path().join("elsewhere/index.html").is_file());
    assert_eq!(run(&folder, &["report", "--index", "small"]).code, Some(2));
    assert_eq!(run(&folder, &["report", "--index", "--store", "resluts"]).code, Some(2));
    assert!(!folder.path().join("resluts").exists());
    assert_eq!(run(&folder, &["report"]).code, Some(2));
}

#[test]
fn results_of_several_stores_are_compared_in_words_and_on_a_page() {
    let folder = folder(&[]);
    assert_eq!(run(&folder, &["experiment", "small.toml"]).code, Some(0));
    assert_eq!(run(&folder, &["experiment", "small.toml", "--profile", "short"]).code, Some(0));
    assert_eq!(
        run(&folder, &["experiment", "small.toml", "--set", "seed=9", "--store", "far"]).code,
        Some(0)
    );
    let done = run(&folder, &["report", "--compare", "small", "small@short", "far/small+seed=9"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let text = &done.stdout;
    for line in [
        "B  small@short: Small",
        "C: 4 runs, 4 completed",
        "3 settings differ:",
        "  train.steps: 30 | 3 | 30",
        "0 verdicts differ of 1 claim:",
        "final values of C against A, over all settings that both have:",
        "  they have other seeds, so that no replicate of one belongs to one of the other",
    ] {
        assert!(text.lines().any(|own| own == line), "{line} is not in {text}");
    }
    let of = |letters: &str| {
        text.split(letters).nth(1).unwrap().lines().find(|line| line.contains("train.loss")).unwrap()
    };
    assert!(of("B against A").contains("2 pairs") && of("C against A").contains("2 replicates"), "{text}");
    let path = text.lines().last().unwrap().strip_prefix("comparison: ").unwrap();
    let page = fs::read_to_string(folder.path().join(path)).unwrap();
    assert!(
        path.starts_with("results/comparisons/") && page.contains("../small%40short/report.html"),
        "{path}"
    );
    let wrong = run(&folder, &["report", "--compare", "small", "smal@short"]);
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong.stderr.contains("did you mean `small@short`? there are small, small@short"),
        "{}",
        wrong.stderr
    );
    let wrong = run(&folder, &["report", "--compare", "small", "far/none"]);
    assert!(wrong.code == Some(2) && wrong.stderr.contains("there are small+seed=9"), "{}", wrong.stderr);
    let one = run(&folder, &["report", "--compare", "small"]);
    assert!(one.code == Some(2) && one.stderr.contains("expected two or more"), "{}", one.stderr);
    let two = run(&folder, &["report", "small", "small@short"]);
    assert!(two.code == Some(2) && two.stderr.contains("--compare"), "{}", two.stderr);
}
