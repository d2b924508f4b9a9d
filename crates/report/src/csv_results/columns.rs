//! Which column of a table is what.

use std::collections::{BTreeMap, BTreeSet};

use thalweg_document::{Placed, Problems};
use thalweg_records::{Quantity, Sequential};

use super::Reading;
use super::cells::Cells;
use crate::column::{AFTER_EACH, BETWEEN, COUNTED_OVER, DETERMINISTIC, DIVERGED_AT, FAILURE, LOOKS, SWEPT};
use crate::{Claim, Need};

/// Which column is what.
pub(super) struct Columns {
    pub(super) replicate: usize,
    pub(super) status: Option<usize>,
    pub(super) diverged_at: Option<usize>,
    pub(super) deterministic: Option<usize>,
    /// Whether the table is of replicates that were looked at one by one.
    pub(super) sequential: Option<Sequential>,
    pub(super) by: Option<usize>,
    pub(super) settings: Vec<usize>,
    /// The settings that were swept, where the table tells them apart from its columns.
    pub(super) swept: Option<Vec<String>>,
    pub(super) values: Vec<ValueColumn>,
    /// The number of each replicate, by its cell.
    pub(super) replicates: BTreeMap<String, u64>,
}

/// A column of values.
pub(super) struct ValueColumn {
    pub(super) column: usize,
    /// The column of the rows that they were counted over.
    pub(super) rows: Option<usize>,
    /// The range that claims, or the product, know of them.
    pub(super) range: (f64, f64),
}

impl Columns {
    /// Finds out what each column is.
    pub(super) fn new(cells: &Cells, claims: &[Claim], reading: &Reading<'_>) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let mut need = |name: &str, option: &str| {
            let found = cells.find(name);
            if found.is_none() {
                let message =
                    format!("there is no column \"{name}\", the columns are {}", cells.header.join(", "));
                problems.push(Placed { hint: Some(option.to_owned()), ..cells.problem(Some(1), message) });
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
            return Err(cells.wrong(problems));
        }
        let replicate = replicate.unwrap_or_default();
        let by = by.flatten();
        let values = values_of(cells, claims);
        // Elsewhere a column of that name may mean anything.
        let ours = |name: &str| cells.find(name).filter(|_| cells.is_ours());
        let special = [
            cells.find("status"),
            ours(DETERMINISTIC),
            ours(LOOKS),
            ours(DIVERGED_AT),
            ours(FAILURE),
            ours(SWEPT),
        ];
        let taken = |i: usize| {
            i == replicate
                || Some(i) == by
                || special.contains(&Some(i))
                || values.iter().any(|value| value.column == i)
        };
        let settings = given.unwrap_or_else(|| settings_of(cells, claims, (replicate, by), &taken));
        let replicates = replicates_of(cells, replicate)?;
        let deterministic = special[1];
        let first_row = |column: usize| cells.rows.first().map(|(_, row)| &row[column]);
        let swept = special[5].and_then(first_row);
        let swept = swept.map(|text| text.split(BETWEEN).map(str::to_owned).collect());
        let is_sequential = |column: usize| cells.rows.iter().any(|(_, row)| row[column] == AFTER_EACH);
        let sequential = special[2]
            .filter(|column| is_sequential(*column))
            .map(|_| Sequential { first: 0, most: cells.rows.len() as u64 });
        Ok(Self {
            replicate,
            status: special[0],
            diverged_at: special[3],
            deterministic,
            sequential,
            by,
            settings,
            swept,
            values,
            replicates,
        })
    }
}

/// The columns that claims judge.
fn values_of(cells: &Cells, claims: &[Claim]) -> Vec<ValueColumn> {
    let mut values: Vec<ValueColumn> = Vec::new();
    for claim in claims {
        for used in claim.needs() {
            let Need::Value(name) = used else { continue };
            let Some(column) = cells.find(name) else { continue };
            // What a claim says of the range, it says of what it is about, not of what that is compared with.
            let said = claim.terms.range.filter(|_| claim.is_about(name));
            let range = said.map_or(Quantity::of(name).range, |[low, high]| (low, high));
            match values.iter_mut().find(|value| value.column == column) {
                Some(value) => value.range = (value.range.0.max(range.0), value.range.1.min(range.1)),
                None => {
                    let rows = cells.find(&format!("{name}{COUNTED_OVER}"));
                    values.push(ValueColumn { column, rows, range });
                }
            }
        }
    }
    values
}

/// Columns that are settings of runs.
fn settings_of(
    cells: &Cells,
    claims: &[Claim],
    (replicate, by): (usize, Option<usize>),
    taken: &dyn Fn(usize) -> bool,
) -> Vec<usize> {
    // What stands between `key` and `seed` in a table of an experiment are its settings.
    if let Some(seed) = cells.find("seed").filter(|_| cells.is_ours()) {
        return (1..seed).filter(|i| !taken(*i)).collect();
    }
    let named: BTreeSet<&str> = claims
        .iter()
        .flat_map(Claim::needs)
        .filter_map(|used| match used {
            Need::Setting(key) | Need::Number(key) => Some(key),
            _ => None,
        })
        .collect();
    let is_named = |name: &str| {
        named
            .iter()
            .any(|key| key.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    };
    // A setting has the same values in every replicate of a part; in one that lacks rows, some of them.
    let comes_back = |i: usize| {
        let mut own: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for (_, row) in &cells.rows {
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
        own.len() > fullest.len() && own.iter().all(|((part, _), values)| is_part_of(values, fullest[part]))
    };
    (0..cells.header.len())
        .filter(|i| !taken(*i) && !cells.header[*i].ends_with(COUNTED_OVER))
        .filter(|i| is_named(&cells.header[*i]) || comes_back(*i))
        .collect()
}

/// Numbers the replicates: by their own number where all are numbers (0 and 0.0 are one), else in the order
/// of their names.
fn replicates_of(cells: &Cells, column: usize) -> Result<BTreeMap<String, u64>, Problems> {
    let empty = cells.rows.iter().filter(|(_, row)| row[column].is_empty()).map(|(line, _)| {
        let message = format!("\"{}\" is empty: every run belongs to a replicate", cells.header[column]);
        cells.problem(Some(*line), message)
    });
    let problems: Vec<Placed> = empty.collect();
    if !problems.is_empty() {
        return Err(cells.wrong(problems));
    }
    let names: BTreeSet<&String> = cells.rows.iter().map(|(_, row)| &row[column]).collect();
    let numbers: Option<Vec<f64>> =
        names.iter().map(|name| name.parse().ok().filter(|number: &f64| number.is_finite())).collect();
    let Some(numbers) = numbers else { return Ok(names.into_iter().cloned().zip(0..).collect()) };
    let mut sorted = numbers.clone();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup();
    let place = |number: f64| sorted.partition_point(|known| *known < number) as u64;
    Ok(names.into_iter().cloned().zip(numbers.into_iter().map(place)).collect())
}
