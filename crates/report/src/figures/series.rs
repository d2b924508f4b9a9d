//! Lines of a figure, one for each value of a setting.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use thalweg_records::Record;
use thalweg_statistics as statistics;

use super::label;
use super::names::names_of;
use crate::draw::{Pen, Scale, ordered, series};
use crate::select::replicate;

/// The name of an interval in a caption.
pub(super) const INTERVAL: &str = "95 % interval (Student's t)";

/// One line: what the legend calls it, how it looks, and the runs behind it.
pub(super) struct Series<'a> {
    pub(super) text: String,
    pub(super) pen: Pen,
    pub(super) runs: Vec<&'a Record>,
}

/// The runs of each value of the setting `key`. The first text holds the name of the setting too.
pub(super) fn series_of<'a>(runs: &[&'a Record], key: &str, name: &Option<String>) -> Vec<Series<'a>> {
    let levels = levels(runs, key);
    let (numeric, names) = (levels.iter().all(|level| level.is_number()), names_of(&levels));
    let line = |(i, level): (usize, &&Value)| Series {
        text: if i == 0 { format!("{} {}", label(name, key), names[i]) } else { names[i].clone() },
        pen: if numeric { ordered(i, levels.len()) } else { series(i) },
        runs: runs.iter().copied().filter(|run| run.setting(key) == Some(*level)).collect(),
    };
    levels.iter().enumerate().map(line).collect()
}

/// The distinct values of a setting among runs: numbers ascending, others in the plan's order.
pub(crate) fn levels<'a>(runs: &[&'a Record], key: &str) -> Vec<&'a Value> {
    let mut levels: Vec<&Value> = Vec::new();
    for value in runs.iter().filter_map(|run| run.setting(key)) {
        if !levels.contains(&value) {
            levels.push(value);
        }
    }
    if levels.iter().all(|value| value.is_number()) {
        levels.sort_by(|a, b| a.as_f64().unwrap_or(0.0).total_cmp(&b.as_f64().unwrap_or(0.0)));
    }
    levels
}

/// The mean place on an axis of each replicate, whose runs count as one, and the lowest and highest place of all.
pub(super) fn means_and_range(places: &BTreeMap<u64, Vec<f64>>) -> (Vec<f64>, (f64, f64)) {
    let means: Vec<f64> = places.values().map(|places| statistics::mean(places).point).collect();
    let all = places.values().flatten();
    let range = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), place| (a.min(*place), b.max(*place)));
    (means, range)
}

/// The runs behind a figure, and what its caption must say of them.
pub(super) struct Pool<'a> {
    pub(super) runs: &'a [&'a Record],
    /// The settings that the figure tells apart.
    pub(super) keys: &'a [&'a str],
    /// Whether a value has no place on the axis.
    pub(super) has_gaps: bool,
}

/// What points and lines are: the mean of what, and what is drawn beside it.
pub(super) fn caption(scales: &[Scale], beside: &str, pool: &Pool<'_>) -> String {
    let is_log = |scale: &Scale| *scale == Scale::Log;
    let mean = match (scales.iter().any(is_log), scales.iter().all(is_log)) {
        (true, true) => "geometric mean",
        (true, false) => "mean (of losses, times and eigenvalues the geometric one)",
        _ => "mean",
    };
    let replicates: BTreeSet<u64> = pool.runs.iter().map(|run| replicate(run)).collect();
    let mut caption = match (replicates.len(), pool.is_mixed()) {
        (0 | 1, false) => "one replicate".to_owned(),
        (0 | 1, true) => format!("{mean} of all runs of one replicate"),
        (n, false) => format!("{mean} and {beside} of {n} replicates"),
        (n, true) => format!("{mean} and {beside} of all runs of {n} replicates"),
    };
    if pool.has_gaps {
        caption += "\nvalues of 0 and below have no place on the axis and are left out";
    }
    caption
}

impl Pool<'_> {
    /// Whether other settings are swept too, so that a replicate has several runs which the figure does not tell apart.
    fn is_mixed(&self) -> bool {
        let place = |run: &&Record| {
            let settings: Vec<Option<&Value>> = self.keys.iter().map(|key| run.setting(key)).collect();
            format!("{} {settings:?}", replicate(run))
        };
        self.runs.iter().map(place).collect::<BTreeSet<String>>().len() < self.runs.len()
    }
}
