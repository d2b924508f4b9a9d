//! Values of a wrong type at each key of an experiment file: text for a number, a list for a table and so on.
//!
//! The keys, and what each takes, come from the schema. Whatever the mistake is, the message says at which
//! key it stands, and says so in the words of somebody who writes such files.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use thalweg::lab::{Study, schema};

/// Words of the library that reads the values, which are about Rust's types and not about the file.
const FOREIGN: [&str; 28] = [
    "invalid type",
    "invalid value",
    "invalid length",
    "expected struct",
    "expected a struct",
    "expected enum",
    "tagged",
    "adjacently",
    "data did not match",
    "did not match any variant",
    "missing field",
    "unknown field",
    "unknown variant",
    "map key",
    "newtype",
    "a sequence",
    "a map",
    "unit variant",
    "expected unit",
    "string or map",
    "single key",
    "variant identifier",
    "tuple",
    "u64",
    "usize",
    "i64",
    "f64,",
    "an array",
];

/// A value of each type that a file may have, with the word of the schema for it.
fn values() -> [(&'static str, Value); 7] {
    [
        ("string", json!("strange")),
        ("number", json!(1.5)),
        ("integer", json!(2)),
        ("boolean", json!(true)),
        ("array", json!([[7]])),
        ("array", json!([])),
        ("object", json!({ "odd": true })),
    ]
}

#[test]
fn a_wrong_type_is_told_at_its_key_in_plain_words() {
    let schema = schema();
    let mut walk = Walk { schema: &schema, expanded: BTreeMap::new(), cases: Vec::new() };
    for (key, inner) in schema["properties"].as_object().unwrap() {
        // Those of the document itself, and settings that are laid over others.
        if !["extends", "without", "profile"].contains(&key.as_str()) {
            let table = json!({});
            walk.visit(inner, &table, std::slice::from_ref(key));
        }
    }
    assert!(walk.cases.len() > 3_000, "{}", walk.cases.len());
    let mut strange = Vec::new();
    let mut silent = BTreeSet::new();
    for case in &walk.cases {
        let told_of =
            |text: &str| Study::from_text(text).map_or_else(|problems| problems.all, |_| Vec::new());
        let mut told = told_of(&file(&case.tables, false));
        // `[train]` and `[record]` are others where a function is minimised.
        if ["train", "record", "objective", "start"].contains(&case.path[0].as_str()) {
            told.extend(told_of(&file(&case.tables, true)));
        }
        let dotted = case.path.join(".");
        for problem in &told {
            let words = format!("{}{}", problem.message, problem.hint.as_deref().unwrap_or_default());
            if FOREIGN.iter().any(|word| words.contains(word)) {
                strange.push(format!("{dotted} = {}: {}: {words}", case.value, problem.key));
            }
        }
        if !told.iter().any(|problem| is_at(&problem.key, &case.path)) {
            let keys: Vec<&str> = told.iter().map(|problem| problem.key.as_str()).collect();
            silent.insert(format!("{dotted} = {}: told of {}", case.value, keys.join(", ")));
        }
    }
    assert!(strange.is_empty(), "{} messages:\n{}", strange.len(), strange.join("\n"));
    let silent: Vec<String> = silent.into_iter().collect();
    assert!(silent.is_empty(), "{} mistakes:\n{}", silent.len(), silent.join("\n"));
}

/// Whether a key as people say it is this one or inside of it; items of a list are said by their id.
fn is_at(key: &str, path: &[String]) -> bool {
    let said: Vec<&str> = key.split([' ', '.', ':']).filter(|part| !part.is_empty()).collect();
    let path: Vec<&str> = path.iter().flat_map(|step| step.split('.')).collect();
    let is_place = |step: &str| step.parse::<usize>().is_ok();
    let same = |(said, step): (&&str, &&str)| said == step || is_place(step);
    // The cases of a sweep are told as a whole of what lacks them.
    let is_whole = path[0] == "sweep" && said.len() == 3;
    (said.len() >= path.len() || is_whole) && said.iter().zip(&path).all(same)
}

/// A file with a value of a wrong type.
struct Case {
    tables: Value,
    path: Vec<String>,
    value: Value,
}

struct Walk<'a> {
    schema: &'a Value,
    /// How often what is inside of a definition was visited: what it means changes little with its place.
    expanded: BTreeMap<&'a str, usize>,
    cases: Vec<Case>,
}

impl<'a> Walk<'a> {
    /// Notes the wrong values of the key at `path` of `tables`, and of all keys inside of it.
    fn visit(&mut self, node: &'a Value, tables: &Value, path: &[String]) {
        let mut accepted = BTreeSet::new();
        self.accepted(node, &mut accepted);
        for (kind, value) in values() {
            let is_number = kind == "integer" && accepted.contains("number");
            // A list or a table may be empty, or hold what is looked at later.
            if !accepted.contains(kind) && !is_number {
                self.cases.push(Case {
                    tables: with(tables, path, value.clone()),
                    path: path.to_vec(),
                    value,
                });
            }
        }
        self.enter(node, tables, path);
    }

