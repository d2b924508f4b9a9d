//! The keys that a word stands for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;
use thalweg::document::nearest_first;

use super::{Key, Step};

/// What was found.
#[derive(Debug)]
pub enum Found {
    /// These keys, at least one.
    Keys(Vec<Key>),
    /// None; words that look like it come first.
    Near(Vec<String>),
}

/// Near words that are suggested.
const SUGGESTED: usize = 6;

/// The keys with a dotted name, in which kinds may be left out and so may what stands above:
/// `optimizer.adam.beta1`, `optimizer.beta1`, `adam.beta1`, `beta1`. Items of a list may have a number, as in
/// `probe.0.top`.
pub fn find(name: &str) -> Found {
    let plain = without_id(name).replace(['"', '[', ']', ' '], "");
    let words: Vec<&str> = plain.split('.').filter(|word| !word.is_empty()).collect();
    let words = match words[..] {
        // A swept setting, and one of a profile.
        ["sweep", ref rest @ ..] if !rest.is_empty() && !["zip", "case"].contains(&rest[0]) => rest,
        ["sweep", "zip", ref rest @ ..] if !rest.is_empty() => rest,
        ["profile", _, ref rest @ ..] if !rest.is_empty() => rest,
        ["profile", _] => &["profile"],
        ref all => all,
    };
    let exact = walk(vec![Key::root()], words);
    if !exact.is_empty() && !words.is_empty() {
        return Found::Keys(exact);
    }
    let mut all = all_keys();
    // What a fork sets again is meant only where the fork is named.
    let names: BTreeSet<String> = all.iter().map(Key::name).collect();
    all.retain(|key| !key.name().strip_prefix("fork.").is_some_and(|name| names.contains(name)));
    let mut ends: Vec<Key> = all.iter().filter(|key| ends_with(key, words)).cloned().collect();
    // What stands higher is meant more often.
    ends.sort_by_key(|key| key.path.len());
    if !ends.is_empty() && !words.is_empty() {
        return Found::Keys(ends);
    }
    Found::Near(near(words, &all))
}

/// The key of a message such as `claim small-batches-win: direction`, without the id.
fn without_id(name: &str) -> String {
    let (item, key) = name.split_once(": ").unwrap_or((name, ""));
    match item.split_once(' ') {
        Some((list @ ("claim" | "figure" | "probe"), _)) if key.is_empty() => list.to_owned(),
        Some((list @ ("claim" | "figure" | "probe"), _)) => format!("{list}.{key}"),
        _ => name.to_owned(),
    }
}

fn walk(mut keys: Vec<Key>, words: &[&str]) -> Vec<Key> {
    for word in words {
        if word.parse::<usize>().is_ok() && keys.iter().any(|key| key.get("items").is_some()) {
            continue;
        }
        let next: Vec<Key> = keys.iter().flat_map(|key| step(key, word)).collect();
        let is_named = next.is_empty()
            && keys.iter().any(|key| key.get("additionalProperties").is_some_and(Value::is_object));
        if !is_named {
            keys = next;
        }
    }
    keys
}

/// The keys that a word leads to: below a key, or below one of its kinds.
fn step(key: &Key, word: &str) -> Vec<Key> {
    let children = key.children();
    let here: Vec<Key> = children.iter().filter(|child| leads(child, word)).cloned().collect();
    if !here.is_empty() {
        return here;
    }
    let kinds: Vec<&Key> = children.iter().filter(|child| child.is_kind()).collect();
    let inside: Vec<Key> =
        kinds.iter().flat_map(|kind| kind.children()).filter(|child| leads(child, word)).collect();
    // A key that all kinds of a table have alike is one key.
    match &inside[..] {
        [first, _, ..] if inside.len() == kinds.len() && inside.iter().all(|key| key.own == first.own) => {
            let path = first.path.iter().filter(|step| !matches!(step, Step::Kind(_))).cloned().collect();
            vec![Key { path, ..first.clone() }]
        }
        _ => inside,
    }
}

fn leads(child: &Key, word: &str) -> bool {
    match child.path.last() {
        Some(Step::Key(name) | Step::Kind(name)) => name == word,
        _ => false,
    }
}

/// All keys and kinds, each type once, where it stands the least deep.
pub fn all_keys() -> Vec<Key> {
    let places = places_of_kinds();
    let mut all = Vec::new();
    let mut open = Key::root().children();
    open.reverse();
    while let Some(key) = open.pop() {
        if meaning_of_kind(&key).is_some_and(|meaning| places[meaning] != key.name()) {
            continue;
        }
        let mut children = key.children();
        children.reverse();
        open.extend(children);
        all.push(key);
    }
    all
}

/// By what it means, where each kind stands the least deep.
fn places_of_kinds() -> BTreeMap<&'static str, String> {
    let mut places = BTreeMap::new();
    let mut open: VecDeque<Key> = Key::root().children().into();
    while let Some(key) = open.pop_front() {
        if let Some(meaning) = meaning_of_kind(&key) {
            if places.contains_key(meaning) {
                continue;
            }
            places.insert(meaning, key.name());
        }
        open.extend(key.children());
    }
    places
}

