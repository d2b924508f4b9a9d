//! The schema holds for the experiments of the repository, and for no misspelt one.

use super::*;
use crate::builtin::EXPERIMENTS;

/// Whether a schema allows a value, as far as this schema goes.
fn allows(root: &Value, schema: &Value, value: &toml::Value) -> bool {
    let list = |key: &str| schema[key].as_array().cloned().unwrap_or_default();
    let number = value.as_float().or(value.as_integer().map(|x| x as f64));
    let is_of = |name: &str| match name {
        "object" => value.is_table(),
        "array" => value.is_array(),
        "string" => value.is_str(),
        "boolean" => value.is_bool(),
        "integer" => number.is_some_and(|x| x.fract() == 0.0),
        "number" => number.is_some(),
        other => panic!("{other} is no type"),
    };
    let type_fits = match &schema["type"] {
        Value::String(name) => is_of(name),
        Value::Array(names) => names.iter().any(|name| is_of(name.as_str().unwrap())),
        _ => true,
    };
    let end = |key: &str| schema[key].as_f64();
    let in_range = number.is_none_or(|x| {
        end("minimum").is_none_or(|end| x >= end)
            && end("maximum").is_none_or(|end| x <= end)
            && end("exclusiveMinimum").is_none_or(|end| x > end)
            && end("exclusiveMaximum").is_none_or(|end| x < end)
            && end("multipleOf").is_none_or(|step| x % step == 0.0)
    });
    let refers = schema["$ref"].as_str().is_none_or(|path| {
        let target =
            root.pointer(path.trim_start_matches('#')).unwrap_or_else(|| panic!("{path} is not there"));
        allows(root, target, value)
    });
    let choices = ["anyOf", "oneOf"]
        .iter()
        .all(|key| list(key).is_empty() || list(key).iter().any(|one| allows(root, one, value)));
    let is_const = schema.get("const").is_none_or(|word| word.as_str() == value.as_str());
    let has_required = value
        .as_table()
        .is_none_or(|table| list("required").iter().all(|key| table.contains_key(key.as_str().unwrap())));
    let keys_fit = value.as_table().is_none_or(|table| {
        table.iter().all(|(key, value)| {
            if let Some(inner) = schema["properties"].get(key) {
                return allows(root, inner, value);
            }
            let mut patterns = schema["patternProperties"].as_object().into_iter().flatten();
            if let Some((_, inner)) = patterns.find(|(pattern, _)| matches(pattern, key)) {
                return allows(root, inner, value);
            }
            match &schema["additionalProperties"] {
                Value::Bool(is_open) => *is_open,
                Value::Null => true,
                inner => allows(root, inner, value),
            }
        })
    });
    let items_fit = value.as_array().is_none_or(|items| {
        end("minItems").is_none_or(|least| items.len() as f64 >= least)
            && end("maxItems").is_none_or(|most| items.len() as f64 <= most)
            && items.iter().all(|item| schema.get("items").is_none_or(|inner| allows(root, inner, item)))
    });
    let condition = schema
        .get("if")
        .is_none_or(|condition| !allows(root, condition, value) || allows(root, &schema["then"], value));
    let not = schema.get("not").is_none_or(|inner| !allows(root, inner, value));
    type_fits
        && in_range
        && refers
        && choices
        && is_const
        && has_required
        && keys_fit
        && items_fit
        && condition
        && not
}

/// The patterns of this schema: parts between dots, each a word, digits or anything.
fn matches(pattern: &str, key: &str) -> bool {
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    let (pattern, goes_on) = pattern.strip_suffix("(\\..+)?").map_or((pattern, false), |rest| (rest, true));
    let (pattern, goes_on) = pattern.strip_suffix("\\..+").map_or((pattern, goes_on), |rest| (rest, true));
    let (parts, mut words) = (pattern.split("\\."), key.split('.'));
    for part in parts {
        let Some(word) = words.next() else { return false };
        let fits = match part {
            "[^.]+" => true,
            "[0-9]+" => word.parse::<usize>().is_ok(),
            "(claim|figure)" => ["claim", "figure"].contains(&word),
            part => part == word,
        };
        if !fits {
            return false;
        }
    }
    goes_on || words.next().is_none()
}

