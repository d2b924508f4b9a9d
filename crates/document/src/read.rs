//! Reading a typed value with every problem located.
//!
//! serde stops at the first problem and, inside a table told apart by its `kind`, does not say which key it
//! was. But it visits keys in their order; so the shortest beginning of a table that fails with the same
//! message ends with the key to blame. That key is noted and taken out, or a missing one filled in, and the
//! table is read again until nothing is left to complain about.

mod blame;
mod mend;
mod words;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Number, Value as Json};
use toml::{Table, Value};

use self::blame::{culprit, empty_list_for_table, owner_of_missing};
use self::words::{A_TABLE, in_plain_words, known_words, missing_field, unknown_word};
use crate::near::{among, nearest};
use crate::problem::{MISSING_KEY, Problem, UNKNOWN_KEY};
use crate::shape::{has_list, lists_for_tables};
use crate::value::{get, get_mut, insert, remove};

/// The text that stands in for one that is missing, so that reading can go on. No check should say anything
/// about it.
pub const PLACEHOLDER: &str = "…";

/// Problems of one value after which reading ends: more of a kind help nobody.
const MOST: usize = 50;

/// What was read, and what was wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<T> {
    /// The value; if there are problems, as it would be without the keys to blame. `None` if that is none
    /// either.
    pub value: Option<T>,
    /// What was wrong.
    pub problems: Vec<Problem>,
}

impl<T> Default for Reading<T> {
    fn default() -> Self {
        Self { value: None, problems: Vec::new() }
    }
}

impl<T> Reading<T> {
    /// The value, if nothing was wrong.
    pub fn sound(self) -> Option<T> {
        if self.problems.is_empty() { self.value } else { None }
    }

    /// The value, its problems put with others.
    pub fn noted(self, problems: &mut Vec<Problem>) -> Option<T> {
        problems.extend(self.problems);
        self.value
    }

    /// The same of a value that stands at `above`.
    pub(crate) fn below(self, above: &[String]) -> Self {
        let problems = self.problems.into_iter().map(|problem| problem.below(above));
        Self { value: self.value, problems: problems.collect() }
    }
}

/// Reads `value` as a `T`, and says everything that is wrong with it.
///
/// ```
/// use thalweg_document::read;
///
/// #[derive(serde::Deserialize, serde::Serialize)]
/// #[serde(deny_unknown_fields)]
/// struct Train {
///     steps: u64,
///     rate: Option<f64>,
/// }
/// let reading = read::<Train>(&toml::from_str("stpes = 10\nrate = 'fast'").unwrap());
/// let told: Vec<String> = reading.problems.iter().map(|p| format!("{}: {}", p.path.join("."), p.message)).collect();
/// assert_eq!(told, ["rate: found \"fast\", expected a number", "stpes: unknown key"]);
/// ```
pub fn read<T: DeserializeOwned + Serialize>(value: &Value) -> Reading<T> {
    // Only what stands here is compiled for each type of a file.
    let mut read: Option<T> = None;
    let mut attempt = |value: &Value| {
        read = Some(T::deserialize(json(value)?).map_err(|e| e.to_string())?);
        Ok(())
    };
    let mut reader = Reader::new(value, &mut attempt);
    let is_read = reader.read();
    let Reader { rest, removed, mut problems, .. } = reader;
    let read = read.filter(|_| is_read);
    if has_list(&rest)
        && let Some(written) = read.as_ref().and_then(|read| serde_json::to_value(read).ok())
    {
        let lists = lists_for_tables(&rest, &written).into_iter();
        problems.extend(lists.map(|list| Problem { path: original(&list.path, &removed), ..list }));
    }
    Reading { value: read, problems }
}

/// The same value as JSON, in which plans keep it: a type needs one reader for both. Fails as serde would.
fn json(value: &Value) -> Result<Json, String> {
    Ok(match value {
        Value::String(text) => Json::from(text.as_str()),
        Value::Integer(number) => Json::from(*number),
        Value::Float(number) => {
            Json::Number(Number::from_f64(*number).ok_or_else(|| {
                format!("invalid value: floating point `{number}`, expected a finite number")
            })?)
        }
        Value::Boolean(truth) => Json::from(*truth),
        // No setting is a date, and a table is none of the things that a date may have been meant to be.
        Value::Datetime(date) => Json::from_iter([("date", date.to_string())]),
        Value::Array(items) => Json::Array(items.iter().map(json).collect::<Result<_, _>>()?),
        Value::Table(table) => {
            let entries = table.iter().map(|(key, value)| Ok((key.clone(), json(value)?)));
            Json::Object(entries.collect::<Result<_, String>>()?)
        }
    })
}

