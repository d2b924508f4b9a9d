//! Anybody's results: a CSV table with one row a run.
//!
//! ```text
//! optimizer,lr,seed,status,val_loss
//! adam,0.001,0,completed,0.31
//! ```
//! One column names the replicate (by default `replicate`), an optional `status` says `completed` or
//! `diverged` (`finished`, and `crashed`, `failed` or `killed` for a run without values, are understood too),
//! and every other column may be a setting that claims ask for or a value that they judge; an empty cell is a
//! missing value. Which columns are settings, so that runs are compared like with like, is said by the caller
//! or found out: those that claims name as settings, and those that have the same values in every replicate.
//! A `runs.csv` of an experiment says it by the order of its columns.

mod cells;
mod columns;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use thalweg_document::{Placed, Problems};
use thalweg_records::{Metric, Plan, Record, Status};

use self::cells::{Cells, number, status, typed};
use self::columns::{Columns, ValueColumn};
use crate::claims::counted;
use crate::column::COUNTED_OVER;
use crate::select::replicate;
use crate::settings;
use crate::{Claim, Results};

/// How to read a table.
#[derive(Debug, Clone)]
pub struct Reading<'a> {
    /// The file that it is from, for messages.
    pub file: &'a str,
    /// The name of the experiment.
    pub name: &'a str,
    /// The column that tells replicates apart.
    pub replicate: &'a str,
    /// Columns that are settings. Default found out.
    pub settings: Option<&'a [String]>,
    /// The column whose parts are judged on their own.
    pub by: Option<&'a str>,
}

/// A table as results.
#[derive(Debug, Clone)]
pub struct Tabled {
    /// The names of all columns.
    pub columns: Vec<String>,
    /// The results for each value of the column that parts it, with that value, or all in one.
    pub parts: Vec<(Option<String>, Results)>,
    /// What looks odd, and is no reason to refuse the table.
    pub oddities: Vec<String>,
}

/// Reads a table as the results that `claims` ask for.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_results(text: &[u8], claims: &[Claim], reading: &Reading<'_>) -> Result<Tabled, Problems> {
    let cells = Cells::parse(reading.file, text)?;
    let columns = Columns::new(&cells, claims, reading)?;
    let mut problems = Vec::new();
    let mut runs = Vec::new();
    for (line, row) in &cells.rows {
        match run(&cells, *line, row, &columns) {
            Ok(run) => runs.push((row, run)),
            Err(of_row) => problems.extend(of_row),
        }
    }
    if !problems.is_empty() {
        return Err(cells.wrong(problems));
    }
    let mut places: BTreeMap<Option<String>, usize> = BTreeMap::new();
    let mut parts: Vec<(Option<String>, Vec<Record>)> = Vec::new();
    for (row, run) in runs {
        let part = columns.by.map(|by| row[by].clone());
        let place = *places.entry(part.clone()).or_insert(parts.len());
        if place == parts.len() {
            parts.push((part, Vec::new()));
        }
        parts[place].1.push(run);
    }
    let own = || columns.settings.iter().map(|i| cells.header[*i].clone()).collect();
    let axes: Vec<String> = columns.swept.clone().unwrap_or_else(own);
    let of_part = |(part, mut runs): (Option<String>, Vec<Record>)| {
        runs.sort_by_key(|run| run.setting("replicate").and_then(Value::as_u64));
        let mut plan = Plan::new(reading.name, axes.clone());
        plan.runs = runs.iter().map(|run| run.key.clone()).collect();
        plan.sequential = columns.sequential;
        (part, Results::new(plan, runs))
    };
    let parts: Vec<(Option<String>, Results)> = parts.into_iter().map(of_part).collect();
    let oddities = parts.iter().flat_map(|(_, results)| oddities(results)).collect();
    Ok(Tabled { columns: cells.header, parts, oddities })
}

