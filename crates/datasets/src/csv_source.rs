//! Data from a CSV file.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Csv, ReadCsvError, Transform, parse_csv, read_file};

/// A CSV file: a table with a header, separated by commas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CsvSource {
    /// The file, from the folder of the experiment file.
    pub path: PathBuf,
    /// The name of the column that holds the classes 0 … K − 1. All others are features, in their order.
    pub label: String,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

/// Reads a CSV file from the disk, as [`parse_csv`] does from memory.
///
/// # Errors
/// [`ReadCsvError`] says which line and column of the file to mend, or why it cannot be read.
pub fn read_csv(path: impl AsRef<Path>, label: &str) -> Result<Csv, ReadCsvError> {
    let path = path.as_ref();
    let bytes = read_file(path).map_err(|source| ReadCsvError::Io { path: path.to_owned(), source })?;
    parse_csv(&bytes, label).map_err(|source| ReadCsvError::Content { path: path.to_owned(), source })
}
