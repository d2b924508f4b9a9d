//! The commands that help to write an experiment file: the built program in folders of its own.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use std::fs;

use common::run;
use serde_json::Value;
use tempfile::TempDir;

const SMALL: &str = r#"title = "Small"
data = { kind = "two-moons", samples = 20 }
test = { sets = 3, samples = 10, variants = { clean = [] } }
model = { hidden = [5] }
optimizer = { kind = "sgd" }
schedule = { kind = "constant", initial = 0.1 }
train = { steps = 3, batch-size = 4 }
probe = [{ kind = "spectrum", when = { kind = "log-spaced" } }]
[[claim]]
id = "learns"
says = "The loss ends below 1000"
kind = "bound"
of = "train.loss"
at-most = 1000
"#;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn a_key_is_explained_and_a_prefix_lists_what_is_below() {
    let folder = folder(&[]);
    let page = |arguments: &[&str]| {
        let done = run(&folder, &[&["explain"], arguments].concat());
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        done.stdout
    };
    let beta = page(&["optimizer.adam.beta1"]);
    for part in
        ["β₁", "Kingma", "a number from 0 to below 1", "default   0.9", "[optimizer] with kind = \"adam\""]
    {
        assert!(beta.contains(part), "{part} is not in\n{beta}");
    }
    let schedule = page(&["schedule"]);
    assert!(schedule.contains("schedule.cosine ") && schedule.contains("schedule.warm-up "), "{schedule}");
    assert!(page(&["optimizer.beta1"]).contains("optimizer.lion.beta1"));
    assert!(page(&["claim.trend.direction"]).contains("\"decreasing\""));
    assert!(page(&["figure.summary.x"]).contains("must be given"));
    let batch = page(&["train.batch-size"]);
    assert!(batch.contains("example   ") && batch.lines().all(|line| line.chars().count() <= 100), "{batch}");
    assert!(page(&["test.r2"]).contains("-∞ to 1"));
    let all = page(&["--all"]);
    assert!(all.lines().count() > 300 && all.contains("optimizer.adam.beta1"), "{all}");
    assert!(page(&["--all", "--markdown"]).starts_with("# The keys of an experiment file\n"));
    assert!(page(&[]).contains("  train"));
}

#[test]
fn a_misspelt_key_gets_the_near_ones_first() {
    let folder = folder(&[]);
    for (key, near) in [
        ("optimizer.adam.bta1", "did you mean `optimizer.adam.beta1`,"),
        ("train.batch-sise", "did you mean `train.batch-size`,"),
        ("optimiser", "did you mean `optimizer`?"),
        ("optimizer.weights", "there is no key or metric `optimizer.weights`\nhint: did you mean "),
    ] {
        let done = run(&folder, &["explain", key]);
        assert_eq!(done.code, Some(2), "{key}");
        assert!(done.stdout.is_empty() && done.stderr.contains(near), "{}", done.stderr);
    }
    for far in ["colour", "quux", "k2", "foo", "xd"] {
        let told = run(&folder, &["explain", far]).stderr;
        assert!(told.contains("hint: `explain --all` lists") && !told.contains("mean"), "{told}");
    }
}

