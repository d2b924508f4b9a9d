//! Which key of a value it is at which reading stops.

use toml::Value;

use super::words::unknown_word;
use super::{Attempt, PLACEHOLDER};
use crate::value::{get, get_mut};

/// The path of the key at which reading stops with `message`, and the value up to that key.
pub(super) fn culprit(attempt: &mut Attempt<'_>, root: &Value, message: &str) -> (Vec<String>, Value) {
    let mut root = root.clone();
    let mut path = Vec::new();
    while let Some(node) = get(&root, &path).cloned() {
        let steps = children(&node);
        let mut fails = |n: usize| {
            let mut shortened = root.clone();
            *get_mut(&mut shortened, &path).expect("the path was just walked") =
                beginning(&node, &steps[..n]);
            attempt(&shortened).is_err_and(|other| other == message)
        };
        if !fails(steps.len()) || fails(0) {
            break;
        }
        // The first n steps that fail, with fewer that do not below and more that do above.
        let (mut passes, mut n) = (0, steps.len());
        while n - passes > 1 {
            let middle = passes + (n - passes) / 2;
            if fails(middle) { n = middle } else { passes = middle }
        }
        *get_mut(&mut root, &path).expect("the path was just walked") = beginning(&node, &steps[..n]);
        path.push(steps[n - 1].clone());
    }
    (path, root)
}

/// The path of the table that lacks `field`: the one in which giving it a value changes the complaint into
/// something other than an unknown key.
pub(super) fn owner_of_missing(
    attempt: &mut Attempt<'_>,
    root: &Value,
    field: &str,
    message: &str,
) -> Vec<String> {
    let unknown = format!("unknown field `{field}`");
    let mut open = vec![Vec::new()];
    while let Some(path) = open.pop() {
        let Some(node) = get(root, &path) else { continue };
        if let Value::Table(table) = node
            && !table.contains_key(field)
        {
            let mut filled = root.clone();
            if let Some(Value::Table(table)) = get_mut(&mut filled, &path) {
                table.insert(field.to_owned(), Value::Boolean(true));
            }
            if !attempt(&filled).is_err_and(|other| other == message || other.starts_with(&unknown)) {
                return path;
            }
        }
        for step in children(node) {
            let mut longer = path.clone();
            longer.push(step);
            open.push(longer);
        }
    }
    Vec::new()
}

/// The path of an empty list where a table with a `kind` belongs: serde looks for the kind in its first item.
pub(super) fn empty_list_for_table(attempt: &mut Attempt<'_>, root: &Value) -> Option<Vec<String>> {
    let mut open = vec![Vec::new()];
    while let Some(path) = open.pop() {
        let Some(node) = get(root, &path) else { continue };
        if matches!(node, Value::Array(items) if items.is_empty()) {
            let mut filled = root.clone();
            let table = [("kind".to_owned(), Value::String(PLACEHOLDER.to_owned()))];
            *get_mut(&mut filled, &path)? = Value::Table(table.into_iter().collect());
            if attempt(&filled).is_err_and(|other| unknown_word(&other) == Some(PLACEHOLDER)) {
                return Some(path);
            }
        }
        open.extend(children(node).into_iter().map(|step| [&path[..], &[step]].concat()));
    }
    None
}

/// The steps into a table (its `kind` first, which decides what the others mean) or a list.
fn children(node: &Value) -> Vec<String> {
    match node {
        Value::Table(table) => {
            let mut keys: Vec<String> = table.keys().cloned().collect();
            keys.sort_by_key(|key| key != "kind");
            keys
        }
        Value::Array(items) => (0..items.len()).map(|i| i.to_string()).collect(),
        _ => Vec::new(),
    }
}

/// The table or list with only the children that `steps` name, which are the first of it.
fn beginning(node: &Value, steps: &[String]) -> Value {
    match node {
        Value::Table(table) => {
            let chosen: std::collections::HashSet<&String> = steps.iter().collect();
            let chosen = table.iter().filter(|(key, _)| chosen.contains(key));
            Value::Table(chosen.map(|(key, value)| (key.clone(), value.clone())).collect())
        }
        Value::Array(items) => Value::Array(items[..steps.len()].to_vec()),
        other => other.clone(),
    }
}
