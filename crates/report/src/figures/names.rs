//! Short names for the values of a setting.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::draw::{in_powers, texts_of};
use crate::number::short;

/// Names of values that are shown side by side: `8`, `relu`, and of a table its kind. Only what shares a name
/// is told apart by the settings in which it differs, and by no more of them than tell it apart:
/// `adam, epsilon 0.1`, `sgd + weight-decay 0.01`, `schedule-free, base adam`.
pub fn names_of(values: &[&Value]) -> Vec<String> {
    tell_apart(values, &kind_of)
}

/// The same as figures write them: numbers all written out, or all with powers of ten.
pub(crate) fn drawn_names(values: &[&Value]) -> Vec<String> {
    let numbers: Option<Vec<f64>> = values.iter().map(|value| value.as_f64()).collect();
    match numbers {
        Some(numbers) => texts_of(&numbers),
        None => names_of(values).iter().map(|name| in_powers(name)).collect(),
    }
}

/// A beginning that some names share is named once only if it is that long without words that lead on.
pub(super) const SHARED: usize = 8;
const LEADING: [&str; 12] = ["+", "a", "along", "at", "by", "from", "in", "of", "over", "the", "to", "under"];

/// The words with which several names begin and end, if they say something by themselves, and what is left of
/// each name.
pub(super) fn factored(names: Vec<String>) -> (String, Vec<String>) {
    let all: Vec<Vec<&str>> = names.iter().map(|name| name.split(' ').collect()).collect();
    let Some(first) = all.first().filter(|_| all.len() > 1) else { return (String::new(), names) };
    let least = all.iter().map(Vec::len).min().unwrap_or(0);
    let begins = |i: &usize| all.iter().all(|words| words[*i] == first[*i]);
    let head = (0..least - 1).take_while(begins).count();
    let ends = |i: &usize| all.iter().all(|words| words[words.len() - 1 - *i] == first[first.len() - 1 - *i]);
    let tail = (0..least - 1 - head).take_while(ends).count();
    let mut says = &first[..head];
    while let [rest @ .., last] = says
        && LEADING.contains(last)
    {
        says = rest;
    }
    let length = |words: &[&str]| words.join(" ").trim_end_matches(',').chars().count();
    // What begins as all of another name does is said beside it: "cosine", "cosine by chance".
    let is_whole = all.iter().any(|words| words.len() == least && all.iter().all(|of| of.starts_with(words)));
    if length(says) < SHARED || is_whole {
        return (String::new(), names);
    }
    // An end alone would stand before what it follows.
    let mut shared = first[..head].join(" ").trim_end_matches(',').to_owned();
    if tail > 0 {
        shared += &format!(" … {}", first[first.len() - tail..].join(" "));
    }
    let rest = all.iter().map(|words| words[head..words.len() - tail].join(" ")).collect();
    (shared, rest)
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
    let mut shared: HashMap<&str, std::vec::IntoIter<Vec<Detail>>> = shared
        .map(|(name, siblings)| (*name, told_apart(details_of(siblings), siblings).into_iter()))
        .collect();
    let full = |(value, name): (&&Value, &String)| {
        let Some(own) = shared.get_mut(name.as_str()).and_then(Iterator::next) else { return name.clone() };
        let own: String = own.into_iter().map(|detail| detail.text).collect();
        if value.is_array() { own.trim_start_matches(" + ").to_owned() } else { name.clone() + &own }
    };
    values.iter().zip(&names).map(full).collect()
}

/// Something that a name may tell of a value.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Detail {
    /// The setting; none of a step of a list.
    key: String,
    text: String,
}

/// Of the details of some values what tells them apart; of lists all.
fn told_apart(all: Vec<Vec<Detail>>, siblings: &[&Value]) -> Vec<Vec<Detail>> {
    let mut counts: HashMap<&Detail, usize> = HashMap::new();
    for details in &all {
        details
            .iter()
            .collect::<HashSet<_>>()
            .into_iter()
            .for_each(|detail| *counts.entry(detail).or_default() += 1);
    }
    let own = |(details, value): (&Vec<Detail>, &&Value)| {
        let mut own = details.clone();
        if !value.is_array() {
            own.retain(|detail| counts[detail] < all.len());
            own.sort_by_key(|detail| detail.text.starts_with(" + "));
        }
        own
    };
    let own = all.iter().zip(siblings).map(own).collect();
    if siblings.iter().any(|value| value.is_array()) { own } else { without_needless(own) }
}

