//! `[sweep]`: the axes along which settings change.

use std::collections::HashMap;

use thalweg_document::{Document, MISSING_KEY, Problem, among, read};
use toml::{Table, Value};

use super::run_spec::SECTIONS;

/// What the name of a point is called among the settings of its runs.
pub(crate) const CASE: &str = "case";

/// The message on a key of a sweep that changes no run.
pub const NO_SETTING: &str = "this is no setting of a run";

/// Settings that change together.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The settings, and where their values stand in the file.
    pub keys: Vec<Key>,
    /// One value a key for each point.
    pub points: Vec<Vec<Value>>,
    /// The names of the points, if they have names.
    pub names: Option<Vec<String>>,
}

/// A setting that is swept.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The setting, such as `train`, `batch-size`.
    pub setting: Vec<String>,
    origin: Origin,
}

/// Where the values of a swept setting stand.
#[derive(Debug, Clone, PartialEq)]
enum Origin {
    /// In a list: that of point i is its item i.
    List(Vec<String>),
    /// In one of several tables: that of point i is this key in item i.
    Rows(Vec<String>, String),
    /// At the setting itself, as a profile or the command line has one value for all points.
    Laid,
}

impl Axis {
    /// Leaves out the keys that no run has.
    fn keep_settings(&mut self) {
        let is_setting = |key: &Key| SECTIONS.contains(&key.setting[0].as_str());
        let kept: Vec<bool> = self.keys.iter().map(is_setting).collect();
        self.keys.retain(is_setting);
        for point in &mut self.points {
            let mut kept = kept.iter();
            point.retain(|_| kept.next() == Some(&true));
        }
    }

    /// What tells its points apart: their names, if they have some, and the settings.
    pub(crate) fn columns(&self) -> impl Iterator<Item = String> {
        let named = self.names.as_ref().map(|_| CASE.to_owned());
        named.into_iter().chain(self.keys.iter().map(Key::name))
    }
}

impl Key {
    /// The setting as one word.
    pub fn name(&self) -> String {
        self.setting.join(".")
    }

    /// Where the value of a point stands in the document.
    pub(crate) fn path(&self, point: usize) -> Vec<String> {
        match &self.origin {
            Origin::List(list) => [&list[..], &[point.to_string()]].concat(),
            Origin::Rows(rows, key) => [&rows[..], &[point.to_string(), key.clone()]].concat(),
            Origin::Laid => self.setting.clone(),
        }
    }

    /// Where all its values stand.
    fn place(&self) -> Vec<String> {
        match &self.origin {
            Origin::List(list) => list.clone(),
            Origin::Rows(..) => self.path(0),
            Origin::Laid => self.setting.clone(),
        }
    }
}

/// The axes of a document, by the names of their settings.
pub(crate) fn axes(document: &Document, problems: &mut Vec<Problem>) -> Vec<Axis> {
    let sweep = match document.value("sweep") {
        None => return Vec::new(),
        Some(Value::Table(sweep)) => sweep,
        Some(other) => {
            let text = format!("found {other}, expected a table of lists, \"train.batch-size\" = [1, 8]");
            problems.push(Problem::new("sweep", text));
            return Vec::new();
        }
    };
    let mut reader = Reader { document, problems };
    let mut axes = Vec::new();
    for (key, values) in &sweep {
        let path = vec!["sweep".to_owned(), key.clone()];
        match key.as_str() {
            "zip" => axes.extend(reader.zipped(values)),
            "case" => axes.extend(reader.cases(values)),
            _ => axes.extend(reader.single(key, path, values)),
        }
    }
    check(document, &axes, problems);
    axes.iter_mut().for_each(Axis::keep_settings);
    axes.retain(|axis| !axis.keys.is_empty());
    axes
}

/// Refuses what would not reach the runs: axes that no run has or that hide each other or another change.
fn check(document: &Document, axes: &[Axis], problems: &mut Vec<Problem>) {
    let keys: Vec<&Key> = axes.iter().flat_map(|axis| &axis.keys).collect();
    for (i, key) in keys.iter().enumerate() {
        let (place, section) = (key.place(), key.setting[0].as_str());
        if !SECTIONS.contains(&section) {
            let hint = among(section, SECTIONS);
            problems.push(Problem::at(place.clone(), NO_SETTING).hint(hint));
        }
        if keys[..i].iter().any(|earlier| earlier.setting.starts_with(&key.setting)) {
            problems.push(Problem::at(place, "this is swept twice"));
        }
        for hidden in document.laid_below(&key.setting) {
            let text = format!("the sweep of `{}` sets this too", key.name());
            let hint = format!("change `{}` as a whole", key.name());
            problems.push(Problem::at(hidden, text).hint(hint));
        }
    }
}

