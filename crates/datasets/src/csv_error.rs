//! What can be wrong with a CSV file.

use std::fmt;
use std::path::PathBuf;

/// One field of a CSV file, to be found again in an editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The file.
    pub path: PathBuf,
    /// The line on which the row begins, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The column's name in the header.
    pub name: String,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, column, name } = self;
        write!(f, "{}: line {line}, column {column} {name:?}", path.display())
    }
}

/// A file that is not a table of finite numbers with a header and a column of classes 0 … K − 1.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// The operating system refused.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// Nothing but empty lines.
    #[error("{}: the file is empty\nhint: the first line names the columns", .0.display())]
    Empty(PathBuf),
    /// A header and nothing else.
    #[error("{}: there is no row below the header", .0.display())]
    NoRows(PathBuf),
    /// A column with an empty name, as a table saved with its row numbers has.
    #[error("{}: column {column} has no name\nhint: is it a row number that was saved along?", path.display())]
    UnnamedColumn {
        /// The file.
        path: PathBuf,
        /// The column, from 1.
        column: usize,
    },
    /// Two columns with one name.
    #[error("{}: columns {first} and {second} are both named {name:?}", path.display())]
    DuplicateColumn {
        /// The file.
        path: PathBuf,
        /// Their name.
        name: String,
        /// One column, from 1.
        first: usize,
        /// The other one.
        second: usize,
    },
    /// No column has the name that was given for the labels.
    #[error("{}: there is no column {label:?}\nhint: the columns are {}", path.display(), list(header))]
    NoLabelColumn {
        /// The file.
        path: PathBuf,
        /// The name that was given.
        label: String,
        /// The names that there are.
        header: Vec<String>,
    },
    /// The labels are the only column.
    #[error("{}: there is no column besides the labels {label:?}", path.display())]
    NoFeatures {
        /// The file.
        path: PathBuf,
        /// The name of the label column.
        label: String,
    },
    /// A row that is longer or shorter than the header.
    #[error("{}: line {line}: columns in the row: {found}, in the header: {expected}", path.display())]
    Ragged {
        /// The file.
        path: PathBuf,
        /// The line on which the row begins, from 1.
        line: usize,
        /// Fields in the row.
        found: usize,
        /// Names in the header.
        expected: usize,
    },
    /// A feature that is not a number.
    #[error("{cell}: {text:?} is not a number")]
    NotANumber {
        /// Where.
        cell: Cell,
        /// How the field begins.
        text: String,
    },
    /// A feature that is infinite or NaN.
    #[error("{cell}: {text:?} is not a finite number")]
    NotFinite {
        /// Where.
        cell: Cell,
        /// How the field begins.
        text: String,
    },
    /// A label that is not a class.
    #[error("{cell}: {text:?} is not a class, a whole number of at least 0")]
    NotAClass {
        /// Where.
        cell: Cell,
        /// How the field begins.
        text: String,
    },
    /// A class without a sample below one with samples.
    #[error(
        "{cell}: class {found}, but no row has class {missing}\nhint: classes count from 0, without gaps"
    )]
    MissingClass {
        /// Where the first class after the gap is found first.
        cell: Cell,
        /// That class.
        found: u32,
        /// The first class of the gap.
        missing: u32,
    },
    /// Nothing to tell apart.
    #[error("{}: every row has class 0 in column {column} {label:?}", path.display())]
    OneClass {
        /// The file.
        path: PathBuf,
        /// The label column, from 1.
        column: usize,
        /// Its name.
        label: String,
    },
}

/// As many names as one can take in.
fn list(names: &[String]) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("{name:?}")).collect();
    let more = if names.len() > MOST { format!(" and {} more", names.len() - MOST) } else { String::new() };
    shown.join(", ") + &more
}
