//! What a key accepts, and its default, in words.

use serde_json::Value;

use super::{Key, referred};

/// What a key accepts.
pub(super) fn accepts(key: &Key) -> String {
    if !words(key).is_empty() {
        return "one of these words in quotes".to_owned();
    }
    let schema =
        if key.own.get("type").is_some() || key.own.get("anyOf").is_some() { key.own } else { key.of_type };
    of_schema(schema)
}

fn of_schema(schema: &Value) -> String {
    let schema = if schema.get("$ref").is_some() { referred(schema) } else { schema };
    if let Some(words) = schema["x-accepts"].as_str() {
        return words.to_owned();
    }
    if schema["anyOf"].as_array().is_some_and(|kinds| kinds.iter().all(|kind| kind.get("title").is_none())) {
        return "a table with a `kind`".to_owned();
    }
    if let Some(words) = schema["oneOf"].as_array() {
        let words: Vec<String> = words.iter().map(|word| word["const"].to_string()).collect();
        return format!("one of {}", words.join(", "));
    }
    match schema["type"].as_str() {
        Some("string") => "text in quotes".to_owned(),
        Some("boolean") => "true or false".to_owned(),
        Some(number @ ("integer" | "number")) => {
            let number = if number == "integer" { "a whole number" } else { "a number" };
            match schema["minimum"].as_f64() {
                Some(least) => format!("{number} of at least {least}"),
                None => number.to_owned(),
            }
        }
        Some("array") => {
            let item = of_schema(&schema["items"]);
            match (schema["minItems"].as_u64(), schema["maxItems"].as_u64()) {
                (Some(n), Some(most)) if n == most => format!("a list of {n}: each {item}"),
                _ => format!("a list: each {item}"),
            }
        }
        Some("object") if schema["additionalProperties"] == true => {
            "a table of dotted keys in quotes".to_owned()
        }
        Some("object") if schema["additionalProperties"].is_object() => {
            format!("a table of names, each with {}", of_schema(&schema["additionalProperties"]))
        }
        _ => "a table { key = value }".to_owned(),
    }
}

/// The words that a key accepts, each with its meaning.
pub(super) fn words(key: &Key) -> Vec<(&'static str, &'static str)> {
    let all = key.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|one| Some((one["const"].as_str()?, one["description"].as_str().unwrap_or_default())))
        .collect()
}

/// The default as a file would have it.
pub(super) fn default(key: &Key) -> Option<String> {
    key.own.get("default").map(toml)
}

/// A value as TOML.
pub(super) fn toml(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            let bare = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            let name = |key: &str| if bare(key) { key.to_owned() } else { format!("\"{key}\"") };
            let pairs: Vec<String> =
                table.iter().map(|(key, value)| format!("{} = {}", name(key), toml(value))).collect();
            if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) }
        }
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Number(number) => match number.as_f64() {
            Some(x) if number.is_f64() && x != 0.0 && x.abs() < 1e-3 => format!("{x:e}"),
            Some(x) if number.is_f64() && x.fract() == 0.0 && x.abs() < 1e4 => format!("{x:.1}"),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// The first sentence of a text, without a formula.
pub(super) fn first_sentence(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    let ends = line.match_indices('.').map(|(at, _)| at);
    // Neither an initial nor "et al." ends a sentence.
    let is_end = |at: &usize| {
        let (before, rest) = (&line[..*at], line[at + 1..].strip_prefix(' '));
        let letters = before.chars().rev().take_while(|c| c.is_alphabetic()).count();
        let is_word = letters != 1 && !before.ends_with(" al") && !before.ends_with(" eq");
        is_word && rest.is_some_and(|rest| !rest.starts_with(char::is_lowercase))
    };
    ends.into_iter().find(is_end).map_or(line, |at| &line[..=at])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_as_in_a_file() {
        let value = json!({ "kind": "adam", "epsilon": 1e-8, "a.b": [1, 0.5, true, 2.0] });
        assert_eq!(toml(&value), r#"{ kind = "adam", epsilon = 1e-8, "a.b" = [1, 0.5, true, 2.0] }"#);
    }

    #[test]
    fn sentences_end_where_another_begins() {
        assert_eq!(
            first_sentence("β₁, default 0.9 (You et al. use more). It decays."),
            "β₁, default 0.9 (You et al. use more)."
        );
        assert_eq!(
            first_sentence("Steps of D. Kingma and J. Ba. More.\n\nLast"),
            "Steps of D. Kingma and J. Ba."
        );
        assert_eq!(first_sentence("one. two"), "one. two");
    }
}
