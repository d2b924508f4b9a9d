//! Settings as columns of tables: one for each value, also where a whole table was swept.

use std::collections::HashSet;

use serde_json::{Map, Value};
use thalweg_records::Record;

use crate::Results;
use crate::number::written;

/// The columns of the swept settings. A swept table, such as `optimizer`, has a column for each of its
/// settings, `optimizer.kind` and `optimizer.beta1`, in the order in which runs first have them.
pub(crate) fn columns(results: &Results) -> Vec<String> {
    let runs = || results.runs.iter().chain(&results.companions);
    let (mut all, mut known) = (Vec::new(), HashSet::new());
    for axis in results.axes() {
        let mut leaves = Vec::new();
        runs().filter_map(|run| run.setting(axis)).for_each(|value| collect(axis, value, &mut leaves));
        if leaves.is_empty() {
            leaves.push(axis.clone());
        }
        all.extend(leaves.into_iter().filter(|key| known.insert(key.clone())));
    }
    all
}

/// Whether a swept setting has no column of its own.
pub(crate) fn has_tables(results: &Results, columns: &[String]) -> bool {
    results.axes().iter().any(|axis| !columns.contains(axis))
}

/// A setting of a run as a cell; empty if it has none.
pub(crate) fn cell(run: &Record, key: &str) -> String {
    match run.setting(key) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if number.is_f64() => number.as_f64().map_or_else(String::new, written),
        // What has columns of its own in other runs.
        Some(value) if is_parted(value) => String::new(),
        Some(value) => value.to_string(),
    }
}

/// The table of which cells are the settings: the way back from [`columns`].
pub(crate) fn table<'a>(axis: &str, cells: impl IntoIterator<Item = (&'a str, Value)>) -> Option<Value> {
    let mut table = Map::new();
    for (key, value) in cells {
        let Some(rest) = key.strip_prefix(axis).and_then(|rest| rest.strip_prefix('.')) else { continue };
        insert(&mut table, rest, value);
    }
    (!table.is_empty()).then(|| with_lists(Value::Object(table)))
}

fn insert(table: &mut Map<String, Value>, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
        }
        Some((first, rest)) => {
            let below = table.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(below) = below {
                insert(below, rest, value);
            }
        }
    }
}

/// Tables with the keys 0, 1, … as lists.
fn with_lists(value: Value) -> Value {
    let Value::Object(table) = value else { return value };
    let is_list = (0..table.len()).all(|i| table.contains_key(&i.to_string()));
    let mut parts: Vec<(String, Value)> =
        table.into_iter().map(|(key, value)| (key, with_lists(value))).collect();
    if !is_list {
        return Value::Object(parts.into_iter().collect());
    }
    parts.sort_by_key(|(key, _)| key.parse::<usize>().unwrap_or_default());
    Value::Array(parts.into_iter().map(|(_, value)| value).collect())
}

/// Whether a value has parts with names, or numbers, of their own.
fn is_parted(value: &Value) -> bool {
    match value {
        Value::Object(table) => !table.is_empty(),
        Value::Array(items) => items.iter().any(Value::is_object),
        _ => false,
    }
}

fn collect(key: &str, value: &Value, leaves: &mut Vec<String>) {
    match value {
        Value::Object(table) if is_parted(value) => {
            table.iter().for_each(|(name, value)| collect(&format!("{key}.{name}"), value, leaves));
        }
        Value::Array(items) if is_parted(value) => {
            items.iter().enumerate().for_each(|(i, value)| collect(&format!("{key}.{i}"), value, leaves));
        }
        _ if leaves.iter().any(|known| known == key) => {}
        _ => leaves.push(key.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::made_up;

    #[test]
    fn a_swept_table_has_a_column_for_each_setting_and_comes_back() {
        let mut results = made_up::results(1, |batch, _| batch);
        results.plan.axes = vec!["optimizer".into(), "train.batch-size".into()];
        let adam = json!({ "kind": "adam", "beta1": 0.9, "epsilon": 1e-8, "steps": 5e4, "nesterov": false,
            "sizes": [64, 32], "transforms": [{ "kind": "clip", "max": 1.0 }, { "kind": "decay", "rate": 0.1 }] });
        let sgd = json!({ "kind": "sgd", "transforms": [], "then": { "kind": "constant" } });
        for (run, rule) in results.runs.iter_mut().zip([&adam, &sgd]) {
            run.spec["optimizer"] = rule.clone();
        }
        let columns = columns(&results);
        let names = [
            "beta1",
            "epsilon",
            "kind",
            "nesterov",
            "sizes",
            "steps",
            "transforms.0.kind",
            "transforms.0.max",
            "transforms.1.kind",
            "transforms.1.rate",
            "then.kind",
            "transforms",
        ];
        let mut sorted: Vec<&str> = columns.iter().filter_map(|key| key.strip_prefix("optimizer.")).collect();
        sorted.sort_unstable();
        let mut expected = names.to_vec();
        expected.sort_unstable();
        assert_eq!(sorted, expected);
        assert!(columns.last().unwrap() == "train.batch-size" && has_tables(&results, &columns));
        let cell = |i: usize, key: &str| cell(&results.runs[i], key);
        assert_eq!(cell(0, "optimizer.epsilon"), "1e-8");
        assert_eq!(
            (cell(0, "optimizer.steps"), cell(0, "optimizer.sizes")),
            ("50000".into(), "[64,32]".into())
        );
        assert_eq!(
            (cell(1, "optimizer.transforms"), cell(0, "optimizer.transforms")),
            ("[]".into(), String::new())
        );
        assert_eq!(cell(1, "optimizer.beta1"), "");
        for (run, rule) in results.runs.iter().zip([&adam, &sgd]) {
            let cells = columns.iter().filter_map(|key| Some((key.as_str(), run.setting(key)?.clone())));
            let cells = cells.filter(|(_, value)| !is_parted(value));
            assert_eq!(table("optimizer", cells).as_ref(), Some(rule));
        }
        assert_eq!(table("opt", [("optimizer.kind", json!(1))]), None);
    }
}