/// Combinations of settings and replicate that have several rows, or none.
fn oddities(results: &Results) -> Vec<String> {
    let mut rows: BTreeMap<String, BTreeMap<u64, usize>> = BTreeMap::new();
    for run in &results.runs {
        let settings: Vec<String> = results
            .axes()
            .iter()
            .map(|axis| run.setting(axis).map_or_else(String::new, Value::to_string))
            .collect();
        *rows.entry(settings.join(" × ")).or_default().entry(replicate(run)).or_default() += 1;
    }
    let replicates: BTreeSet<u64> = results.runs.iter().map(replicate).collect();
    let whole = rows.len() * replicates.len();
    let missing = whole - rows.values().map(BTreeMap::len).sum::<usize>();
    let repeated = rows.values().flat_map(BTreeMap::values).filter(|n| **n > 1).count();
    let of = if results.axes().is_empty() {
        "replicates".to_owned()
    } else {
        format!("replicate × {}", results.axes().join(" × "))
    };
    let mut oddities = Vec::new();
    if missing > 0 {
        let have = if missing == 1 { "has" } else { "have" };
        oddities.push(format!(
            "{missing} of {whole} combinations of {of} {have} no row: were runs that failed left out?"
        ));
    }
    if repeated > 0 {
        let (combinations, have) =
            (counted(repeated, "combination"), if repeated == 1 { "has" } else { "have" });
        oddities.push(format!("{combinations} of {of} {have} several rows, whose mean counts"));
    }
    oddities
}

/// A row as a run.
fn run(cells: &Cells, line: u64, row: &[String], columns: &Columns) -> Result<Record, Vec<Placed>> {
    let mut problems = Vec::new();
    let mut note = |message: String| problems.push(cells.problem(Some(line), message));
    let mut spec = Map::new();
    for (name, cell) in cells.header.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
        spec.insert(name.clone(), typed(cell));
    }
    for axis in columns.swept.iter().flatten().filter(|axis| cells.find(axis).is_none()) {
        let parts = spec.iter().map(|(key, value)| (key.as_str(), value.clone()));
        if let Some(table) = settings::table(axis, parts) {
            spec.insert(axis.clone(), table);
        }
    }
    spec.insert("replicate".to_owned(), columns.replicates[&row[columns.replicate]].into());
    let mut run = Record::empty(line.to_string(), Value::Object(spec));
    let mut has_values = true;
    if let Some(column) = columns.status {
        match status(&row[column]) {
            Ok(known) => (run.status, has_values) = known,
            Err(message) => note(message),
        }
        if let (Status::Diverged { step }, Some(column)) = (&mut run.status, columns.diverged_at) {
            *step = step.or(row[column].parse().ok());
        }
    }
    run.deterministic = columns.deterministic.is_some_and(|column| row[column] == "true");
    for ValueColumn { column, rows, range: (low, high) } in columns.values.iter().filter(|_| has_values) {
        let (name, cell) = (&cells.header[*column], &row[*column]);
        let value = match number(cell) {
            Ok(Some(value)) => value,
            Ok(None) => continue,
            Err(message) => {
                note(format!("\"{name}\": {message}"));
                continue;
            }
        };
        if !(*low..=*high).contains(&value) {
            let text = format!("\"{name}\": {value} lies outside of its range, {low} to {high}");
            note(text + " (a claim may say `range = […]`)");
        }
        let counted = rows.map(|rows| row[rows].as_str()).filter(|cell| !cell.is_empty());
        let counted_over = match counted.map(str::parse::<u64>) {
            None => None,
            Some(Ok(rows)) if rows > 0 => Some(rows),
            _ => {
                note(format!("\"{name}{COUNTED_OVER}\": expected a whole number of at least 1"));
                None
            }
        };
        run.metrics.push(Metric { counted_over, ..Metric::new(name.clone(), value) });
    }
    if problems.is_empty() { Ok(run) } else { Err(problems) }
}

#[cfg(test)]
mod tests;
