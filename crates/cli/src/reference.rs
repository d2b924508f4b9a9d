//! The keys of an experiment file, from the schema of the types that read it.
//!
//! The schema is written by `cargo xtask docs`; a test of `thalweg` holds it to the types.

mod editor;
mod example;
mod find;
mod markdown;
mod page;
mod words;

use std::sync::LazyLock;

use serde_json::{Value, json};

pub use editor::editor_schema;
pub use find::{Found, all_keys, find};
pub use markdown::markdown;
pub use page::{columns, full, listed, width};
use words::first_sentence;

/// What the types say, and for each table with kinds below [`KIND`] the key that tells them apart.
static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("reference/schema.json");
    let mut schema = serde_json::from_str(text).expect("the schema was written as JSON");
    name_kinds(&mut schema);
    schema
});

/// Where a table with kinds has its key `kind`.
const KIND: &str = "x-kind";

fn name_kinds(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(name_kinds),
        Value::Object(object) => {
            object.values_mut().for_each(name_kinds);
            let kinds = object.get("anyOf").and_then(Value::as_array).into_iter().flatten();
            let word = |kind: &Value| {
                let meaning = kind["description"].as_str().map(first_sentence);
                Some(
                    json!({ "const": kind["properties"]["kind"]["const"].as_str()?, "description": meaning }),
                )
            };
            let words: Vec<Value> = kinds.filter_map(word).collect();
            if !words.is_empty() {
                let key = json!({ "description": "The kind of the table, which decides what else it has.", "oneOf": words });
                object.insert(KIND.to_owned(), key);
            }
        }
        _ => {}
    }
}

/// A step on the way to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A key of a table.
    Key(String),
    /// One of the kinds of a table.
    Kind(String),
    /// Any name, such as that of a profile.
    Name,
    /// Any item of a list.
    Item,
}

/// A key of an experiment file, or a kind of a table.
#[derive(Debug, Clone)]
pub struct Key {
    /// The way to it from the top of the file.
    pub path: Vec<Step>,
    /// What is said of it here.
    own: &'static Value,
    /// What is said of its type.
    of_type: &'static Value,
    /// Whether it must be there.
    pub is_required: bool,
    /// In which files it is there, if not in all.
    pub only: Option<&'static str>,
}

impl Key {
    /// The file as a whole.
    pub fn root() -> Self {
        Self { path: Vec::new(), own: &SCHEMA, of_type: &Value::Null, is_required: true, only: None }
    }

    fn below(&self, steps: &[Step], schema: &'static Value) -> Self {
        let path = [&self.path[..], steps].concat();
        Self { path, own: schema, of_type: referred(schema), is_required: false, only: self.only }
    }

    /// `optimizer.adam.beta1`: keys, kinds among them. Places in lists are not told.
    pub fn name(&self) -> String {
        let part = |step: &Step| match step {
            Step::Key(name) | Step::Kind(name) => Some(name.clone()),
            Step::Name => Some("<name>".to_owned()),
            Step::Item => None,
        };
        self.path.iter().filter_map(part).collect::<Vec<_>>().join(".")
    }

    /// `optimizer.beta1`: as a sweep, a profile and `--set` have it.
    pub fn dotted(&self) -> String {
        let part = |step: &Step| match step {
            Step::Key(name) => Some(name.clone()),
            Step::Name => Some("<name>".to_owned()),
            Step::Item => Some("0".to_owned()),
            Step::Kind(_) => None,
        };
        self.path.iter().filter_map(part).collect::<Vec<_>>().join(".")
    }

    /// Its last step as a word.
    pub fn last(&self) -> &str {
        let word = |step: &'_ Step| !matches!(step, Step::Item);
        match self.path.iter().rfind(|step| word(step)) {
            Some(Step::Key(name) | Step::Kind(name)) => name,
            _ => "<name>",
        }
    }

    /// Whether it is one of the kinds of a table.
    pub fn is_kind(&self) -> bool {
        matches!(self.path.last(), Some(Step::Kind(_)))
    }

    /// Whether this word is one of its values.
    pub fn accepts_word(&self, word: &str) -> bool {
        !self.is_kind() && words::words(self).iter().any(|(known, _)| *known == word)
    }

    /// What is known by a word of the schema, here or of the type.
    fn get(&self, word: &str) -> Option<&'static Value> {
        self.own.get(word).or_else(|| self.of_type.get(word))
    }

    /// What it means: here, and of the type.
    pub fn meanings(&self) -> Vec<&'static str> {
        let mut all: Vec<&str> =
            [self.own, self.of_type].iter().filter_map(|schema| schema["description"].as_str()).collect();
        if all.is_empty()
            && let Some(items) = self.own.get("items")
        {
            all.extend(referred(items)["description"].as_str());
        }
        all.dedup();
        all
    }

    /// The keys and kinds below it.
    pub fn children(&self) -> Vec<Self> {
        if self.own.get("const").is_some() {
            return Vec::new();
        }
        let mut all = Vec::new();
        for schema in [self.own, self.of_type] {
            self.add_children(schema, &[], &mut all);
        }
        all
    }

    fn add_children(&self, schema: &'static Value, steps: &[Step], all: &mut Vec<Self>) {
        if let Some(kind) = schema.get(KIND) {
            let child = self.below(&[steps, &[Step::Key("kind".to_owned())]].concat(), kind);
            all.push(Self { is_required: true, ..child });
        }
        for choice in schema["anyOf"].as_array().into_iter().flatten() {
            let table = if choice.get("$ref").is_some() { referred(choice) } else { choice };
            if let Some(kind) = table["properties"]["kind"]["const"].as_str() {
                all.push(self.below(&[steps, &[Step::Kind(kind.to_owned())]].concat(), choice));
            } else if let Some(title) = choice["title"].as_str() {
                Self { only: Some(title), ..self.clone() }.add_children(table, steps, all);
            }
        }
        let required =
            |key: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|name| name == key));
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            if schema.get("const").is_none() {
                let child = self.below(&[steps, &[Step::Key(name.clone())]].concat(), schema);
                all.push(Self { is_required: required(name), ..child });
            }
        }
        if let Some(items) = schema.get("items") {
            let steps = [steps, &[Step::Item]].concat();
            for schema in [items, referred(items)] {
                self.add_children(schema, &steps, all);
            }
        }
        if let Some(values @ Value::Object(_)) = schema.get("additionalProperties") {
            let inner = self.below(&[steps, &[Step::Name]].concat(), values);
            all.extend(inner.children());
        }
    }
}

/// What a schema refers to; null if to nothing.
fn referred(schema: &Value) -> &'static Value {
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    name.map_or(&Value::Null, |name| &SCHEMA["$defs"][name])
}

#[cfg(test)]
mod tests;