/// Leaves out settings on which all agree that have them, such as those of one kind of table, as long as the
/// others still tell everything apart; the innermost first.
fn without_needless(mut all: Vec<Vec<Detail>>) -> Vec<Vec<Detail>> {
    let mut keys: Vec<String> = Vec::new();
    for detail in all.iter().flatten().filter(|detail| !detail.key.is_empty()) {
        if !keys.contains(&detail.key) {
            keys.push(detail.key.clone());
        }
    }
    keys.reverse();
    keys.sort_by_key(|key| std::cmp::Reverse(key.matches('.').count()));
    let distinct = |all: &[Vec<Detail>]| all.iter().collect::<HashSet<_>>().len();
    for key in keys {
        let texts: HashSet<&str> = all
            .iter()
            .flatten()
            .filter(|detail| detail.key == key)
            .map(|detail| detail.text.as_str())
            .collect();
        let rest =
            |details: &Vec<Detail>| details.iter().filter(|detail| detail.key != key).cloned().collect();
        let fewer: Vec<Vec<Detail>> = all.iter().map(rest).collect();
        if texts.len() == 1 && distinct(&fewer) == distinct(&all) {
            all = fewer;
        }
    }
    all
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
fn details(value: &Value, key: &str, steps: &[(&Value, String)]) -> Vec<Detail> {
    let one = |text: String| vec![Detail { key: key.to_owned(), text }];
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
            let step = |name: &String| Detail { key: String::new(), text: format!(" + {name}") };
            items.iter().filter_map(name).map(step).collect()
        }
        Value::Bool(true) => one(format!(", {key}")),
        Value::Bool(false) => one(format!(", no {key}")),
        _ => one(format!(", {key} {}", kind_of(value))),
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
    fn what_does_not_tell_rules_apart_is_no_part_of_their_names() {
        let free = |base: Value| json!({ "kind": "schedule-free", "base": base });
        let adam = |epsilon: f64| json!({ "kind": "adam", "beta2": 0.999, "epsilon": epsilon });
        let sgd = json!({ "kind": "sgd" });
        assert_eq!(
            names(json!([free(sgd.clone()), free(adam(1e-8))])),
            ["schedule-free, base sgd", "schedule-free, base adam"]
        );
        let three = names(json!([free(sgd), free(adam(1e-8)), free(adam(0.1))]));
        let expected = ["base sgd", "base adam, base.epsilon 1e-8", "base adam, base.epsilon 0.1"];
        assert_eq!(three, expected.map(|base| format!("schedule-free, {base}")));
        // Without a kind of table that differs, having a setting is the difference.
        let rule = |line: Value| json!({ "kind": "newton", "search": line });
        assert_eq!(
            names(json!([rule(json!({})), rule(json!({ "tries": 3 }))])),
            ["newton", "newton, search.tries 3"]
        );
    }

    #[test]
    fn a_beginning_that_all_share_is_named_once() {
        let of = |names: &[&str]| factored(names.iter().map(|name| (*name).to_owned()).collect());
        let (shared, rest) = of(&["rise of the loss under noise", "rise of the loss under input noise"]);
        assert_eq!(
            (shared.as_str(), rest),
            ("rise of the loss under", vec!["noise".into(), "input noise".into()])
        );
        assert_eq!(of(&["test accuracy, clean", "test accuracy, flipped"]).0, "test accuracy");
        for names in [
            &["share of time", "share of loss"][..],
            &["momentum", "momentum, nesterov"],
            &["cosine between S and the Hessian", "cosine between S and the Hessian by chance"],
            &["one alone"],
        ] {
            assert_eq!(of(names), (String::new(), names.iter().map(|name| (*name).to_owned()).collect()));
        }
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
