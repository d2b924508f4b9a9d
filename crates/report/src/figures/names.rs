//! Short names for the values of a setting.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use thalweg_records::Quantity;

use crate::number::short;

/// Names of values that are shown side by side: `8`, `relu`, and of a table its kind. Only what shares a name
/// is told apart by the settings in which it differs: `adam, epsilon 0.1`, `sgd + weight-decay 0.01`.
pub fn names_of(values: &[&Value]) -> Vec<String> {
    tell_apart(values, &kind_of)
}

/// What the product calls some quantities on one axis: what their labels have in common up to a comma, or
/// else all of them.
pub(super) fn shared_label(names: &[String]) -> String {
    let quantities: Vec<Quantity> = names.iter().map(|name| Quantity::of(name)).collect();
    let Some(first) = quantities.first() else { return String::new() };
    if quantities.len() == 1 {
        return first.axis();
    }
    let ends = first.label.match_indices(',').map(|(end, _)| end).chain([first.label.len()]);
    let mut beginnings = ends.map(|end| &first.label[..end]);
    let is_shared = |beginning: &&str| {
        let of = |label: &str| {
            label.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
        };
        quantities.iter().all(|quantity| of(&quantity.label) && quantity.unit == first.unit)
    };
    if let Some(shared) = beginnings.rfind(is_shared) {
        return Quantity { label: shared.to_owned().into(), ..first.clone() }.axis();
    }
    let mut labels: Vec<String> = quantities.iter().map(Quantity::axis).collect();
    labels.dedup();
    labels.join(" / ")
}

/// The given names, and behind those that are shared what their values do not have in common.
fn tell_apart(values: &[&Value], name: &dyn Fn(&Value) -> String) -> Vec<String> {
    let names: Vec<String> = values.iter().map(|value| name(value)).collect();
    let mut groups: HashMap<&str, Vec<&Value>> = HashMap::new();
    for (value, name) in values.iter().zip(&names) {
        groups.entry(name).or_default().push(value);
    }
    let details_of = |siblings: &Vec<&Value>| {
        let steps = named_steps(siblings);
        siblings.iter().map(|sibling| details(sibling, "", &steps)).collect()
    };
    // Of a value that shares its name with no other nothing is told; of most there is no such group.
    let shared = groups.iter().filter(|(_, siblings)| siblings.len() > 1);
    let mut shared: HashMap<&str, std::vec::IntoIter<Vec<String>>> = shared
        .map(|(name, siblings)| (*name, told_apart(details_of(siblings), siblings).into_iter()))
        .collect();
    let full = |(value, name): (&&Value, &String)| {
        let Some(own) = shared.get_mut(name.as_str()).and_then(Iterator::next) else { return name.clone() };
        if value.is_array() {
            own.concat().trim_start_matches(" + ").to_owned()
        } else {
            name.clone() + &own.concat()
        }
    };
    values.iter().zip(&names).map(full).collect()
}

/// Of the details of some values what is not common to all of them; of lists all.
fn told_apart(all: Vec<Vec<String>>, siblings: &[&Value]) -> Vec<Vec<String>> {
    let mut counts: HashMap<&String, usize> = HashMap::new();
    for details in &all {
        details
            .iter()
            .collect::<HashSet<_>>()
            .into_iter()
            .for_each(|detail| *counts.entry(detail).or_default() += 1);
    }
    let own = |(details, value): (&Vec<String>, &&Value)| {
        let mut own = details.clone();
        if !value.is_array() {
            own.retain(|detail| counts[detail] < all.len());
            own.sort_by_key(|detail| detail.starts_with(" + "));
        }
        own
    };
    all.iter().zip(siblings).map(own).collect()
}

/// A value by itself.
fn kind_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // Ten digits are more than anybody writes into a file, and no float shows its rounding.
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |x| short(x, 10)),
        Value::Object(table) => table.get("kind").map_or_else(|| value.to_string(), kind_of),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) if items.iter().all(is_step) => {
            items.iter().map(step_of).collect::<Vec<_>>().join(" + ")
        }
        Value::Array(items) => items.iter().map(kind_of).collect::<Vec<_>>().join(", "),
        _ => value.to_string(),
    }
}

/// A step of a list, such as a transform: its kind, and its number if it has just one.
fn step_of(step: &Value) -> String {
    let numbers: Vec<&Value> = step
        .as_object()
        .into_iter()
        .flat_map(|table| table.values())
        .filter(|value| value.is_number())
        .collect();
    match numbers[..] {
        [number] => format!("{} {}", kind_of(step), kind_of(number)),
        _ => kind_of(step),
    }
}

fn is_step(value: &Value) -> bool {
    value.get("kind").is_some()
}

/// All steps within some values, each with its name among the others.
fn named_steps<'a>(values: &[&'a Value]) -> Vec<(&'a Value, String)> {
    let mut steps = Vec::new();
    values.iter().for_each(|value| collect_steps(value, &mut steps));
    let names = if steps.is_empty() { Vec::new() } else { tell_apart(&steps, &step_of) };
    steps.into_iter().zip(names).collect()
}

