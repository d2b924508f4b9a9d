//! `dictionary.csv`: what the columns of the other tables mean.

use std::collections::BTreeSet;

use thalweg_records::Quantity;

use crate::Results;
use crate::column::{IDENTITY, SUMMARY};
use crate::number::written;

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
        return plain("run", "a setting of the run");
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
        assert_eq!(find("train.batch-size"), "train.batch-size|||||run", "a setting");
        assert_eq!(find("bootstrap-low"), "bootstrap-low|||||point of the sweep");
        assert!(table.iter().all(|row| row.len() == 8 && !row[7].is_empty()));
    }
}
