//! `[sweep]`: the axes along which settings change, and all their combinations.

use toml::Value;

use crate::document::ExperimentFile;
use crate::problems::among;

/// The top-level keys that a run is made of, and so a sweep can change.
const SWEPT: [&str; 11] = [
    "seed",
    "data",
    "test",
    "model",
    "objective",
    "start",
    "optimizer",
    "schedule",
    "train",
    "record",
    "probe",
];

/// Settings that change together.
pub(crate) struct Axis {
    pub(crate) keys: Vec<Vec<String>>,
    /// One value a key for each point.
    pub(crate) points: Vec<Vec<Value>>,
}

impl ExperimentFile {
    /// The axes in the order of the file, their problems noted.
    pub(crate) fn axes(&mut self) -> Vec<Axis> {
        let sweep = match self.root.get("sweep") {
            None => return Vec::new(),
            Some(Value::Table(sweep)) => sweep.clone(),
            Some(_) => {
                self.note(
                    &["sweep".to_owned()],
                    "expected a table of lists, \"train.batch-size\" = [1, 8]",
                    None,
                );
                return Vec::new();
            }
        };
        let mut axes = Vec::new();
        for (key, values) in sweep {
            let path = ["sweep".to_owned(), key.clone()];
            if key == "zip" {
                axes.extend(self.zipped(&values));
            } else if let Some(values) = self.values(&path, &values) {
                let keys = vec![key.split('.').map(str::to_owned).collect()];
                axes.push(Axis { keys, points: values.into_iter().map(|value| vec![value]).collect() });
            }
        }
        self.check_axes(&axes);
        axes
    }

    /// Refuses what would not reach the runs: axes that no run has or that hide each other or another change.
    fn check_axes(&mut self, axes: &[Axis]) {
        let keys: Vec<&Vec<String>> = axes.iter().flat_map(|axis| &axis.keys).collect();
        for (i, key) in keys.iter().enumerate() {
            let at = ["sweep".to_owned(), key.join(".")];
            if !SWEPT.contains(&key[0].as_str()) {
                self.note(&at, "this is no setting of a run", Some(among(&key[0], &SWEPT)));
            }
            if keys[..i].iter().any(|earlier| earlier.starts_with(key)) {
                self.note(&at, "this is swept twice", None);
            }
            for hidden in self.laid_below(key) {
                let text = format!("the sweep of `{}` sets this too", at[1]);
                self.note(&hidden, text, Some(format!("change `{}` as a whole", at[1])));
            }
        }
    }

    /// `zip = [{ "a" = [1, 2], "b" = [3, 4] }]`: in each table the settings change together.
    fn zipped(&mut self, groups: &Value) -> Vec<Axis> {
        let path = ["sweep".to_owned(), "zip".to_owned()];
        let tables: Option<Vec<toml::Table>> = self.read_at(&path, groups);
        let mut axes = Vec::new();
        for table in tables.unwrap_or_default() {
            let lists: Option<Vec<_>> = table.values().map(|values| self.values(&path, values)).collect();
            let Some(lists) = lists else { continue };
            let length = lists.first().map_or(0, Vec::len);
            if lists.is_empty() {
                self.note(&path, "expected at least one list, found an empty table", None);
                continue;
            }
            if lists.iter().any(|list| list.len() != length) {
                let lengths: Vec<String> = lists.iter().map(|list| list.len().to_string()).collect();
                self.note(
                    &path,
                    format!("lists of one length go together, found {}", lengths.join(" and ")),
                    None,
                );
                continue;
            }
            let keys = table.keys().map(|key| key.split('.').map(str::to_owned).collect()).collect();
            let points = (0..length).map(|i| lists.iter().map(|list| list[i].clone()).collect()).collect();
            axes.push(Axis { keys, points });
        }
        axes
    }

    fn values(&mut self, path: &[String], values: &Value) -> Option<Vec<Value>> {
        match values {
            Value::Array(values) if !values.is_empty() => Some(values.clone()),
            Value::Array(_) => {
                self.note(path, "expected at least one value, found an empty list", None);
                None
            }
            _ => {
                let hint = "write the key in quotes: \"train.batch-size\" = [1, 8]".to_owned();
                self.note(path, format!("expected a list of values, found {values}"), Some(hint));
                None
            }
        }
    }
}

/// Every combination of the axes' points, the last axis changing fastest.
pub(crate) fn points(axes: &[Axis]) -> Vec<Vec<(&Vec<String>, &Value)>> {
    axes.iter().fold(vec![Vec::new()], |combinations, axis| {
        combinations
            .iter()
            .flat_map(|done| {
                axis.points
                    .iter()
                    .map(|point| done.iter().copied().chain(axis.keys.iter().zip(point)).collect())
            })
            .collect()
    })
}