/// An attempt to read a value, or serde's message why it cannot be read.
type Attempt<'a> = dyn FnMut(&Value) -> Result<(), String> + 'a;

struct Reader<'a> {
    attempt: &'a mut Attempt<'a>,
    /// The value without what was taken out, and with what was filled in.
    rest: Value,
    /// Paths taken out, one after the other.
    removed: Vec<Vec<String>>,
    problems: Vec<Problem>,
    /// Unknown keys, and the known ones that they look like.
    unknown: Vec<(Vec<String>, String)>,
}

impl<'a> Reader<'a> {
    fn new(value: &Value, attempt: &'a mut Attempt<'a>) -> Self {
        let rest = value.clone();
        Self { attempt, rest, removed: Vec::new(), problems: Vec::new(), unknown: Vec::new() }
    }

    /// Whether the rest could be read in the end.
    fn read(&mut self) -> bool {
        // A key that was filled in may be complained of again, and that is not told twice.
        for _ in 0..2 * MOST {
            let Err(message) = (self.attempt)(&self.rest) else { return true };
            if self.problems.len() >= MOST {
                return false;
            }
            let goes_on = match missing_field(&message) {
                Some(field) => self.fill(field, &message),
                None => self.take_out(&message),
            };
            if !goes_on {
                return false;
            }
        }
        false
    }

    /// Notes a missing key and fills it in, so that whatever else is missing shows.
    fn fill(&mut self, field: &str, message: &str) -> bool {
        if field == "kind"
            && let Some(list) = empty_list_for_table(self.attempt, &self.rest)
        {
            let text = format!("found [], expected {A_TABLE}");
            self.problems.push(Problem::at(original(&list, &self.removed), text));
            return self.remove(list);
        }
        let owner = owner_of_missing(self.attempt, &self.rest, field, message);
        let path = [&owner[..], &[field.to_owned()]].concat();
        let blamed = original(&path, &self.removed);
        // A key that was taken out for being wrong is not missing, nor is one that was misspelt; and who is
        // told of a table is not told of what would be in it.
        let is_about = |told: &[String]| told.starts_with(&blamed) || blamed.starts_with(told);
        let is_told = self.problems.iter().any(|problem| is_about(&problem.path))
            // Nobody knows where it is missing, if it is there where it seems to.
            || (get(&self.rest, &path).is_some() && !self.problems.is_empty())
            || self.unknown.iter().any(|(of, near)| *of == blamed[..blamed.len() - 1] && near == field);
        if !is_told {
            let kinds = self.kinds_at(&owner, field);
            let hint = (!kinds.is_empty()).then(|| format!("known here: {}", kinds.join(", ")));
            self.problems.push(Problem { hint, ..Problem::at(blamed, MISSING_KEY) });
        }
        let mut fillings = vec![
            // serde takes a list for a table, so that is tried after it.
            Value::Array(Vec::new()),
            Value::Table(Table::new()),
            Value::String(PLACEHOLDER.to_owned()),
            Value::Boolean(true),
            Value::Integer(1),
        ];
        let mut words_are_tried = false;
        while let Some(filling) = fillings.pop() {
            let mut filled = self.rest.clone();
            if insert(&mut filled, &path, filling).is_err() {
                break;
            }
            let fits = match (self.attempt)(&filled) {
                Ok(_) => true,
                Err(other) if other == message => false,
                Err(other) if missing_field(&other).is_some() => true,
                Err(other) => {
                    let is_here = culprit(self.attempt, &filled, &other).0.starts_with(&path);
                    if is_here
                        && field != "kind"
                        && !std::mem::replace(&mut words_are_tried, true)
                        && other.starts_with("unknown variant")
                    {
                        // One word of several; any of them will do.
                        fillings.extend(
                            known_words(&other).first().map(|word| Value::String((*word).to_owned())),
                        );
                    }
                    !is_here
                }
            };
            if fits {
                self.rest = filled;
                return true;
            }
        }
        self.remove(owner)
    }