#[test]
fn a_word_leads_to_the_key_or_metric_that_is_meant() {
    let folder = folder(&[]);
    for (word, parts) in [
        ("lr", &["`lr` is a word of other tools: the learning rate is", "schedule.constant.initial "][..]),
        ("optimizer.lr", &["the learning rate is", "schedule.constant.initial "]),
        (
            "learning-rate",
            &["schedule.constant.initial ", "is a key too:\n\n  probe.path.curve.learning-rate "],
        ),
        (
            "epochs",
            &["epochs × samples / batch size", "\ntrain.steps\n", "is a key too:\n\n  probe.noise.epochs "],
        ),
        ("learning rate", &["the learning rate is `initial`", "schedule.constant.initial "]),
        ("learning_rate_init", &["the learning rate is `initial`", "schedule.constant.initial "]),
        ("optimizer.adamw", &["here it is kind = \"adam\" with transforms"]),
        ("AdamW", &["here it is kind = \"adam\" with transforms"]),
        ("xavier", &["kind = \"glorot\""]),
        ("kaiming", &["kind = \"he\""]),
        ("CrossEntropyLoss", &["\"cross-entropy\""]),
        ("mse", &["\"squared-error\" for numbers"]),
        ("wd", &["weight-decay", "decoupled = true as in AdamW"]),
        ("BatchNorm1d", &["there is no batch normalisation", "\nmodel.normalisation\n"]),
        ("alpha", &["penalty on squared weights", "RMSprop is `beta`", "\noptimizer.transforms\n"]),
        (
            "gamma",
            &["StepLR is `factor`", "\nschedule.step.factor\n", "is a key too:\n\n  optimizer.mars.gamma "],
        ),
        ("StratifiedKFold", &["kind = \"folds\", count = 5, stratified = true"]),
        ("standardise", &["in [data]\n\ndata.transforms\n", "is a key too:\n"]),
        ("solver", &["here it is `optimizer`\n", "optimizer.adam "]),
        ("scheduler", &["here it is `schedule`\n", "schedule.cosine "]),
        ("criterion", &["\nmodel.loss\n"]),
        ("warmup", &["\nschedule.warm-up\n"]),
        ("clip_grad_norm_", &["clip-by-norm"]),
        ("val_loss", &["the metric `test.loss`"]),
        ("test_loss", &["the metric `test.loss`"]),
        ("validation_fraction", &["kind = \"hold-out\""]),
        ("n_iter_no_change", &["there is no stopping by a validation set"]),
        ("ReduceLROnPlateau", &["no schedule looks at the loss", "schedule.step "]),
        ("index_col", &["here it is `features`", "\ndata.csv.features\n"]),
        ("usecols", &["here it is `features`"]),
        ("dropna", &["missing = \"drop-rows\"", "\ndata.csv.missing\n"]),
        ("n_jobs", &["--threads N"]),
        ("mae", &["there is none", "\nmodel.loss\n"]),
        ("f1", &["there is none"]),
        ("batch_size", &["\ntrain.batch-size\n", "Samples in a batch"]),
        ("StandardScaler", &["transforms = [{ kind = \"standardise\" }] in [data]\n\ndata.transforms\n"]),
        ("CosineAnnealingLR", &["\nschedule.cosine\n"]),
        ("Adam", &["`explain optimizer.adam` has all of one\n"]),
        ("relu", &["is a value:\n", "\n  model.activation "]),
        (
            "activation",
            &["is a key of 2 tables; `explain model.activation` has all of one\n\n  model.activation "],
        ),
        ("hidden", &["`explain model.hidden` has", "\n  model.hidden ", "\n  data.teacher-student.hidden "]),
        ("stop-at-loss", &["train.stop-at-loss\n\n"]),
        (
            "train.steps",
            &["Number of parameter updates, at most.\n\n  accepts ", "Number of updates, at most.\n\n"],
        ),
        (
            "test.accuracy",
            &["test.accuracy\n\n  metric   test accuracy: share of the rows kept", "  0 to 1\n"],
        ),
        ("spectrum.top-1", &["one per  look of a probe"]),
        ("accuracy", &["\n  train.accuracy ", "\n  test.<variant>.accuracy "]),
        ("loss", &["model.loss\n\n", "`loss` is the last word of metrics too:\n", "\n  train.loss "]),
    ] {
        let done = run(&folder, &["explain", word]);
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{word}");
        for part in parts {
            assert!(done.stdout.contains(part), "no {part:?} in {}", done.stdout);
        }
    }
}

#[test]
fn a_command_that_is_taken_for_an_experiment_and_a_folder_for_a_file_are_told() {
    let table = "data = { kind = \"csv\", path = \".\", label = \"x\" }";
    let folder =
        folder(&[("small.toml", &SMALL.replace("data = { kind = \"two-moons\", samples = 20 }", table))]);
    for (arguments, part) in [
        (["experiment", "list"], "hint: `list` alone lists the experiments"),
        (["experiment", "small.toml"], "data.path: cannot read .: it is a folder, not a file"),
    ] {
        let done = run(&folder, &arguments);
        assert!(done.code == Some(2) && done.stderr.contains(part), "{}", done.stderr);
    }
}

