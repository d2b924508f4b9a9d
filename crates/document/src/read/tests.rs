//! A type with all that experiment files have: tagged tables, lists of them, optional and required keys.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Top {
    steps: u64,
    rate: Option<f64>,
    name: Option<String>,
    ends: Option<[u64; 2]>,
    flats: Option<Vec<Round>>,
    shape: Option<Shape>,
    list: Option<Vec<Shape>>,
    pace: Option<Pace>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Pace {
    Slow,
    Fast,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Shape {
    Round(Round),
    Flat(Flat),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Round {
    radius: u32,
    a_share: f64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Flat {}

fn reading(text: &str) -> Reading<Top> {
    read(&Value::Table(text.parse().unwrap()))
}

/// Key, message and hint of each problem.
fn told(text: &str) -> Vec<(String, String)> {
    let told =
        |problem: Problem| (problem.path.join("."), problem.message + &problem.hint.unwrap_or_default());
    reading(text).problems.into_iter().map(told).collect()
}

#[test]
fn every_problem_is_found_and_blamed_on_its_key() {
    let found = told(
        "setps = 3\nrate = 'fast'\nshape = { kind = 'round', radius = -1, a-share = 'x', colour = 1 }\n\
         list = [{ kind = 'flat' }, { kind = 'rund' }, { kind = 'flat', deep = 1 }, { kind = 'round', radius = -2, a-share = 0.5 }]",
    );
    let keys: BTreeSet<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    let expected = [
        "list.1.kind",
        "list.2.deep",
        "list.3.radius",
        "rate",
        "setps",
        "shape.a-share",
        "shape.colour",
        "shape.radius",
    ];
    assert_eq!(keys, expected.into_iter().collect());
    assert_eq!(found.len(), 8, "each once: a key that was misspelt is not missing too");
    let of = |key: &str| &found.iter().find(|(k, _)| k == key).unwrap().1;
    assert_eq!(of("rate"), "found \"fast\", expected a number");
    assert!(of("setps").contains("did you mean `steps`?"), "{}", of("setps"));
    assert!(of("list.1.kind").contains("did you mean `round`?"), "{}", of("list.1.kind"));
}

#[test]
fn all_missing_keys_are_told_and_filled_in() {
    assert_eq!(told("rate = 1.0"), [("steps".to_owned(), "this key is missing".to_owned())]);
    let inner = told("steps = 1\nshape = { kind = 'round' }");
    let keys: Vec<&str> = inner.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["shape.radius", "shape.a-share"]);
    assert_eq!(told("steps = -1").len(), 1);
    assert!(told("steps = 1\nshape = { kind = 'round', radius = 1, a-share = 0.5 }").is_empty());
}

#[test]
fn what_can_be_mended_is_read() {
    let top =
        reading("steps = 3\nrate = 'fast'\nlist = [{ kind = 'flat' }, { kind = 'rund' }]").value.unwrap();
    assert_eq!((top.steps, top.rate, top.list), (3, None, Some(vec![Shape::Flat(Flat {})])));
    assert!(reading("rate = 2.0").value.is_some_and(|top| top.rate == Some(2.0)));
    assert!(reading("steps = 1\nshape = {}").value.is_some_and(|top| top.shape.is_none()));
}

#[test]
fn a_list_is_no_table() {
    for text in ["shape = ['flat']", "list = [['flat']]"] {
        let found = told(&format!("steps = 1\n{text}"));
        assert!(
            found.len() == 1 && found[0].1.contains("expected a table { key = value }"),
            "{text}: {found:?}"
        );
    }
    let all = read::<Flat>(&Value::Array(Vec::new())).problems;
    assert!(all.len() == 1 && all[0].path.is_empty(), "{all:?}");
}

#[test]
fn three_thousand_unknown_keys_are_three_thousand_problems() {
    let text: String = (0..3000).map(|i| format!("key-{i} = {i}\n")).collect();
    let found = told(&format!("steps = 1\n{text}"));
    assert_eq!(found.len(), 3000);
    assert!(found.iter().all(|(_, text)| text.starts_with("unknown key")));
}

#[test]
fn what_is_missing_in_a_table_that_is_missing_or_wrong_is_not_told() {
    let missing = |text: &str| {
        let told = told(text);
        told.into_iter().map(|(path, message)| format!("{path}: {message}")).collect::<Vec<_>>()
    };
    assert_eq!(
        missing("steps = 1\nlist = [{}]"),
        ["list.0.kind: this key is missingknown here: round, flat"]
    );
    assert_eq!(missing("steps = 1\nlist = [3]").len(), 1);
}

#[test]
fn numbers_are_finite_and_dates_are_no_settings() {
    let found = told("steps = 1\nrate = inf");
    assert_eq!(found, [("rate".to_owned(), "found inf, expected a finite number".to_owned())]);
    let found = told("steps = 2026-11-30");
    assert!(
        found.len() == 1 && found[0].1.starts_with("found 2026-11-30, expected a whole number"),
        "{found:?}"
    );
}

#[test]
fn a_value_that_is_no_word_is_told_the_words_that_are() {
    for value in ["true", "3", "1.5", "['slow']", "[]", "{ slow = 1 }", "{ odd = 1 }", "{}"] {
        let found = told(&format!("steps = 1\npace = {value}"));
        assert!(found.len() == 1 && found[0].0 == "pace", "{value}: {found:?}");
        assert!(found[0].1.ends_with(", expected one of \"slow\", \"fast\""), "{value}: {found:?}");
    }
    assert!(told("steps = 1\npace = 'slwo'")[0].1.starts_with("unknown value `slwo`did you mean `slow`?"));
    let found = told("steps = 1\nshape = { kind = true, radius = 1, a-share = 1 }");
    let expected = "found true, expected one of \"round\", \"flat\"".to_owned();
    assert_eq!(found, [("shape.kind".to_owned(), expected)]);
}

#[test]
fn an_empty_list_is_no_table_with_a_kind() {
    for key in ["shape = []", "list = [[]]"] {
        let found = told(&format!("steps = 1\nname = 'a'\n{key}"));
        assert!(found.len() == 1 && found[0].1 == "found [], expected a table { key = value }", "{found:?}");
    }
    assert_eq!(told("steps = 1\nlist = []"), []);
    let found = told("steps = 1\nlist = []\nshape = {}");
    assert_eq!(found, [("shape.kind".to_owned(), "this key is missingknown here: round, flat".to_owned())]);
}

#[test]
fn what_lacks_only_brackets_or_has_too_many_is_written_right() {
    for (value, expected) in [
        ("rate = '1e-3'", "found \"1e-3\", expected a numberwrite 1e-3"),
        ("rate = [0.5]", "found [0.5], expected a numberwrite 0.5"),
        ("rate = [0.5, 1.5]", "found [0.5, 1.5], expected a number"),
        ("shape = 'flat'", "found \"flat\", expected a table { key = value }write { kind = \"flat\" }"),
        ("shape = 'round'", "found \"round\", expected a table { key = value }write { kind = \"round\" }"),
        (
            "shape = 'flt'",
            "found \"flt\", expected a table { key = value }write { kind = \"flat\" }, or another of round, flat",
        ),
        (
            "list = { kind = 'flat' }",
            "found { kind = \"flat\" }, expected a list in brackets [ ]write [{ kind = \"flat\" }]",
        ),
        ("list = 3", "found 3, expected a list in brackets [ ]"),
        ("ends = [1, 2, 3]", "found [1, 2, 3], expected a list of 2"),
        ("ends = [1]", "found [1], expected a list of 2"),
        ("flats = [[]]", "found [], expected a table { key = value }"),
        ("flats = [[1]]", "found [1], expected a table { key = value }"),
    ] {
        let found = told(&format!("steps = 1\n{value}"));
        assert_eq!(found.len(), 1, "{value}: {found:?}");
        assert_eq!(found[0].1, expected, "{value}");
    }
    let keys: Vec<String> = told("steps = 1\nends = ['a', 'b']").into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["ends.0", "ends.1"], "a list is not short of what was wrong in it");
}
