//! Reading a typed value out of a table with every problem located.
//!
//! serde stops at the first problem and, inside a table told apart by its `kind`, does not say which key it was. But
//! it visits keys in their order; so the shortest beginning of a table that fails with the same message ends with the
//! key to blame. That key is noted and taken out, and the table is read again until nothing is left to complain about.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::problems::nearest;

/// A problem inside a value: the path of the key to blame, the message and a hint.
pub(crate) type Complaint = (Vec<String>, String, Option<String>);

/// Reads `value` as a `T`, or says everything that is wrong with it.
pub(crate) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Vec<Complaint>> {
    let mut rest = value.clone();
    let mut complaints: Vec<Complaint> = Vec::new();
    let mut removed: Vec<Vec<String>> = Vec::new();
    loop {
        let message = match try_read::<T>(&rest) {
            Ok(read) if complaints.is_empty() => return Ok(read),
            Ok(_) => return Err(complaints),
            Err(message) => message,
        };
        let to_remove = if let Some(field) = missing_field(&message) {
            let owner = owner_of_missing::<T>(&rest, field, &message);
            let path = original(&[&owner[..], &[field.to_owned()]].concat(), &removed);
            // A key that was taken out for being wrong is not missing.
            if !complaints.iter().any(|(blamed, ..)| *blamed == path) {
                complaints.push((path, "this key is missing".to_owned(), None));
            }
            owner
        } else {
            let path = culprit::<T>(&rest, &message);
            let (text, hint) = in_plain_words(&message, get(&rest, &path));
            complaints.push((original(&path, &removed), text, hint));
            path
        };
        if !remove(&mut rest, &to_remove) {
            return Err(complaints);
        }
        removed.push(to_remove);
    }
}

/// Where `path` led before the values at `removed` were taken out one after the other: in a list they made those
/// behind them move up.
fn original(path: &[String], removed: &[Vec<String>]) -> Vec<String> {
    let mut path = path.to_vec();
    for gone in removed.iter().rev() {
        let Some((Ok(index), list)) = gone.split_last().map(|(last, list)| (last.parse::<usize>(), list))
        else {
            continue;
        };
        if path.len() > list.len()
            && path.starts_with(list)
            && let Ok(here) = path[list.len()].parse::<usize>()
            && here >= index
        {
            path[list.len()] = (here + 1).to_string();
        }
    }
    path
}

fn try_read<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    T::deserialize(value.clone()).map_err(|e: toml::de::Error| e.message().to_owned())
}

/// The path of the key at which reading stops with `message`.
fn culprit<T: DeserializeOwned>(root: &Value, message: &str) -> Vec<String> {
    let mut root = root.clone();
    let mut path = Vec::new();
    while let Some(node) = get(&root, &path).cloned() {
        let steps = children(&node);
        let fails = |n: &usize| {
            let mut shortened = root.clone();
            *get_mut(&mut shortened, &path).expect("the path was just walked") =
                beginning(&node, &steps[..*n]);
            try_read::<T>(&shortened).is_err_and(|other| other == message)
        };
        match (0..=steps.len()).find(fails) {
            None | Some(0) => break,
            Some(n) => {
                *get_mut(&mut root, &path).expect("the path was just walked") = beginning(&node, &steps[..n]);
                path.push(steps[n - 1].clone());
            }
        }
    }
    path
}

