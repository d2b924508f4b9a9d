//! A file with the place of each of its values.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Value;

use crate::files::{Files, lexically_normal};
use crate::overlay::Overlays;
use crate::problem::{Place, Placed, Problem, Problems};
use crate::read::{Reading, read};
use crate::syntax;
use crate::text::decode;
use crate::tree::{Node, Origin, Tree, parse};

/// The key of a file that this one builds on.
const EXTENDS: &str = "extends";
/// The key for what is left out of that one.
const WITHOUT: &str = "without";
/// Files that build on one another before it is taken for a circle.
const MOST_FILES: usize = 20;

/// A TOML file, with what it extends below it and what was laid over it.
///
/// ```
/// use thalweg_document::{Document, Overlays, Problem};
///
/// let overlays = Overlays { profile: Some("quick".to_owned()), set: vec!["seed=7".to_owned()] };
/// let text = "seed = 1\ntrain = { steps = 100 }\n[profile.quick]\n'train.steps' = 10";
/// let document = Document::of_text("a.toml", text, &overlays).unwrap();
/// assert_eq!(document.read::<u64>("seed").unwrap().value, Some(7));
///
/// let problems = document.explain([Problem::new("train.steps", "found 10, expected at least 20")]);
/// assert_eq!(problems.unwrap_err().to_string(), "a.toml:4: train.steps: found 10, expected at least 20");
/// ```
#[derive(Debug, Clone)]
pub struct Document {
    /// The places that values come from; the first is the file itself.
    sources: Vec<Place>,
    /// The file and those that it extends, each with its name.
    texts: Vec<(String, String)>,
    pub(crate) tree: Tree,
    /// Problems found while the document was put together.
    pub(crate) found: Vec<Placed>,
}

impl Document {
    /// Parses a file from `files` and lays `overlays` over it. What it `extends` is looked for beside it.
    ///
    /// # Errors
    /// If it cannot be read, is no text or not TOML. All other problems wait for [`explain`](Self::explain).
    pub fn open(path: &Path, files: &dyn Files, overlays: &Overlays) -> Result<Self, Problems> {
        let name = path.display().to_string();
        let bytes = files.read(path).map_err(|e| unreadable(&name, format!("cannot be read: {e}")))?;
        let mut document = Self::parse(&name, &bytes)?;
        document.extend(path, files)?;
        overlays.lay_over(&mut document);
        Ok(document)
    }

    /// The same for a text that extends no other.
    ///
    /// # Errors
    /// If it is not TOML.
    pub fn of_text(name: &str, text: &str, overlays: &Overlays) -> Result<Self, Problems> {
        let mut document = Self::parse(name, text.as_bytes())?;
        overlays.lay_over(&mut document);
        Ok(document)
    }

    /// The same with `overlays` laid over it.
    #[must_use]
    pub fn with(&self, overlays: &Overlays) -> Self {
        let mut document = self.clone();
        overlays.lay_over(&mut document);
        document
    }

    fn parse(name: &str, bytes: &[u8]) -> Result<Self, Problems> {
        let placed = |(line, message): (usize, String)| {
            let place =
                if line == 0 { Place::File(name.to_owned()) } else { Place::Line(name.to_owned(), line) };
            Placed { place, key: String::new(), message, hint: None }
        };
        let fail = |all: Vec<Placed>| Problems { file: name.to_owned(), all };
        let text = decode(bytes).map_err(|problem| fail(vec![placed(problem)]))?;
        let parsed = parse(text, 0).map_err(|mut all| {
            all.dedup();
            let told = |(line, message): (usize, String)| Placed {
                hint: syntax::hint(text, line, &message),
                ..placed((line, format!("not TOML: {message}")))
            };
            fail(all.into_iter().map(told).collect())
        })?;
        let mut document = Self {
            sources: vec![Place::File(name.to_owned())],
            texts: vec![(name.to_owned(), text.to_owned())],
            tree: parsed.tree,
            found: Vec::new(),
        };
        let problems = parsed.problems.into_iter().map(|problem| document.place(problem));
        document.found = problems.collect();
        Ok(document)
    }

