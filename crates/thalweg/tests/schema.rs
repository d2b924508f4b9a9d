//! The schema that the program brings along is that of the types.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Where the program has it.
fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/src/reference/schema.json")
}

#[test]
fn the_program_has_the_schema_of_the_types() {
    let text = serde_json::to_string_pretty(&thalweg::lab::schema()).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        fs::write(path(), &text).unwrap();
    }
    let committed = fs::read_to_string(path()).unwrap_or_default();
    let differs = text.lines().zip(committed.lines()).enumerate().find(|(_, (new, old))| new != old);
    if let Some((line, (new, old))) = differs {
        panic!(
            "{}:{}: the types say {new}, the file {old}\nhint: `cargo xtask docs` writes it anew",
            path().display(),
            line + 1
        );
    }
    assert_eq!(text.len(), committed.len(), "hint: `cargo xtask docs` writes the schema anew");
}

#[test]
fn every_key_is_described() {
    let mut lacking = Vec::new();
    look(&thalweg::lab::schema(), "", &mut lacking);
    assert!(lacking.is_empty(), "without a doc comment of its own:\n{}", lacking.join("\n"));
}

#[test]
fn what_lacks_a_description_is_told_by_its_place() {
    let mut schema = thalweg::lab::schema();
    let mut lacking = Vec::new();
    for place in [
        "/$defs/Train/properties/steps",
        "/$defs/Schedule/anyOf/1",
        "/$defs/Activation/oneOf/0",
        "/properties/seed",
    ] {
        let lost = schema.pointer_mut(place).unwrap().as_object_mut().unwrap().remove("description");
        assert!(lost.is_some(), "{place}");
    }
    look(&schema, "", &mut lacking);
    let told: Vec<&str> = lacking.iter().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(told, ["Schedule.power-law", "Activation.relu", "Train.steps", "seed"], "{lacking:?}");
}

/// Collects the keys, kinds and words of `schema` that nothing is said of.
fn look(schema: &Value, path: &str, lacking: &mut Vec<String>) {
    let text = |schema: &Value| schema["description"].as_str().unwrap_or_default().to_owned();
    for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
        look(definition, name, lacking);
    }
    for (key, value) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let is_kind = key == "kind" && value.get("const").is_some();
        let is_list = ["claim", "figure"].contains(&path.as_str());
        if !is_kind && !is_list && text(value).is_empty() {
            lacking.push(format!("{path}: a field"));
        }
        look(value, &path, lacking);
    }
    for choice in ["oneOf", "anyOf"] {
        for (i, one) in schema[choice].as_array().into_iter().flatten().enumerate() {
            let kind = one["properties"]["kind"]["const"].as_str().or(one["const"].as_str());
            let path = format!("{path}.{}", kind.map_or_else(|| i.to_string(), str::to_owned));
            let is_told = !text(one).is_empty() || one.get("$ref").is_some();
            if !is_told
                || text(one).starts_with("`kind =")
                    && text(one).lines().count() == 1
                    && !text(one).contains(':')
            {
                lacking.push(format!("{path}: the settings of a kind, or a word"));
            }
            look(one, &path, lacking);
        }
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(inner) {
            look(inner, path, lacking);
        }
    }
}
