//! The settings of an experiment file as a JSON Schema, from the types that read it.
//!
//! What each type says of itself, its doc comments among it, is put in the form in which people meet it:
//! tables whose kinds have all of their keys, no null, which TOML does not know, and prose without the links
//! of Rust.

mod prose;

use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use thalweg_experiment::file::{Descent, Learning};
use thalweg_experiment::{RunSpec, Spec};
use thalweg_report::{Claim, FigureConfig};

type Object = Map<String, Value>;

/// The keys of an experiment file, each with what it means, accepts and defaults to. Tables are told apart by
/// `kind` in an `anyOf`; `train` and `record` are one of two tables, told apart by their `title`.
///
/// # Panics
/// If a type says of itself what no table of TOML can be.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut keys = keys_of::<Spec>(&mut generator);
    keys.extend(keys_of::<RunSpec>(&mut generator));
    let learning = keys_of::<Learning>(&mut generator);
    for (key, of_descent) in keys_of::<Descent>(&mut generator) {
        let schema = match learning.get(&key) {
            Some(of_learning) => one_of_two(of_learning, &of_descent),
            None => of_descent,
        };
        keys.insert(key, schema);
    }
    for (key, schema) in learning {
        keys.entry(key).or_insert(schema);
    }
    keys.insert("claim".to_owned(), list_of::<Claim>(&mut generator));
    keys.insert("figure".to_owned(), list_of::<FigureConfig>(&mut generator));
    keys.extend(around());
    let mut definitions = generator.take_definitions(true);
    let keys = ordered(keys);
    let mut whole = json!({ "type": "object", "properties": keys, "required": ["title"] });
    let raw = definitions.clone();
    for schema in definitions.values_mut().chain([&mut whole]) {
        spread(schema, &raw);
        tidy(schema);
    }
    let used = used(&whole, &definitions);
    definitions.retain(|name, _| used.contains(name));
    whole["$defs"] = Value::Object(definitions);
    whole
}

/// The keys in the order in which files have them.
fn ordered(mut keys: Object) -> Object {
    let first = [
        "title",
        "question",
        "exploratory",
        "seed",
        "data-seed",
        "replicates",
        "extends",
        "without",
        "data",
        "test",
        "model",
        "objective",
        "start",
        "schedule",
        "optimizer",
        "train",
        "fork",
        "record",
        "probe",
        "sweep",
        "profile",
    ];
    let found = first.iter().filter_map(|name| keys.shift_remove_entry(*name));
    let mut ordered: Object = found.collect();
    ordered.extend(keys);
    ordered
}

/// The names of the definitions that a schema refers to, and those that these refer to.
fn used(schema: &Value, definitions: &Object) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        match schema {
            Value::Array(items) => open.extend(items),
            Value::Object(object) => open.extend(object.values()),
            Value::String(text) => {
                if let Some(name) = text.strip_prefix("#/$defs/")
                    && used.insert(name.to_owned())
                {
                    open.extend(definitions.get(name));
                }
            }
            _ => {}
        }
    }
    used
}

/// The keys that belong to the document, and not to what is read from it.
fn around() -> Object {
    let around = json!({
        "extends": {
            "type": "string",
            "description": "The path of an experiment file that this one builds on, from the folder of this one. Tables \
                are merged key by key, but those with a `kind`, which replace the other; items of lists by their `id`.",
            "examples": ["batch-size.toml"],
        },
        "without": {
            "type": "array",
            "items": { "type": "string" },
            "description": "Dotted keys of the file that this one extends which are left out of it; of a list by `id`.",
            "default": [],
            "examples": [["sweep", "claim", "figure.loss"]],
        },
        "sweep": {
            "type": "object",
            "description": "What changes from run to run: dotted keys, in quotes, each with a list of values. Every value \
                is combined with every value of the other keys. In `[[sweep.zip]]` the lists go together, value by \
                value; `[[sweep.case]]` names rows of settings.",
            "examples": [{ "train.batch-size": [1, 8, 64] }],
            "properties": {
                "zip": {
                    "type": "array",
                    "description": "Tables of dotted keys, each with a list of values of one length: the settings of a \
                        table change together.",
                },
                "case": {
                    "type": "array",
                    "description": "Named rows of settings that change together. Every row sets the same keys; \
                        `case` is then a setting of the runs.",
                    "items": {
                        "type": "object",
                        "properties": { "name": {
                            "type": "string",
                            "description": "What figures and tables call the row, and claims in `where = { case = … }`.",
                        } },
                        "required": ["name"],
                    },
                },
            },
        },
        "profile": {
            "type": "object",
            "description": "Settings by a name, laid over the others with `--profile NAME`: dotted keys in quotes, or \
                whole tables, such as `[profile.quick.sweep]`.",
            "examples": [{ "quick": { "train.steps": 1000 } }],
        },
    });
    match around {
        Value::Object(around) => around,
        other => unreachable!("{other} is no table"),
    }
}

