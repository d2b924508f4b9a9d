//! The experiment file as a document: its text, what is laid over it, and where each value stands.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use crate::problems::{Place, Problem, Problems, nearest};
use crate::read::{get, insert, read};

/// What the command line changes in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overlays {
    /// The profile to lay over the main settings.
    pub profile: Option<String>,
    /// `key=value` settings, applied after the profile, in order.
    pub set: Vec<String>,
}

/// An experiment file with its overlays applied, and the problems found in it so far.
#[derive(Debug)]
pub struct ExperimentFile {
    path: PathBuf,
    text: String,
    pub(crate) root: Value,
    /// Where values that did not stand in their own table come from; later ones cover earlier ones.
    laid_over: Vec<(Vec<String>, Place)>,
    problems: Vec<Problem>,
}

impl ExperimentFile {
    /// Reads a file and lays `overlays` over it.
    ///
    /// # Errors
    /// If the file cannot be read or is not TOML. All other problems are collected: see [`finish`](Self::finish).
    pub fn open(path: &Path, overlays: &Overlays) -> Result<Self, Problems> {
        let fail = |place, message: String| Problems {
            path: path.to_owned(),
            all: vec![Problem { place, key: String::new(), message, hint: None }],
        };
        let text =
            std::fs::read_to_string(path).map_err(|e| fail(Place::File, format!("cannot be read: {e}")))?;
        let (_, errors) = DeTable::parse_recoverable(&text);
        if !errors.is_empty() {
            let all = errors.iter().flat_map(|e| {
                fail(Place::Line(line_of(&text, e.span())), format!("not TOML: {}", e.message())).all
            });
            return Err(Problems { path: path.to_owned(), all: all.collect() });
        }
        let root =
            toml::from_str(&text).map_err(|e| fail(Place::File, format!("not TOML: {}", e.message())))?;
        let mut file = Self {
            path: path.to_owned(),
            text,
            root: Value::Table(root),
            laid_over: Vec::new(),
            problems: Vec::new(),
        };
        if let Some(profile) = &overlays.profile {
            file.lay_profile(profile);
        }
        for setting in &overlays.set {
            file.lay_setting(setting);
        }
        Ok(file)
    }

    /// The folder that relative paths in the file start from.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The names of the file's profiles.
    pub fn profiles(&self) -> Vec<String> {
        match self.root.get("profile") {
            Some(Value::Table(profiles)) => profiles.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// Reads one top-level value, noting every problem with it; `None` if it is not there or not usable.
    pub fn section<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let value = self.root.get(name)?.clone();
        self.read_at(&[name.to_owned()], &value)
    }

    /// Reads a list of tables such as `[[claim]]`, each on its own, noting every problem; with the place of each in the list.
    pub fn list<T: DeserializeOwned>(&mut self, name: &str) -> Vec<(usize, T)> {
        match self.root.get(name).cloned() {
            None => Vec::new(),
            Some(Value::Array(items)) => {
                let path = |i: usize| [name.to_owned(), i.to_string()];
                let item = |(i, item)| Some((i, self.read_at(&path(i), item)?));
                items.iter().enumerate().filter_map(item).collect()
            }
            Some(_) => {
                self.note(&[name.to_owned()], format!("expected a list of tables [[{name}]]"), None);
                Vec::new()
            }
        }
    }

    /// Notes a problem with the value at `path`, once.
    pub fn note(&mut self, path: &[String], message: impl Into<String>, hint: Option<String>) {
        self.push(Problem { place: self.place(path), key: self.named(path), message: message.into(), hint });
    }

    /// A path as people say it: items of a list that have an id by their id, `claim momentum-helps: direction`.
    fn named(&self, path: &[String]) -> String {
        let [list, place, rest @ ..] = path else { return dotted(path) };
        let item = get(&self.root, &path[..2]).filter(|_| place.parse::<usize>().is_ok());
        match item.and_then(|item| item.get("id")?.as_str()) {
            Some(id) if rest.is_empty() => format!("{list} {id}"),
            Some(id) => format!("{list} {id}: {}", dotted(rest)),
            None => dotted(path),
        }
    }

    fn push(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Whether a problem was noted.
    pub fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// All the problems that were noted, in the order of the file.
    pub fn finish(&mut self) -> Result<(), Problems> {
        if self.problems.is_empty() {
            return Ok(());
        }
        let mut all = std::mem::take(&mut self.problems);
        all.sort_by_key(|problem| match problem.place {
            Place::File => 0,
            Place::Line(line) => line,
            Place::CommandLine(_) => usize::MAX,
        });
        Err(Problems { path: self.path.clone(), all })
    }

    pub(crate) fn read_at<T: DeserializeOwned>(&mut self, path: &[String], value: &Value) -> Option<T> {
        match read(value) {
            Ok(read) => Some(read),
            Err(complaints) => {
                for (inner, message, hint) in complaints {
                    self.note(&[path, &inner].concat(), message, hint);
                }
                None
            }
        }
    }

    /// Puts `value` at a dotted key, remembering that it was written in `place`.
    pub(crate) fn lay(&mut self, key: Vec<String>, value: Value, place: Place) {
        let Value::Table(root) = &mut self.root else { return };
        match insert(root, &key, value) {
            Ok(()) => self.laid_over.push((key, place)),
            Err(way) => {
                let message =
                    format!("`{}` has no such key, so there is no `{}`", dotted(&way), dotted(&key));
                self.push(Problem { place, key: dotted(&key), message, hint: None });
            }
        }
    }

    /// What [`restore`](Self::restore) brings back after values were laid over for one point of a sweep.
    pub(crate) fn save(&self) -> (Value, usize) {
        (self.root.clone(), self.laid_over.len())
    }

    pub(crate) fn restore(&mut self, root: Value, laid: usize) {
        self.root = root;
        self.laid_over.truncate(laid);
    }

    /// The keys inside of `key` that a profile or the command line has changed.
    pub(crate) fn laid_below(&self, key: &[String]) -> Vec<Vec<String>> {
        let laid = self.laid_over.iter().map(|(laid, _)| laid);
        laid.filter(|laid| laid.len() > key.len() && laid.starts_with(key)).cloned().collect()
    }

    pub(crate) fn place(&self, path: &[String]) -> Place {
        let covers = |laid: &&(Vec<String>, Place)| path.starts_with(&laid.0) || laid.0.starts_with(path);
        match self.laid_over.iter().rev().find(covers) {
            Some((_, place)) => place.clone(),
            None => self.line(path).map_or(Place::File, Place::Line),
        }
    }

    /// The line of the deepest key of `path` that stands in the text.
    pub(crate) fn line(&self, path: &[String]) -> Option<usize> {
        let root = DeTable::parse(&self.text).ok()?;
        let mut span = None;
        let mut node = DeValue::Table(root.into_inner());
        for step in path {
            let next: Spanned<DeValue<'_>> = match node {
                DeValue::Table(table) => {
                    let Some((key, value)) = table.into_iter().find(|(key, _)| key.get_ref() == step) else {
                        break;
                    };
                    span = Some(key.span());
                    value
                }
                DeValue::Array(items) => {
                    let Some(item) = step.parse().ok().and_then(|i: usize| items.into_iter().nth(i)) else {
                        break;
                    };
                    span = Some(item.span());
                    item
                }
                _ => break,
            };
            node = next.into_inner();
        }
        span.map(|span| line_of(&self.text, Some(span)))
    }

    fn lay_profile(&mut self, name: &str) {
        let profiles = match self.root.get("profile") {
            Some(Value::Table(profiles)) => profiles.clone(),
            _ => Table::new(),
        };
        let Some(Value::Table(profile)) = profiles.get(name) else {
            let known: Vec<&str> = profiles.keys().map(String::as_str).collect();
            let hint = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "the file has no [profile.…] table".to_owned(),
                None => format!("the file has: {}", known.join(", ")),
            };
            let place = Place::CommandLine(format!("--profile {name}"));
            let message = format!("{} has no such profile", self.path.display());
            self.problems.push(Problem { place, key: String::new(), message, hint: Some(hint) });
            return;
        };
        for (key, value) in profile {
            let path: Vec<String> = key.split('.').map(str::to_owned).collect();
            match value {
                // [profile.quick.train] changes some keys of [train]; what has a kind is another thing altogether.
                Value::Table(table) if path.len() == 1 && !table.contains_key("kind") => {
                    for (inner, value) in table {
                        let place = self.place_in_profile(&[name, key, inner]);
                        self.lay_instead(vec![key.clone(), inner.clone()], value.clone(), place);
                    }
                }
                _ => {
                    let place = self.place_in_profile(&[name, key]);
                    self.lay_instead(path, value.clone(), place);
                }
            }
        }
    }

