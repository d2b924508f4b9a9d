//! `dictionary.csv` and `columns.json`: what the columns of the other tables mean.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use thalweg_records::{Quantity, Record};

use crate::Results;
use crate::column::{IDENTITY, SUMMARY};
use crate::number::written;
use crate::words;

/// One row for each column of the tables: what it is called, its unit, the least and the largest possible
/// value (empty: no end), its scale, what there is one value of, and a sentence.
pub(crate) fn table(results: &Results, tables: &[Vec<Vec<String>>]) -> Vec<Vec<String>> {
    let header = ["name", "label", "unit", "least", "most", "scale", "per", "description"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let mut known = BTreeSet::new();
    for name in tables.iter().filter_map(|table| table.first()).flatten() {
        if known.insert(name) {
            rows.push(row(results, name));
        }
    }
    rows
}

/// The same for programs: for each column its name, the type of its cells (`text`, `integer`, `number`,
/// `boolean` or `list`; any cell may be empty), its unit, a sentence, and the tables that have it.
pub(crate) fn json(dictionary: &[Vec<String>], tables: &[(&str, &Vec<Vec<String>>)]) -> Vec<u8> {
    let column = |row: &Vec<String>| {
        let name = &row[0];
        let having = tables.iter().filter(|(_, table)| table[0].contains(name));
        let kinds = having.clone().map(|(_, table)| Type::of_column(table, name));
        json!({
            "name": name,
            "type": kinds.reduce(Type::and).unwrap_or(Type::Text).as_str(),
            "unit": row[2],
            "meaning": row[7],
            "tables": having.map(|(file, _)| *file).collect::<Vec<_>>(),
        })
    };
    let columns: Vec<Value> = dictionary[1..].iter().map(column).collect();
    let text = serde_json::to_string_pretty(&columns).expect("columns are plain data");
    (text + "\n").into_bytes()
}

/// The type of a column's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Type {
    /// Nothing but empty cells.
    Empty,
    Boolean,
    Integer,
    Number,
    List,
    Text,
}

impl Type {
    /// That of a column of a table; names of runs are text, whatever their digits.
    pub(crate) fn of_column(table: &[Vec<String>], name: &str) -> Self {
        let Some(place) = table[0].iter().position(|known| known == name) else { return Self::Empty };
        if name == "key" {
            return Self::Text;
        }
        let cells = table[1..].iter().map(|row| row[place].as_str()).filter(|cell| !cell.is_empty());
        cells.map(Self::of_cell).reduce(Self::and).unwrap_or(Self::Empty)
    }

    fn of_cell(cell: &str) -> Self {
        match cell {
            "true" | "false" => Self::Boolean,
            _ if cell.parse::<i64>().is_ok() => Self::Integer,
            _ if cell.parse::<f64>().is_ok_and(f64::is_finite) => Self::Number,
            _ if cell.starts_with('[') => Self::List,
            _ => Self::Text,
        }
    }

    /// The type that holds both.
    fn and(self, other: Self) -> Self {
        let (low, high) = (self.min(other), self.max(other));
        match (low, high) {
            _ if low == high => low,
            (Self::Empty, _) | (Self::Integer, Self::Number) => high,
            _ => Self::Text,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::List => "list",
            Self::Empty | Self::Text => "text",
        }
    }
}