/// The properties of a table, those that must be there marked.
fn keys_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Object {
    let schema = T::json_schema(generator).to_value();
    match schema.get("properties") {
        Some(Value::Object(keys)) => keys.clone(),
        other => unreachable!("{} has no keys: {other:?}", T::schema_name()),
    }
}

fn one_of_two(of_learning: &Value, of_descent: &Value) -> Value {
    let mut both = of_learning.clone();
    let titled = |schema: &Value, title: &str| json!({ "$ref": schema["$ref"], "title": title });
    if let Some(both) = both.as_object_mut() {
        both.remove("$ref");
        both.remove("default");
        let two = [titled(of_learning, "with [data] and [model]"), titled(of_descent, "with [objective]")];
        both.insert("anyOf".to_owned(), json!(two));
    }
    both
}

fn list_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    let items = generator.subschema_for::<T>().to_value();
    json!({ "type": "array", "items": items, "default": [] })
}

/// Gives every kind of a table the keys that all kinds share, and closes it.
fn spread(schema: &mut Value, definitions: &Object) {
    let Value::Object(object) = schema else {
        if let Value::Array(items) = schema {
            items.iter_mut().for_each(|item| spread(item, definitions));
        }
        return;
    };
    let is_open = ["oneOf", "anyOf", "allOf", "$ref"].iter().any(|key| object.contains_key(*key));
    if object.contains_key("properties") && is_open {
        let kinds = kinds(object, definitions);
        ["oneOf", "anyOf", "allOf", "$ref", "properties", "required", "type", "additionalProperties"]
            .iter()
            .for_each(|key| drop(object.remove(*key)));
        object.insert("anyOf".to_owned(), kinds.into_iter().map(Value::Object).collect());
    } else if object.get("oneOf").and_then(|kinds| kinds[0].get("properties")).is_some() {
        let kinds = object.remove("oneOf").unwrap_or_default();
        object.insert("anyOf".to_owned(), kinds);
    }
    object.values_mut().for_each(|value| spread(value, definitions));
}

/// The closed tables that a schema with shared keys allows.
fn kinds(object: &Object, definitions: &Object) -> Vec<Object> {
    let mut found = vec![Object::new()];
    let mut choices: Vec<Vec<&Value>> = Vec::new();
    for key in ["oneOf", "anyOf"] {
        choices.extend(object.get(key).and_then(Value::as_array).map(|all| all.iter().collect()));
    }
    choices.extend(object.get("allOf").and_then(Value::as_array).into_iter().flatten().map(|one| vec![one]));
    for choice in choices {
        let all: Vec<Object> = choice
            .into_iter()
            .filter_map(Value::as_object)
            .flat_map(|object| kinds(object, definitions))
            .collect();
        found = all.iter().flat_map(|kind| found.iter().map(|other| united(kind, other))).collect();
    }
    if let Some(name) = object.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next())
        && let Some(Value::Object(referred)) = definitions.get(name)
    {
        let is_choice = |object: &Object| object.contains_key("oneOf") || object.contains_key("anyOf");
        let all = if is_choice(referred) { kinds(referred, definitions) } else { vec![referred.clone()] };
        found = all.iter().flat_map(|kind| found.iter().map(|other| united(kind, other))).collect();
    }
    let is_one_kind = !["oneOf", "anyOf", "allOf", "$ref"].iter().any(|key| object.contains_key(*key));
    found.into_iter().map(|kind| united_with(&kind, object, is_one_kind)).collect()
}

fn united(a: &Object, b: &Object) -> Object {
    united_with(a, b, true)
}

/// The keys of both tables; the description of the second only if it is about this kind alone.
fn united_with(first: &Object, second: &Object, is_about_it: bool) -> Object {
    let mut all = Object::new();
    let mut properties = Object::new();
    let mut required: Vec<Value> = Vec::new();
    for object in [first, second] {
        properties.extend(object.get("properties").and_then(Value::as_object).cloned().unwrap_or_default());
        required.extend(object.get("required").and_then(Value::as_array).cloned().unwrap_or_default());
    }
    if let Some(text) = first.get("description").or_else(|| second.get("description").filter(|_| is_about_it))
    {
        all.insert("description".to_owned(), text.clone());
    }
    all.insert("type".to_owned(), json!("object"));
    all.insert("properties".to_owned(), Value::Object(properties));
    required.dedup();
    all.insert("required".to_owned(), Value::Array(required));
    all.insert("additionalProperties".to_owned(), json!(false));
    all
}

/// Takes out null and what only Rust knows, and puts descriptions into plain words.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(object) => {
            object.retain(|key, value| !(key == "format" || key == "default" && value.is_null()));
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = &types[..] {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
                choices.retain(|choice| choice["type"] != "null");
                if let [Value::Object(only)] = &mut choices[..] {
                    let only = std::mem::take(only);
                    object.remove("anyOf");
                    for (key, value) in only {
                        object.entry(key).or_insert(value);
                    }
                }
            }
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = prose::plain(text);
            }
            object.values_mut().for_each(tidy);
        }
        _ => {}
    }
}