#[test]
fn the_schema_is_json_with_the_keys_of_a_file() {
    let done = run(&folder(&[]), &["schema"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let schema: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for key in ["train", "sweep", "profile", "claim", "figure", "probe", "extends"] {
        assert!(schema["properties"].get(key).is_some(), "{key}");
    }
}

#[test]
fn metrics_are_told_with_unit_and_meaning_also_where_a_claim_is_wrong() {
    let folder = folder(&[("small.toml", &SMALL.replace("\"train.loss\"", "\"sharpness\""))]);
    let done = run(&folder, &["metrics", "small.toml"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    for part in [
        "train.loss ",
        "test.clean.accuracy.sd ",
        "spectrum.top-1.ratio ",
        "time of a run (s)",
        "mean loss over all training rows",
        "train.batch-size",
    ] {
        assert!(done.stdout.contains(part), "{part} is not in\n{}", done.stdout);
    }
    let refused = run(&folder, &["experiment", "small.toml"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("`metrics` tells what they are"), "{}", refused.stderr);
}

#[test]
fn an_unknown_key_without_a_near_word_points_to_explain() {
    let folder = folder(&[("small.toml", &SMALL.replace("hidden", "colour = 3, hidden"))]);
    let done = run(&folder, &["experiment", "small.toml"]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("`explain model` tells what they mean"), "{}", done.stderr);
}

#[test]
fn a_new_experiment_is_where_it_belongs_and_never_over_another() {
    let folder = folder(&[]);
    let new = |arguments: &[&str]| run(&folder, &[&["new"], arguments].concat());
    let first = new(&["mine"]);
    assert_eq!((first.code, first.stdout.as_str()), (Some(0), "mine.toml\n"), "{}", first.stderr);
    fs::create_dir(folder.path().join("experiments")).unwrap();
    assert_eq!(new(&["mine", "--template", "compare"]).stdout, "experiments/mine.toml\n");
    let again = new(&["mine"]);
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("experiments/mine.toml is there already"), "{}", again.stderr);
    let text = fs::read_to_string(folder.path().join("experiments/mine.toml")).unwrap();
    assert!(text.contains("[[sweep.case]]"), "{text}");
    let ran = run(&folder, &["experiment", "mine", "--profile", "quick", "--set", "train.steps=5"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(new(&["a/b.toml"]).code, Some(1), "there is no such folder");
    assert_eq!(new(&["no.name"]).code, Some(2));
}

#[test]
fn a_new_experiment_may_be_like_another_if_all_that_it_builds_on_is_there() {
    let folder = folder(&[]);
    let new = |arguments: &[&str]| run(&folder, &[&["new"], arguments].concat());
    let refused = new(&["mine", "--like", "batch-size-equal-epochs"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("`new batch-size --like batch-size`"), "{}", refused.stderr);
    let base = new(&["batch-size", "--like", "batch-size"]);
    assert!(base.code == Some(0) && base.stderr.contains("experiment batch-size.toml --profile quick\n"));
    assert_eq!(new(&["mine", "--like", "batch-size-equal-epochs"]).code, Some(0));
    let planned = run(&folder, &["experiment", "mine.toml", "--dry-run"]);
    assert_eq!(planned.code, Some(0), "{}", planned.stderr);
}

#[test]
fn a_new_experiment_finds_the_files_of_the_one_that_it_is_like() {
    let text = SMALL
        .replace(
            "{ kind = \"two-moons\", samples = 20 }",
            "{ kind = 'csv', path = 'd.csv', label = 'c' } # mine",
        )
        .replace(
            "{ sets = 3, samples = 10, variants = { clean = [] } }",
            "{ kind = 'file', path = \"./d.csv\" }",
        );
    let folder = folder(&[("small.toml", &text), ("d.csv", "x,c\n1,0\n2,1\n3,0\n4,1\n")]);
    fs::create_dir_all(folder.path().join("a/b")).unwrap();
    assert_eq!(run(&folder, &["new", "a/b/mine.toml", "--like", "./small.toml"]).code, Some(0));
    let copy = fs::read_to_string(folder.path().join("a/b/mine.toml")).unwrap();
    assert!(copy.contains("path = \"../../d.csv\", label = 'c' } # mine"), "{copy}");
    assert_eq!(copy.matches("../../d.csv").count(), 2, "{copy}");
    assert_eq!(run(&folder, &["experiment", "a/b/mine.toml", "--dry-run"]).code, Some(0));
    assert_eq!(run(&folder, &["new", "back.toml", "--like", "a/b/mine.toml"]).code, Some(0));
    let back = fs::read_to_string(folder.path().join("back.toml")).unwrap();
    assert_eq!(back, text.replace("'d.csv'", "\"d.csv\"").replace("./d.csv", "d.csv"));
}

#[test]
fn a_new_experiment_may_be_like_a_file_elsewhere() {
    let folder = folder(&[("small.toml", SMALL), ("more.toml", "extends = 'small.toml'\n")]);
    fs::create_dir(folder.path().join("other")).unwrap();
    let new = |arguments: &[&str]| run(&folder, &[&["new"], arguments].concat());
    let refused = new(&["other/mine.toml", "--like", "./more.toml"]);
    let told = "hint: `new other/small.toml --like ./small.toml` puts it there";
    assert!(refused.code == Some(2) && refused.stderr.contains(told), "{}", refused.stderr);
    let base = new(&["other/small.toml", "--like", "./small.toml"]);
    assert_eq!(
        (base.code, base.stderr.lines().last().unwrap().ends_with("other/small.toml")),
        (Some(0), true)
    );
    assert_eq!(new(&["other/mine.toml", "--like", "./more.toml"]).code, Some(0));
}

#[test]
fn a_misspelt_experiment_gets_the_near_one() {
    let done = run(&folder(&[]), &["experiment", "batch-sise"]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("did you mean `batch-size`?"), "{}", done.stderr);
}

#[test]
fn the_list_is_json_for_programs_and_shells_complete_the_commands() {
    let folder = folder(&[]);
    fs::create_dir(folder.path().join("experiments")).unwrap();
    fs::write(folder.path().join("experiments/batch-size.toml"), SMALL).unwrap();
    let list: Value = serde_json::from_str(&run(&folder, &["list", "--json"]).stdout).unwrap();
    let named =
        |name: &str| list.as_array().unwrap().iter().filter(|one| one["name"] == name).collect::<Vec<_>>();
    assert_eq!(named("batch-size")[0]["title"], "Small");
    assert_eq!((named("batch-size").len(), named("two-moons").len()), (1, 1));
    assert_eq!(named("two-moons")[0]["path"], Value::Null);
    for shell in ["bash", "fish", "zsh"] {
        let script = run(&folder, &["completions", shell]).stdout;
        assert!(script.contains("thalweg") && script.contains("explain"), "{shell}");
    }
}

#[test]
fn what_is_asked_and_not_measured_is_told() {
    let test = "test = { sets = 3, samples = 10, variants = { clean = [] } }\n";
    assert!(SMALL.contains(test));
    for (changes, expected, problems) in [
        (
            &[(test, ""), ("\"train.loss\"", "\"test.accuracy\"")][..],
            &["the runs have no value `test.accuracy`", "hint: add a [test] table: test = { sets = 100"][..],
            1,
        ),
        (
            &[("\"train.loss\"", "\"test.accuracy\"")],
            &["there are: test.clean.accuracy, test.clean.accuracy.sd, test.clean.loss"],
            1,
        ),
        (
            &[
                ("kind = \"bound\"", "kind = \"trend\"\ndirection = 'rising'\nagainst = 'train.batch-size'"),
                ("at-most = 1\n", "[sweep]\n'train.batch-size' = [2, 4]\n"),
            ],
            &["unknown value `rising`", "hint: here it is \"increasing\""],
            1,
        ),
        (
            &[
                (
                    "kind = \"bound\"",
                    "kind = \"trend\"\ndirection = 'increasing'\nagainst = 'test.clean.loss'",
                ),
                ("at-most = 1\n", "[sweep]\n'train.batch-size' = [2, 4, 8]\n"),
            ],
            &[
                "`test.clean.loss` is a value of the runs, which belongs in `of`",
                "hint: a number that is swept belongs here: train.batch-size",
            ],
            1,
        ),
        (
            &[
                ("\"train.loss\"", "'train.batch-size'"),
                ("at-most = 1\n", "at-most = 1\n[sweep]\n'train.batch-size' = [2, 4]\n"),
            ],
            &["`train.batch-size` is a setting, not a value of the runs", "hint: here belongs a value"],
            1,
        ),
        (
            &[("\"train.loss\"\nat-most = 1\n", "'test.clean.accuracy'\nat-least = 95\n")],
            &[
                "found 95, which lies outside of the range of `test.clean.accuracy`, [0, 1]",
                "hint: did you mean 0.95?",
            ],
            1,
        ),
        (
            &[("\"train.loss\"\n", "\"train.loss\"\nwhere = { samples = 3 }\n")],
            &["the runs have no setting `samples`", "hint: did you mean `data.samples`?"],
            1,
        ),
        (
            &[(
                "[[claim]]",
                "[[figure]]\nid = 'f'\nkind = 'curves'\ntitle = 'F'\nseries = 'optimizer'\ny = 'test.clean.loss'\n[[claim]]",
            )],
            &["the runs have no curve `test.clean.loss`, which is measured at the end alone"],
            1,
        ),
        (
            &[
                (
                    "kind = \"bound\"",
                    "kind = \"trend\"\ndirection = 'increasing'\nagainst = 'optimizer.kind'",
                ),
                ("at-most = 1\n", ""),
            ],
            &["`optimizer.kind` is not a number in every run", "hint: a claim of kind \"difference\""],
            1,
        ),
        // Nobody knows what a broken test would have yielded.
        (
            &[
                (test, "test = { kind = 'holdout', fraction = 0.2 }\n"),
                ("\"train.loss\"", "\"test.accuracy\""),
            ],
            &["test.kind: unknown value `holdout`"],
            1,
        ),
        // Nor what a broken probe would have, or whether a claim has enough points of a misspelt axis.
        (
            &[("\"spectrum\"", "\"spectrun\", id = \"sp\""), ("\"train.loss\"", "\"sp.top-1\"")],
            &["probe sp: kind: unknown value `spectrun`"],
            1,
        ),
        (
            &[
                ("[[claim]]", "sweep = { \"train.batch_size\" = [1, 2, 4] }\n[[claim]]"),
                (
                    "kind = \"bound\"",
                    "kind = \"trend\"\ndirection = 'increasing'\nagainst = 'train.batch-size'",
                ),
                ("at-most = 1\n", ""),
            ],
            &["sweep.train.batch_size: unknown key"],
            1,
        ),
    ] {
        let text =
            changes.iter().fold(SMALL.replace("1000\n", "1\n"), |text, (from, to)| text.replace(from, to));
        let done = run(&folder(&[("small.toml", &text)]), &["experiment", "small.toml", "--dry-run"]);
        assert_eq!(done.code, Some(2), "{}", done.stderr);
        for part in expected {
            assert!(done.stderr.contains(part), "no {part:?} in {}", done.stderr);
        }
        assert_eq!(done.stderr.matches("small.toml:").count(), problems, "{}", done.stderr);
    }
}

#[test]
fn a_place_in_a_list_is_explained_as_such() {
    let page = run(&folder(&[]), &["explain", "probe.0"]).stdout;
    assert!(page.starts_with("0 is a place in the list `probe`, counted from 0."), "{page}");
    assert!(page.contains("`explain probe.norms`"), "{page}");
    let page = run(&folder(&[]), &["explain", "claim learns: at-most"]).stdout;
    assert!(page.contains("\n  claim.bound.at-most  Upper end of the range.\n"), "{page}");
}
