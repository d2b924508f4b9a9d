//! The JSON Schema of an experiment file, for editors.
//!
//! What may stand in a file is more than what its tables take: dotted keys in a sweep, in profiles and
//! conditions, and tables in which a key is missing that a sweep or an extended file brings in.

use serde_json::{Map, Value, json};

use super::{KIND, Key, SCHEMA, Step};

type Object = Map<String, Value>;

/// Top-level keys that are no settings of a run.
pub(super) const OTHERS: [&str; 10] = [
    "title",
    "question",
    "replicates",
    "exploratory",
    "sweep",
    "profile",
    "claim",
    "figure",
    "extends",
    "without",
];
/// Keys whose value is a table of dotted keys, and the definition of these.
const OF_DOTTED: [(&str, &str); 3] = [("where", "conditions"), ("between", "conditions"), ("to", "settings")];

/// The schema, by draft 2020-12.
pub fn editor_schema() -> Value {
    let mut properties = SCHEMA["properties"].clone();
    let mut definitions = SCHEMA["$defs"].clone();
    for schema in [&mut properties, &mut definitions] {
        adapt(schema);
    }
    let dotted = Dotted::all();
    for (name, schema) in &dotted.schemas {
        definitions[name] = schema.clone();
    }
    definitions["settings"] = dotted.table(|setting| json!({ "$ref": setting }));
    definitions["lists"] =
        dotted.table(|setting| json!({ "type": "array", "minItems": 1, "items": { "$ref": setting } }));
    // Of a table a condition may have a part.
    definitions["conditions"] = dotted.table(|setting| json!({ "$ref": setting }));
    for (key, meaning) in
        [("case", "The name of a row of `[[sweep.case]]`."), ("replicate", "The repetition, from 0.")]
    {
        definitions["conditions"]["properties"][key] = json!({ "description": meaning });
    }
    properties["sweep"] = sweep(&properties["sweep"], &definitions["lists"], &definitions["settings"]);
    properties["profile"] = profile(&properties, &definitions["settings"]);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Thalweg experiment",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        // A file that extends another takes from that what it lacks. Whatever else stands in it is said
        // above, and a strict server would refuse it here.
        "if": { "not": { "required": ["extends"], "additionalProperties": true }, "additionalProperties": true },
        "then": {
            "required": SCHEMA["required"],
            "properties": {
                "claim": items_with("Claim"),
                "figure": items_with("FigureConfig"),
                "probe": items_with("Probe"),
            },
            "additionalProperties": true,
        },
        "$defs": definitions,
    })
}

/// Lets keys be missing, floats stand for whole numbers, and dotted keys stand where there may be any.
fn adapt(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(adapt),
        Value::Object(object) => {
            object.remove(KIND);
            if object.contains_key("properties")
                && let Some(required) = object.remove("required")
            {
                object.insert("x-required".to_owned(), required);
            }
            match object.get("type").and_then(Value::as_str) {
                Some("number") => drop(object.insert("type".to_owned(), json!(["number", "integer"]))),
                Some("integer") if object.contains_key("x-accepts") => {
                    object.insert("type".to_owned(), json!(["integer", "number"]));
                    object.insert("multipleOf".to_owned(), json!(1));
                }
                _ => {}
            }
            for (key, definition) in OF_DOTTED {
                let found = object.get_mut(key).and_then(Value::as_object_mut);
                let Some(found) = found else { continue };
                let is_list = found.contains_key("items");
                let open =
                    if is_list { found.get_mut("items").and_then(Value::as_object_mut) } else { Some(found) };
                if let Some(open) = open
                    && open.remove("additionalProperties").is_some()
                {
                    open.insert("$ref".to_owned(), json!(format!("#/$defs/{definition}")));
                }
            }
            object.values_mut().for_each(adapt);
        }
        _ => {}
    }
}

/// A list of tables with the keys that every kind must have, and any others.
fn items_with(definition: &str) -> Value {
    json!({ "items": { "required": required(definition), "additionalProperties": true } })
}

/// The keys that every kind of a table must have.
fn required(definition: &str) -> Value {
    let kinds = SCHEMA["$defs"][definition]["anyOf"].as_array().map_or(&[][..], Vec::as_slice);
    let of = |kind: &'static Value| kind["required"].as_array().map_or(&[][..], Vec::as_slice);
    let shared = kinds
        .first()
        .map_or(&[][..], of)
        .iter()
        .filter(|key| kinds.iter().all(|kind| of(kind).contains(key)));
    shared.cloned().collect()
}

