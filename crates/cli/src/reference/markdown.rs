//! All keys as a page of Markdown, `docs/reference.md`.

use std::collections::BTreeMap;

use super::words::{accepts, default, words};
use super::{Key, Step};

const HEAD: &str = "# The keys of an experiment file

Written by `thalweg explain --all --markdown` from the types that read the file; `cargo xtask docs` writes it anew.
`thalweg explain KEY` tells the same of one key, with an example, and `thalweg schema` has it for editors.

An experiment file has either `[data]` and `[model]`, and a network learns, or `[objective]`, and a point descends a function in
closed form. A key with kinds is a table with `kind`; in a sweep, a profile and `--set` the kind is left out of a dotted key:
`optimizer.adam.beta1` stands for `optimizer.beta1` where `optimizer.kind` is `\"adam\"`.
";

/// The whole page.
pub fn markdown() -> String {
    let mut page = Page { text: HEAD.to_owned(), told: BTreeMap::new() };
    for key in Key::root().children() {
        page.add(&key, 2);
    }
    page.text.replace("\n\n\n", "\n\n")
}

struct Page {
    text: String,
    /// Kinds and tables that were told, by what is said of them, and where.
    told: BTreeMap<String, String>,
}

impl Page {
    /// A key with a heading of its own.
    fn add(&mut self, key: &Key, level: usize) {
        let only = key.only.map_or(String::new(), |only| format!(" ({only})"));
        self.line(&format!("\n{} `{}`{only}\n", "#".repeat(level.min(5)), key.name()));
        for meaning in key.meanings() {
            self.line(&format!("{}\n", spaced(meaning)));
        }
        let children = key.children();
        if children.is_empty() {
            return self.leaf(key);
        }
        let children = children.into_iter().filter(|key| key.last() != "kind");
        let (kinds, keys): (Vec<Key>, Vec<Key>) = children.partition(Key::is_kind);
        let shared = shared(&kinds);
        if !shared.is_empty() {
            self.line("Every kind has, besides keys of its own,\n");
        }
        // The kinds are told before the tables of shared keys, which may have the same kinds in them.
        let inner = [self.table(&shared), self.table(&keys)].concat();
        let mut elsewhere: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for kind in kinds {
            match self.known(&kind) {
                Some(home) => {
                    let home = home.rsplit_once('.').map_or(home.clone(), |(above, _)| above.to_owned());
                    elsewhere.entry(home).or_default().push(format!("`{}`", kind.last()));
                }
                None => self.kind(&kind, &shared, level + 1),
            }
        }
        for (home, kinds) in elsewhere {
            self.line(&format!(
                "{} {} as in `{home}`.\n",
                kinds.join(", "),
                if kinds.len() == 1 { "is" } else { "are" }
            ));
        }
        inner.iter().for_each(|key| self.add(key, level + 1));
    }

    fn kind(&mut self, kind: &Key, shared: &[Key], level: usize) {
        self.line(&format!("\n{} `{}`\n", "#".repeat(level.min(5)), kind.name()));
        for meaning in kind.meanings() {
            self.line(&format!("{}\n", spaced(meaning)));
        }
        let is_own = |key: &Key| !shared.iter().any(|other| other.last() == key.last());
        let keys = kind.children().into_iter().filter(|key| key.last() != "kind" && is_own(key));
        let inner = self.table(&keys.collect::<Vec<_>>());
        inner.iter().for_each(|key| self.add(key, level + 1));
    }

    /// A row for each key. Returns those with keys of their own that were not told before.
    fn table(&mut self, keys: &[Key]) -> Vec<Key> {
        if keys.is_empty() {
            return Vec::new();
        }
        self.line("| key | accepts | default | meaning |\n|---|---|---|---|");
        let mut inner = Vec::new();
        for key in keys {
            let default = default(key).map_or_else(
                || if key.is_required { "must be given".to_owned() } else { String::new() },
                |value| format!("`{value}`"),
            );
            let mut meaning = key.meanings().first().map_or(String::new(), |text| cell(text));
            let mut accepted = cell(&accepts(key));
            let words: Vec<String> =
                words(key).iter().map(|(word, text)| format!("`\"{word}\"`: {}", cell(text))).collect();
            if !words.is_empty() {
                accepted = words.join("<br>");
            }
            if let Some(only) = key.only {
                meaning = format!("{meaning} Only {only}.");
            }
            if !key.children().is_empty() {
                match self.known_table(key) {
                    Some(home) => meaning = format!("{meaning} Its keys are those of `{home}`."),
                    None => inner.push(key.clone()),
                }
            }
            self.line(&format!("| `{}` | {accepted} | {default} | {meaning} |", key.last()));
        }
        self.line("");
        inner
    }

