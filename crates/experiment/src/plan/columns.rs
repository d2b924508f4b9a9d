//! What is wrong with the columns of a table, at the key of `[data]` that names them.

use std::path::Path;

use thalweg_datasets::{CsvError, ParquetError, TargetColumns};
use thalweg_document::{Problem, nearest};

/// The columns that a file names.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a> {
    /// Those of the numbers to predict, if it is a regression.
    pub(super) target: Option<&'a TargetColumns>,
    /// The features, if they are named.
    pub(super) features: Option<&'a Vec<String>>,
}

impl Columns<'_> {
    /// A problem of a table as text.
    pub(super) fn problem(self, path: &Path, error: &CsvError) -> Problem {
        let at = |key: &str| hinted(Problem::new(key, format!("{}: {error}", path.display())));
        let near = |name: &str, header: &[String]| {
            nearest(name, header.iter().map(String::as_str)).map(|name| format!("{name:?}"))
        };
        match error {
            CsvError::Several { first, .. } => {
                let (all, of_first) = (at(""), self.problem(path, &first[0]));
                Problem { path: of_first.path, hint: all.hint.clone().or(of_first.hint), ..all }
            }
            CsvError::NoFeatureColumns { names, header } => {
                let near: Vec<String> = names.iter().filter_map(|name| near(name, header)).collect();
                meant(at("data.features"), &near)
            }
            CsvError::NoLabelColumn { label, header } => {
                let key = if self.target.is_some() { "data.target" } else { "data.label" };
                meant(at(key), &near(label, header).into_iter().collect::<Vec<_>>())
            }
            CsvError::NotANumber { cell, .. } if self.is_target(&cell.name) => match at("data.target") {
                problem if problem.hint.is_some() => problem,
                problem => {
                    problem.hint(format!("text makes classes: label = {:?} in place of target", cell.name))
                }
            },
            CsvError::NotFinite { cell, .. } if self.is_target(&cell.name) => at("data.target"),
            CsvError::NotANumber { .. } | CsvError::NotFinite { .. } if self.features.is_some() => {
                at("data.features")
            }
            CsvError::Features(_) => at("data.features"),
            CsvError::Targets(_) => at("data.target"),
            CsvError::NumbersAsClasses { .. } => at("data.label"),
            CsvError::TwoCommas => at("data.decimal"),
            CsvError::Delimiter { .. } => at("data.delimiter"),
            _ => at("data.path"),
        }
    }

    /// The same of a Parquet file.
    pub(super) fn problem_of_parquet(self, path: &Path, error: &ParquetError) -> Problem {
        let at = |key: &str| hinted(Problem::new(key, format!("{}: {error}", path.display())));
        match error {
            ParquetError::NoReader => hinted(Problem::new("data.kind", error.to_string())),
            ParquetError::Table(error) => self.problem(path, error),
            ParquetError::Holds { column, .. } | ParquetError::Nested { column, .. }
                if self.is_target(column) =>
            {
                at("data.target")
            }
            ParquetError::Holds { .. } | ParquetError::Nested { .. } if self.features.is_some() => {
                at("data.features")
            }
            _ => at("data.path"),
        }
    }

    fn is_target(self, column: &str) -> bool {
        self.target.is_some_and(|target| target.0.iter().any(|name| name == column))
    }
}

/// The problem with its hint, which errors of a file have behind their text, in a place of its own.
pub(super) fn hinted(problem: Problem) -> Problem {
    match problem.message.split_once("\nhint: ") {
        Some((text, hint)) => Problem { message: text.to_owned(), hint: Some(hint.to_owned()), ..problem },
        None => problem,
    }
}

/// The problem with the names that were probably meant before its hint.
fn meant(problem: Problem, near: &[String]) -> Problem {
    let rest = problem.hint.clone().unwrap_or_default();
    if near.is_empty() { problem } else { problem.hint(format!("did you mean {}? {rest}", near.join(", "))) }
}