struct Reader<'a> {
    document: &'a Document,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    /// `"train.batch-size" = [1, 8]`
    fn single(&mut self, key: &str, path: Vec<String>, values: &Value) -> Option<Axis> {
        let key = self.key(key, Origin::List(path.clone()));
        let values = match self.document.laid_at(&key.setting) {
            Some(value) => return Some(self.laid(key, value, 1)),
            None => self.values(&path, values)?,
        };
        let mut first = HashMap::new();
        for (i, value) in values.iter().enumerate() {
            let earlier = *first.entry(identity(value)).or_insert(i);
            if earlier < i {
                let text = format!("found {value}, which is value {} of the list too", earlier + 1);
                self.problems.push(Problem::at([&path[..], &[i.to_string()]].concat(), text));
            }
        }
        Some(Axis {
            keys: vec![key],
            points: values.into_iter().map(|value| vec![value]).collect(),
            names: None,
        })
    }

    /// `zip = [{ "a" = [1, 2], "b" = [3, 4] }]`: in each table the settings change together.
    fn zipped(&mut self, groups: &Value) -> Vec<Axis> {
        let path = ["sweep".to_owned(), "zip".to_owned()];
        let reading = read::<Vec<Table>>(groups);
        self.problems.extend(reading.problems.into_iter().map(|problem| problem.below(&path)));
        let groups = reading.value.unwrap_or_default();
        groups
            .iter()
            .enumerate()
            .filter_map(|(i, table)| self.zip(&[&path[..], &[i.to_string()]].concat(), table))
            .collect()
    }

    fn zip(&mut self, path: &[String], table: &Table) -> Option<Axis> {
        if table.is_empty() {
            self.problems
                .push(Problem::at(path.to_vec(), "expected at least one list, found an empty table"));
            return None;
        }
        let at = |key: &String| [path, std::slice::from_ref(key)].concat();
        let lists: Option<Vec<Vec<Value>>> =
            table.iter().map(|(key, values)| self.values(&at(key), values)).collect();
        let lists = lists?;
        let length = lists[0].len();
        if lists.iter().any(|list| list.len() != length) {
            let lengths: Vec<String> = lists.iter().map(|list| list.len().to_string()).collect();
            let text = format!("lists of one length go together, found {}", lengths.join(" and "));
            self.problems.push(Problem::at(path.to_vec(), text));
            return None;
        }
        let keys: Vec<Key> = table.keys().map(|key| self.key(key, Origin::List(at(key)))).collect();
        let points = (0..length).map(|i| lists.iter().map(|list| list[i].clone()).collect()).collect();
        Some(self.with_laid(Axis { keys, points, names: None }))
    }

    /// `[[sweep.case]]`: named rows of settings that change together.
    fn cases(&mut self, rows: &Value) -> Option<Axis> {
        let path = vec!["sweep".to_owned(), "case".to_owned()];
        let reading = read::<Vec<Table>>(rows);
        self.problems.extend(reading.problems.into_iter().map(|problem| problem.below(&path)));
        let rows = reading.value.unwrap_or_default();
        let settings = |row: &Table| row.keys().filter(|key| *key != "name").cloned().collect::<Vec<_>>();
        let empty: Vec<usize> = (0..rows.len()).filter(|i| settings(&rows[*i]).is_empty()).collect();
        for i in &empty {
            let (text, given) = match rows[*i].get("name") {
                Some(name) => (format!("the case {name} sets nothing"), ""),
                None => ("this case is empty".to_owned(), "a name and "),
            };
            let text =
                format!("{text}, expected {given}at least one setting, such as \"schedule.initial\" = 0.1");
            self.problems.push(Problem::at([&path[..], &[i.to_string()]].concat(), text));
        }
        if rows.is_empty() || !empty.is_empty() {
            return None;
        }
        let first = settings(&rows[0]);
        let (mut names, mut points) = (Vec::new(), Vec::new());
        for (i, row) in rows.iter().enumerate() {
            let at = |key: &str| [&path[..], &[i.to_string(), key.to_owned()]].concat();
            match row.get("name") {
                Some(Value::String(name)) if names.contains(name) => {
                    self.problems
                        .push(Problem::at(at("name"), format!("another case is called \"{name}\" too")));
                }
                Some(Value::String(name)) => names.push(name.clone()),
                Some(other) => {
                    self.problems
                        .push(Problem::at(at("name"), format!("found {other}, expected text in quotes")));
                }
                None => self.problems.push(Problem::at(at("name"), MISSING_KEY)),
            }
            if settings(row) != first {
                let text = format!("every case sets the same settings; the first sets {}", first.join(", "));
                self.problems.push(Problem::at([&path[..], &[i.to_string()]].concat(), text));
                return None;
            }
            points.push(first.iter().map(|key| row[key].clone()).collect());
        }
        let keys = first.iter().map(|key| self.key(key, Origin::Rows(path.clone(), key.clone()))).collect();
        (names.len() == points.len()).then(|| self.with_laid(Axis { keys, points, names: Some(names) }))
    }

    fn key(&self, key: &str, origin: Origin) -> Key {
        Key { setting: key.split('.').map(str::to_owned).collect(), origin }
    }

    /// An axis of one setting that has one value.
    fn laid(&self, key: Key, value: Value, length: usize) -> Axis {
        let keys = vec![Key { origin: Origin::Laid, ..key }];
        Axis { keys, points: vec![vec![value]; length], names: None }
    }

    /// The axis with the values that a profile or the command line gives to some of its settings.
    fn with_laid(&self, mut axis: Axis) -> Axis {
        for (i, key) in axis.keys.iter_mut().enumerate() {
            if let Some(value) = self.document.laid_at(&key.setting) {
                key.origin = Origin::Laid;
                axis.points.iter_mut().for_each(|point| point[i] = value.clone());
            }
        }
        axis
    }

    fn values(&mut self, path: &[String], values: &Value) -> Option<Vec<Value>> {
        let problem = match values {
            Value::Array(values) if !values.is_empty() => return Some(values.clone()),
            Value::Array(_) => Problem::at(path.to_vec(), "expected at least one value, found an empty list"),
            Value::Table(_) => {
                Problem::at(path.to_vec(), format!("expected a list of values, found {values}"))
                    .hint("write the key in quotes: \"train.batch-size\" = [1, 8]")
            }
            _ => Problem::at(path.to_vec(), format!("expected a list of values, found {values}"))
                .hint(format!("write [{values}]")),
        };
        self.problems.push(problem);
        None
    }
}

/// The same text for values that are one setting: 0 and −0 are, and 1 and 1.0.
fn identity(value: &Value) -> String {
    let number = value.as_float().or_else(|| value.as_integer().map(|x| x as f64));
    number.map_or_else(|| value.to_string(), |x| (x + 0.0).to_string())
}