fn row(results: &Results, name: &str) -> Vec<String> {
    let plain = |per: &str, description: &str| {
        [name, name, "", "", "", "", per, description].map(str::to_owned).to_vec()
    };
    if let Some((_, description)) = IDENTITY.iter().find(|(known, _)| *known == name) {
        return plain("run", description);
    }
    if let Some((_, description)) = SUMMARY.iter().find(|(known, _)| *known == name) {
        return plain("point of the sweep", description);
    }
    let is_setting = |key: &String| key == name;
    if results.axes().iter().any(is_setting) || results.runs.iter().any(|run| run.setting(name).is_some()) {
        let runs: Vec<&Record> = results.runs.iter().collect();
        let words = words::words(&runs, name);
        let (label, unit) = (words.label.as_ref(), words.unit);
        return [name, label, unit, "", "", "", "run", "a setting of the run"].map(str::to_owned).to_vec();
    }
    let quantity = Quantity::of(name);
    let end = |end: f64| if end.is_finite() { written(end) } else { String::new() };
    vec![
        name.to_owned(),
        quantity.label.to_string(),
        quantity.unit.to_owned(),
        end(quantity.range.0),
        end(quantity.range.1),
        quantity.scale.as_str().to_owned(),
        quantity.per.as_str().to_owned(),
        quantity.doc.to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use thalweg_records::{Curve, Metric};

    use super::*;
    use crate::{made_up, tables};

    #[test]
    fn every_column_has_one_row_and_quantities_have_unit_and_range() {
        let mut results = made_up::results(2, |batch, _| batch);
        for run in &mut results.runs {
            let share = Metric { counted_over: Some(50), ..Metric::new("test.clean.accuracy", 0.5) };
            run.metrics.push(share);
            run.curves.push(Curve { name: "train.loss".into(), steps: vec![1], values: vec![1.0] });
        }
        let all = [tables::runs(&results, &[]), tables::curves(&results), tables::summary(&results)];
        let table = table(&results, &all);
        let names: Vec<&str> = table[1..].iter().map(|row| row[0].as_str()).collect();
        let mut columns: Vec<&str> = all.iter().flat_map(|table| &table[0]).map(String::as_str).collect();
        columns.sort_unstable();
        columns.dedup();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, columns);
        let find = |name: &str| table.iter().find(|row| row[0] == name).unwrap()[1..7].join("|");
        assert_eq!(find("test.clean.accuracy"), "test accuracy, clean||0|1|linear|test set");
        assert_eq!(find("seconds"), "time of a run|s|0||log|run");
        assert_eq!(find("step"), "step|parameter updates|0||linear|step");
        assert_eq!(find("train.batch-size"), "batch size|samples||||run", "a setting");
        assert_eq!(find("bootstrap-low"), "bootstrap-low|||||point of the sweep");
        assert!(table.iter().all(|row| row.len() == 8 && !row[7].is_empty()));
        let files = ["runs.csv", "curves.csv", "summary.csv"];
        let tables: Vec<(&str, &Vec<Vec<String>>)> = files.into_iter().zip(&all).collect();
        let columns: Vec<Value> = serde_json::from_slice(&json(&table, &tables)).unwrap();
        let find = |name: &str| columns.iter().find(|column| column["name"] == name).unwrap();
        assert_eq!(columns.len(), names.len());
        assert_eq!(find("train.batch-size")["type"], "integer");
        assert_eq!(find("test.clean.accuracy")["type"], "number");
        assert_eq!((&find("seconds")["unit"], &find("key")["type"]), (&json!("s"), &json!("text")));
        assert_eq!(find("train.loss")["tables"], json!(["curves.csv"]));
        assert_eq!(find("train.batch-size")["tables"], json!(files));
    }

    #[test]
    fn a_column_has_the_type_that_holds_all_its_cells() {
        let of = |cells: &[&str]| {
            let rows = std::iter::once("x").chain(cells.iter().copied());
            let table: Vec<Vec<String>> = rows.map(|cell| vec![cell.to_owned()]).collect();
            Type::of_column(&table, "x").as_str()
        };
        assert_eq!(of(&["1", "", "-2"]), "integer");
        assert_eq!(of(&["1", "2.5e-7"]), "number");
        assert_eq!((of(&["true", "false"]), of(&["true", "1"])), ("boolean", "text"));
        assert_eq!((of(&["[64,64]", "[]"]), of(&["[]", "adam"])), ("list", "text"));
        assert_eq!((of(&["relu", "1"]), of(&[""]), of(&["inf"])), ("text", "text", "text"));
    }
}
