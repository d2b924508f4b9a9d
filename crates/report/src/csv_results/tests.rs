//! Tables read well and badly.

use serde_json::{Value, json};

use super::*;
use crate::{Mode, Word, judge};

const TABLE: &str = "seed,optimizer,lr,val/loss\n\
    0,sgd,0.1,1.0\n0,sgd,0.2,2.0\n0,adam,0.1,0.5\n0,adam,0.2,1.1\n\
    1,sgd,0.1,1.2\n1,sgd,0.2,2.3\n1,adam,0.1,0.8\n1,adam,0.2,1.2\n\
    2,sgd,0.1,1.1\n2,sgd,0.2,2.1\n2,adam,0.1,0.55\n2,adam,0.2,1.3\n";

fn claim(value: Value) -> Claim {
    let mut value = value;
    value["id"] = "c".into();
    value["says"] = "so".into();
    serde_json::from_value(value).unwrap()
}

fn lower() -> Claim {
    claim(json!({
        "kind": "difference", "of": "val/loss", "direction": "lower",
        "between": [{ "optimizer": "adam" }, { "optimizer": "sgd" }],
    }))
}

fn read(text: &str, claim: &Claim) -> Result<Results, Problems> {
    let reading = Reading { file: "t.csv", name: "t", replicate: "seed", settings: None, by: None };
    let all = read_results(text.as_bytes(), std::slice::from_ref(claim), &reading)?;
    Ok(all.parts.into_iter().next().unwrap().1)
}

#[test]
fn settings_are_the_columns_whose_values_come_back() {
    let results = read(TABLE, &lower()).unwrap();
    assert_eq!(results.axes(), ["optimizer", "lr"]);
    let verdict = judge(&[lower()], &results, Mode::Fixed).remove(0);
    assert_eq!((verdict.verdict, verdict.n_replicates, verdict.n_runs), (Word::Supported, 3, 12));
    // −0.5 and −0.9, −0.4 and −1.1, −0.55 and −0.8: means −0.7, −0.75, −0.675.
    assert!((verdict.effect.unwrap() + 2.125 / 3.0).abs() < 1e-12, "{verdict:?}");
    // A value that no claim names is no setting, wherever it stands.
    let wide = TABLE.replace("seed,", "score,seed,");
    let wide: Vec<String> = wide
        .lines()
        .enumerate()
        .map(|(i, line)| if i == 0 { line.into() } else { format!("0.{i}7,{line}") })
        .collect();
    assert_eq!(read(&wide.join("\n"), &lower()).unwrap().axes(), ["optimizer", "lr"]);
}

#[test]
fn a_swept_table_is_one_setting_whatever_its_columns() {
    let mut results = crate::made_up::results(3, |batch, r| batch + 0.1 * r as f64);
    results.plan.axes = vec!["optimizer".into(), "train.batch-size".into()];
    let rules = [
        json!({ "kind": "adam", "beta1": 0.9, "transforms": [] }),
        json!({ "kind": "sgd", "transforms": [{ "kind": "clip", "max": 1 }] }),
    ];
    for (i, run) in results.runs.iter_mut().enumerate() {
        run.spec["optimizer"] = rules[i / 3 % 2].clone();
    }
    let claim = claim(json!({
        "kind": "difference", "of": "loss", "direction": "lower",
        "between": [{ "optimizer.kind": "adam" }, { "optimizer.kind": "sgd" }],
    }));
    let bytes = crate::tables::to_csv(&crate::tables::runs(&results, std::slice::from_ref(&claim)));
    let text = String::from_utf8(bytes).unwrap();
    assert!(
        text.starts_with(
            "key,optimizer.kind,optimizer.beta1,optimizer.transforms,optimizer.transforms.0.kind"
        ),
        "{text}"
    );
    let reading = Reading { file: "t.csv", name: "t", replicate: "replicate", settings: None, by: None };
    let read = read_results(text.as_bytes(), std::slice::from_ref(&claim), &reading).unwrap();
    let read = &read.parts[0].1;
    assert_eq!(read.axes(), results.axes());
    let values = |results: &Results, key: &str| -> Vec<Value> {
        let mut all: Vec<Value> = results.runs.iter().filter_map(|run| run.setting(key).cloned()).collect();
        all.sort_by_key(Value::to_string);
        all
    };
    for key in ["optimizer", "optimizer.beta1", "optimizer.transforms.0.max", "train.batch-size"] {
        assert_eq!(values(read, key), values(&results, key), "{key}");
    }
    let verdict = |results: &Results| judge(std::slice::from_ref(&claim), results, Mode::Fixed).remove(0);
    let (ours, theirs) = (verdict(&results), verdict(read));
    assert_eq!((ours.n_runs, ours.effect, ours.interval), (theirs.n_runs, theirs.effect, theirs.interval));
}