/// The path of the table that lacks `field`: the one in which giving it a value changes the complaint into something
/// other than an unknown key.
fn owner_of_missing<T: DeserializeOwned>(root: &Value, field: &str, message: &str) -> Vec<String> {
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
            if !try_read::<T>(&filled).is_err_and(|other| other == message || other.starts_with(&unknown)) {
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

fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

/// serde's message in the words of somebody who edits a file.
fn in_plain_words(message: &str, found: Option<&Value>) -> (String, Option<String>) {
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let known = || words.iter().skip(1).copied();
    let list = || known().collect::<Vec<_>>().join(", ");
    let suggestion = |word: &str| match nearest(word, known()) {
        Some(near) => format!("did you mean `{near}`? Known here: {}", list()),
        None => format!("known here: {}", list()),
    };
    let shown = found.map_or(String::new(), |value| format!("found {value}, "));
    match words.first() {
        Some(word) if message.starts_with("unknown field") && words.len() > 1 => {
            ("unknown key".to_owned(), Some(suggestion(word)))
        }
        Some(_) if message.starts_with("unknown field") => {
            ("unknown key".to_owned(), Some("this kind has no settings".to_owned()))
        }
        Some(word) if message.starts_with("unknown variant") => {
            (format!("unknown value `{word}`"), Some(suggestion(word)))
        }
        _ => match message.split_once(", expected ") {
            Some((_, accepted)) => (format!("{shown}expected {}", plainly(accepted)), None),
            None => (format!("{shown}{message}"), None),
        },
    }
}

/// Rust's words for types in everyday ones.
fn plainly(accepted: &str) -> &str {
    match accepted {
        "u64" | "usize" | "u32" => "a whole number of at least 0",
        "f64" => "a number",
        "a sequence" => "a list in brackets [ ]",
        "a map" => "a table { key = value }",
        "a boolean" => "true or false",
        other if other.starts_with("struct ") || other.starts_with("internally tagged enum ") => {
            "a table { key = value }"
        }
        other => other,
    }
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

/// The table or list with only the children that `steps` name.
fn beginning(node: &Value, steps: &[String]) -> Value {
    match node {
        Value::Table(table) => Value::Table(
            table
                .iter()
                .filter(|(key, _)| steps.contains(key))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items[..steps.len()].to_vec()),
        other => other.clone(),
    }
}

pub(crate) fn get<'a>(root: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(root, |node, step| match node {
        Value::Table(table) => table.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

fn get_mut<'a>(root: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(root, |node, step| match node {
        Value::Table(table) => table.get_mut(step),
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Takes out the value at `path`; `false` if that is the root.
fn remove(root: &mut Value, path: &[String]) -> bool {
    let Some((last, owner)) = path.split_last() else { return false };
    match get_mut(root, owner) {
        Some(Value::Table(table)) => table.remove(last).is_some(),
        Some(Value::Array(items)) => last.parse().is_ok_and(|i: usize| {
            i < items.len() && {
                items.remove(i);
                true
            }
        }),
        _ => false,
    }
}

/// Puts `value` at `path`, making tables on the way. A number is a place in a list, which must be there.
///
/// # Errors
/// The path of the value in the way that has no such key.
pub(crate) fn insert(root: &mut Table, path: &[String], value: Value) -> Result<(), Vec<String>> {
    let (first, rest) = path.split_first().ok_or_else(Vec::new)?;
    if rest.is_empty() {
        root.insert(first.clone(), value);
        return Ok(());
    }
    let mut node = root.entry(first.clone()).or_insert_with(|| Value::Table(Table::new()));
    for (i, step) in rest.iter().enumerate() {
        node = match node {
            Value::Table(table) => table.entry(step.clone()).or_insert_with(|| Value::Table(Table::new())),
            Value::Array(items) => step
                .parse::<usize>()
                .ok()
                .and_then(|place| items.get_mut(place))
                .ok_or_else(|| path[..=i].to_vec())?,
            _ => return Err(path[..=i].to_vec()),
        };
    }
    *node = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use thalweg_numeric::bounded::{Count, Fraction, Positive};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Top {
        steps: Count,
        rate: Option<Positive>,
        shape: Option<Shape>,
        list: Option<Vec<Shape>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind", rename_all = "kebab-case")]
    #[expect(dead_code, reason = "only read")]
    enum Shape {
        Round(Round),
        Flat(Flat),
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case", deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Round {
        radius: Positive,
        a_share: Fraction,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Flat {}

    fn complaints(text: &str) -> Vec<(String, String)> {
        let value = Value::Table(text.parse().unwrap());
        match read::<Top>(&value) {
            Ok(_) => Vec::new(),
            Err(all) => all
                .into_iter()
                .map(|(path, text, hint)| (path.join("."), text + &hint.unwrap_or_default()))
                .collect(),
        }
    }

    #[test]
    fn every_problem_is_found_and_blamed_on_its_key() {
        let found = complaints(
            "setps = 3\nsteps = 0\nrate = 'fast'\nshape = { kind = 'round', radius = -1, a-share = 2, colour = 1 }\n\
             list = [{ kind = 'flat' }, { kind = 'rund' }, { kind = 'flat', deep = 1 }, { kind = 'round', radius = 0, a-share = 0.5 }]",
        );
        let mut keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            [
                "list.1.kind",
                "list.2.deep",
                "list.3.radius",
                "rate",
                "setps",
                "shape.a-share",
                "shape.colour",
                "shape.radius",
                "steps"
            ]
        );
        let of = |key: &str| &found.iter().find(|(k, _)| k == key).unwrap().1;
        assert_eq!(of("steps"), "found 0, expected a whole number of at least 1");
        assert_eq!(of("rate"), "found \"fast\", expected a number above 0");
        assert!(of("setps").contains("did you mean `steps`?"), "{}", of("setps"));
        assert!(of("list.1.kind").contains("did you mean `round`?"), "{}", of("list.1.kind"));
    }

    #[test]
    fn a_missing_key_is_named_with_its_table_unless_it_was_there_and_wrong() {
        assert_eq!(complaints("rate = 1.0"), [("steps".to_owned(), "this key is missing".to_owned())]);
        let inner = complaints("steps = 1\nshape = { kind = 'round', radius = 1 }");
        assert_eq!(inner, [("shape.a-share".to_owned(), "this key is missing".to_owned())]);
        assert_eq!(complaints("steps = -1").len(), 1);
        assert!(complaints("steps = 1\nshape = { kind = 'round', radius = 1, a-share = 0.5 }").is_empty());
    }
}