    /// A key without keys of its own, below a heading.
    fn leaf(&mut self, key: &Key) {
        let default = default(key).map_or_else(
            || if key.is_required { " It must be given.".to_owned() } else { String::new() },
            |value| format!(" Default `{value}`."),
        );
        self.line(&format!("Accepts {}.{default}\n", accepts(key)));
    }

    /// Where a table without kinds was told.
    fn known_table(&mut self, key: &Key) -> Option<String> {
        let children = key.children();
        let has_kinds = children.iter().any(Key::is_kind);
        let text =
            || children.iter().map(|child| child.last().to_owned() + &child.meanings().concat()).collect();
        if has_kinds { None } else { self.told(text(), key) }
    }

    /// Where a kind was told; from now on here.
    fn known(&mut self, kind: &Key) -> Option<String> {
        self.told(kind.meanings().concat(), kind)
    }

    fn told(&mut self, text: String, key: &Key) -> Option<String> {
        if let Some(home) = self.told.get(&text) {
            return Some(home.clone());
        }
        self.told.insert(text, key.name());
        None
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }
}

/// The keys that are alike in all kinds.
fn shared(kinds: &[Key]) -> Vec<Key> {
    let [first, others @ ..] = kinds else { return Vec::new() };
    if others.is_empty() {
        return Vec::new();
    }
    let is_shared = |key: &Key| {
        others.iter().all(|kind| {
            kind.children().iter().any(|other| other.last() == key.last() && other.own == key.own)
        })
    };
    let without_kind = |key: Key| {
        let path = key.path.iter().filter(|step| !matches!(step, Step::Kind(kind) if kind == first.last()));
        Key { path: path.cloned().collect(), ..key.clone() }
    };
    first.children().into_iter().filter(is_shared).map(without_kind).collect()
}

/// Text for a page: a blank line around formulas and lists.
fn spaced(text: &str) -> String {
    let mut spaced = String::new();
    let (mut in_formula, mut was_item) = (false, false);
    for line in text.lines() {
        let is_fence = line.starts_with("```");
        let is_item = line.starts_with("* ");
        let begins = is_fence && !in_formula || is_item && !was_item;
        if begins && !spaced.ends_with("\n\n") && !spaced.is_empty() {
            spaced.push('\n');
        }
        spaced.push_str(line);
        spaced.push('\n');
        if is_fence && in_formula {
            spaced.push('\n');
        }
        in_formula ^= is_fence;
        was_item = is_item;
    }
    spaced.trim_end().to_owned()
}

/// Text for a cell of a table: one line, formulas as code.
fn cell(text: &str) -> String {
    let mut cell = String::new();
    let mut in_formula = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with("```") {
            in_formula = !in_formula;
            continue;
        }
        if !cell.is_empty() {
            cell.push_str(if in_formula { " `" } else { "<br>" });
        }
        cell.push_str(line);
        if in_formula {
            cell.push('`');
        }
    }
    cell.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_page_of_the_repository_is_what_the_program_writes() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference.md");
        let page = markdown();
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &page).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        let differs = page.lines().zip(committed.lines()).find(|(new, old)| new != old);
        assert_eq!(differs, None, "hint: `cargo xtask docs` writes docs/reference.md anew");
        assert!(page == committed, "hint: `cargo xtask docs` writes docs/reference.md anew");
    }

    #[test]
    fn what_kinds_share_is_told_once_and_kinds_where_they_stand_the_least_deep() {
        let page = markdown();
        let count = |text: &str| page.matches(text).count();
        assert_eq!(count("\n### `optimizer.adam`\n"), 1);
        assert_eq!(count("`optimizer.group.rule.adam`"), 0, "told as that of `optimizer`");
        assert!(page.contains("are as in `optimizer`."));
        let of_adam =
            page.split("\n### `optimizer.adam`\n").nth(1).and_then(|rest| rest.split("\n### ").next());
        let of_adam = of_adam.unwrap();
        assert!(of_adam.contains("| `beta1` |"), "{of_adam}");
        for shared in ["transforms", "group", "dialect"] {
            assert!(!of_adam.contains(&format!("| `{shared}` |")), "{shared}");
        }
        let table = page.split("\n## `optimizer`\n").nth(1).unwrap();
        assert!(table.find("| `group` |").unwrap() < table.find("### `optimizer.sgd`").unwrap());
    }

    #[test]
    fn a_cell_is_one_line() {
        assert_eq!(cell("A |b|.\n\n```text\ny = x\n```\nEnd"), "A \\|b\\|. `y = x`<br>End");
    }
}