    fn place_in_profile(&self, path: &[&str]) -> Place {
        let path: Vec<String> = ["profile"].iter().chain(path).map(|part| (*part).to_owned()).collect();
        self.line(&path).map_or(Place::File, Place::Line)
    }

    /// Applies `key=value`. The key is a TOML key, the value a TOML value or else a plain word.
    fn lay_setting(&mut self, setting: &str) {
        let place = Place::CommandLine(format!("--set {setting}"));
        let parsed = setting.split_once('=').and_then(|(key, value)| {
            let (key, value) = (parse_key(key)?, value.trim());
            Some((key, value.parse().unwrap_or_else(|_| Value::String(value.to_owned()))))
        });
        let Some((key, value)) = parsed else {
            let message = "expected key=value, such as train.steps=1000".to_owned();
            self.problems.push(Problem { place, key: String::new(), message, hint: None });
            return;
        };
        self.lay_instead(key, value, place);
    }

    /// Puts `value` at a key, or in the place of each value that the sweep gives this key: the axis stays.
    fn lay_instead(&mut self, key: Vec<String>, value: Value, place: Place) {
        let axis = ["sweep".to_owned(), dotted(&key)];
        let Some(Value::Table(sweep)) = self.root.get_mut("sweep") else {
            return self.lay(key, value, place);
        };
        if let Some(swept) = sweep.get_mut(&axis[1]) {
            *swept = Value::Array(vec![value]);
            self.laid_over.push((axis.to_vec(), place));
            return;
        }
        let groups = sweep.get_mut("zip").and_then(Value::as_array_mut).into_iter().flatten();
        let lists = groups.filter_map(|group| group.get_mut(&axis[1])?.as_array_mut());
        let swept: Vec<()> = lists.map(|list| list.fill(value.clone())).collect();
        if swept.is_empty() {
            self.lay(key, value, place);
        } else {
            self.laid_over.push((axis.to_vec(), place));
        }
    }
}

/// `a."b.c".d` as its parts.
fn parse_key(key: &str) -> Option<Vec<String>> {
    let mut node = Value::Table(toml::from_str(&format!("{key} = 0")).ok()?);
    let mut parts = Vec::new();
    while let Value::Table(table) = node {
        let (part, inner) = table.into_iter().next()?;
        parts.push(part);
        node = inner;
    }
    Some(parts)
}

fn dotted(path: &[String]) -> String {
    path.join(".")
}

fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let start = span.map_or(0, |span| span.start).min(text.len());
    1 + text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count()
}