    /// Puts the files that this one builds on below it.
    fn extend(&mut self, path: &Path, files: &dyn Files) -> Result<(), Problems> {
        let mut folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        let mut layers = vec![std::mem::take(&mut self.tree)];
        while let Some(extended) = layers.last_mut().and_then(|top| top.take(EXTENDS)) {
            // Without what it builds on, nothing else can be said of a file.
            let wrong = |message: String| {
                let all = vec![self.placed(extended.origin, Problem::new(EXTENDS, message))];
                Err(Problems { file: self.name(), all })
            };
            let Node::Leaf(Value::String(base)) = &extended.node else {
                return wrong("expected the path of a TOML file, in quotes".to_owned());
            };
            if layers.len() > MOST_FILES {
                return wrong(format!("more than {MOST_FILES} files: do they extend each other?"));
            }
            let path = lexically_normal(&folder.join(base));
            let bytes = match files.read(&path) {
                Ok(bytes) => bytes,
                Err(e) => return wrong(format!("cannot read {}: {e}", path.display())),
            };
            let below = Self::parse(&path.display().to_string(), &bytes)?;
            let source = self.source(below.sources[0].clone());
            self.texts.extend(below.texts);
            let mut tree = below.tree;
            tree.move_to(source);
            self.found.extend(below.found);
            layers.push(tree);
            folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        }
        while let Some(mut over) = layers.pop() {
            if let Some(without) = over.take(WITHOUT) {
                let base = self.sources.get(layers.len() + 1).map(Place::to_string);
                self.leave_out(&without, base.as_deref());
            }
            self.tree.merge(over);
        }
        Ok(())
    }

    /// Takes the keys of a list `without` out of what the file `base` says, if there is one.
    fn leave_out(&mut self, without: &Tree, base: Option<&str>) {
        let keys: Reading<Vec<String>> = read(&without.value()).below(&[WITHOUT.to_owned()]);
        let mut problems = keys.problems;
        for (i, key) in keys.value.unwrap_or_default().iter().enumerate() {
            if !self.tree.remove(&key.split('.').map(str::to_owned).collect::<Vec<_>>()) {
                let text = match base {
                    Some(base) => format!("found \"{key}\", which is not in {base}"),
                    None => format!("found \"{key}\", but this file extends no other"),
                };
                problems.push(Problem::at(vec![WITHOUT.to_owned(), i.to_string()], text));
            }
        }
        for problem in problems {
            let origin = without.deepest(&problem.path[1..]).origin;
            self.found.push(self.placed(origin, problem));
        }
    }

    /// The file as it is written, and after it those that it builds on, each with its name.
    pub fn texts(&self) -> &[(String, String)] {
        &self.texts
    }

    /// The name of the file.
    pub fn name(&self) -> String {
        self.sources[0].to_string()
    }

