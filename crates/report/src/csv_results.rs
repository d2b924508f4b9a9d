//! Anybody's results: a CSV table with one row a run.
//!
//! ```text
//! optimizer,lr,seed,status,val_loss
//! adam,0.001,0,completed,0.31
//! ```
//! One column names the replicate (by default `replicate`), an optional `status` says `completed` or `diverged` (`finished`, and
//! `crashed`, `failed` or `killed` for a run without values, are understood too), and every other
//! column may be a setting that claims ask for or a value that they judge; an empty cell is a missing value. Which columns are
//! settings, so that runs are compared like with like, is said by the caller or found out: those that claims name as settings,
//! and those that have the same values in every replicate. A `runs.csv` of an experiment says it by the order of its columns.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use thalweg_records::{Metric, Quantity, Record, Sequential, Status};

use crate::results::{frame, without_values};
use crate::select::replicate;
use crate::tables::{AFTER_EACH, COUNTED_OVER, DETERMINISTIC, LOOKS};
use crate::{Claim, Results, Use};

/// Problems that are listed of one table.
const MOST_PROBLEMS: usize = 20;

/// How to read a table.
#[derive(Debug, Clone)]
pub struct Reading<'a> {
    /// The name of the experiment, for messages.
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

/// What is wrong with a table: the line, if it is one, and what would be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct TableProblem {
    /// From 1, which is the header.
    pub line: Option<u64>,
    /// What was found, and what would be accepted.
    pub message: String,
}

/// The cells of a table, with the line of each row.
struct Cells {
    header: Vec<String>,
    rows: Vec<(u64, Vec<String>)>,
}