fn collect_steps<'a>(value: &'a Value, steps: &mut Vec<&'a Value>) {
    match value {
        Value::Object(table) => table.values().for_each(|value| collect_steps(value, steps)),
        Value::Array(items) => steps.extend(items.iter().filter(|item| is_step(item))),
        _ => {}
    }
}

/// What there is to say of a value: `, key value` for each setting, ` + step` for each step of a list.
fn details(value: &Value, key: &str, steps: &[(&Value, String)]) -> Vec<String> {
    match value {
        Value::Object(table) => {
            let below = |name: &String| match (key, name.as_str()) {
                ("", _) => name.clone(),
                (_, "kind") => key.to_owned(),
                _ => format!("{key}.{name}"),
            };
            table.iter().flat_map(|(name, value)| details(value, &below(name), steps)).collect()
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(is_step) => {
            let name = |item: &Value| steps.iter().find(|(step, _)| *step == item).map(|(_, name)| name);
            items.iter().filter_map(name).map(|name| format!(" + {name}")).collect()
        }
        Value::Bool(true) => vec![format!(", {key}")],
        Value::Bool(false) => vec![format!(", no {key}")],
        _ => vec![format!(", {key} {}", kind_of(value))],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(values: Value) -> Vec<String> {
        names_of(&values.as_array().unwrap().iter().collect::<Vec<_>>())
    }

    #[test]
    fn values_are_named_by_themselves_and_tables_by_their_kind() {
        assert_eq!(names(json!([8, 0.5, "relu", true])), ["8", "0.5", "relu", "true"]);
        assert_eq!(names(json!([[], [64, 32]])), ["none", "64, 32"]);
        assert_eq!(
            names(json!([{ "kind": "he", "gain": 2 }, { "kind": "glorot", "gain": 1 }])),
            ["he", "glorot"]
        );
        let flips = json!([{ "kind": "flip-labels", "probability": 0.1 }]);
        assert_eq!(names(json!([[], flips])), ["none", "flip-labels 0.1"]);
    }

    #[test]
    fn quantities_on_one_axis_are_called_by_what_they_share() {
        for (given, expected) in [
            (vec!["test.clean.accuracy"], "test accuracy, clean"),
            (vec!["test.clean.accuracy", "test.flipped.accuracy"], "test accuracy"),
            (vec!["seconds", "train.seconds"], "time of a run (s) / time of all steps (s)"),
            (vec!["train.loss", "test.clean.loss", "score"], "training loss / test loss, clean / score"),
            (
                vec!["m.mode-1.variance", "m.mode-1.variance.predicted"],
                "variance along eigenvector 1 (squared weight)",
            ),
        ] {
            let given: Vec<String> = given.into_iter().map(str::to_owned).collect();
            assert_eq!(shared_label(&given), expected);
        }
    }

    #[test]
    fn what_shares_a_kind_is_told_apart_by_its_differences_alone() {
        let decay = |rate: f64| json!({ "kind": "weight-decay", "rate": rate, "decoupled": true });
        let clip = json!({ "kind": "clip-by-norm", "max": 1.0 });
        let values = json!([
            { "kind": "sgd" },
            { "transforms": [decay(0.01)], "kind": "sgd" },
            { "kind": "sgd", "transforms": [clip, decay(0.1)] },
            { "kind": "momentum", "beta": 0.9, "nesterov": false },
            { "transforms": [clip], "kind": "momentum", "beta": 0.9, "nesterov": true },
            { "kind": "adam", "beta1": 0.9, "epsilon": 1e-8 },
            { "kind": "adam", "beta1": 0.9, "epsilon": 0.1 },
            { "kind": "lion", "beta1": 0.9 },
        ]);
        assert_eq!(
            names(values),
            [
                "sgd",
                "sgd + weight-decay 0.01",
                "sgd + clip-by-norm 1 + weight-decay 0.1",
                "momentum, no nesterov",
                "momentum, nesterov + clip-by-norm 1",
                "adam, epsilon 1e-8",
                "adam, epsilon 0.1",
                "lion",
            ]
        );
    }

    #[test]
    fn steps_of_a_list_and_tables_within_tables_are_told_apart_too() {
        let decay = |decoupled: bool| json!({ "kind": "weight-decay", "rate": 0.01, "decoupled": decoupled });
        let expected = ["weight-decay 0.01, decoupled", "weight-decay 0.01, no decoupled"];
        assert_eq!(names(json!([[decay(true)], [decay(false)]])), expected);
        let adam = |decoupled: bool| json!({ "kind": "adam", "transforms": [decay(decoupled)] });
        assert_eq!(names(json!([adam(true), adam(false)])), expected.map(|step| format!("adam + {step}")));
        let warm_up = |then: Value| json!({ "kind": "warm-up", "steps": 100, "then": then });
        let constant = |initial: f64| json!({ "kind": "constant", "initial": initial });
        assert_eq!(
            names(json!([
                warm_up(constant(0.5)),
                warm_up(constant(0.25)),
                warm_up(json!({ "kind": "cosine" }))
            ])),
            [
                "warm-up, then constant, then.initial 0.5",
                "warm-up, then constant, then.initial 0.25",
                "warm-up, then cosine"
            ]
        );
    }
}
