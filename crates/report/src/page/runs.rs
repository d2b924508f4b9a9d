//! The runs: a table of them, and what a drawer shows of each.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value, json};
use thalweg_records::{Quantity, Record};

mod pictures;

use pictures::Pictures;

use super::markup::Markup;
use super::plot::rounded;
use crate::draw::drawn;
use crate::tables;
use crate::words;
use crate::{Claim, Results};

/// So many rows of the table are there without the script.
const ROWS: usize = 30;

/// So many values of curves are on a page at most, about, and of one curve at most and at least.
const ALL_VALUES: usize = 150_000;
const MOST: usize = 150;
const LEAST: usize = 12;

/// Runs as the script reads them.
#[derive(Debug, Serialize)]
pub(super) struct Runs {
    columns: Vec<Value>,
    /// A row a run, in the order of the plan: numbers as numbers.
    rows: Vec<Vec<Value>>,
    /// The resolved spec of the first run.
    spec: Value,
    /// What of it each run changes, as a JSON Merge Patch (RFC 7396).
    patches: Vec<Value>,
    /// Names of curves, and lists of steps that they share.
    curves: Vec<String>,
    steps: Vec<Vec<u64>>,
    /// Of each run, its curves.
    courses: Vec<Vec<Course>>,
    pictures: Pictures,
    /// Hashes of what came out.
    outcomes: Vec<Option<String>>,
}

/// A curve of a run: the place of its name, that of its steps, its values, and how many there are on the
/// disk.
#[derive(Debug, Serialize)]
struct Course(usize, usize, Vec<f64>, usize);

/// The curves of all runs: names, steps, and those of each run.
type Courses = (Vec<String>, Vec<Vec<u64>>, Vec<Vec<Course>>);

impl Runs {
    pub(super) fn new(results: &Results, claims: &[Claim]) -> Self {
        let all: Vec<&Record> = results.runs.iter().collect();
        let mut table = tables::runs(results, claims);
        // Companions are no runs of the sweep.
        table.truncate(1 + all.len());
        let header = table.remove(0);
        let spec = all.first().map_or(Value::Null, |run| Value::from(&run.spec));
        let change = |run: &&Record| patch(&spec, &Value::from(&run.spec)).unwrap_or_else(|| json!({}));
        let (curves, steps, courses) = courses(&all);
        Self {
            columns: header.iter().map(|name| column(&all, name)).collect(),
            rows: table.into_iter().map(|row| row.into_iter().map(cell).collect()).collect(),
            patches: all.iter().map(change).collect(),
            spec,
            curves,
            steps,
            courses,
            pictures: Pictures::new(&all),
            outcomes: all.iter().map(|run| run.outcome.clone()).collect(),
        }
    }

    /// The table, of which a reader without scripts sees the first rows; `has_file` tells whether all of them
    /// lie in `runs.csv` beside the page.
    pub(super) fn section(&self, page: &mut Markup, has_file: bool) {
        if self.rows.is_empty() {
            return;
        }
        page.element("section", &[("id", "runs")], |page| {
            page.leaf("h2", &[], "Runs");
            page.element("div", &[("id", "run-table")], |page| {
                let names: Vec<&str> =
                    self.columns.iter().filter_map(|column| column["name"].as_str()).collect();
                let text = |cell: &Value| match cell {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.as_f64().map_or_else(String::new, |x| drawn(x, 5)),
                    other => other.to_string(),
                };
                let row = |row: &Vec<Value>| row.iter().map(text).collect();
                let rows: Vec<Vec<String>> = self.rows.iter().take(ROWS).map(row).collect();
                page.table("runs", &names, &rows);
                if self.rows.len() > ROWS {
                    page.element("p", &[("class", "muted")], |page| {
                        page.text(&format!("{ROWS} of {} runs", self.rows.len()));
                        if has_file {
                            page.text("; all of them stand in ");
                            page.leaf("a", &[("href", "runs.csv")], "runs.csv");
                        }
                    });
                }
            });
        });
    }
}

/// Where each run stands, by its key.
pub(super) fn places(results: &Results) -> HashMap<&str, usize> {
    results.runs.iter().enumerate().map(|(i, run)| (run.key.as_str(), i)).collect()
}

/// A column with its words: `kind` is `setting` for what identifies a run, and `value` for what came out.
fn column(runs: &[&Record], name: &str) -> Value {
    let quantity = Quantity::of(name);
    let is_value = runs.iter().any(|run| run.measured(name).is_some());
    let (label, unit) = match is_value {
        true => (quantity.label.to_string(), quantity.unit),
        false => {
            let words = words::words(runs, name);
            (words.label.to_string(), words.unit)
        }
    };
    let is_log = is_value && quantity.scale == crate::draw::Scale::Log;
    json!({ "name": name, "label": label, "unit": unit, "kind": if is_value { "value" } else { "setting" }, "log": is_log })
}

/// A number as one; what is no finite number stays text, and nothing is null.
fn cell(text: String) -> Value {
    if text.is_empty() {
        return Value::Null;
    }
    // A key of digits alone, such as 1e10, is a name.
    let is_number = text.len() < 26 && text.parse::<f64>().is_ok_and(f64::is_finite) && !is_key(&text);
    match serde_json::from_str::<Value>(&text) {
        Ok(number @ Value::Number(_)) if is_number => number,
        _ => Value::String(text),
    }
}

