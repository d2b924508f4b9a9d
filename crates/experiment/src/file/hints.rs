//! Words of other tools, and what they are called here.

mod table;

use thalweg_document::{Problem, UNKNOWN_KEY};

use self::table::{ELSEWHERE, VALUES};

/// What is to be written for a word of another tool, a key such as `optimizer.lr` or a value such as `adamw`.
///
/// ```
/// assert!(thalweg_experiment::word_elsewhere("lr").unwrap().contains("`initial` in [schedule]"));
/// assert_eq!(thalweg_experiment::word_elsewhere("colour"), None);
/// ```
pub fn word_elsewhere(key: &str) -> Option<&'static str> {
    let word = plain(key.rsplit('.').next().unwrap_or_default());
    let values =
        || VALUES.iter().find(|(.., words, _)| words.contains(&word.as_str())).map(|(.., hint)| *hint);
    row_elsewhere(key).map(|(hint, _)| hint).or_else(values)
}

/// The key that is meant by a key of another tool, alone or below the table in which it is looked for.
///
/// ```
/// assert_eq!(thalweg_experiment::key_elsewhere("optimizer.lr"), Some("schedule.initial"));
/// assert_eq!(thalweg_experiment::key_elsewhere("momentum"), Some("optimizer.beta"));
/// ```
pub fn key_elsewhere(key: &str) -> Option<&'static str> {
    row_elsewhere(key).map(|(_, key)| key).filter(|key| !key.is_empty())
}

/// A word as the tables have it: in small letters, with hyphens for other signs between its parts.
fn plain(word: &str) -> String {
    word.to_lowercase().replace(['_', ' '], "-").trim_end_matches('-').to_owned()
}

/// What is told of a key of another tool, and the key that is meant.
fn row_elsewhere(key: &str) -> Option<(&'static str, &'static str)> {
    let (table, word) = key.rsplit_once('.').unwrap_or(("", key));
    let table = table.split('.').next().unwrap_or_default();
    let is_of = |of: &str| of == table || of == "*" || (table.is_empty() && !of.is_empty());
    let rows = ELSEWHERE.iter().filter(|(of, ..)| is_of(of));
    // Rows of any table stand behind those of one.
    let word = plain(word);
    rows.rev().find(|(_, words, ..)| words.contains(&word.as_str())).map(|(.., hint, key)| (*hint, *key))
}

/// The same problems, with a better hint on an unknown key that is a word of another tool. What such a key
/// stands for is then not told as missing.
pub fn advised(problems: Vec<Problem>) -> Vec<Problem> {
    let problems: Vec<Problem> = problems.into_iter().map(with_advice).collect();
    let meant = |problem: &Problem| {
        let word = problem.hint.as_ref()?.strip_prefix(HERE)?.split('`').next()?.to_owned();
        let above = problem.path.split_last().filter(|_| problem.message == UNKNOWN_KEY)?.1;
        Some([above, &[word]].concat())
    };
    let meant: Vec<Vec<String>> = problems.iter().filter_map(meant).collect();
    let is_news = |problem: &Problem| problem.message == UNKNOWN_KEY || !meant.contains(&problem.path);
    problems.into_iter().filter(is_news).collect()
}

/// The beginning of hints that name the word for a key.
const HERE: &str = "here it is `";

fn with_advice(problem: Problem) -> Problem {
    let Some((key, above)) = problem.path.split_last() else { return problem };
    let table = above.first().map_or("", String::as_str);
    if problem.message != UNKNOWN_KEY {
        let value = found(&problem.message).map(plain);
        let is_meant = |(of, name, words, _): &&(&str, &str, &[&str], &str)| {
            *of == table && name == key && value.as_ref().is_some_and(|value| words.contains(&value.as_str()))
        };
        return match VALUES.iter().find(is_meant) {
            Some((.., hint)) => problem.hint(*hint),
            None => with_sweep(problem),
        };
    }
    let is_meant = |(of, words, ..): &&(&str, &[&str], &str, &str)| {
        (*of == table || *of == "*") && words.contains(&plain(key).as_str())
    };
    match ELSEWHERE.iter().find(is_meant) {
        Some((_, _, hint, _)) => problem.hint(*hint),
        None => problem,
    }
}

/// The problem with a hint, if it is a list of numbers where one belongs.
fn with_sweep(problem: Problem) -> Problem {
    let list = problem.message.strip_prefix("found [").and_then(|rest| rest.split_once("], expected a "));
    match list {
        Some((values, accepted)) if problem.hint.is_none() && accepted.contains("number") => {
            let hint = format!("\"{}\" = [{values}] in [sweep] runs each of them", problem.path.join("."));
            problem.hint(hint)
        }
        _ => problem,
    }
}

/// The value that a message refuses, without quotes.
fn found(message: &str) -> Option<&str> {
    let word = message.strip_prefix("unknown value `").and_then(|rest| rest.split('`').next());
    let other = || {
        message.strip_prefix("found ")?.split_once(", expected ").map(|(value, _)| value.trim_matches('"'))
    };
    word.or_else(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_other_tools_are_understood() {
        let unknown = |key: &str| Problem::new(key, UNKNOWN_KEY).hint("known here: x");
        let hint = |key: &str| advised(vec![unknown(key)])[0].hint.clone().unwrap();
        assert!(hint("optimizer.lr").contains("[schedule]"));
        assert!(hint("learning-rate").contains("[schedule]"));
        assert!(hint("train.epochs").contains("epochs × samples"));
        assert!(hint("train.batch_size").contains("`batch-size`"));
        assert_eq!(hint("optimizer.colour"), "known here: x");
        assert!(hint("test.test_size").contains("`fraction`"));
        let value =
            |key: &str, message: &str| advised(vec![Problem::new(key, message).hint("x")])[0].hint.clone();
        assert!(value("optimizer.kind", "unknown value `AdamW`").unwrap().contains("decoupled = true"));
        let told = "found true, expected one of \"off\", \"raw\", \"corrected\"";
        assert!(value("optimizer.amsgrad", told).unwrap().starts_with("amsgrad=True of PyTorch"));
        assert!(value("optimizer.group.0.rule.kind", "unknown value `nag`").unwrap().contains("nesterov"));
        assert_eq!(value("optimizer.kind", "unknown value `yogi`").unwrap(), "x");
        let list = Problem::new("schedule.initial", "found [0.1, 0.01], expected a number above 0");
        let hint = advised(vec![list])[0].hint.clone().unwrap();
        assert_eq!(hint, "\"schedule.initial\" = [0.1, 0.01] in [sweep] runs each of them");
        let other = Problem::new("optimizer.lr", "found 3, expected text").hint("y");
        assert_eq!(advised(vec![other.clone()]), [other]);
        let missing = Problem::new("schedule.initial", "this key is missing");
        assert_eq!(advised(vec![unknown("schedule.lr"), missing]).len(), 1);
    }
}
