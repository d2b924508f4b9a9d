//! The tables of a result as files, with what their columns mean.

use std::collections::BTreeMap;

use crate::{Claim, Results, dictionary, tables};

/// The files of the tables.
const NAMES: [&str; 3] = ["runs.csv", "curves.csv", "summary.csv"];

/// Rows of cells, the header first.
type Table = Vec<Vec<String>>;

/// All tables of a result.
pub(crate) struct Tables {
    all: [Table; 3],
    dictionary: Table,
}

impl Tables {
    pub(crate) fn new(results: &Results, claims: &[Claim]) -> Self {
        let all = [tables::runs(results, claims), tables::curves(results), tables::summary(results)];
        let dictionary = dictionary::table(results, &all);
        Self { all, dictionary }
    }

    /// Each with the name of its file.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&'static str, &Table)> {
        NAMES.into_iter().zip(&self.all)
    }

    /// `columns.json`.
    pub(crate) fn columns(&self) -> Vec<u8> {
        dictionary::json(&self.dictionary, &self.named().collect::<Vec<_>>())
    }

    /// Their files, with `dictionary.csv` and `columns.json`.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let csv = |(name, table): (&str, &Table)| (name.to_owned(), tables::to_csv(table));
        let mut files: BTreeMap<String, Vec<u8>> =
            self.named().chain([("dictionary.csv", &self.dictionary)]).map(csv).collect();
        files.insert("columns.json".to_owned(), self.columns());
        files
    }
}
