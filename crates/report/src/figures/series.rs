//! Lines of a figure, one for each value of a setting.

use std::collections::BTreeSet;

use serde_json::Value;
use thalweg_records::Record;

use super::label;
use crate::draw::{Pen, ordered, series};
use crate::select::replicate;

/// One line: what the legend calls it, how it looks, and the runs behind it.
pub(super) struct Series<'a> {
    pub(super) text: String,
    pub(super) pen: Pen,
    pub(super) runs: Vec<&'a Record>,
}

/// The runs of each value of the setting `key`. The first text holds the name of the setting too.
pub(super) fn series_of<'a>(runs: &[&'a Record], key: &str, name: &Option<String>) -> Vec<Series<'a>> {
    let levels = levels(runs, key);
    let numeric = levels.iter().all(|level| level.is_number());
    let line = |(i, level): (usize, &&Value)| Series {
        text: if i == 0 { format!("{} {}", label(name, key), name_of(level)) } else { name_of(level) },
        pen: if numeric { ordered(i, levels.len()) } else { series(i) },
        runs: runs.iter().copied().filter(|run| run.setting(key) == Some(*level)).collect(),
    };
    levels.iter().enumerate().map(line).collect()
}

/// The distinct values of a setting among runs: numbers ascending, others in the plan's order.
pub(super) fn levels<'a>(runs: &[&'a Record], key: &str) -> Vec<&'a Value> {
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

/// A setting's value as text: `8`, `relu`, and of a table its kind.
fn name_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(table) => table.get("kind").map_or_else(|| value.to_string(), name_of),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(name_of).collect::<Vec<_>>().join(", "),
        _ => value.to_string(),
    }
}

/// Whether a replicate has several runs that agree in these settings, because others are swept too.
pub(super) fn is_pooled(runs: &[&Record], keys: &[&str]) -> bool {
    let place = |run: &&Record| {
        let settings: Vec<Option<&Value>> = keys.iter().map(|key| run.setting(key)).collect();
        format!("{} {settings:?}", replicate(run))
    };
    runs.iter().map(place).collect::<BTreeSet<String>>().len() < runs.len()
}
