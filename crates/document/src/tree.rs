//! A document's values, each with the place where it was written.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Value};

use crate::problem::Problem;

/// Where a value was written: a line of one of the document's sources, 0 for a source without lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) source: usize,
    pub(crate) line: usize,
}

/// A value with its place, and so for all inside of it.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    pub(crate) origin: Origin,
    /// Whether a profile or the command line put it here.
    pub(crate) is_laid: bool,
    pub(crate) node: Node,
}

#[derive(Debug, Clone)]
pub(crate) enum Node {
    Leaf(Value),
    Table(BTreeMap<String, Tree>),
    List(Vec<Tree>),
}

impl Default for Tree {
    /// An empty table.
    fn default() -> Self {
        let origin = Origin { source: 0, line: 0 };
        Self { origin, is_laid: false, node: Node::Table(BTreeMap::new()) }
    }
}

impl Tree {
    pub(crate) fn leaf(value: Value, origin: Origin) -> Self {
        Self { origin, is_laid: false, node: Node::Leaf(value) }
    }

    /// All of a value from one place, laid over others.
    pub(crate) fn laid(value: Value, origin: Origin) -> Self {
        let node = match value {
            Value::Table(table) => {
                Node::Table(table.into_iter().map(|(key, value)| (key, Self::laid(value, origin))).collect())
            }
            Value::Array(items) => {
                Node::List(items.into_iter().map(|item| Self::laid(item, origin)).collect())
            }
            leaf => Node::Leaf(leaf),
        };
        Self { origin, is_laid: true, node }
    }

    /// The same, laid over others.
    pub(crate) fn as_laid(&self) -> Self {
        let mut tree = self.clone();
        tree.mark();
        tree
    }

    fn mark(&mut self) {
        self.is_laid = true;
        match &mut self.node {
            Node::Leaf(_) => {}
            Node::Table(table) => table.values_mut().for_each(Self::mark),
            Node::List(items) => items.iter_mut().for_each(Self::mark),
        }
    }

    /// Everything in it comes from this source.
    pub(crate) fn move_to(&mut self, source: usize) {
        self.origin.source = source;
        match &mut self.node {
            Node::Leaf(_) => {}
            Node::Table(table) => table.values_mut().for_each(|tree| tree.move_to(source)),
            Node::List(items) => items.iter_mut().for_each(|tree| tree.move_to(source)),
        }
    }

    /// The first path that leads to a key or a text of this word.
    pub(crate) fn find(&self, word: &str, path: &mut Vec<String>) -> Option<Vec<String>> {
        let children: Vec<(String, &Self)> = match &self.node {
            Node::Leaf(value) => return (value.as_str() == Some(word)).then(|| path.clone()),
            Node::Table(table) => table.iter().map(|(key, tree)| (key.clone(), tree)).collect(),
            Node::List(items) => items.iter().enumerate().map(|(i, tree)| (i.to_string(), tree)).collect(),
        };
        for (step, child) in children {
            path.push(step.clone());
            let found = if step == word { Some(path.clone()) } else { child.find(word, path) };
            path.pop();
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Collects the paths of the values that were laid over others.
    pub(crate) fn laid_paths(&self, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
        if self.is_laid {
            return found.push(path.clone());
        }
        let children: Vec<(String, &Self)> = match &self.node {
            Node::Leaf(_) => Vec::new(),
            Node::Table(table) => table.iter().map(|(key, tree)| (key.clone(), tree)).collect(),
            Node::List(items) => items.iter().enumerate().map(|(i, tree)| (i.to_string(), tree)).collect(),
        };
        for (step, child) in children {
            path.push(step);
            child.laid_paths(path, found);
            path.pop();
        }
    }

    /// The plain value.
    pub(crate) fn value(&self) -> Value {
        match &self.node {
            Node::Leaf(value) => value.clone(),
            Node::Table(table) => {
                Value::Table(table.iter().map(|(key, tree)| (key.clone(), tree.value())).collect())
            }
            Node::List(items) => Value::Array(items.iter().map(Self::value).collect()),
        }
    }

    /// Takes a key out of a table.
    pub(crate) fn take(&mut self, key: &str) -> Option<Self> {
        match &mut self.node {
            Node::Table(table) => table.remove(key),
            Node::Leaf(_) | Node::List(_) => None,
        }
    }

    pub(crate) fn child(&self, step: &str) -> Option<&Self> {
        match &self.node {
            Node::Leaf(_) => None,
            Node::Table(table) => table.get(step),
            Node::List(items) => items.get(step.parse::<usize>().ok()?),
        }
    }

    pub(crate) fn get(&self, path: &[String]) -> Option<&Self> {
        path.iter().try_fold(self, |tree, step| tree.child(step))
    }

    /// The deepest value on the way along `path`.
    pub(crate) fn deepest(&self, path: &[String]) -> &Self {
        let mut tree = self;
        for step in path {
            match tree.child(step) {
                Some(child) => tree = child,
                None => break,
            }
        }
        tree
    }

    /// The value of a key that is text.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match &self.child(key)?.node {
            Node::Leaf(value) => value.as_str(),
            _ => None,
        }
    }