/// Reads a table as the results that `claims` ask for.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_results(
    text: &[u8],
    claims: &[Claim],
    reading: &Reading<'_>,
) -> Result<Tabled, Vec<TableProblem>> {
    let cells = Cells::parse(text)?;
    let columns = cells.columns(claims, reading)?;
    let mut problems = Vec::new();
    let mut runs = Vec::new();
    for (line, row) in &cells.rows {
        match cells.run(*line, row, &columns) {
            Ok(run) => runs.push((row, run)),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(shortened(problems));
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
    let axes: Vec<String> = columns.settings.iter().map(|i| cells.header[*i].clone()).collect();
    let of_part = |(part, mut runs): (Option<String>, Vec<Record>)| {
        runs.sort_by_key(|run| run.setting("replicate").and_then(Value::as_u64));
        let mut plan = frame(reading.name, axes.clone());
        plan.runs = runs.iter().map(|run| run.key.clone()).collect();
        plan.sequential = columns.sequential;
        (part, Results { plan, runs })
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
        oddities.push(format!(
            "{missing} of {whole} combinations of {of} have no row: were runs that failed left out?"
        ));
    }
    if repeated > 0 {
        oddities.push(format!("{repeated} combinations of {of} have several rows, whose mean counts"));
    }
    oddities
}

/// As many problems as anybody reads, and how many more there are.
fn shortened(mut problems: Vec<TableProblem>) -> Vec<TableProblem> {
    let more = problems.len().saturating_sub(MOST_PROBLEMS);
    problems.truncate(MOST_PROBLEMS);
    if more > 0 {
        problems.push(TableProblem { line: None, message: format!("and {more} more like these") });
    }
    problems
}

/// Which column is what.
struct Columns {
    replicate: usize,
    status: Option<usize>,
    deterministic: Option<usize>,
    /// Whether the table is of replicates that were looked at one by one.
    sequential: Option<Sequential>,
    by: Option<usize>,
    settings: Vec<usize>,
    values: Vec<ValueColumn>,
    /// The number of each replicate, by its cell.
    replicates: BTreeMap<String, u64>,
}

/// A column of values.
struct ValueColumn {
    column: usize,
    /// The column of the rows that they were counted over.
    rows: Option<usize>,
    /// The range that claims, or the product, know of them.
    range: (f64, f64),
}

impl Cells {
    fn parse(bytes: &[u8]) -> Result<Self, Vec<TableProblem>> {
        let whole = |message: &str| vec![TableProblem { line: None, message: message.to_owned() }];
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return Err(whole("the file is UTF-16, UTF-8 is needed"));
        }
        if bytes.starts_with(&[0x1F, 0x8B]) {
            return Err(whole("the file is gzipped: unpack it first"));
        }
        let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
        if std::str::from_utf8(bytes).is_err() {
            return Err(whole("the file is not UTF-8"));
        }
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let header: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(|name| name.trim().to_owned()).collect(),
            Err(e) => return Err(whole(&format!("not CSV: {e}"))),
        };
        if header.len() == 1 && header[0].contains([';', '\t']) {
            return Err(whole("the columns are separated by semicolons or tabs, commas are needed"));
        }
        if header.is_empty() || header.iter().all(String::is_empty) {
            return Err(whole("there is no header, a line with the names of the columns"));
        }
        let mut problems = Vec::new();
        for (i, name) in header.iter().enumerate() {
            if header[..i].contains(name) {
                problems.push(TableProblem {
                    line: Some(1),
                    message: format!("two columns are called \"{name}\""),
                });
            }
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    if record.len() == header.len() {
                        rows.push((line, record.iter().map(|cell| cell.trim().to_owned()).collect()));
                    } else if !record.iter().all(|cell| cell.trim().is_empty()) {
                        let message =
                            format!("{} columns in the row, {} in the header", record.len(), header.len());
                        problems.push(TableProblem { line: Some(line), message });
                    }
                }
                Err(e) => problems.push(TableProblem { line: None, message: format!("not CSV: {e}") }),
            }
        }
        if rows.is_empty() && problems.is_empty() {
            return Err(whole("there is no row below the header"));
        }
        if problems.is_empty() { Ok(Self { header, rows }) } else { Err(shortened(problems)) }
    }

    /// Whether it is the `runs.csv` of an experiment.
    fn is_ours(&self) -> bool {
        self.header[0] == "key" && self.find("seed").is_some() && self.find("status").is_some()
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|known| known == name)
    }

    fn columns(&self, claims: &[Claim], reading: &Reading<'_>) -> Result<Columns, Vec<TableProblem>> {
        let mut problems = Vec::new();
        let mut need = |name: &str, option: &str| {
            let found = self.find(name);
            if found.is_none() {
                let message = format!(
                    "there is no column \"{name}\", the columns are {}\nhint: {option}",
                    self.header.join(", ")
                );
                problems.push(TableProblem { line: Some(1), message });
            }
            found
        };
        let replicate =
            need(reading.replicate, "--replicate COLUMN names the column that tells replicates apart");
        let by = reading.by.map(|by| need(by, "--by COLUMN judges each part of the table on its own"));
        let given: Option<Vec<usize>> = reading.settings.map(|names| {
            names.iter().filter_map(|name| need(name, "--settings COLUMN,… names settings")).collect()
        });
        if !problems.is_empty() {
            return Err(problems);
        }
        let replicate = replicate.unwrap_or_default();
        let by = by.flatten();
        let values = self.values(claims);
        // Elsewhere a column of that name may mean anything.
        let ours = |name: &str| self.find(name).filter(|_| self.is_ours());
        let special = [self.find("status"), ours(DETERMINISTIC), ours(LOOKS)];
        let taken = |i: usize| {
            i == replicate
                || Some(i) == by
                || special.contains(&Some(i))
                || values.iter().any(|value| value.column == i)
        };
        let settings = given.unwrap_or_else(|| self.settings(claims, (replicate, by), &taken));
        let replicates = self.replicates(replicate)?;
        let deterministic = special[1];
        let is_sequential = |column: usize| self.rows.iter().any(|(_, row)| row[column] == AFTER_EACH);
        let sequential = special[2]
            .filter(|column| is_sequential(*column))
            .map(|_| Sequential { first: 0, most: self.rows.len() as u64 });
        Ok(Columns {
            replicate,
            status: special[0],
            deterministic,
            sequential,
            by,
            settings,
            values,
            replicates,
        })
    }

    /// The columns that claims judge.
    fn values(&self, claims: &[Claim]) -> Vec<ValueColumn> {
        let mut values: Vec<ValueColumn> = Vec::new();
        for claim in claims {
            for used in claim.uses() {
                let Use::Value(name) = used else { continue };
                let Some(column) = self.find(name) else { continue };
                // What a claim says of the range, it says of what it is about, not of what that is compared with.
                let said = claim.terms.range.filter(|_| claim.is_about(name));
                let range = said.map_or(Quantity::of(name).range, |[low, high]| (low, high));
                match values.iter_mut().find(|value| value.column == column) {
                    Some(value) => value.range = (value.range.0.max(range.0), value.range.1.min(range.1)),
                    None => {
                        let rows = self.find(&format!("{name}{COUNTED_OVER}"));
                        values.push(ValueColumn { column, rows, range });
                    }
                }
            }
        }
        values
    }

    /// Columns that are settings of runs.
    fn settings(
        &self,
        claims: &[Claim],
        (replicate, by): (usize, Option<usize>),
        taken: &dyn Fn(usize) -> bool,
    ) -> Vec<usize> {
        // What stands between `key` and `seed` in a table of an experiment are its settings.
        if let Some(seed) = self.find("seed").filter(|_| self.is_ours()) {
            return (1..seed).filter(|i| !taken(*i)).collect();
        }
        let named: BTreeSet<&str> = claims
            .iter()
            .flat_map(Claim::uses)
            .filter_map(|used| match used {
                Use::Setting(key) | Use::Number(key) => Some(key),
                _ => None,
            })
            .collect();
        let is_named = |name: &str| {
            named.iter().any(|key| {
                key.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        // A setting has the same values in every replicate of a part; in one that lacks rows, some of them.
        let comes_back = |i: usize| {
            let mut own: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
            for (_, row) in &self.rows {
                own.entry((by.map_or("", |by| &row[by]), &row[replicate])).or_default().push(&row[i]);
            }
            own.values_mut().for_each(|values| values.sort_unstable());
            let is_part_of = |some: &[&str], all: &[&str]| {
                let mut rest = all.iter();
                some.iter().all(|value| rest.any(|other| other == value))
            };
            let mut fullest: BTreeMap<&str, &Vec<&str>> = BTreeMap::new();
            for ((part, _), values) in &own {
                let known = fullest.entry(part).or_insert(values);
                if values.len() > known.len() {
                    *known = values;
                }
            }
            own.len() > fullest.len()
                && own.iter().all(|((part, _), values)| is_part_of(values, fullest[part]))
        };
        (0..self.header.len())
            .filter(|i| !taken(*i) && !self.header[*i].ends_with(COUNTED_OVER))
            .filter(|i| is_named(&self.header[*i]) || comes_back(*i))
            .collect()
    }

    /// Numbers the replicates: by their own number where all are numbers (0 and 0.0 are one), else in the order of their names.
    fn replicates(&self, column: usize) -> Result<BTreeMap<String, u64>, Vec<TableProblem>> {
        let empty =
            self.rows.iter().filter(|(_, row)| row[column].is_empty()).map(|(line, _)| TableProblem {
                line: Some(*line),
                message: format!("\"{}\" is empty: every run belongs to a replicate", self.header[column]),
            });
        let problems: Vec<TableProblem> = empty.collect();
        if !problems.is_empty() {
            return Err(shortened(problems));
        }
        let names: BTreeSet<&String> = self.rows.iter().map(|(_, row)| &row[column]).collect();
        let numbers: Option<Vec<f64>> =
            names.iter().map(|name| name.parse().ok().filter(|number: &f64| number.is_finite())).collect();
        let Some(numbers) = numbers else { return Ok(names.into_iter().cloned().zip(0..).collect()) };
        let mut sorted = numbers.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        let place = |number: f64| sorted.partition_point(|known| *known < number) as u64;
        Ok(names.into_iter().cloned().zip(numbers.into_iter().map(place)).collect())
    }

    fn run(&self, line: u64, row: &[String], columns: &Columns) -> Result<Record, TableProblem> {
        let fail = |message: String| TableProblem { line: Some(line), message };
        let mut spec = Map::new();
        for (name, cell) in self.header.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            spec.insert(name.clone(), typed(cell));
        }
        spec.insert("replicate".to_owned(), columns.replicates[&row[columns.replicate]].into());
        let mut run = without_values(line.to_string(), Value::Object(spec));
        let mut has_values = true;
        if let Some(column) = columns.status {
            (run.status, has_values) = status(&row[column]).map_err(fail)?;
        }
        run.deterministic = columns.deterministic.is_some_and(|column| row[column] == "true");
        for ValueColumn { column, rows, range: (low, high) } in columns.values.iter().filter(|_| has_values) {
            let (name, cell) = (&self.header[*column], &row[*column]);
            let Some(value) = number(cell).map_err(|e| fail(format!("\"{name}\": {e}")))? else { continue };
            if !(*low..=*high).contains(&value) {
                let text = format!("\"{name}\": {value} lies outside of its range, {low} to {high}");
                return Err(fail(text + " (a claim may say `range = […]`)"));
            }
            let counted = rows.map(|rows| row[rows].as_str()).filter(|cell| !cell.is_empty());
            let counted_over = match counted.map(str::parse::<u64>) {
                None => None,
                Some(Ok(rows)) if rows > 0 => Some(rows),
                _ => {
                    return Err(fail(format!(
                        "\"{name}{COUNTED_OVER}\": expected a whole number of at least 1"
                    )));
                }
            };
            run.metrics.push(Metric { counted_over, ..Metric::new(name.clone(), value) });
        }
        Ok(run)
    }
}

/// A cell as a number, a truth value, a table or list in JSON, or else text.
fn typed(cell: &str) -> Value {
    let json = || serde_json::from_str::<Value>(cell).ok();
    match cell {
        "true" | "True" => Value::Bool(true),
        "false" | "False" => Value::Bool(false),
        _ if cell.starts_with(['{', '[']) => json().unwrap_or_else(|| cell.into()),
        _ => match cell.parse::<f64>() {
            Ok(number) if number.is_finite() => {
                json().filter(Value::is_number).unwrap_or_else(|| number.into())
            }
            _ => cell.into(),
        },
    }
}

/// The number in a cell; `None` if it is empty, says that there is none, or is no finite number, as after a division by zero.
fn number(cell: &str) -> Result<Option<f64>, String> {
    if ["", "na", "n/a", "none", "null", "-"].contains(&cell.to_ascii_lowercase().as_str()) {
        return Ok(None);
    }
    match cell.parse::<f64>() {
        Ok(number) => Ok(Some(number).filter(|number| number.is_finite())),
        Err(_) => Err(format!("\"{cell}\" is not a number (leave the cell empty if there is none)")),
    }
}

/// How a run ended, and whether it has values at all.
fn status(cell: &str) -> Result<(Status, bool), String> {
    if let Some(Ok(step)) = cell.strip_prefix("diverged at step ").map(str::parse) {
        return Ok((Status::Diverged { step: Some(step) }, false));
    }
    match cell {
        "" | "completed" | "finished" => Ok((Status::Completed, true)),
        "diverged" => Ok((Status::Diverged { step: None }, false)),
        "crashed" | "failed" | "killed" => Ok((Status::Completed, false)),
        _ => Err(format!(
            "\"status\": found \"{cell}\", expected completed (or finished), diverged, or crashed, failed or killed"
        )),
    }
}

#[cfg(test)]
mod tests;
