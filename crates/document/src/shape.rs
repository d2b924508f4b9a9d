//! Lists where tables belong.
//!
//! serde takes a list for a struct, its items for the fields in their order. In a file that people write,
//! `train = [100]` is a mistake. It shows when what was read is written again: there a table stands where the
//! list was.

use serde_json::Value as Json;
use toml::Value;

use crate::problem::Problem;

/// The lists in `value` that were read as tables; `written` is what was read.
pub(crate) fn lists_for_tables(value: &Value, written: &Json) -> Vec<Problem> {
    let mut problems = Vec::new();
    compare(value, written, &mut Vec::new(), &mut problems);
    problems
}

/// Whether there is any list, at whatever depth.
pub(crate) fn has_list(value: &Value) -> bool {
    match value {
        Value::Array(_) => true,
        Value::Table(table) => table.values().any(has_list),
        _ => false,
    }
}

fn compare(value: &Value, written: &Json, path: &mut Vec<String>, problems: &mut Vec<Problem>) {
    match (value, written) {
        (Value::Array(_), Json::Object(_)) => {
            let text = format!("found {value}, expected a table {{ key = value }}");
            problems.push(Problem::at(path.clone(), text));
        }
        (Value::Array(items), Json::Array(others)) => {
            for (i, (item, other)) in items.iter().zip(others).enumerate() {
                path.push(i.to_string());
                compare(item, other, path, problems);
                path.pop();
            }
        }
        (Value::Table(table), Json::Object(others)) => {
            for (key, item) in table {
                if let Some(other) = others.get(key) {
                    path.push(key.clone());
                    compare(item, other, path, problems);
                    path.pop();
                }
            }
        }
        _ => {}
    }
}