fn accepts(text: &str) -> bool {
    let schema = editor_schema();
    allows(&schema, &schema, &toml::from_str(text).unwrap())
}

#[test]
fn all_experiments_are_accepted() {
    for (name, text) in EXPERIMENTS {
        assert!(accepts(text), "{name}");
    }
}

const SMALL: &str = r#"title = "Small"
data = { kind = "two-moons", samples = 20, transforms = [{ kind = "flip-labels", probability = 0.1 }] }
model = { hidden = [5] }
optimizer = { kind = "adam", beta1 = 0.5 }
schedule = { kind = "warm-up", steps = 3, then = { kind = "cosine", initial = 0.1, steps = 9 } }
train = { steps = 30, batch-size = 1e1 }
[sweep]
"optimizer.beta2" = [0.5, 0.9]
[[sweep.case]]
name = "a"
"schedule.then.initial" = 0.2
[profile.quick]
"train.steps" = 3
[profile.nested.train]
steps = 3
[[probe]]
kind = "path"
to = { "train.seed" = 3 }
[[claim]]
id = "learns"
says = "The loss ends below 1000"
kind = "bound"
of = "train.loss"
at-most = 1000
where = { "optimizer.beta2" = 0.5 }
[[figure]]
id = "loss"
kind = "curves"
title = "Loss"
y = "train.loss"
series = "case"
"#;

#[test]
fn what_is_misspelt_is_refused() {
    assert!(accepts(SMALL));
    for (right, wrong) in [
        ("title =", "titel ="),
        ("samples = 20", "sample = 20"),
        ("\"two-moons\"", "\"two-moon\""),
        ("probability = 0.1", "probability = 1.1"),
        ("hidden = [5]", "hidden = [0]"),
        ("beta1", "beta_1"),
        ("initial = 0.1, steps", "inital = 0.1, steps"),
        ("batch-size", "batch_size"),
        ("batch-size = 1e1", "batch-size = 1.5"),
        ("\"optimizer.beta2\" = [", "\"optimizer.beta4\" = ["),
        ("\"optimizer.beta2\" = [0.5, 0.9]", "\"optimizer.beta2\" = 0.5"),
        ("name = \"a\"", "nam = \"a\""),
        ("\"train.steps\" = 3", "\"train.step\" = 3"),
        ("[profile.nested.train]", "[profile.nested.trian]"),
        ("\"train.seed\"", "\"train.sed\""),
        ("at-most", "at-mots"),
        ("\"bound\"", "\"bounds\""),
        ("where = { \"optimizer.beta2\"", "where = { \"optimizer.betta2\""),
        ("says = \"The", "say = \"The"),
        ("series = \"case\"", "seris = \"case\""),
    ] {
        assert!(SMALL.contains(right), "{right}");
        assert!(!accepts(&SMALL.replace(right, wrong)), "{wrong}");
    }
    assert!(accepts("extends = \"a.toml\"\n[optimizer]\nbeta1 = 0.5\n[[claim]]\nid = \"a\"\nat-most = 3"));
    assert!(!accepts("extends = \"a.toml\"\n[optimizer]\nbeta11 = 0.5"));
}

#[test]
fn what_only_asks_for_keys_allows_all_others() {
    // A strict server, such as Tombi, refuses what a table with `properties` or `required` does not list.
    let schema = editor_schema();
    let open = |schema: &Value| schema["additionalProperties"] == true;
    assert!(open(&schema["if"]) && open(&schema["if"]["not"]) && open(&schema["then"]));
    for (list, schema) in schema["then"]["properties"].as_object().unwrap() {
        assert!(open(&schema["items"]), "{list}");
    }
}
