//! The cells of a heat map: their runs, their means, and which are the best.

use serde_json::Value;
use thalweg_records::{Better, Quantity, Record, Status};

use super::{Best, HeatMap};
use crate::draw::Scale;
use crate::estimates::{Mean, mean};
use crate::select::{Counted, DIVERGED, counted_per_replicate};

/// One cell with its runs.
pub(super) struct Cell<'a> {
    pub(super) column: usize,
    pub(super) row: usize,
    pub(super) runs: Vec<&'a Record>,
    /// On a logarithmic scale 0 if all values are 0.
    pub(super) mean: Option<Mean>,
    /// Whether on a logarithmic scale some values are 0 and others are not, so that there is no mean.
    pub(super) is_mixed: bool,
}

impl HeatMap {
    pub(super) fn cells<'a>(
        &self,
        runs: &[&'a Record],
        (columns, rows): (&[&Value], &[&Value]),
        (scale, of_mean): (Scale, Scale),
    ) -> Vec<Cell<'a>> {
        let mut cells: Vec<Cell<'a>> = Vec::new();
        for column in 0..columns.len() {
            for row in 0..rows.len() {
                cells.push(Cell { column, row, runs: Vec::new(), mean: None, is_mixed: false });
            }
        }
        let place = |levels: &[&Value], run: &Record, key: &str| {
            let value = run.setting(key)?;
            levels.iter().position(|level| *level == value)
        };
        for run in runs {
            if let (Some(column), Some(row)) = (place(columns, run, &self.x), place(rows, run, &self.y)) {
                cells[column * rows.len() + row].runs.push(run);
            }
        }
        for cell in &mut cells {
            let mut values: Vec<Counted> =
                counted_per_replicate(&cell.runs, &self.value, of_mean).into_values().collect();
            if scale == Scale::Log && values.iter().any(|(value, _)| *value == 0.0) {
                cell.is_mixed = values.iter().any(|(value, _)| *value != 0.0);
                cell.mean = (!cell.is_mixed).then_some(Mean { point: 0.0, interval: None });
                continue;
            }
            values.retain(|(value, _)| scale.of(*value).is_finite());
            cell.mean = (!values.is_empty()).then(|| mean(&self.value, of_mean, &values));
        }
        cells
    }

    /// The cells of a panel with the best mean, if it is better than others. A mean of those runs that did
    /// not diverge is not compared with means of all.
    pub(super) fn best_places(&self, cells: &[Cell<'_>]) -> Vec<usize> {
        let best = self.best.or(match Quantity::of(&self.value).better() {
            Some(Better::Lower) => Some(Best::Lowest),
            Some(Better::Higher) => Some(Best::Highest),
            None => None,
        });
        let Some(best) = best else { return Vec::new() };
        let sign = if best == Best::Lowest { 1.0 } else { -1.0 };
        let mean = |(i, cell): (usize, &Cell<'_>)| Some((i, sign * cell.mean?.point));
        let whole = cells.iter().enumerate().filter(|(_, cell)| !self.is_of_survivors(cell));
        let all: Vec<(usize, f64)> = whole.filter_map(mean).collect();
        let least = all.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
        let places: Vec<usize> = all.iter().filter(|(_, value)| *value == least).map(|(i, _)| *i).collect();
        if places.len() < all.len() { places } else { Vec::new() }
    }

    /// Whether the mean of a cell is that of some of its runs, since others diverged.
    pub(super) fn is_of_survivors(&self, cell: &Cell<'_>) -> bool {
        let has_diverged = |run: &&Record| matches!(run.status, Status::Diverged { .. });
        self.value != DIVERGED && cell.mean.is_some() && cell.runs.iter().any(has_diverged)
    }
}

/// Whether a mean has no place on the scale: 0 on a logarithmic one.
pub(super) fn is_off(mean: &Mean, scale: Scale) -> bool {
    !scale.of(mean.point).is_finite()
}

/// How many cells have no value, and of how many of them all runs diverged.
pub(super) fn missing(cells: &[Vec<Cell<'_>>]) -> Option<String> {
    let without: Vec<&Cell<'_>> =
        cells.iter().flatten().filter(|cell| cell.mean.is_none() && !cell.is_mixed).collect();
    if without.is_empty() {
        return None;
    }
    let has_diverged = |cell: &&&Cell<'_>| {
        !cell.runs.is_empty() && cell.runs.iter().all(|run| matches!(run.status, Status::Diverged { .. }))
    };
    let diverged = without.iter().filter(has_diverged).count();
    let planned = without.iter().filter(|cell| cell.runs.is_empty()).count();
    let all = cells.iter().flatten().count();
    let have = if without.len() == 1 { "has" } else { "have" };
    let whys: Vec<String> = [(diverged, "where all runs diverged"), (planned, "without a run")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, why)| if n == without.len() { why.to_owned() } else { format!("{n} {why}") })
        .collect();
    let why = if whys.is_empty() { String::new() } else { format!(", {}", whys.join(", ")) };
    Some(format!("hatched: {} of {all} cells {have} no value{why}", without.len()))
}
