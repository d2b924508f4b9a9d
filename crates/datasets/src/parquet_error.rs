//! What can be wrong with a Parquet file.

use crate::CsvError;

/// Bytes that are not a Parquet file with columns of numbers and a column of classes or numbers to predict.
#[derive(Debug, thiserror::Error)]
pub enum ParquetError {
    /// The reader was not compiled.
    #[error(
        "this build reads no Parquet files\n\
         hint: build with the feature `parquet`: cargo install --path crates/cli --features parquet"
    )]
    NoReader,
    /// Another kind of file.
    #[error("the file {0}, not like a Parquet file\nhint: kind = \"csv\" reads a table as text")]
    Foreign(String),
    /// A file of the kind that cannot be read.
    #[error("the file cannot be read: {0}")]
    Damaged(String),
    /// A way of packing that is not read.
    #[error(
        "column {column:?} is packed by {codec}, and snappy, gzip and none are read\n\
         hint: compression=\"snappy\" of pandas, Polars and pyarrow is"
    )]
    Codec {
        /// Its name.
        column: String,
        /// The codec.
        codec: String,
    },
    /// A column with lists or tables in it.
    #[error("column {column:?} is nested, and a feature or answer is one number or text a row{hint}")]
    Nested {
        /// Its name.
        column: String,
        /// Which columns may be meant, on a line of its own.
        hint: String,
    },
    /// A column of something else than is needed.
    #[error("column {column:?} holds {holds}, and {needed} are needed{hint}")]
    Holds {
        /// Its name.
        column: String,
        /// What it holds.
        holds: String,
        /// What is needed.
        needed: &'static str,
        /// Which columns may be meant, on a line of its own.
        hint: String,
    },
    /// What can be wrong with a table of any kind.
    #[error(transparent)]
    Table(#[from] CsvError),
}