    /// Puts a value at `path`, making tables on the way.
    ///
    /// # Errors
    /// The path of the value in the way that has no such key.
    pub(crate) fn insert(&mut self, path: &[String], value: Self) -> Result<(), Vec<String>> {
        let mut tree = self;
        for (i, step) in path.iter().enumerate() {
            let origin = value.origin;
            let new = || Self { origin, is_laid: false, node: Node::Table(BTreeMap::new()) };
            tree = match &mut tree.node {
                Node::Table(table) => table.entry(step.clone()).or_insert_with(new),
                Node::List(items) => step
                    .parse::<usize>()
                    .ok()
                    .and_then(|place| items.get_mut(place))
                    .ok_or_else(|| path[..i].to_vec())?,
                Node::Leaf(_) => return Err(path[..i].to_vec()),
            };
        }
        *tree = value;
        Ok(())
    }

    /// Takes out the value at `path`, an item of a list by its id or its place; whether there was one.
    pub(crate) fn remove(&mut self, path: &[String]) -> bool {
        let Some((step, rest)) = path.split_first() else { return false };
        match &mut self.node {
            Node::Leaf(_) => false,
            Node::Table(table) if rest.is_empty() => table.remove(step).is_some(),
            Node::Table(table) => match table.get_mut(step) {
                Some(child) => child.remove(rest),
                // The keys of a sweep have dots of their own.
                None => table.remove(&path.join(".")).is_some(),
            },
            Node::List(items) => {
                let is_meant = |(place, item): (usize, &Self)| {
                    item.text("id") == Some(step) || step.parse() == Ok(place)
                };
                match items.iter().enumerate().position(is_meant) {
                    Some(place) if rest.is_empty() => {
                        items.remove(place);
                        true
                    }
                    Some(place) => items[place].remove(rest),
                    None => false,
                }
            }
        }
    }

    /// Lays another tree over this one: tables key by key, but for those with a `kind`, which are another
    /// thing altogether; items of a list, if all have an id, by that, new ones behind; all else in place of
    /// what was there.
    pub(crate) fn merge(&mut self, over: Self) {
        let is_whole = over.child("kind").is_some();
        match (&mut self.node, over.node) {
            (Node::Table(table), Node::Table(others)) if !is_whole => {
                for (key, other) in others {
                    match table.get_mut(&key) {
                        Some(known) => known.merge(other),
                        None => {
                            table.insert(key, other);
                        }
                    }
                }
            }
            (Node::List(items), Node::List(others))
                if !others.is_empty()
                    && items.iter().chain(&others).all(|item| item.text("id").is_some()) =>
            {
                for other in others {
                    match items.iter_mut().find(|item| item.text("id") == other.text("id")) {
                        Some(known) => known.merge(other),
                        None => items.push(other),
                    }
                }
            }
            (node, other) => {
                *node = other;
                self.origin = over.origin;
            }
        }
    }
}

