//! Data from a Parquet file.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::csv_table::notes;
use crate::{CsvSource, Dataset, Largest, Missing, ParquetError, TargetColumns, Transform};

/// A Parquet file (Apache, *Parquet format*, 2.x), as pandas, Polars and pyarrow write it, packed with snappy
/// or gzip or not at all. Columns are found by their names; numbers, booleans (0 and 1) and text are read,
/// text as classes alone, and what is null is missing. Needs a build with the feature `parquet`.
///
/// ```toml
/// data = { kind = "parquet", path = "plants.parquet", label = "plant" }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ParquetSource {
    /// The file, from the folder of the experiment file.
    pub path: PathBuf,
    /// The name of the column that holds the classes: the numbers 0 … K − 1 or 1 … K, or names. Either this
    /// or `target` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// For a regression, the name of the column that holds the number to predict, or a list of such names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetColumns>,
    /// The columns that are features, in this order; default all others, in the order of the file. What is
    /// in the columns that are left out does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<String>>,
    /// What is done with rows that lack a value, default refuse.
    #[serde(default)]
    pub missing: Missing,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

/// What a Parquet file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Parquet {
    /// One sample a row, in the order of the file.
    pub dataset: Dataset,
    /// The largest of its numbers.
    pub largest: Largest,
    /// The names of its features, in their order.
    pub feature_names: Arc<[String]>,
    /// How many rows were left out because they miss a value.
    pub dropped_rows: usize,
}

impl Parquet {
    /// What was found in the file and stands in no setting: how many rows were left out, and the numbers of
    /// classes that have names.
    pub fn notes(&self) -> Vec<String> {
        notes(&self.dataset, self.dropped_rows).collect()
    }
}

impl ParquetSource {
    /// Reads the bytes of the file: one sample a row, in the order of the file. Numbers are those of the
    /// file, single precision as double; classes are those of a CSV table with the same texts
    /// ([`CsvSource::parse`]).
    ///
    /// # Errors
    /// [`ParquetError`] says which row and column to mend, or what the bytes are instead, and
    /// [`ParquetError::NoReader`] that this build has not the feature `parquet`.
    pub fn parse(&self, bytes: &[u8]) -> Result<Parquet, ParquetError> {
        self.check()?;
        read(&self.table(), bytes, None)
    }

    /// Reads a second file, for tests: its columns are found by the names of those of the `training` file,
    /// and its classes are numbered as there.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), or if a class is there that the training file has not.
    pub fn parse_test(&self, bytes: &[u8], training: &Parquet) -> Result<Parquet, ParquetError> {
        let features = Some(training.feature_names.to_vec());
        read(&CsvSource { features, ..self.table() }, bytes, Some(&training.dataset))
    }

    /// What is wrong whatever the file is.
    ///
    /// # Errors
    /// [`ParquetError::NoReader`] if this build has not the feature `parquet`, or what is wrong with the
    /// names of the columns.
    pub fn check(&self) -> Result<(), ParquetError> {
        if cfg!(not(feature = "parquet")) {
            return Err(ParquetError::NoReader);
        }
        Ok(self.table().check()?)
    }

    /// The same settings for a table as text.
    fn table(&self) -> CsvSource {
        CsvSource {
            target: self.target.clone(),
            label: self.label.clone(),
            features: self.features.clone(),
            missing: self.missing,
            ..CsvSource::new(&self.path, "")
        }
    }
}

#[cfg(feature = "parquet")]
use crate::parquet_file::read;

#[cfg(not(feature = "parquet"))]
fn read(_: &CsvSource, _: &[u8], _: Option<&Dataset>) -> Result<Parquet, ParquetError> {
    Err(ParquetError::NoReader)
}
