//! Tables as JSON: a list of rows, each an object.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use crate::dictionary::Type;
use crate::table_files::Tables;

/// `runs.json` and the others, with `columns.json`.
pub(super) fn files(tables: &Tables) -> BTreeMap<String, Vec<u8>> {
    let json = |(name, table): (&str, &Vec<Vec<String>>)| {
        let name = name.trim_end_matches(".csv").to_owned() + ".json";
        (name, rows(table))
    };
    let mut files: BTreeMap<String, Vec<u8>> = tables.named().map(json).collect();
    files.insert("columns.json".to_owned(), tables.columns());
    files
}

fn rows(table: &[Vec<String>]) -> Vec<u8> {
    let kinds: Vec<Type> = table[0].iter().map(|name| Type::of_column(table, name)).collect();
    let row = |row: &Vec<String>| {
        let cells = table[0].iter().zip(&kinds).zip(row);
        let cells = cells.map(|((name, kind), cell)| (name.clone(), value(*kind, cell)));
        serde_json::to_string(&cells.collect::<Map<String, Value>>()).expect("rows are plain data")
    };
    let rows: Vec<String> = table[1..].iter().map(row).collect();
    format!("[\n{}\n]\n", rows.join(",\n")).into_bytes()
}

fn value(kind: Type, cell: &str) -> Value {
    if cell.is_empty() {
        return Value::Null;
    }
    let number = || match kind {
        Type::Integer => cell.parse::<i64>().ok().map(Number::from),
        Type::Number => cell.parse::<f64>().ok().and_then(Number::from_f64),
        _ => None,
    };
    match kind {
        Type::Boolean => Value::Bool(cell == "true"),
        Type::Integer | Type::Number => number().map_or_else(|| cell.into(), Value::Number),
        Type::List => serde_json::from_str(cell).unwrap_or_else(|_| cell.into()),
        Type::Empty | Type::Text => cell.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::made_up;

    #[test]
    fn rows_are_objects_whose_numbers_are_numbers() {
        let mut results =
            made_up::results(2, |batch, r| if batch < 8.0 { batch / 3.0 + r as f64 } else { f64::NAN });
        results.runs[0].key = "12e45".into();
        let files = files(&Tables::new(&results, &[]));
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(names, ["columns.json", "curves.json", "runs.json", "summary.json"]);
        let runs: Vec<Value> = serde_json::from_slice(&files["runs.json"]).unwrap();
        assert_eq!(
            runs[0],
            json!({ "key": "12e45", "train.batch-size": 1, "seed": 1, "replicate": 0, "status": "completed",
                "diverged-at": null, "loss": 1.0 / 3.0, "seconds": 1 })
        );
        assert_eq!((&runs[7]["loss"], &runs[7]["diverged-at"]), (&Value::Null, &json!(3)));
        assert_eq!(serde_json::from_slice::<Vec<Value>>(&files["curves.json"]).unwrap(), Vec::<Value>::new());
    }
}
