//! Results side by side: how many runs, which settings differ, what the verdicts are.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use thalweg::records::Store;

use super::{may_have_failed, present, verdicts_of};
use crate::{Exit, note, result_name, say, say_prose};

/// Values of a setting that are listed; of more the last are only counted.
const MOST_VALUES: usize = 5;
/// Letters of a cell.
const WIDEST: usize = 24;

/// A result as a column.
struct Column {
    runs: String,
    /// For each setting its values, in the order of the runs.
    settings: BTreeMap<String, Vec<String>>,
    verdicts: BTreeMap<String, String>,
}

/// Prints a table with a column for each result, named by letters.
pub fn print(store: &Store, names: &[String]) -> Result<(), Exit> {
    let mut columns = Vec::new();
    for (name, letter) in names.iter().zip('A'..) {
        let folder = result_name::named(store, name)?;
        let plan = folder.read_plan()?;
        say_prose(format_args!("{letter}  {name}: {}", plan.title))?;
        let specs = folder.read_specs().unwrap_or_else(|e| {
            note(format_args!("warning: the settings of {name} are not known: {e}"));
            Vec::new()
        });
        columns.push(Column {
            runs: present(store, &plan, may_have_failed(&folder))?,
            settings: settings_of(specs.iter().filter_map(|(_, spec)| serde_json::from_str(spec).ok())),
            verdicts: verdicts_of(&folder).into_iter().collect(),
        });
    }
    let head = ('A'..).take(names.len()).map(|letter| letter.to_string()).collect();
    let mut rows = vec![(String::new(), head)];
    rows.push(("runs".to_owned(), columns.iter().map(|column| column.runs.clone()).collect()));
    rows.extend(differing(&columns.iter().map(|column| &column.settings).collect::<Vec<_>>()));
    rows.extend(verdicts(&columns));
    table(&rows).iter().try_for_each(say)?;
    Ok(())
}

/// The values of each setting by its dotted key, each once.
fn settings_of(specs: impl Iterator<Item = Value>) -> BTreeMap<String, Vec<String>> {
    let mut settings: BTreeMap<String, Vec<String>> = BTreeMap::new();
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

/// A row for each setting that is not the same everywhere.
fn differing(columns: &[&BTreeMap<String, Vec<String>>]) -> Vec<(String, Vec<String>)> {
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

/// A row for each claim of any of them.
fn verdicts(columns: &[Column]) -> Vec<(String, Vec<String>)> {
    let ids: BTreeSet<&String> = columns.iter().flat_map(|column| column.verdicts.keys()).collect();
    let cell = |column: &Column, id: &String| column.verdicts.get(id).cloned().unwrap_or("–".to_owned());
    let row = |id: &String| (format!("claim {id}"), columns.iter().map(|column| cell(column, id)).collect());
    ids.into_iter().map(row).collect()
}

/// Lines whose cells stand below each other.
fn table(rows: &[(String, Vec<String>)]) -> Vec<String> {
    let shorten = |text: &String| match text.chars().count() > WIDEST {
        true => text.chars().take(WIDEST - 1).chain(['…']).collect(),
        false => text.clone(),
    };
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|(name, cells)| std::iter::once(name.clone()).chain(cells.iter().map(shorten)).collect())
        .collect();
    let width = |i: usize| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
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

    #[test]
    fn cells_stand_below_each_other() {
        let rows = [("".to_owned(), vec!["A".to_owned()]), ("seed".to_owned(), vec!["x".repeat(30)])];
        let lines = table(&rows);
        assert_eq!(lines[0], "      A");
        assert_eq!(lines[1], format!("seed  {}…", "x".repeat(23)));
    }
}
