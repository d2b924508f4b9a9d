//! What is known of a key, as plain text of a given width.

use super::example::example;
use super::words::{accepts, default, first_sentence, words};
use super::{Key, Step};
use crate::print::{self, wrapped};

/// Everything about one key.
pub fn full(key: &Key, width: usize) -> String {
    let mut lines = vec![key.name(), String::new()];
    for meaning in key.meanings() {
        prose(meaning, width, &mut lines);
        lines.push(String::new());
    }
    let words = words(key);
    if !words.is_empty() {
        let longest = words.iter().map(|(word, _)| word.len() + 2).max().unwrap_or_default();
        for (word, meaning) in words {
            let word = format!("\"{word}\"");
            entry(&word, longest, meaning, width, &mut lines);
        }
        lines.push(String::new());
    }
    for (name, fact) in facts(key) {
        entry(name, 8, &fact, width, &mut lines);
    }
    let children = key.children();
    if !children.is_empty() {
        lines.extend([String::new(), "below it:".to_owned()]);
        lines.push(listed(&children, width));
    }
    lines.join("\n").trim_end().to_owned()
}

/// One line a key: its name, and the first sentence of what it means.
pub fn listed(keys: &[Key], width: usize) -> String {
    let row = |key: &Key| {
        let meaning = key.meanings().first().map_or("", |text| first_sentence(text));
        (key.name(), meaning.to_owned())
    };
    columns(&keys.iter().map(row).collect::<Vec<_>>(), width)
}

/// Words with a text beside each, which is wrapped.
pub fn columns(rows: &[(String, String)], width: usize) -> String {
    let longest = rows.iter().map(|(word, _)| word.chars().count()).max().unwrap_or_default();
    let mut lines = Vec::new();
    for (word, text) in rows {
        entry(word, longest, text, width, &mut lines);
    }
    lines.join("\n")
}

/// Columns of a page where no terminal tells them, and the most that are used: longer lines are hard to read.
const COLUMNS: usize = 100;

/// The width of a page on this terminal.
pub fn width() -> usize {
    print::columns().map_or(COLUMNS, |columns| columns.min(COLUMNS))
}

/// What it accepts, its default, where it stands, an example.
pub(super) fn facts(key: &Key) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    if key.is_kind() {
        all.push(("stands", format!("{}, as kind = \"{}\"", place(&key.path), key.last())));
        return all;
    }
    all.push(("accepts", accepts(key)));
    match default(key) {
        Some(value) => all.push(("default", value)),
        None if key.is_required => all.push(("default", "none: it must be given".to_owned())),
        None => {}
    }
    all.push(("stands", place(&key.path)));
    all.extend(key.only.map(|only| ("only", format!("in an experiment {only}"))));
    if !["claim", "figure", "sweep", "profile"]
        .iter()
        .any(|list| matches!(&key.path[0], Step::Key(name) if name == list))
        && key.path.len() > 1
    {
        all.push(("dotted", key.dotted()));
    }
    all.extend(example(key).map(|(line, name)| ("example", format!("{line}    ({name})"))));
    all
}

/// The table in which a key stands.
fn place(path: &[Step]) -> String {
    let [Step::Key(top), rest @ .., _] = path else { return "at the top of the file".to_owned() };
    let is_list = rest.first() == Some(&Step::Item) || rest.is_empty() && path.last() == Some(&Step::Item);
    let mut text = if is_list { format!("in [[{top}]]") } else { format!("in [{top}]") };
    for step in rest {
        match step {
            Step::Key(name) => text += &format!(", in {name}"),
            Step::Kind(kind) => text += &format!(" with kind = \"{kind}\""),
            Step::Name => text += ".<name>",
            Step::Item => {}
        }
    }
    text
}

/// The least columns of a text beside a word, if the page has as many.
const BESIDE: usize = 30;

/// A word, and beside it a text that is wrapped. A word that takes half of the page, or the room that the
/// text needs, has a line of its own.
fn entry(word: &str, longest: usize, text: &str, width: usize, lines: &mut Vec<String>) {
    let longest = longest.min(width / 2).min(width.saturating_sub(BESIDE + 4));
    let indent = longest + 4;
    let mut first = format!("  {word:longest$}  ");
    if first.chars().count() > indent {
        lines.push(first.trim_end().to_owned());
        first = " ".repeat(indent);
    }
    let mut wrapped = Vec::new();
    prose(text, width.saturating_sub(indent).max(BESIDE), &mut wrapped);
    if wrapped.is_empty() {
        wrapped.push(String::new());
    }
    for line in wrapped {
        lines.push(format!("{first}{line}").trim_end().to_owned());
        first = " ".repeat(indent);
    }
}

/// Paragraphs wrapped; formulas as they are, moved to the right.
fn prose(text: &str, width: usize, lines: &mut Vec<String>) {
    let mut in_formula = false;
    for line in text.lines() {
        if line.starts_with("```") {
            in_formula = !in_formula;
            lines.extend((!in_formula).then(String::new));
        } else if in_formula {
            lines.push(format!("    {line}").trim_end().to_owned());
        } else {
            wrap(line, width, lines);
        }
    }
}

/// A paragraph, or an item of a list.
fn wrap(text: &str, width: usize, lines: &mut Vec<String>) {
    let text = without_emphasis(text);
    let hang = if text.starts_with("* ") { "  " } else { "" };
    lines.extend(wrapped(&text, hang, width));
}

/// `*title*` without its stars.
fn without_emphasis(text: &str) -> String {
    let (bullet, rest) = text.strip_prefix("* ").map_or(("", text), |rest| ("* ", rest));
    let parts: Vec<&str> = rest.split('*').collect();
    if parts.len().is_multiple_of(2) { text.to_owned() } else { format!("{bullet}{}", parts.concat()) }
}

#[cfg(test)]
mod tests {
    use super::super::{Found, find};
    use super::*;

    #[test]
    fn a_page_tells_everything_within_the_width() {
        let Found::Keys(keys) = find("optimizer.adam.bias-correction") else { panic!("not found") };
        let page = full(&keys[0], 60);
        for part in [
            "optimizer.adam.bias-correction\n",
            "\"absorbed\"",
            "default   \"moments\"",
            "in [optimizer] with kind = \"adam\"",
            "dotted    optimizer.bias-correction",
        ] {
            assert!(page.contains(part), "{part} is not in\n{page}");
        }
        assert!(page.lines().all(|line| line.chars().count() <= 60), "{page}");
    }

    #[test]
    fn a_list_with_long_names_keeps_to_the_width() {
        let Found::Keys(keys) = find("optimizer.group") else { panic!("not found") };
        let page = full(&keys[0], 60);
        assert!(
            page.contains("\n  optimizer.group") && page.lines().all(|line| line.chars().count() <= 60),
            "{page}"
        );
    }

    #[test]
    fn formulas_keep_their_lines_and_kinds_list_their_keys() {
        let Found::Keys(keys) = find("schedule.cosine") else { panic!("not found") };
        let page = full(&keys[0], 72);
        assert!(
            page.contains("    η = floor + ½ (η₀ − floor) (1 + cos(π · min(t − 1, steps)/steps))\n"),
            "{page}"
        );
        assert!(page.contains("schedule.cosine.floor") && !page.contains("```"), "{page}");
    }

    #[test]
    fn examples_are_from_experiments_that_are_built_in() {
        let Found::Keys(keys) = find("schedule.power-law.time-scale") else { panic!("not found") };
        assert!(
            facts(&keys[0])
                .iter()
                .any(|(name, fact)| *name == "example" && fact.starts_with("time-scale = "))
        );
    }
}
