//! What a report writes, and where.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use thalweg_records::{Curve, Metric, Plan, Record, ResultFolder, Status, Store, key_of};
use thalweg_report::report_of;

/// The result of a store with the runs of some learning rates, whose loss is `loss(rate)`; not finite:
/// diverged.
fn result(store: &Path, rates: &[f64], loss: impl Fn(f64) -> f64, figures: Value) -> (Store, ResultFolder) {
    let store = Store::new(store);
    let record = |rate: &f64| {
        let spec = json!({ "seed": 1, "replicate": 0, "rate": rate });
        let mut record = Record::empty(key_of(&spec), spec);
        if loss(*rate).is_finite() {
            record.metrics.push(Metric::new("loss", loss(*rate)));
            let (steps, values) = (vec![1, 2], vec![2.0 * loss(*rate), loss(*rate)]);
            record.curves.push(Curve { name: "loss".into(), steps, values });
        } else {
            record.status = Status::Diverged { step: Some(3) };
        }
        record.sealed()
    };
    let records: Vec<Record> = rates.iter().map(record).collect();
    let plan = Plan {
        title: "Made up".into(),
        runs: records.iter().map(|record| record.key.clone()).collect(),
        claims: json!([]),
        figures,
        ..Plan::new("made-up", vec!["rate".into()])
    };
    let folder = store.result("made-up@trial");
    folder.write_plan(&plan).unwrap();
    store.prepare().unwrap();
    store.keep(&records).unwrap();
    (store, folder)
}

fn figure(id: &str) -> Value {
    json!({ "kind": "summary", "id": id, "title": "Ends <1>", "x": "rate", "y": ["loss"] })
}

fn read(folder: &ResultFolder, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

#[test]
fn the_id_of_a_figure_never_leads_out_of_the_store() {
    let outside = TempDir::new().unwrap();
    let victim = outside.path().join("victim.svg");
    fs::write(&victim, "untouched").unwrap();
    for id in ["../../victim", "..", "a/b", "a\\b", "", "a b", "ü", "a.b"] {
        let folder = outside.path().join("results/made-up@trial");
        let figures = json!([figure("fine"), figure(id)]);
        let (store, result) = result(&outside.path().join("results"), &[0.1, 0.2], |rate| rate, figures);
        let message = report_of(&store, &result, false).unwrap_err().to_string();
        assert!(message.contains(&format!("{id:?}")) || message.contains(id), "{message}");
        assert!(message.contains("letters, digits, - and _"), "{message}");
        assert!(
            !folder.join("report.html").exists() && !folder.join("figures").exists(),
            "nothing is written"
        );
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
}

#[test]
fn a_figure_that_cannot_be_drawn_has_its_reason_where_it_would_stand() {
    let folder = TempDir::new().unwrap();
    let (store, result) = result(folder.path(), &[4.0, 6.0], |_| f64::NAN, json!([figure("ends")]));
    // Of a figure that could be drawn before.
    result.write("figures/ends.svg", b"old").unwrap();
    let written = report_of(&store, &result, false).unwrap();
    written.write(&result).unwrap();
    assert_eq!(written.missing, ["figure ends: all 2 runs diverged"]);
    let page = read(&result, "report.html");
    let place = page.split("<h2>Figures</h2>").nth(1).unwrap().split("<h2>").next().unwrap();
    assert!(place.contains("id=\"ends\"") && place.contains("Ends &lt;1&gt;"), "{place}");
    assert!(place.contains("Not drawn: all 2 runs diverged."), "{place}");
    // What to type to compute a run again, whatever the result is called.
    assert!(page.contains("\"result\":\"made-up@trial\""), "{page}");
    assert!(!result.path().join("figures/ends.svg").exists());
    assert!(
        page.contains("2 runs, 0 completed, 2 diverged")
            && page.contains("rate = 4</th><td>0</td><td>1</td></tr>"),
        "{page}"
    );
}

#[test]
fn numbers_in_tables_are_as_short_as_they_can_be_and_read_back() {
    let (tiny, huge) = (1.256_590_323_771_36e-175, 1.7e307);
    let folder = TempDir::new().unwrap();
    let loss = |rate: f64| if rate < 1e-5 { tiny } else { huge };
    let (store, result) = result(folder.path(), &[1e-10, 0.5], loss, json!([figure("ends")]));
    report_of(&store, &result, false).unwrap().write(&result).unwrap();
    for (name, texts) in [
        ("runs.csv", ["1.25659032377136e-175", "1.7e307", "1e-10"].as_slice()),
        ("curves.csv", &["1.25659032377136e-175", "1.7e307"]),
        ("summary.csv", &["1.7e307", "1e-10"]),
    ] {
        let table = read(&result, name);
        assert!(texts.iter().all(|text| table.contains(text)), "{name}: {table}");
        assert!(table.split([',', '\n']).all(|cell| cell.len() < 40), "{name}: {table}");
    }
    assert!(read(&result, "dictionary.csv").contains("\nloss,loss,,0,,log,step,"));
}