/// A text parsed, with the lines of its values.
pub(crate) struct Parsed {
    pub(crate) tree: Tree,
    /// Values that no document has.
    pub(crate) problems: Vec<Problem>,
}

/// Parses a text.
///
/// # Errors
/// The lines that are not TOML, and why.
pub(crate) fn parse(text: &str, source: usize) -> Result<Parsed, Vec<(usize, String)>> {
    let mut reader = Reader { starts: line_starts(text), source, path: Vec::new(), problems: Vec::new() };
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let line = |span: Option<std::ops::Range<usize>>| span.map_or(0, |span| reader.line(span.start));
        let mut told: Vec<(usize, String)> =
            errors.iter().map(|e| (line(e.span()), e.message().to_owned())).collect();
        told.sort_by_key(|(line, _)| *line);
        // Behind a list that is not closed everything is read as an item of it.
        if let Some(first) = told.iter().position(|(_, message)| message.contains("array")) {
            told.truncate(first + 1);
            told[first].1 += "; is the list above closed by `]`?";
        }
        return Err(told);
    }
    let tree = reader.table(root.into_inner(), 0);
    Ok(Parsed { tree, problems: reader.problems })
}

struct Reader {
    /// Where each line begins.
    starts: Vec<usize>,
    source: usize,
    path: Vec<String>,
    problems: Vec<Problem>,
}

impl Reader {
    fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    fn table(&mut self, table: DeTable<'_>, line: usize) -> Tree {
        let mut inner = BTreeMap::new();
        for (key, value) in table {
            let line = self.line(key.span().start);
            let key = key.into_inner().into_owned();
            self.path.push(key.clone());
            inner.insert(key, self.value(value, line));
            self.path.pop();
        }
        Tree { node: Node::Table(inner), ..Tree::leaf(Value::Boolean(false), self.origin(line)) }
    }

    fn value(&mut self, value: Spanned<DeValue<'_>>, line: usize) -> Tree {
        let leaf = match value.into_inner() {
            DeValue::Table(table) => return self.table(table, line),
            DeValue::Array(items) => {
                let mut inner = Vec::with_capacity(items.len());
                for (i, item) in items.into_iter().enumerate() {
                    let line = self.line(item.span().start);
                    self.path.push(i.to_string());
                    inner.push(self.value(item, line));
                    self.path.pop();
                }
                return Tree {
                    node: Node::List(inner),
                    ..Tree::leaf(Value::Boolean(false), self.origin(line))
                };
            }
            DeValue::String(text) => Value::String(text.into_owned()),
            DeValue::Boolean(value) => Value::Boolean(value),
            DeValue::Float(float) => match float.as_str().parse() {
                Ok(value) => Value::Float(value),
                Err(_) => self.refuse(float.as_str(), "expected a number", Value::Float(0.0)),
            },
            DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(value) => Value::Integer(value),
                Err(_) => {
                    let most = format!("expected a whole number of at most {}", i64::MAX);
                    self.refuse(integer.as_str(), &most, Value::Integer(i64::MAX))
                }
            },
            DeValue::Datetime(date) => {
                let text = date.to_string();
                self.refuse(
                    &text,
                    "which is a date: put it in quotes if it is text",
                    Value::String(text.clone()),
                )
            }
        };
        Tree::leaf(leaf, self.origin(line))
    }

    /// Notes a value that cannot be taken; `instead` is taken for all that follows.
    fn refuse(&mut self, found: &str, why: &str, instead: Value) -> Value {
        self.problems.push(Problem::at(self.path.clone(), format!("found {found}, {why}")));
        instead
    }

    fn origin(&self, line: usize) -> Origin {
        Origin { source: self.source, line }
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    let after = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(i, _)| i + 1);
    std::iter::once(0).chain(after).collect()
}
