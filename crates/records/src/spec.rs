//! The resolved spec of a run as a record has it.

use std::collections::HashMap;
use std::fmt;
use std::ops::{Index, IndexMut};
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::record::setting;

/// A name and what stands under it.
type Section = (String, Value);

/// Every setting of a run, as a table of sections in their order. Clones share their sections, and so do
/// records that [`Store::load`](crate::Store::load) reads together: replicates of a point differ in one
/// number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResolvedSpec(Vec<Arc<Section>>);

impl ResolvedSpec {
    /// The sections, each with its name.
    pub fn sections(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|section| (section.0.as_str(), &section.1))
    }

    /// The section with a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.sections().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// A setting by its dotted key, see [`setting`].
    pub fn setting(&self, key: &str) -> Option<&Value> {
        self.get(key).or_else(|| {
            let mut dots = key.match_indices('.');
            dots.find_map(|(dot, _)| setting(self.get(&key[..dot])?, &key[dot + 1..]))
        })
    }

    /// Takes those sections that another spec has had too from there.
    pub(crate) fn share(&mut self, known: &Sections) {
        let is_large = |section: &&mut Arc<Section>| section.1.is_object() || section.1.is_array();
        let mut known = known.0.lock().unwrap_or_else(PoisonError::into_inner);
        for section in self.0.iter_mut().filter(is_large) {
            let text = serde_json::to_string(&**section).expect("specs are plain data");
            *section = Arc::clone(known.entry(text).or_insert_with(|| Arc::clone(section)));
        }
    }
}

/// Sections of specs, by their text.
#[derive(Default)]
pub(crate) struct Sections(Mutex<HashMap<String, Arc<Section>>>);

/// The sections of a table. What is none has no sections.
impl From<Value> for ResolvedSpec {
    fn from(value: Value) -> Self {
        match value {
            Value::Object(table) => Self(table.into_iter().map(Arc::new).collect()),
            _ => Self::default(),
        }
    }
}

impl From<&ResolvedSpec> for Value {
    fn from(spec: &ResolvedSpec) -> Self {
        let sections = spec.sections().map(|(name, value)| (name.to_owned(), value.clone()));
        Self::Object(sections.collect::<Map<_, _>>())
    }
}

/// The section with a name, or null.
impl Index<&str> for ResolvedSpec {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

/// The section with a name, which is null if it is new.
impl IndexMut<&str> for ResolvedSpec {
    fn index_mut(&mut self, name: &str) -> &mut Value {
        let place = self.0.iter().position(|section| section.0 == name).unwrap_or_else(|| {
            self.0.push(Arc::new((name.to_owned(), Value::Null)));
            self.0.len() - 1
        });
        &mut Arc::make_mut(&mut self.0[place]).1
    }
}

impl Serialize for ResolvedSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.sections())
    }
}

impl<'de> Deserialize<'de> for ResolvedSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Table)
    }
}

struct Table;

impl<'de> Visitor<'de> for Table {
    type Value = ResolvedSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of settings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ResolvedSpec, A::Error> {
        let mut sections = Vec::new();
        while let Some(section) = map.next_entry()? {
            sections.push(Arc::new(section));
        }
        Ok(ResolvedSpec(sections))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::key_of;

    fn spec(replicate: u64) -> ResolvedSpec {
        json!({ "train": { "steps": 3 }, "replicate": replicate, "a.b": { "c.d": 2 } }).into()
    }

    #[test]
    fn specs_are_written_and_read_as_the_table_that_they_are() {
        let table = Value::from(&spec(1));
        assert_eq!(serde_json::to_string(&spec(1)).unwrap(), table.to_string());
        assert_eq!(key_of(&spec(1)), key_of(&table));
        assert_eq!(serde_json::from_value::<ResolvedSpec>(table).unwrap(), spec(1));
        assert!(
            serde_json::from_str::<ResolvedSpec>("[1]")
                .unwrap_err()
                .to_string()
                .contains("a table of settings")
        );
    }

    #[test]
    fn settings_are_found_and_set() {
        let mut spec = spec(1);
        assert_eq!(spec.setting("train.steps"), Some(&json!(3)));
        assert_eq!((spec.setting("a.b.c.d"), spec.setting("train.rate")), (Some(&json!(2)), None));
        spec["train"]["steps"] = 4.into();
        spec["case"] = "first".into();
        assert_eq!(
            (&spec["train"]["steps"], &spec["case"], &spec["none"]),
            (&4.into(), &"first".into(), &Value::Null)
        );
    }

    #[test]
    fn equal_sections_are_shared_until_one_is_changed() {
        let known = Sections::default();
        let [mut first, mut second] = [spec(1), spec(2)];
        first.share(&known);
        second.share(&known);
        assert!(Arc::ptr_eq(&first.0[0], &second.0[0]) && !Arc::ptr_eq(&first.0[1], &second.0[1]));
        second["train"]["steps"] = 4.into();
        assert_eq!(first["train"]["steps"], 3);
    }
}
