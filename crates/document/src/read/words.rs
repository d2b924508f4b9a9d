//! What serde says is wrong, in the words of somebody who edits a file.

use toml::Value;

use crate::near::among;

/// What is accepted where a table belongs.
pub(crate) const A_TABLE: &str = "a table { key = value }";

pub(super) fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

/// The word that serde did not know.
pub(super) fn unknown_word(message: &str) -> Option<&str> {
    message.strip_prefix("unknown variant `")?.split('`').next()
}

/// The words that serde would have known, behind the one that it did not.
pub(super) fn known_words(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).skip(1).collect()
}

/// serde's message in the words of somebody who edits a file; `words` are those that could stand there.
pub(super) fn in_plain_words(
    message: &str,
    found: Option<&Value>,
    words: &[String],
) -> (String, Option<String>) {
    let shown = found.map_or(String::new(), |value| format!("found {value}, "));
    if !words.is_empty() {
        let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        return (format!("{shown}expected one of {}", words.join(", ")), None);
    }
    if let Some(word) = unknown_word(message) {
        let known = known_words(message);
        return (format!("unknown value `{word}`"), Some(among(word, known)));
    }
    match message.split_once(", expected ") {
        Some((_, accepted)) => {
            let accepted = match accepted.strip_prefix("an array of length ") {
                Some(length) => format!("a list of {length}"),
                None => plainly(accepted).to_owned(),
            };
            let hint = found.and_then(|found| as_share(found, &accepted));
            (format!("{shown}expected {accepted}"), hint)
        }
        None => (format!("{shown}{message}"), None),
    }
}

/// The share that somebody means by percents.
fn as_share(found: &Value, accepted: &str) -> Option<String> {
    let found = found.as_float().or_else(|| Some(found.as_integer()? as f64))?;
    let is_share =
        accepted.starts_with("a number") && (accepted.ends_with(" 1") || accepted.ends_with("below 1"));
    (is_share && found > 1.0 && found <= 100.0).then(|| format!("did you mean {}?", found / 100.0))
}

/// Rust's words for types in everyday ones.
fn plainly(accepted: &str) -> &str {
    match accepted {
        "u64" | "usize" | "u32" => "a whole number of at least 0",
        "i64" => "a whole number",
        "a nonzero usize" => "a whole number of at least 1",
        "f64" => "a number",
        "a string" => "text in quotes",
        "a sequence" => "a list in brackets [ ]",
        "a map" => A_TABLE,
        "a boolean" => "true or false",
        other if other.starts_with("struct ") || other.starts_with("internally tagged enum ") => A_TABLE,
        other => other,
    }
}