    /// The keys of the table at a top-level key.
    pub fn keys(&self, name: &str) -> Vec<String> {
        match self.tree.child(name).map(|tree| &tree.node) {
            Some(Node::Table(table)) => table.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// The top-level keys.
    pub fn top_level(&self) -> Vec<String> {
        match &self.tree.node {
            Node::Table(table) => table.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// The plain value at a top-level key.
    pub fn value(&self, name: &str) -> Option<Value> {
        self.tree.child(name).map(Tree::value)
    }

    /// Reads the value at a top-level key; `None` if there is none. Problems have their path from the root.
    pub fn read<T: DeserializeOwned + Serialize>(&self, name: &str) -> Option<Reading<T>> {
        let reading = read(&self.value(name)?);
        Some(reading.below(&[name.to_owned()]))
    }

    /// Reads a list of tables such as `[[claim]]`, each on its own.
    pub fn list<T: DeserializeOwned + Serialize>(&self, name: &str) -> Vec<Reading<T>> {
        match self.tree.child(name).map(|tree| &tree.node) {
            None => Vec::new(),
            Some(Node::List(items)) => {
                let item =
                    |(i, item): (usize, &Tree)| read(&item.value()).below(&[name.to_owned(), i.to_string()]);
                items.iter().enumerate().map(item).collect()
            }
            Some(_) => {
                let text = format!("expected a list of tables [[{name}]]");
                vec![Reading { value: None, problems: vec![Problem::new(name, text)] }]
            }
        }
    }

    /// The value that a profile or the command line has put at just this key.
    pub fn laid_at(&self, path: &[String]) -> Option<Value> {
        let tree = self.tree.get(path)?;
        let above = path.split_last().and_then(|(_, above)| self.tree.get(above));
        (tree.is_laid && !above.is_some_and(|above| above.is_laid)).then(|| tree.value())
    }

    /// The keys inside of `path` that a profile or the command line has changed.
    pub fn laid_below(&self, path: &[String]) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        if let Some(tree) = self.tree.get(path) {
            tree.laid_paths(&mut path.to_vec(), &mut found);
        }
        found.retain(|laid: &Vec<String>| laid.len() > path.len());
        found
    }

    /// Says of each problem where it stands, each once, in the order of the file; with those found so far.
    ///
    /// # Errors
    /// All problems, if there are any.
    pub fn explain(&self, problems: impl IntoIterator<Item = Problem>) -> Result<(), Problems> {
        let placed = problems.into_iter().map(|problem| self.place(problem));
        let mut all: Vec<Placed> = self.found.iter().cloned().chain(placed).collect();
        let rank = |problem: &Placed| match &problem.place {
            Place::File(_) => (0, 0),
            Place::Line(name, line) => (1 + usize::from(*name != self.name()), *line),
            Place::CommandLine(_) => (3, 0),
        };
        all.sort_by_key(rank);
        let mut seen = std::collections::HashSet::new();
        all.retain(|problem| seen.insert((problem.key.clone(), problem.message.clone())));
        if all.is_empty() { Ok(()) } else { Err(Problems { file: self.name(), all }) }
    }

    /// The path of a word below `above`: a key, or a value that is this text.
    pub fn find(&self, above: &[String], word: &str) -> Option<Vec<String>> {
        self.tree.get(above)?.find(word, &mut above.to_vec())
    }

    /// Whether anything was found wrong while the document was put together.
    pub fn is_sound(&self) -> bool {
        self.found.is_empty()
    }

    fn place(&self, problem: Problem) -> Placed {
        let origin = self.tree.deepest(&problem.path).origin;
        self.placed(origin, problem)
    }

    pub(crate) fn placed(&self, origin: Origin, problem: Problem) -> Placed {
        let place = match &self.sources[origin.source] {
            Place::File(name) if origin.line > 0 => Place::Line(name.clone(), origin.line),
            whole => whole.clone(),
        };
        Placed { place, key: self.named(&problem.path), message: problem.message, hint: problem.hint }
    }

    /// A path as people say it: items of a list that have an id by their id, `claim momentum-helps:
    /// direction`.
    fn named(&self, path: &[String]) -> String {
        let [list, place, rest @ ..] = path else { return path.join(".") };
        let item = self.tree.get(&path[..2]).filter(|_| place.parse::<usize>().is_ok());
        match item.and_then(|item| item.text("id")) {
            Some(id) if rest.is_empty() => format!("{list} {id}"),
            Some(id) => format!("{list} {id}: {}", rest.join(".")),
            None => path.join("."),
        }
    }

    /// The number of a source of values.
    pub(crate) fn source(&mut self, place: Place) -> usize {
        self.sources.push(place);
        self.sources.len() - 1
    }
}

fn unreadable(name: &str, message: String) -> Problems {
    let place = Place::File(name.to_owned());
    Problems { file: name.to_owned(), all: vec![Placed { place, key: String::new(), message, hint: None }] }
}
