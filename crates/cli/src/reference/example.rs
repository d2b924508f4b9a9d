//! Where the built-in experiments use a key.

use std::sync::LazyLock;

use thalweg::lab::{Document, Overlays};
use toml::Value;

use super::{Key, Step};
use crate::builtin::EXPERIMENTS;

/// Longer values explain nothing.
const LONGEST: usize = 90;

static DOCUMENTS: LazyLock<Vec<(&str, Document)>> = LazyLock::new(|| {
    let document = |(name, text): &(&'static str, &str)| {
        Some((*name, Document::of_text(name, text, &Overlays::default()).ok()?))
    };
    EXPERIMENTS.iter().filter_map(document).collect()
});

/// A line of the first experiment that sets a key, and the experiment's name.
pub(super) fn example(key: &Key) -> Option<(String, &'static str)> {
    let [Step::Key(top), rest @ ..] = &key.path[..] else { return None };
    if key.is_kind() {
        return None;
    }
    let dotted = key.dotted();
    let is_of_descent = key.only.map(|only| only.contains("[objective]"));
    let fits = |document: &Document| {
        is_of_descent.is_none_or(|wanted| document.value("objective").is_some() == wanted)
    };
    DOCUMENTS.iter().filter(|(_, document)| fits(document)).find_map(|(name, document)| {
        // A key with kinds of its own is told by its table, in which the kind shows.
        let value = document.value(top);
        let line = match value.as_ref().and_then(|value| at(value, rest)) {
            Some(value) => format!("{} = {value}", key.last()),
            None if rest.is_empty() || has_kinds(key) => return None,
            None => format!("\"{dotted}\" = {}", document.value("sweep")?.get(&dotted)?),
        };
        (line.chars().count() <= LONGEST).then_some((line, *name))
    })
}

fn has_kinds(key: &Key) -> bool {
    key.path.iter().any(|step| matches!(step, Step::Kind(_)))
}

/// The first value at a path.
fn at<'a>(value: &'a Value, path: &[Step]) -> Option<&'a Value> {
    match path.split_first() {
        None => Some(value),
        Some((Step::Key(name), rest)) => at(value.get(name)?, rest),
        Some((Step::Kind(kind), rest)) if value.get("kind")?.as_str() == Some(kind) => at(value, rest),
        Some((Step::Kind(_), _)) => None,
        Some((Step::Item, rest)) => value.as_array()?.iter().find_map(|item| at(item, rest)),
        Some((Step::Name, rest)) => value.as_table()?.values().find_map(|inner| at(inner, rest)),
    }
}