fn is_key(text: &str) -> bool {
    text.len() == 16 && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
}

/// What turns one value into another, by the rules of JSON Merge Patch; `None` if they are the same.
fn patch(from: &Value, to: &Value) -> Option<Value> {
    let (Value::Object(from), Value::Object(to)) = (from, to) else {
        return (from != to).then(|| to.clone());
    };
    let mut changes = Map::new();
    for (key, value) in to {
        match from.get(key) {
            Some(before) => changes.extend(patch(before, value).map(|change| (key.clone(), change))),
            None => drop(changes.insert(key.clone(), value.clone())),
        }
    }
    let gone = from.keys().filter(|key| !to.contains_key(*key));
    changes.extend(gone.map(|key| (key.clone(), Value::Null)));
    (!changes.is_empty()).then(|| Value::Object(changes))
}

/// The curves of all runs, thinned to what a page has room for.
fn courses(runs: &[&Record]) -> Courses {
    let n_curves: usize = runs.iter().map(|run| run.curves.len()).sum();
    let most = (ALL_VALUES / n_curves.max(1)).clamp(LEAST, MOST);
    let (mut names, mut steps): (Vec<String>, Vec<Vec<u64>>) = Default::default();
    let (mut name_at, mut steps_at): (HashMap<String, usize>, HashMap<Vec<u64>, usize>) = Default::default();
    let mut courses = Vec::new();
    for run in runs {
        let mut of_run = Vec::new();
        for curve in &run.curves {
            let name = *name_at.entry(curve.name.clone()).or_insert_with(|| {
                names.push(curve.name.clone());
                names.len() - 1
            });
            let kept = kept(&curve.steps, most);
            let of_curve: Vec<u64> = kept.iter().map(|i| curve.steps[*i]).collect();
            let place = *steps_at.entry(of_curve.clone()).or_insert_with(|| {
                steps.push(of_curve);
                steps.len() - 1
            });
            let values = kept.iter().map(|i| rounded(curve.values[*i], 5)).collect();
            of_run.push(Course(name, place, values, curve.steps.len()));
        }
        courses.push(of_run);
    }
    (names, steps, courses)
}

/// Which of the steps of a curve are kept: the first, the last, and between them those at even distances of
/// their number, which curves evaluated at ever rarer steps have at even ratios.
fn kept(steps: &[u64], most: usize) -> Vec<usize> {
    let n = steps.len();
    if n <= most {
        return (0..n).collect();
    }
    (0..most).map(|i| i * (n - 1) / (most - 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    /// By the rules of RFC 7396.
    fn applied(value: &Value, patch: &Value) -> Value {
        let Value::Object(changes) = patch else { return patch.clone() };
        let mut value = value.as_object().cloned().unwrap_or_default();
        for (key, change) in changes {
            if change.is_null() {
                value.remove(key);
            } else {
                let before = value.get(key).cloned().unwrap_or(Value::Null);
                value.insert(key.clone(), applied(&before, change));
            }
        }
        Value::Object(value)
    }

    #[test]
    fn patches_lead_from_the_first_spec_to_each_other_one() {
        let first =
            json!({ "seed": 1, "optimizer": { "kind": "sgd", "groups": [1] }, "train": { "steps": 3 } });
        let other = json!({ "seed": 2, "optimizer": { "kind": "adam", "beta1": 0.9, "groups": [2] }, "train": { "steps": 3 } });
        let change = patch(&first, &other).unwrap();
        assert_eq!(
            change,
            json!({ "seed": 2, "optimizer": { "kind": "adam", "beta1": 0.9, "groups": [2] } })
        );
        assert_eq!(applied(&first, &change), other);
        let back = patch(&other, &first).unwrap();
        assert_eq!(back["optimizer"]["beta1"], Value::Null);
        assert_eq!(applied(&other, &back), first);
        assert_eq!(patch(&first, &first), None);
    }

    #[test]
    fn cells_are_numbers_where_these_read_back() {
        let cells = ["0.25", "1e-8", "", "[64,32]", "1234567890123456", "inf", "true", "adam"];
        let expected = json!([0.25, 1e-8, null, "[64,32]", "1234567890123456", "inf", "true", "adam"]);
        assert_eq!(Value::Array(cells.map(|text| cell(text.to_owned())).into()), expected);
    }

    #[test]
    fn curves_share_their_steps_and_keep_both_ends() {
        let mut results = made_up::results(1, |batch, _| batch);
        let steps: Vec<u64> = (0..1000).collect();
        for run in &mut results.runs {
            let values = steps.iter().map(|step| *step as f64).collect();
            run.curves = vec![thalweg_records::Curve { name: "loss".into(), steps: steps.clone(), values }];
        }
        let runs = Runs::new(&results, &[]);
        assert_eq!((runs.curves.len(), runs.steps.len(), runs.courses.len()), (1, 1, 4));
        let Course(_, _, values, evaluations) = &runs.courses[3][0];
        assert_eq!((values.len(), *evaluations, values[0], values[MOST - 1]), (MOST, 1000, 0.0, 999.0));
        assert_eq!(runs.steps[0].len(), MOST);
    }
}