/// What tells one kind from all others.
fn meaning_of_kind(key: &Key) -> Option<&'static str> {
    if key.is_kind() { key.meanings().first().copied() } else { None }
}

fn ends_with(key: &Key, words: &[&str]) -> bool {
    let names = [key.name(), key.dotted()];
    names.iter().any(|name| {
        let parts: Vec<&str> = name.split('.').collect();
        parts.ends_with(words)
    })
}

/// The names that most look like it: of keys below what is known of it, or else of all.
fn near(words: &[&str], all: &[Key]) -> Vec<String> {
    for known in (1..words.len()).rev() {
        let with_kinds = |key: &Key| {
            let children = key.children();
            let inner: Vec<Key> =
                children.iter().filter(|key| key.is_kind()).flat_map(Key::children).collect();
            [children, inner].concat()
        };
        let children: Vec<Key> =
            walk(vec![Key::root()], &words[..known]).iter().flat_map(with_kinds).collect();
        if !children.is_empty() {
            return ranked(words, words[known], &children);
        }
    }
    ranked(words, words.last().copied().unwrap_or_default(), all)
}

/// The names of keys, first by how their last words look, then as a whole.
fn ranked(words: &[&str], word: &str, keys: &[Key]) -> Vec<String> {
    let whole = words.join(".");
    let mut names: Vec<String> = Vec::new();
    for last in nearest_first(word, keys.iter().map(Key::last).collect::<BTreeSet<_>>()) {
        let same: BTreeSet<String> = keys.iter().filter(|key| key.last() == last).map(Key::name).collect();
        names.extend(nearest_first(&whole, same.iter().map(String::as_str)).into_iter().map(str::to_owned));
    }
    names.truncate(SUGGESTED);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(word: &str) -> Vec<String> {
        match find(word) {
            Found::Keys(keys) => keys.iter().map(Key::name).collect(),
            Found::Near(near) => near.into_iter().map(|name| format!("near {name}")).collect(),
        }
    }

    #[test]
    fn keys_are_found_with_and_without_kinds_and_tables() {
        assert_eq!(names("optimizer.adam.beta1"), ["optimizer.adam.beta1"]);
        assert_eq!(names("adam.beta1"), ["optimizer.adam.beta1"]);
        assert!(names("optimizer.beta1").contains(&"optimizer.lion.beta1".to_owned()));
        assert_eq!(names("train.batch-size"), ["train.batch-size"]);
        assert_eq!(names("batch-size"), ["train.batch-size"]);
        assert_eq!(names("train.steps"), ["train.steps", "train.steps"]);
        assert_eq!(names("schedule"), ["schedule"]);
        assert_eq!(names("[schedule]"), ["schedule"]);
        assert_eq!(names("fork.train.batch-size"), ["fork.train.batch-size"]);
        assert_eq!(names("claim.trend.direction"), ["claim.trend.direction"]);
        assert_eq!(names("claim.says"), ["claim.says"]);
        assert_eq!(names("figure.summary.x"), ["figure.summary.x"]);
        assert_eq!(names("sweep.\"train.batch-size\""), ["train.batch-size"]);
        assert_eq!(names("profile.quick.train.stop-at-loss"), ["train.stop-at-loss"]);
        assert_eq!(names("optimizer.transforms.0.temperature.time-scale").len(), 3);
        assert_eq!(names("optimizer.sam.base.adam.beta1"), ["optimizer.sam.base.adam.beta1"]);
        assert_eq!(names("schedule.warm-up.then.cosine.floor"), ["schedule.warm-up.then.cosine.floor"]);
        assert_eq!(
            names("test.variants.clean.flip-labels.probability"),
            ["test.variants.<name>.flip-labels.probability"]
        );
    }

    #[test]
    fn keys_are_found_as_messages_name_them() {
        assert_eq!(names("probe.0"), ["probe"]);
        assert_eq!(names("probe.0.top"), ["probe.spectrum.top"]);
        assert_eq!(names("claim small-batches-win: direction"), names("claim.direction"));
        assert_eq!(names("claim small-batches-win"), ["claim"]);
        assert_eq!(names("figure loss: x-scale"), names("figure.x-scale"));
        assert_eq!(names("optimizer.group.1.rate-factor"), ["optimizer.group.rate-factor"]);
    }

    #[test]
    fn a_misspelt_key_leads_to_the_near_ones_first() {
        assert_eq!(names("optimizer.adam.bta1")[0], "near optimizer.adam.beta1");
        assert_eq!(names("train.batch_size")[0], "near train.batch-size");
        assert_eq!(names("optimiser.lion.beta1")[0], "near optimizer.lion.beta1");
        assert_eq!(names("profile.quick"), ["profile"]);
        assert_eq!(names("shedule")[0], "near schedule");
        assert_eq!(names("claim.trend.directoin")[0], "near claim.trend.direction");
        for nonsense in ["", ".", "seed.of", "train.steps.3", "sweep.", "profile.a", "🦀", "a.b.c.d"] {
            assert!(!names(nonsense).is_empty(), "{nonsense}");
        }
    }
}