/// Every setting of a run by its dotted key.
#[derive(Default)]
struct Dotted {
    /// What each accepts, by a name for a definition.
    schemas: Object,
    /// The names of keys, and of patterns where there are names or places in a key.
    plain: Vec<(String, String)>,
    patterns: Vec<(String, String)>,
}

impl Dotted {
    fn all() -> Self {
        let mut all = Self::default();
        for key in Key::root().children() {
            if !OTHERS.contains(&key.last()) {
                all.add(&key, &mut Vec::new());
            }
        }
        all
    }

    fn add(&mut self, key: &Key, above: &mut Vec<&'static Value>) {
        let is_circle = !key.of_type.is_null() && above.iter().any(|other| std::ptr::eq(*other, key.of_type));
        if !key.is_kind() {
            let mut schema = key.own.clone();
            adapt(&mut schema);
            let name = key.dotted().replace("<name>", "NAME");
            let is_plain = key.path.iter().all(|step| matches!(step, Step::Key(_) | Step::Kind(_)));
            let (table, pattern) = if is_circle {
                // A table within itself: whatever is below it is not looked at.
                schema = json!({ "description": schema["description"] });
                (&mut self.patterns, format!("^{}(\\..+)?$", pattern(&key.path)))
            } else if is_plain {
                (&mut self.plain, name.clone())
            } else {
                (&mut self.patterns, format!("^{}$", pattern(&key.path)))
            };
            match self.schemas.get_mut(&name) {
                Some(known) => either(known, schema),
                None => {
                    self.schemas.insert(name.clone(), schema);
                    table.push((pattern, name));
                }
            }
        }
        if !is_circle {
            above.push(key.of_type);
            key.children().iter().for_each(|child| self.add(child, above));
            above.pop();
        }
    }

    /// The closed table of these keys, with a value made of the reference to a setting.
    fn table(&self, value: impl Fn(&str) -> Value) -> Value {
        let of = |all: &[(String, String)]| -> Object {
            all.iter().map(|(key, name)| (key.clone(), value(&format!("#/$defs/{name}")))).collect()
        };
        json!({
            "type": "object",
            "properties": of(&self.plain),
            "patternProperties": of(&self.patterns),
            "additionalProperties": false,
        })
    }
}

/// Allows what either of both allows.
fn either(known: &mut Value, other: Value) {
    let same = |a: &Value, b: &Value| {
        let bare = |schema: &Value| {
            let mut bare = schema.as_object().cloned().unwrap_or_default();
            bare.retain(|key, _| !["description", "default", "title"].contains(&key.as_str()));
            bare
        };
        bare(a) == bare(b)
    };
    if same(known, &other) {
        return;
    }
    if let Some(all) = known.get_mut("anyOf").and_then(Value::as_array_mut) {
        if !all.iter().any(|one| same(one, &other)) {
            all.push(other);
        }
        return;
    }
    let description = known.get("description").or(other.get("description")).cloned();
    *known = json!({ "description": description, "anyOf": [known.take(), other] });
}

fn pattern(path: &[Step]) -> String {
    let part = |step: &Step| match step {
        Step::Key(name) => Some(name.clone()),
        Step::Kind(_) => None,
        Step::Name => Some("[^.]+".to_owned()),
        Step::Item => Some("[0-9]+".to_owned()),
    };
    path.iter().filter_map(part).collect::<Vec<_>>().join("\\.")
}

/// `[sweep]`: lists of values, groups of such, and rows of values.
fn sweep(about: &Value, lists: &Value, settings: &Value) -> Value {
    let mut sweep = lists.clone();
    let mut case = settings.clone();
    let row = &about["properties"]["case"]["items"];
    case["properties"]["name"] = row["properties"]["name"].clone();
    case["required"] = json!(["name"]);
    for key in ["description", "examples"] {
        sweep[key] = about[key].clone();
    }
    for (key, items) in [("zip", json!({ "$ref": "#/$defs/lists" })), ("case", case)] {
        sweep["properties"][key] = about["properties"][key].clone();
        sweep["properties"][key]["items"] = items;
    }
    sweep
}

/// `[profile.<name>]`: whole tables, and dotted keys.
fn profile(properties: &Value, settings: &Value) -> Value {
    let mut one = settings.clone();
    for (key, schema) in properties.as_object().into_iter().flatten() {
        if !["profile", "extends", "without"].contains(&key.as_str()) {
            one["properties"][key] = schema.clone();
        }
    }
    one["patternProperties"]["^(claim|figure)\\.[0-9]+\\..+$"] = json!({});
    json!({
        "type": "object",
        "description": properties["profile"]["description"],
        "examples": properties["profile"]["examples"],
        "additionalProperties": one,
    })
}

#[cfg(test)]
mod tests;
