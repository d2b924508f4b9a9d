//! Verdicts from end to end: what is refused before it is computed, seeds until decided, and anybody's table.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use std::fs;
use std::path::Path;

use common::{Done, run};
use serde_json::Value;
use tempfile::TempDir;

const DESCENT: &str = r#"title = "A descent"
seed = 3
replicates = 4
[objective]
kind = "quadratic"
dim = 2
condition = 10
[optimizer]
kind = "momentum"
beta = 0.5
[schedule]
kind = "constant"
initial = 0.02
[train]
steps = 6
[sweep]
"schedule.initial" = [0.01, 0.02, 0.03]
[profile.narrow]
"schedule.initial" = 0.02
[profile.trial]
exploratory = true
"train.steps" = 5
[[claim]]
id = "falls"
says = "The loss falls with the rate"
kind = "trend"
of = "loss"
against = "schedule.initial"
direction = "decreasing"
"#;

#[test]
fn the_usual_situations_end_in_the_truth_or_with_a_reason_that_helps() {
    for (file, parts) in [
        ("no-scatter", &["inconclusive; mean 1 [0.478, 1]", "all 5 values are equal"][..]),
        (
            "one-walk",
            &["inconclusive; factor per level 1.1 ", "5 replicates cannot decide this at 5 %; about "],
        ),
        (
            "unequal-cells",
            &[
                "inconclusive; ratio 1.01",
                "5 of 10 runs with optimizer.nesterov = true diverged at steps 202 to 203",
                "10 runs (10 left out)",
            ],
        ),
        ("skewed", &["inconclusive; geometric mean 0.18 ", "log scale"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/situations/{file}.toml"));
        let done = run(&folder, &["experiment", path.to_str().unwrap(), "--store", "results"]);
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        for part in parts {
            assert!(done.stdout.contains(part), "no {part:?} in {}", done.stdout);
        }
        assert!(!done.stdout.contains("p = 0\n") && !done.stdout.contains("p = 0;"), "{}", done.stdout);
    }
    // Of the survivors it may be said what is true of them: Nesterov's momentum is higher where both finish.
    let folder = tempfile::tempdir().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/situations/unequal-cells.toml");
    let options =
        ["experiment", path.to_str().unwrap(), "--store", "results", "--set", "claim.0.survivors=true"];
    let done = run(&folder, &options);
    assert!(
        done.stdout.contains("refuted; ratio 1.01") && done.stdout.contains("of survivors only"),
        "{}",
        done.stdout
    );
}

#[test]
fn what_no_planned_run_can_answer_is_refused_and_what_only_an_option_forbids_is_a_warning() {
    let bound = |condition: &str| {
        format!(
            "[[claim]]\nid = \"low\"\nsays = \"Low\"\nkind = \"bound\"\nof = \"loss\"\nat-most = 1.0\nwhere = {condition}\n"
        )
    };
    for (text, part) in [
        (
            bound("{ \"schedule.initial\" = 0.05 }"),
            "claim low: where.schedule.initial: no run has schedule.initial = 0.05; runs have 0.01, 0.02, 0.03",
        ),
        (bound("{ \"schedule.initial\" = \"0.02\" }"), "a number is meant"),
        (bound("{ \"optimizer.kind\" = \"momentun\" }"), "did you mean `momentum`?"),
        (bound("{ optimizer = { kind = \"adam\" } }"), "\"optimizer.kind\" = … asks for one of them"),
        (bound("{ \"optimizer.kid\" = \"adam\" }"), "the runs have no setting `optimizer.kid`"),
        (
            "[[figure]]\nid = \"f\"\nkind = \"curves\"\ntitle = \"F\"\ny = \"loss\"\nseries = \"optimizer.kind\"\n\
             where = { \"schedule.initial\" = 0.05 }\n"
                .to_owned(),
            "figure f: where.schedule.initial: no run has schedule.initial = 0.05; runs have 0.01, 0.02, 0.03",
        ),
        (
            "[[figure]]\nid = \"f\"\nkind = \"scatter\"\ntitle = \"F\"\n\
             panels = [{ title = \"a\" }, { title = \"b\", where = { \"schedule.initial\" = 0.05 } }]\n"
                .to_owned(),
            "figure f: panels.1.where.schedule.initial: no run has schedule.initial = 0.05",
        ),
        (bound("{ replicate = 0 }") + "scale = \"lgo\"\n", "claim low: scale: unknown value `lgo`"),
    ] {
        let folder = folder(&(DESCENT.to_owned() + &text));
        let done = run(&folder, &["experiment", "d.toml", "--store", "results"]);
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{part}: {}", done.stderr);
        assert!(done.stderr.contains(part), "no {part:?} in {}", done.stderr);
        assert!(!folder.path().join("results").exists());
    }
    let two = DESCENT.replace("[0.01, 0.02, 0.03]", "[0.01, 0.02]");
    let refused = run(&folder(&two), &["experiment", "d.toml", "--store", "results"]);
    assert!(
        refused.code == Some(2) && refused.stderr.contains("a trend needs at least 3 values"),
        "{}",
        refused.stderr
    );
    for options in
        [&["--profile", "narrow"][..], &["--set", "schedule.initial=0.02"], &["--set", "replicates=1"]]
    {
        let folder = folder(DESCENT);
        let done = run(&folder, &[&["experiment", "d.toml", "--store", "results"], options].concat());
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        assert!(done.stderr.starts_with("warning: claim falls: "), "{}", done.stderr);
        assert!(done.stdout.contains("falls: ") && done.stdout.contains("inconclusive"), "{}", done.stdout);
    }
}

#[test]
fn a_dry_run_says_what_the_replicates_can_decide() {
    let done = run(&folder(DESCENT), &["experiment", "d.toml", "--store", "results", "--dry-run"]);
    // The noncentral t with 3 degrees of freedom: 2.0 spreads.
    assert!(done.stdout.ends_with("falls (4 replicates): 2.1\n"), "{}", done.stdout);
    assert!(done.stdout.contains("CPU time: about"), "{}", done.stdout);
    // Runs that may stop early take at most that.
    let options =
        ["experiment", "d.toml", "--store", "results", "--dry-run", "--set", "train.tolerance=1e-3"];
    let done = run(&folder(DESCENT), &options);
    assert!(done.stdout.contains("CPU time: at most about"), "{} {}", done.stdout, done.stderr);
}

#[test]
fn replicates_are_added_until_all_is_decided_and_none_counts_twice() {
    let folder = folder(DESCENT);
    let call = |options: &[&str]| {
        let done = run(&folder, &[&["experiment", "d.toml", "--store", "results"], options].concat());
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        done
    };
    let replicates = |result: &str| -> Vec<String> {
        let table = folder.path().join("results").join(result).join("runs.csv");
        let text = fs::read_to_string(table).unwrap();
        let mut rows = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let column = rows.next().unwrap().iter().position(|name| *name == "replicate").unwrap();
        let mut all: Vec<String> = rows.map(|row| row[column].to_owned()).collect();
        all.sort_by_key(|replicate| replicate.parse::<u64>().unwrap());
        all.dedup();
        all
    };
    call(&["--profile", "trial"]);
    assert_eq!(replicates("d@trial"), ["0", "1", "2", "3"]);
    let decided = call(&["--until-decided"]);
    assert!(decided.stderr.contains("fresh replicates from number 4 on"), "{}", decided.stderr);
    assert!(
        decided.stdout.contains("supported; ") && decided.stdout.contains("e-process of t"),
        "{}",
        decided.stdout
    );
    let added = replicates("d+until-decided");
    assert!(added[0] == "4" && (5..=12).contains(&added.len()), "{added:?}");
    let again = call(&["--until-decided"]);
    assert_eq!(again.stdout, decided.stdout);
    assert_eq!(again.stderr, decided.stderr.replace("number 4", &format!("number {}", added[0])));
    // One line says which are fresh, one for each look what is open.
    assert_eq!(decided.stderr.lines().count(), 1 + decided.stderr.matches(", undecided: ").count());
    // Another question is asked of fresh replicates, and stops at the most.
    let claim = "claim.0.direction=increasing";
    let other = call(&["--until-decided", "--max-replicates", "3", "--set", claim]);
    assert!(
        other.stderr.contains(&format!("fresh replicates from number {} on, at most 3", 4 + added.len())),
        "{}",
        other.stderr
    );
    assert!(other.stdout.contains("not decided at 5 % after 3 replicates"), "{}", other.stdout);
    let trial = run(
        &folder,
        &["experiment", "d.toml", "--store", "results", "--until-decided", "--profile", "trial"],
    );
    assert!(
        trial.code == Some(2) && trial.stderr.contains("these settings are exploratory"),
        "{}",
        trial.stderr
    );
}

#[test]
fn exploratory_verdicts_say_so() {
    let done = run(&folder(DESCENT), &["experiment", "d.toml", "--store", "results", "--profile", "trial"]);
    assert!(done.stdout.contains("supported (exploratory); "), "{}", done.stdout);
}

/// Samples from the documentation of SciPy: the differences of plant heights of `wilcoxon`, the first of the
/// trimmed example of `ttest_ind`, the shells of `f_oneway`, the pairs of `pearsonr`. What SciPy 1.17.1 makes
/// of them stands below.
#[test]
fn statistics_are_those_of_scipy() {
    let heights = [6.0, 8.0, 14.0, 16.0, 23.0, 24.0, 28.0, 29.0, 41.0, -48.0, 49.0, 56.0, 60.0, -67.0, 75.0];
    let long = [56.0, 128.6, 12.0, 123.8, 64.34, 78.0, 763.3];
    let all_of_tillamook = [0.0571, 0.0813, 0.0831, 0.0976, 0.0817, 0.0859, 0.0735, 0.0659, 0.0923, 0.0836];
    let tillamook = [0.0571, 0.0813, 0.0831, 0.0976, 0.0817, 0.0859, 0.0735, 0.0659];
    let newport = [0.0873, 0.0662, 0.0672, 0.0819, 0.0749, 0.0649, 0.0835, 0.0725];
    let (x, y) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], [10.0, 9.0, 2.5, 6.0, 4.0, 3.0, 2.0]);
    let mut rows = vec!["replicate,sample,value,group,x".to_owned()];
    let mut push = |sample: &str, first: usize, values: &[f64]| {
        rows.extend(values.iter().enumerate().map(|(i, v)| format!("{},{sample},{v},,", first + i)));
    };
    push("heights", 0, &heights);
    push("long", 100, &long);
    push("all-of-tillamook", 200, &all_of_tillamook);
    push("tillamook", 0, &tillamook);
    push("newport", 0, &newport);
    rows.extend(x.iter().zip(y).enumerate().map(|(i, (x, y))| format!("{i},pairs,{y},g{i},{x}")));
    let bound = |id: &str, rest: &str| {
        format!("[[claim]]\nid = \"{id}\"\nsays = \"{id}\"\nkind = \"bound\"\nof = \"value\"\n{rest}\n")
    };
    let between = |id: &str, a: &str, b: &str| {
        format!(
            "[[claim]]\nid = \"{id}\"\nsays = \"{id}\"\nkind = \"difference\"\nof = \"value\"\ndirection = \"higher\"\n\
             between = [{{ sample = \"{a}\" }}, {{ sample = \"{b}\" }}]\n"
        )
    };
    let claims = [
        bound("one-sample", "at-least = 0.0\nwhere = { sample = \"heights\" }"),
        bound("signs", "at-least = 0.0\nestimand = \"median\"\nwhere = { sample = \"heights\" }"),
        bound("logs", "at-least = 30.0\nscale = \"log\"\nwhere = { sample = \"long\" }"),
        between("welch", "all-of-tillamook", "newport"),
        between("pairs", "tillamook", "newport"),
        "[[claim]]\nid = \"tau\"\nsays = \"tau\"\nkind = \"relation\"\nof = \"value\"\nwith = \"x\"\nby = \"group\"\n\
         direction = \"decreasing\"\nwhere = { sample = \"pairs\" }\n"
            .to_owned(),
    ];
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.csv"), rows.join("\n")).unwrap();
    fs::write(folder.path().join("c.toml"), claims.concat()).unwrap();
    let done =
        run(&folder, &["judge", "t.csv", "--claims", "c.toml", "--json", "--settings", "sample,group"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let verdicts: Vec<Value> = serde_json::from_str(&done.stdout).unwrap();
    for (verdict, (id, effect, interval, p)) in verdicts.iter().zip([
        (
            "one-sample",
            20.933333333333334,
            Some((0.03119331839297601, 41.835473348273695)),
            0.049702944021800866,
        ),
        ("signs", 24.0, None, 0.00738525390625),
        ("logs", 88.03541201901591, None, 0.061232792479950345),
        (
            "welch",
            0.005400000000000002,
            Some((-0.004894698794328987, 0.01569469879432899)),
            0.2823978786684558,
        ),
        (
            "pairs",
            0.0034625000000000003,
            Some((-0.011271536510945108, 0.01819653651094511)),
            0.5957302420553552,
        ),
        ("tau", -0.7142857142857143, None, 0.03015873015873016),
    ]) {
        let close = |found: &Value, expected: f64| (found.as_f64().unwrap() / expected - 1.0).abs() < 1e-12;
        assert_eq!(verdict["id"], id);
        assert!(close(&verdict["effect"], effect) && close(&verdict["p"], p), "{verdict}");
        if let Some((low, high)) = interval {
            assert!(close(&verdict["interval"][0], low) && close(&verdict["interval"][1], high), "{verdict}");
        }
    }
}

#[test]
fn the_table_of_an_experiment_has_the_verdicts_of_its_report() {
    let learning = r#"title = "Shares, times, cells"
replicates = 4
[data]
kind = "two-moons"
samples = 40
[test]
sets = 3
samples = 20
variants = { clean = [] }
[model]
hidden = [5]
[optimizer]
kind = "sgd"
[schedule]
kind = "constant"
initial = 0.1
[train]
steps = 60
batch-size = 8
[sweep]
"train.batch-size" = [2, 8, 20]
"optimizer" = [{ kind = "sgd" }, { kind = "momentum", beta = 0.5 }]
[[claim]]
id = "accuracy"
says = "Four of five are classified correctly"
kind = "bound"
of = "test.clean.accuracy"
at-least = 0.8
where = { "model.activation" = "relu", "optimizer.kind" = "sgd" }
[[claim]]
id = "momentum"
says = "Momentum classifies more points correctly"
kind = "difference"
of = "train.accuracy"
between = [{ "optimizer.kind" = "momentum" }, { "optimizer.kind" = "sgd" }]
direction = "higher"
[[claim]]
id = "loss"
says = "Momentum's loss is lower by a tenth"
kind = "difference"
of = "train.loss"
between = [{ "optimizer.kind" = "momentum" }, { "optimizer.kind" = "sgd" }]
direction = "lower"
factor = 1.1
[[claim]]
id = "time"
says = "Larger batches take longer"
kind = "trend"
of = "train.seconds"
against = "train.batch-size"
direction = "increasing"
[[claim]]
id = "together"
says = "Where the loss is lower, more is classified correctly"
kind = "relation"
of = "test.clean.accuracy"
with = "train.loss"
direction = "decreasing"
"#;
    let facts = DESCENT.replace("[optimizer]", "[start]\nkind = \"point\"\nat = [1.0]\n[optimizer]");
    let falling_out = DESCENT.replace("0.03]", "0.03, 5.0]").replace("steps = 6", "steps = 2000");
    for text in [learning, facts.as_str(), falling_out.as_str()] {
        let folder = folder(text);
        let done = run(&folder, &["experiment", "d.toml", "--store", "results"]);
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        let judged = run(&folder, &["judge", "results/d/runs.csv", "--claims", "d.toml", "--json"]);
        assert_eq!(judged.code, Some(0), "{}", judged.stderr);
        let ours: Vec<Value> =
            serde_json::from_slice(&fs::read(folder.path().join("results/d/claims.json")).unwrap()).unwrap();
        let theirs: Vec<Value> = serde_json::from_str(&judged.stdout).unwrap();
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(&theirs) {
            for key in ["id", "verdict", "effect", "interval", "p", "p-adjusted", "reason"] {
                assert_eq!(ours[key], theirs[key], "{key} of {ours}");
            }
            for (key, other) in
                [("n-replicates", "replicates"), ("n-runs", "runs"), ("n-left-out", "left-out")]
            {
                assert_eq!(ours[key], theirs[other], "{key} of {ours}");
            }
        }
    }
}

#[test]
fn a_table_that_cannot_be_judged_is_refused_with_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let table = "replicate,optimizer,score\n0,sgd,1\n0,adam,2\n1,sgd,1.5\n1,adam,one\n";
    fs::write(folder.path().join("t.csv"), table).unwrap();
    let claim = |side: &str| {
        format!(
            "[[claim]]\nid = \"a\"\nsays = \"A\"\nkind = \"difference\"\nof = \"score\"\ndirection = \"higher\"\n\
             between = [{{ optimizer = \"{side}\" }}, {{ optimizer = \"sgd\" }}]\n"
        )
    };
    fs::write(folder.path().join("c.toml"), claim("adam")).unwrap();
    let judge =
        |options: &[&str]| run(&folder, &[&["judge", "t.csv", "--claims", "c.toml"], options].concat());
    let words = |done: Done, part: &str| {
        assert!(done.code == Some(2) && done.stderr.contains(part), "no {part:?} in {}", done.stderr);
    };
    words(judge(&[]), "t.csv:5: \"score\": \"one\" is not a number");
    fs::write(folder.path().join("t.csv"), table.replace("one", "1.8")).unwrap();
    words(
        judge(&["--replicate", "run"]),
        "there is no column \"run\", the columns are replicate, optimizer, score",
    );
    let open = judge(&["--require-claims"]);
    assert_eq!((open.code, open.stderr.lines().last()), (Some(3), Some("error: not supported: a")));
    assert!(
        open.stdout.contains("inconclusive; difference 0.65 [")
            && open.stderr.contains("settings are optimizer")
    );
    fs::write(folder.path().join("c.toml"), claim("adan")).unwrap();
    words(judge(&[]), "c.toml:7: claim a: between.0.optimizer: no run has optimizer = \"adan\"");
    fs::write(folder.path().join("c.toml"), claim("adam").replace("\"score\"", "\"scor\"")).unwrap();
    words(judge(&[]), "the table has no column `scor`\n  hint: did you mean `score`?");
    words(run(&folder, &["judge", "none.csv", "--claims", "c.toml"]), "none.csv: does not exist");

    // Everything at once: keys that cannot be read, keys that can, ids, and what the table lacks.
    let broken = "[[claim]]\nid = \"b c\"\nsays = 3\nkind = \"bound\"\nof = \"score\"\nat-most = 3\n\
                  scale = \"logg\"\nrange = [3, 1]\ncounted-over = 0\n";
    fs::write(folder.path().join("c.toml"), claim("adan") + broken).unwrap();
    let told = judge(&[]).stderr;
    let parts = [
        "error: 6 problems in c.toml\n",
        "c.toml:7: claim a: between.0.optimizer: no run has",
        "c.toml:9: claim b c: id: found \"b c\"",
        "c.toml:10: claim b c: says: found 3",
        "c.toml:14: claim b c: scale: unknown value `logg`",
        "c.toml:15: claim b c: range: found [3, 1]",
        "c.toml:16: claim b c: counted-over: found 0",
    ];
    assert!(parts.iter().all(|part| told.contains(part)), "{told}");
}

fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("d.toml"), text).unwrap();
    folder
}
