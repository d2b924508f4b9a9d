//! Why there is nothing to draw.

use thalweg_records::{Record, Status};

use crate::Results;
use crate::draw::drawn;

/// Why none of the runs that a figure asks for has something, such as ``a value `loss` ``.
pub(super) fn nothing(results: &Results, runs: &[&Record], what: &str) -> String {
    if runs.is_empty() {
        return if results.runs.is_empty() {
            "no run is in the store yet".to_owned()
        } else {
            "no run in the store meets `where`".to_owned()
        };
    }
    if let Some(text) = all_diverged(runs) {
        return text;
    }
    let diverged = runs.iter().filter(|run| run.status != Status::Completed).count();
    let among = if diverged > 0 { format!("; {diverged} of {} diverged", runs.len()) } else { String::new() };
    format!("no run has {what}{among}")
}

/// That all of some runs diverged, if they did.
pub(super) fn all_diverged(runs: &[&Record]) -> Option<String> {
    let all = !runs.is_empty() && runs.iter().all(|run| run.status != Status::Completed);
    all.then(|| match runs.len() {
        1 => "the only run diverged".to_owned(),
        n => format!("all {n} runs diverged"),
    })
}

/// That no value has a place on a logarithmic axis; `key` is the setting of the axis.
pub(super) fn off_axis(what: &str, key: &str) -> String {
    format!("{what} is above 0, which a logarithmic axis needs (`{key} = \"linear\"` shows it)")
}

/// That some values of a setting have no place on a logarithmic axis; `None` if there are none.
pub(super) fn left_out(key: &str, values: &[f64]) -> Option<String> {
    let texts: Vec<String> = values.iter().map(|value| drawn(*value, 6)).collect();
    match &texts[..] {
        [] => None,
        [one] => Some(format!("{key} = {one} has no place on the axis and is left out")),
        [first, .., last] => Some(format!(
            "{} values of {key} from {first} to {last} have no place on the axis and are left out",
            texts.len()
        )),
    }
}