    fn enter(&mut self, node: &'a Value, tables: &Value, path: &[String]) {
        if let Some(name) = node["$ref"].as_str() {
            let times = self.expanded.entry(name).or_default();
            *times += 1;
            if *times <= 1 {
                self.enter(self.definition(name), tables, path);
            }
            return;
        }
        for choice in ["oneOf", "anyOf"] {
            for one in node[choice].as_array().into_iter().flatten() {
                self.enter(one, tables, path);
            }
        }
        if node["properties"].is_object() {
            let tables = with(tables, path, self.sample(node, 0));
            for (key, inner) in node["properties"].as_object().unwrap() {
                if inner.get("const").is_none() {
                    self.visit(inner, &tables, &[path, std::slice::from_ref(key)].concat());
                }
            }
        }
        if node["items"].is_object() && path.len() < 9 {
            let tables = with(tables, path, json!([self.sample(&node["items"], 0)]));
            self.visit(&node["items"], &tables, &[path, &["0".to_owned()]].concat());
        }
        let named = &node["additionalProperties"];
        if named.is_object() && path[0] != "sweep" {
            let tables = with(tables, path, json!({ "clean": self.sample(named, 0) }));
            self.visit(named, &tables, &[path, &["clean".to_owned()]].concat());
        }
    }

    fn definition(&self, name: &str) -> &'a Value {
        self.schema.pointer(name.trim_start_matches('#')).unwrap()
    }

    /// The types that a key takes. Words of a list that are the only ones taken are no free text, but text.
    fn accepted(&self, node: &Value, into: &mut BTreeSet<String>) {
        if let Some(name) = node["$ref"].as_str() {
            return self.accepted(self.definition(name), into);
        }
        let kinds = node["type"].as_array().cloned().unwrap_or_else(|| vec![node["type"].clone()]);
        into.extend(kinds.iter().filter_map(Value::as_str).map(str::to_owned));
        for choice in ["oneOf", "anyOf"] {
            node[choice].as_array().into_iter().flatten().for_each(|one| self.accepted(one, into));
        }
        if ["type", "$ref", "oneOf", "anyOf"].iter().all(|key| node.get(key).is_none()) {
            into.extend(values().iter().map(|(kind, _)| (*kind).to_owned()));
        }
    }

    /// A value that a key takes, as small as can be.
    fn sample(&self, node: &Value, depth: usize) -> Value {
        assert!(depth < 40, "{node}");
        if let Some(name) = node["$ref"].as_str() {
            return self.sample(self.definition(name), depth + 1);
        }
        for known in ["const", "default"] {
            if let Some(value) = node.get(known) {
                return value.clone();
            }
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(first) = node[choice].as_array().and_then(|all| all.first()) {
                return self.sample(first, depth + 1);
            }
        }
        match node["type"].as_str().or(node["type"][0].as_str()) {
            Some("string") => json!("word"),
            Some("number") if node.get("exclusiveMaximum").is_some() => json!(0.5),
            Some("number" | "integer") => node.get("minimum").cloned().unwrap_or(json!(1)),
            Some("boolean") => json!(true),
            Some("array") => {
                let n = node["minItems"].as_u64().unwrap_or(0);
                (0..n).map(|_| self.sample(&node["items"], depth + 1)).collect()
            }
            _ => {
                let keys = node["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
                keys.map(|key| (key.to_owned(), self.sample(&node["properties"][key], depth + 1))).collect()
            }
        }
    }
}

/// `tables` with a value at a path, whose tables and lists are there.
fn with(tables: &Value, path: &[String], value: Value) -> Value {
    let mut tables = tables.clone();
    let mut place = &mut tables;
    for step in path {
        place = match place {
            Value::Array(items) => &mut items[step.parse::<usize>().unwrap()],
            table => &mut table[step],
        };
    }
    *place = value;
    tables
}

/// A file with these tables in place of those of a sound one.
fn file(tables: &Value, is_descent: bool) -> String {
    let mut whole = json!({
        "title": "Wrong",
        "optimizer": { "kind": "sgd" },
        "schedule": { "kind": "constant", "initial": 0.1 },
        "train": { "steps": 2, "batch-size": 2 },
    });
    if is_descent {
        whole["objective"] = json!({ "kind": "quadratic", "dim": 2, "condition": 3 });
        whole["train"] = json!({ "steps": 2 });
    } else {
        whole["data"] = json!({ "kind": "two-moons", "samples": 4 });
        whole["model"] = json!({ "hidden": [] });
    }
    for (key, value) in tables.as_object().unwrap() {
        whole[key] = value.clone();
    }
    let lines = whole.as_object().unwrap().iter().map(|(key, value)| format!("{key} = {}\n", toml(value)));
    lines.collect()
}

fn toml(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Object(table) => {
            let entries = table.iter().map(|(key, value)| format!("{} = {}", json!(key), toml(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
