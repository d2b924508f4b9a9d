//! In which settings results differ.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Values of a setting that are listed; of more the last are only counted.
const MOST_VALUES: usize = 5;

/// The values of each setting by its dotted key, each once, in the order of the runs.
pub type Settings = BTreeMap<String, Vec<String>>;

/// The settings of some resolved specs.
pub fn settings_of(specs: impl Iterator<Item = Value>) -> Settings {
    let mut settings = Settings::new();
    for spec in specs {
        visit("", &spec, &mut |key, value| {
            let values = settings.entry(key.to_owned()).or_default();
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if !values.contains(&text) {
                values.push(text);
            }
        });
    }
    settings
}

/// Every setting below a key; a list is one.
fn visit(key: &str, value: &Value, tell: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(table) => {
            for (name, value) in table {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                visit(&key, value, tell);
            }
        }
        value => tell(key, value),
    }
}

/// A row for each setting that is not the same everywhere, with a cell for each of the results.
pub fn differing(columns: &[&Settings]) -> Vec<(String, Vec<String>)> {
    let keys: BTreeSet<&String> = columns.iter().flat_map(|column| column.keys()).collect();
    let differs = |key: &&String| columns.windows(2).any(|pair| pair[0].get(*key) != pair[1].get(*key));
    let cell = |values: Option<&Vec<String>>| match values {
        None => "–".to_owned(),
        Some(values) if values.len() > MOST_VALUES => {
            format!("{}, … ({} values)", values[..2].join(", "), values.len())
        }
        Some(values) => values.join(", "),
    };
    let row = |key: &String| (key.clone(), columns.iter().map(|column| cell(column.get(key))).collect());
    keys.into_iter().filter(differs).map(row).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_that_differ_have_a_row_and_those_that_do_not_have_none() {
        let of = |specs: &[Value]| settings_of(specs.iter().cloned());
        let a = of(&[json!({ "train": { "steps": 30, "batch-size": 4 }, "model": { "hidden": [4] } })]);
        let two = [4, 8].map(|batch| json!({ "train": { "steps": 30, "batch-size": batch }, "seed": "x" }));
        let b = of(&two);
        let row = |key: &str, cells: [&str; 2]| (key.to_owned(), cells.map(str::to_owned).to_vec());
        let expected = [
            row("model.hidden", ["[4]", "–"]),
            row("seed", ["–", "x"]),
            row("train.batch-size", ["4", "4, 8"]),
        ];
        assert_eq!(differing(&[&a, &b]), expected);
        let many: Vec<Value> = (0..9).map(|n| json!({ "replicate": n })).collect();
        assert_eq!(differing(&[&of(&many), &a])[1].1[0], "0, 1, … (9 values)");
    }
}