#[test]
fn parts_are_judged_on_their_own_and_cells_have_types() {
    let reading = Reading { file: "t.csv", name: "t", replicate: "seed", settings: None, by: Some("lr") };
    let parts = read_results(TABLE.as_bytes(), &[lower()], &reading).unwrap().parts;
    let names: Vec<Option<&str>> = parts.iter().map(|(part, _)| part.as_deref()).collect();
    assert_eq!((names, parts[0].1.runs.len()), (vec![Some("0.1"), Some("0.2")], 6));
    assert_eq!(typed("1e-3").as_f64(), Some(1e-3));
    assert_eq!(
        [typed("8"), typed("True"), typed("{\"a\":1}"), typed("relu")],
        [json!(8), json!(true), json!({ "a": 1 }), json!("relu")]
    );
}

#[test]
fn missing_values_and_diverged_runs_are_no_values() {
    let text =
        "replicate,status,loss\n0,completed,1\n1,diverged,\n2,diverged at step 7,\n3,,nan\n4,completed,2\n";
    let bound = claim(json!({ "kind": "bound", "of": "loss", "at-most": 10.0 }));
    let reading = Reading { file: "t.csv", name: "t", replicate: "replicate", settings: None, by: None };
    let results =
        read_results(text.as_bytes(), std::slice::from_ref(&bound), &reading).unwrap().parts.remove(0).1;
    let verdict = judge(&[bound], &results, Mode::Fixed).remove(0);
    assert_eq!((verdict.verdict, verdict.n_runs, verdict.n_left_out), (Word::Inconclusive, 2, 3));
    let reason = verdict.reason.unwrap();
    assert!(
        reason.contains("2 of 5 runs diverged at step 7") && reason.contains("1 of 5 runs lack the value"),
        "{reason}"
    );
}

#[test]
fn every_problem_has_its_line() {
    for (text, part) in [
        (TABLE.replace(",1.0\n", ",one\n"), "t.csv:2: \"val/loss\": \"one\" is not a number"),
        (TABLE.replace("1,sgd,0.1,1.2", "1,sgd,0.1"), "t.csv:6: 3 columns in the row, 4 in the header"),
        (TABLE.replace("seed,", "run,"), "t.csv:1: there is no column \"seed\""),
        (TABLE.replace("\n1,sgd", "\n,sgd"), "t.csv:6: \"seed\" is empty"),
        (TABLE.replace(',', ";"), "separated by semicolons"),
        ("seed,x\n".to_owned(), "there is no row below the header"),
        ("\u{1f}\u{8b}".to_owned(), "not UTF-8"),
    ] {
        if part == "not UTF-8" {
            let bytes = [b'a', 0xFF, b'\n'];
            assert_eq!(Cells::parse("t.csv", &bytes).err().unwrap().all[0].message, "the file is not UTF-8");
            continue;
        }
        let problems = read(&text, &lower()).unwrap_err();
        assert!(problems.to_string().contains(part), "{part}: {problems}");
    }
    let text = "seed,status,val/loss,lr\n0,lost,one,1\n1,,2,1\n1,,two,2\n";
    let all: Vec<String> =
        read(text, &lower()).unwrap_err().all.into_iter().map(|problem| problem.message).collect();
    let expected = ["\"status\": found \"lost\"", "\"val/loss\": \"one\"", "\"val/loss\": \"two\""];
    assert!(all.len() == 3 && all.iter().zip(expected).all(|(told, part)| told.contains(part)), "{all:?}");
    let share = claim(json!({ "kind": "bound", "of": "acc", "at-least": 0.5, "range": [0, 1] }));
    let problem = read("seed,acc\n0,95.5\n1,96\n", &share).unwrap_err();
    assert!(
        problem.to_string().contains("t.csv:2: \"acc\": 95.5 lies outside of its range, 0 to 1"),
        "{problem}"
    );
}
