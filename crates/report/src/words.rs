//! What figures and pages call a setting.

use serde_json::Value;
use thalweg_records::{Record, ResolvedSpec, Setting};

/// The words for a setting of some runs. Where these depend on the kinds of the tables above it, such as
/// `beta` of momentum and of RMSProp, all runs must have the same.
pub(crate) fn words(runs: &[&Record], key: &str) -> Setting {
    let mut names = runs.iter().filter_map(|run| with_kinds(&run.spec, key));
    let first = names.next();
    match first {
        Some(name) if names.all(|other| other == name) => Setting::of(&name),
        _ => Setting::of(key),
    }
}

/// A label that was given, or else what a setting is called.
pub(crate) fn name(given: &Option<String>, runs: &[&Record], key: &str) -> String {
    given.clone().unwrap_or_else(|| words(runs, key).label.into_owned())
}

/// The same for an axis, with the unit.
pub(crate) fn axis(given: &Option<String>, runs: &[&Record], key: &str) -> String {
    given.clone().unwrap_or_else(|| words(runs, key).axis())
}

/// The key with the kind of each table on the way: `optimizer.momentum.beta`; `None` without the setting.
fn with_kinds(spec: &ResolvedSpec, key: &str) -> Option<String> {
    let mut parts = key.split('.');
    let mut name = parts.next()?.to_owned();
    let mut value = spec.get(&name)?;
    for part in parts {
        if let Some(kind) = value.get("kind").and_then(Value::as_str) {
            name += &format!(".{kind}");
        }
        value = value.get(part).or_else(|| value.get(part.parse::<usize>().ok()?))?;
        name += &format!(".{part}");
    }
    Some(name)
}

/// `a, b and c`
pub(crate) fn listed(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::made_up;

    #[test]
    fn the_kind_of_a_table_decides_where_all_runs_have_one() {
        let mut results = made_up::results(1, |batch, _| batch);
        let momentum =
            json!({ "kind": "momentum", "beta": 0.9, "transforms": [{ "kind": "weight-decay", "rate": 1 }] });
        for run in &mut results.runs {
            run.spec["optimizer"] = momentum.clone();
        }
        let label = |results: &crate::Results, key: &str| {
            words(&results.runs.iter().collect::<Vec<_>>(), key).label.into_owned()
        };
        assert_eq!(label(&results, "optimizer.beta"), "momentum β");
        assert_eq!(label(&results, "optimizer.transforms.0.rate"), "weight decay");
        assert_eq!(label(&results, "train.batch-size"), "batch size");
        assert_eq!(label(&results, "train.haste"), "train.haste", "a setting that nobody has");
        results.runs[0].spec["optimizer"]["kind"] = json!("rmsprop");
        assert_eq!(label(&results, "optimizer.beta"), "β", "of two rules it is neither's");
    }
}
