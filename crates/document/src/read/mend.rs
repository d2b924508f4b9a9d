//! What could stand where a value cannot be read.

use toml::Value;

use super::blame::culprit;
use super::words::{known_words, missing_field, unknown_word};
use super::{PLACEHOLDER, Reader};
use crate::near::nearest;
use crate::value::{get, get_mut, insert};

impl Reader<'_> {
    /// The message on a list that is too long or too short, and `path` for the whole of it: serde blames an
    /// item.
    pub(super) fn of_whole_list(&mut self, path: &mut Vec<String>, message: &str) -> String {
        let above = path.len().saturating_sub(1);
        let is_item = matches!(get(&self.rest, &path[..above]), Some(Value::Array(_))) && above < path.len();
        let is_empty_list = matches!(get(&self.rest, path), Some(Value::Array(items)) if items.is_empty());
        if !is_item || is_empty_list || !message.starts_with("invalid length") {
            return message.to_owned();
        }
        path.pop();
        let mut emptied = self.rest.clone();
        get_mut(&mut emptied, path).into_iter().for_each(|list| *list = Value::Array(Vec::new()));
        (self.attempt)(&emptied).err().unwrap_or_else(|| message.to_owned())
    }

    /// How to write what stands at `path`, if it only lacks what is around it or has too much.
    pub(super) fn mended(&mut self, path: &[String], message: &str) -> Option<String> {
        let found = get(&self.rest, path)?.clone();
        let mut written = Vec::new();
        if let Value::String(text) = &found {
            let mut table = self.rest.clone();
            let kind = [("kind".to_owned(), Value::String(PLACEHOLDER.to_owned()))];
            *get_mut(&mut table, path)? = Value::Table(kind.into_iter().collect());
            let kinds = self.words_of(&table);
            if let Some(first) = kinds.first() {
                let near = nearest(text, kinds.iter().map(String::as_str));
                let others = if near == Some(text) {
                    String::new()
                } else {
                    format!(", or another of {}", kinds.join(", "))
                };
                return Some(format!("write {{ kind = \"{}\" }}{others}", near.unwrap_or(first)));
            }
            written.extend(text.parse().ok().map(|number| (Value::Float(number), text.clone())));
        }
        match &found {
            Value::Array(items) => written.extend(
                items.first().filter(|_| items.len() == 1).map(|item| (item.clone(), item.to_string())),
            ),
            _ => written.push((Value::Array(vec![found.clone()]), format!("[{found}]"))),
        }
        for (value, text) in written {
            let mut changed = self.rest.clone();
            *get_mut(&mut changed, path)? = value;
            match (self.attempt)(&changed) {
                Ok(()) => return Some(format!("write {text}")),
                Err(other) if missing_field(&other).is_some() => return Some(format!("write {text}")),
                Err(other) if other == message => {}
                Err(other) => {
                    if !culprit(self.attempt, &changed, &other).0.starts_with(path) {
                        return Some(format!("write {text}"));
                    }
                }
            }
        }
        None
    }

    /// The words for the `kind` that the table at `owner` lacks; none if it lacks something else.
    pub(super) fn kinds_at(&mut self, owner: &[String], field: &str) -> Vec<String> {
        let path = [owner, &[field.to_owned()]].concat();
        let mut filled = self.rest.clone();
        if field != "kind" || insert(&mut filled, &path, Value::String(PLACEHOLDER.to_owned())).is_err() {
            return Vec::new();
        }
        self.words_of(&filled)
    }

    /// The words that the key at `path` takes, if it takes nothing else and has no text.
    pub(super) fn words_at(&mut self, path: &[String]) -> Vec<String> {
        let mut worded = self.rest.clone();
        match get_mut(&mut worded, path) {
            None | Some(Value::String(_)) => return Vec::new(),
            Some(value) => *value = Value::String(PLACEHOLDER.to_owned()),
        }
        self.words_of(&worded)
    }

    /// The words that could stand where a value has the placeholder.
    fn words_of(&mut self, worded: &Value) -> Vec<String> {
        match (self.attempt)(worded) {
            Err(message) if unknown_word(&message) == Some(PLACEHOLDER) => {
                known_words(&message).into_iter().map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }
}
