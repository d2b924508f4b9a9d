//! Small multiples: a panel for each value of a setting.

use serde_json::Value;
use thalweg_records::Record;

use super::names::drawn_names;
use super::reason::all_diverged;
use super::series::runs_of_levels;
use crate::words;

/// More panels than these are too small to be read.
pub(super) const MOST: usize = 36;

/// One panel of several: what stands above it, and its runs.
pub(super) struct Facet<'a> {
    /// Empty if there is only one panel.
    pub(super) title: String,
    pub(super) runs: Vec<&'a Record>,
}

/// The runs of each value of a setting, or all of them without one.
///
/// # Errors
/// If there are more values than a figure has room for.
pub(super) fn facets_of<'a>(runs: &[&'a Record], key: Option<&String>) -> Result<Vec<Facet<'a>>, String> {
    let Some(key) = key else { return Ok(vec![Facet { title: String::new(), runs: runs.to_vec() }]) };
    let levels = runs_of_levels(runs, key);
    if levels.len() > MOST {
        return Err(format!(
            "`facet`: {key} has {} values, and a figure has room for {MOST} panels",
            levels.len()
        ));
    }
    let values: Vec<&Value> = levels.iter().map(|(level, _)| *level).collect();
    let called = words::words(runs, key).label;
    let title = |(name, value): (String, &&Value)| match value {
        Value::String(_) | Value::Object(_) => name,
        _ => format!("{called} = {name}"),
    };
    let titles: Vec<String> = drawn_names(&values).into_iter().zip(&values).map(title).collect();
    Ok(levels.into_iter().zip(titles).map(|((_, runs), title)| Facet { title, runs }).collect())
}

impl Facet<'_> {
    /// That the panel has nothing to show, in words.
    pub(super) fn without(&self, what: &str) -> String {
        let why = all_diverged(&self.runs).unwrap_or_else(|| format!("no run has {what}"));
        format!("no panel for {}: {why}", self.title)
    }
}
