//! Walking in TOML values by paths. A step into a list is a number.

use toml::{Table, Value};

/// The value at `path`.
pub fn get<'a>(root: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(root, |node, step| match node {
        Value::Table(table) => table.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

pub(crate) fn get_mut<'a>(root: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(root, |node, step| match node {
        Value::Table(table) => table.get_mut(step),
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Puts `value` at `path`, making tables on the way. A place in a list must be there.
///
/// # Errors
/// The path of the value in the way that has no such key.
pub fn insert(root: &mut Value, path: &[String], value: Value) -> Result<(), Vec<String>> {
    let mut node = root;
    for (i, step) in path.iter().enumerate() {
        node = match node {
            Value::Table(table) => table.entry(step.clone()).or_insert_with(|| Value::Table(Table::new())),
            Value::Array(items) => step
                .parse::<usize>()
                .ok()
                .and_then(|place| items.get_mut(place))
                .ok_or_else(|| path[..i].to_vec())?,
            _ => return Err(path[..i].to_vec()),
        };
    }
    *node = value;
    Ok(())
}

/// Takes out the value at `path`; `false` if there is none, or it is the root.
pub(crate) fn remove(root: &mut Value, path: &[String]) -> bool {
    let Some((last, owner)) = path.split_last() else { return false };
    match get_mut(root, owner) {
        Some(Value::Table(table)) => table.remove(last).is_some(),
        Some(Value::Array(items)) => match last.parse::<usize>() {
            Ok(place) if place < items.len() => {
                items.remove(place);
                true
            }
            _ => false,
        },
        _ => false,
    }
}
