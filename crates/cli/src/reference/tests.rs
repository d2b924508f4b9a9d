//! The words for settings are those of the keys that there are.

use thalweg::lab::{Document, Overlays};
use thalweg::records::{SETTINGS, Setting};

use super::*;
use crate::builtin::EXPERIMENTS;

/// A key, or kind, of a run with all below it; tables within themselves once more.
fn with_all_below(key: &Key, above: &mut Vec<&'static Value>, all: &mut Vec<Key>) {
    all.push(key.clone());
    let times = above.iter().filter(|other| std::ptr::eq(**other, key.of_type)).count();
    if !key.of_type.is_null() && times > 1 {
        return;
    }
    above.push(key.of_type);
    key.children().iter().for_each(|child| with_all_below(child, above, all));
    above.pop();
}

#[test]
fn every_setting_of_a_run_has_words_and_no_words_are_of_none() {
    let mut keys = Vec::new();
    let of_runs = |key: &Key| !editor::OTHERS.contains(&key.last());
    for key in Key::root().children().iter().filter(|key| of_runs(key)) {
        with_all_below(key, &mut Vec::new(), &mut keys);
    }
    let mut used = vec!["case", "replicate"];
    let mut without = Vec::new();
    // What a name stands for has words of its own, if any.
    for key in keys.iter().filter(|key| !key.is_kind() && !matches!(key.path.last(), Some(Step::Name))) {
        // With kinds in it, and as figures have it.
        for name in [key.name(), key.dotted()] {
            let words = Setting::of(&name);
            used.push(words.pattern);
            if !words.is_known() {
                without.push(name);
            }
        }
    }
    assert!(without.is_empty(), "without a row in the table of settings: {without:?}");
    let unused = SETTINGS.iter().map(|row| row.pattern).filter(|row| !used.contains(row));
    assert_eq!(unused.collect::<Vec<_>>(), [""; 0], "rows that are no settings");
}

#[test]
fn what_the_experiments_sweep_has_words() {
    for (name, text) in EXPERIMENTS {
        let document = Document::of_text(name, text, &Overlays::default());
        let Some(sweep) = document.ok().and_then(|document| document.value("sweep")) else { continue };
        for key in sweep.as_table().into_iter().flatten().map(|(key, _)| key) {
            assert!(["zip", "case"].contains(&key.as_str()) || Setting::of(key).is_known(), "{name}: {key}");
        }
    }
}