    /// Notes the key to blame and takes it out, and with an unknown key all others of its table.
    fn take_out(&mut self, message: &str) -> bool {
        let (mut path, beginning) = culprit(self.attempt, &self.rest, message);
        let known = known_words(message);
        if message.starts_with("unknown field")
            && let Some((last, owner)) = path.split_last()
        {
            for key in self.unknown_keys(owner, last, &known, beginning) {
                let at = [owner, std::slice::from_ref(&key)].concat();
                let above = original(owner, &self.removed);
                let hint = match (nearest(&key, known.iter().copied()), known.is_empty()) {
                    (_, true) => "this kind has no settings".to_owned(),
                    (near, false) => {
                        self.unknown.extend(near.map(|near| (above.clone(), near.to_owned())));
                        among(&key, known.iter().copied())
                    }
                };
                self.problems.push(Problem::at(original(&at, &self.removed), UNKNOWN_KEY).hint(hint));
                remove(&mut self.rest, &at);
            }
            return true;
        }
        // serde takes a table with one key for a word that has settings.
        let is_of_word = path
            .last()
            .is_some_and(|last| unknown_word(message) == Some(last) || message.ends_with("expected unit"));
        if is_of_word && matches!(get(&self.rest, &path[..path.len() - 1]), Some(Value::Table(_))) {
            path.pop();
        }
        let message = self.of_whole_list(&mut path, message);
        let message = message.as_str();
        let words = self.words_at(&path);
        let (text, hint) = in_plain_words(message, get(&self.rest, &path), &words);
        let hint = hint.or_else(|| self.mended(&path, message).filter(|_| words.is_empty()));
        // A list is not too short for whom its items were taken out of.
        let lost_items =
            self.removed.iter().any(|gone| gone.split_last().is_some_and(|(_, list)| *list == path));
        if !lost_items {
            self.problems.push(Problem { path: original(&path, &self.removed), message: text, hint });
        }
        // What else the table has is not known without its kind.
        if path.last().is_some_and(|last| last == "kind") {
            path.pop();
        }
        self.remove(path)
    }

    /// The keys of the table at `owner` that its type does not know: `first`, and those that are refused as
    /// it was.
    fn unknown_keys(
        &mut self,
        owner: &[String],
        first: &str,
        known: &[&str],
        mut beginning: Value,
    ) -> Vec<String> {
        let Some(Value::Table(table)) = get(&self.rest, owner).cloned() else {
            return vec![first.to_owned()];
        };
        let mut is_refused = |key: &String| {
            if key == first {
                return true;
            }
            if known.contains(&key.as_str()) || key == "kind" {
                return false;
            }
            let alone = table.iter().filter(|(other, _)| *other == key || *other == "kind");
            let alone = Value::Table(alone.map(|(key, value)| (key.clone(), value.clone())).collect());
            let Some(place) = get_mut(&mut beginning, owner) else { return false };
            *place = alone;
            (self.attempt)(&beginning).is_err_and(|e| e.starts_with(&format!("unknown field `{key}`")))
        };
        table.keys().filter(|key| is_refused(key)).cloned().collect()
    }

    fn remove(&mut self, path: Vec<String>) -> bool {
        let goes_on = remove(&mut self.rest, &path);
        self.removed.push(path);
        goes_on
    }
}

/// Where `path` led before the values at `removed` were taken out one after the other: in a list they made
/// those behind them move up.
fn original(path: &[String], removed: &[Vec<String>]) -> Vec<String> {
    let mut path = path.to_vec();
    for gone in removed.iter().rev() {
        let Some((Ok(index), list)) = gone.split_last().map(|(last, list)| (last.parse::<usize>(), list))
        else {
            continue;
        };
        if path.len() > list.len()
            && path.starts_with(list)
            && let Ok(here) = path[list.len()].parse::<usize>()
            && here >= index
        {
            path[list.len()] = (here + 1).to_string();
        }
    }
    path
}

#[cfg(test)]
mod tests;
