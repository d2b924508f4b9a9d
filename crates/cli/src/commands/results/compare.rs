//! Results side by side: how many runs, which settings differ, what the verdicts are.

use std::collections::{BTreeMap, BTreeSet};

use thalweg::records::Store;
use thalweg::report::{Settings, differing, settings_of};

use super::{may_have_failed, present, verdicts_of};
use crate::{Exit, note, result_name, say, say_prose, stored};

/// Letters of a cell.
const WIDEST: usize = 24;

/// A result as a column.
struct Column {
    runs: String,
    /// For each setting its values, in the order of the runs.
    settings: Settings,
    verdicts: BTreeMap<String, String>,
}

/// Prints a table with a column for each result, named by letters.
pub fn print(store: &Store, names: &[String]) -> Result<(), Exit> {
    let mut columns = Vec::new();
    for (name, letter) in names.iter().zip('A'..) {
        let folder = result_name::named(store, name)?;
        let plan = folder.read_plan()?;
        say_prose(format_args!("{letter}  {name}: {}", plan.title))?;
        let specs = stored::specs(&folder, &plan.runs);
        if let Some(warning) = specs.warning {
            note(format_args!("warning: not all settings of {name} are known: {warning}"));
        }
        columns.push(Column {
            runs: present(store, &plan, may_have_failed(&folder))?,
            settings: settings_of(specs.there.iter().filter_map(|(_, spec)| serde_json::from_str(spec).ok())),
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
    use super::*;

    #[test]
    fn cells_stand_below_each_other() {
        let rows = [("".to_owned(), vec!["A".to_owned()]), ("seed".to_owned(), vec!["x".repeat(30)])];
        let lines = table(&rows);
        assert_eq!(lines[0], "      A");
        assert_eq!(lines[1], format!("seed  {}…", "x".repeat(23)));
    }
}
