//! What can be wrong with a CSV file.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::csv_delimiter::Delimiter;
use crate::csv_listed::listed;

/// Where a row of a table is, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowPlace {
    /// The line of a text on which it begins.
    Line(usize),
    /// Its number below the header, in a file without lines.
    Row(usize),
}

impl fmt::Display for RowPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Row(row) => write!(f, "row {row}"),
        }
    }
}

/// One field of a table, to be found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its row.
    pub place: RowPlace,
    /// The column, from 1.
    pub column: usize,
    /// The column's name in the header.
    pub name: Box<str>,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, column, name } = self;
        write!(f, "{place}, column {column} {name:?}")
    }
}

/// A file that cannot be read, or does not hold what it should.
#[derive(Debug, thiserror::Error)]
pub enum ReadCsvError {
    /// The operating system refused, or the path is not that of a file.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// Its content is wrong.
    #[error("{}: {source}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: CsvError,
    },
}

/// Bytes that are not a table of finite numbers with a header and a column of classes. The file is not named,
/// since bytes have no name. A `hint` is what may be behind it, if anything is known.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// Gzipped bytes that are cut off, damaged, or followed by something else.
    #[error("the file cannot be unpacked to its end: {0}")]
    Unpack(io::Error),
    /// Nothing but empty lines.
    #[error("the file is empty\nhint: the first line names the columns")]
    Empty,
    /// Something else than a table as text.
    #[error("the file begins like {what}, not like a table\nhint: {hint}")]
    Foreign {
        /// What it is.
        what: &'static str,
        /// How to come to a table.
        hint: &'static str,
    },
    /// Text that is not UTF-8.
    #[error("the file is {0}, UTF-8 is needed\nhint: save it as UTF-8")]
    Encoding(&'static str),
    /// Names of columns that are not UTF-8.
    #[error("line {line}: {text:?} is not UTF-8\nhint: save the file as UTF-8")]
    HeaderEncoding {
        /// The line of the header, from 1.
        line: usize,
        /// How it begins.
        text: String,
    },
    /// Another sign between the columns than the one that was asked for.
    #[error(
        "line {line}: {text:?} is separated by {}, not by {}\n\
         hint: delimiter = {:?} reads it; without `delimiter` it is found in the header",
        found.name(),
        expected.name(),
        found.word()
    )]
    Delimiter {
        /// The line of the header, from 1.
        line: usize,
        /// How it begins.
        text: String,
        /// What separates its names.
        found: Delimiter,
        /// What was asked for.
        expected: Delimiter,
    },
    /// Commas between columns and before the digits of a fraction.
    #[error(
        "commas cannot both separate the columns and begin a fraction\n\
         hint: decimal = \",\" is for tables that are separated by something else"
    )]
    TwoCommas,
    /// Each line is one field, commas included.
    #[error("line {line}: the whole line is in quotes, so it is one column")]
    QuotedLine {
        /// The line of the header, from 1.
        line: usize,
    },
    /// A quote that takes in the rest of the file.
    #[error("line {line}, column {column}: a quote is not closed")]
    OpenQuote {
        /// Its line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// Something between a closing quote and the end of the field.
    #[error(
        "line {line}, column {column}: {text:?} goes on after its closing quote\n\
         hint: within quotes two of them stand for one"
    )]
    AfterQuote {
        /// The line on which the field begins, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// How the field begins.
        text: String,
    },
    /// A first line for Excel alone, which names the delimiter.
    #[error("line {line}: {text:?} is a note for Excel, not the names of the columns\nhint: remove the line")]
    ExcelNote {
        /// The line, from 1.
        line: usize,
        /// How it begins.
        text: String,
    },
    /// A header and nothing else.
    #[error("there is no row below the header")]
    NoRows,
    /// A first line that is a row.
    #[error("line {line}: {text:?} holds numbers, not names\nhint: the first line names the columns")]
    NoHeader {
        /// The line, from 1.
        line: usize,
        /// How it begins.
        text: String,
    },
    /// A column with an empty name, as a table saved with its row numbers has.
    #[error("column {column} has no name\nhint: {hint}")]
    UnnamedColumn {
        /// The column, from 1.
        column: usize,
        /// Where it may come from.
        hint: &'static str,
    },
    /// Two columns with one name.
    #[error("columns {first} and {second} are both named {name:?}")]
    DuplicateColumn {
        /// Their name.
        name: String,
        /// One column, from 1.
        first: usize,
        /// The other one.
        second: usize,
    },
    /// Nothing is said to be learned.
    #[error(
        "neither label nor target is given\nhint: label names the column of the classes, target that of a number"
    )]
    NoAnswer,
    /// Two things are said to be learned.
    #[error("label and target are both given\nhint: label is for classes, target for numbers")]
    TwoAnswers,
    /// The targets of a regression.
    #[error("the targets {0}")]
    Targets(String),
    /// No column has the name that was given for the labels or a target.
    #[error("there is no column {label:?}\nhint: the columns are {}", list(header))]
    NoLabelColumn {
        /// The name that was given.
        label: String,
        /// The names that there are.
        header: Vec<String>,
    },
    /// No column has a name that was given for a feature.
    #[error("there is no column {}\nhint: the columns are {}", list(names), list(header))]
    NoFeatureColumns {
        /// The names that were given and are not there.
        names: Vec<String>,
        /// The names that there are.
        header: Vec<String>,
    },
    /// Names for features of which some are wrong whatever the file is.
    #[error("the features {0}")]
    Features(String),
    /// The labels are the only column.
    #[error("there is no column besides {label:?}")]
    NoFeatures {
        /// The name of the label column.
        label: String,
    },
    /// A row that is longer or shorter than the header.
    #[error(
        "line {line}: columns in the row: {found}, in the header: {expected}{}{}",
        nor_rows(*others),
        hinted(hint.as_deref())
    )]
    Ragged {
        /// The line on which the row begins, from 1.
        line: usize,
        /// Fields in the row.
        found: usize,
        /// Names in the header.
        expected: usize,
        /// How many other rows do not fit the header, where most do not.
        others: usize,
        /// What may be behind it.
        hint: Option<String>,
    },
    /// A feature that is not a number.
    #[error("{cell}: {text:?} is not a number{}{}", nor(*others), hinted(hint.as_deref()))]
    NotANumber {
        /// Where.
        cell: Cell,
        /// How the field begins.
        text: String,
        /// How many fields of the column are none either, where most are not.
        others: usize,
        /// What may be behind it.
        hint: Option<String>,
    },
    /// A field without its value.
    #[error(
        "{cell}: the value is missing{}\nhint: missing = \"drop-rows\" leaves out such rows",
        if text.is_empty() { String::new() } else { format!(", {text:?}") }
    )]
    Missing {
        /// Where.
        cell: Cell,
        /// What stands there.
        text: String,
    },
    /// No row has all of its values.
    #[error("each of the {rows} rows misses a value, so none is left")]
    AllMissing {
        /// Their number.
        rows: usize,
    },
    /// A feature that is infinite or NaN.
    #[error("{cell}: {text:?} is not a finite number{}", hinted(*hint))]
    NotFinite {
        /// Where.
        cell: Cell,
        /// How the field begins.
        text: String,
        /// What may be done.
        hint: Option<&'static str>,
    },
    /// A finite number that f32 rounds to infinity.
    #[error("{cell}: {value:e} is too large for f32, which ends at {:e}", f32::MAX)]
    TooLargeForF32 {
        /// Where.
        cell: Cell,
        /// The number.
        value: f64,
    },
    /// A label that is not a class.
    #[error("{cell}: {text:?} is not a class, a whole number of at least 0")]
    NotAClass {
        /// Where.
        cell: Cell,
        /// How the field begins.
        text: String,
    },
    /// Many numbers that are no classes.
    #[error(
        "column {column} ({label:?}) holds {n} different numbers, of which {text:?} is no class\n\
         hint: for numbers to predict use `target` in place of `label`"
    )]
    NumbersAsClasses {
        /// Counts from 1.
        column: usize,
        /// Its name.
        label: String,
        /// How many different ones there are.
        n: usize,
        /// How the first that is no class begins.
        text: String,
    },
    /// A class without a sample below one with samples.
    #[error(
        "{cell}: class {found}, but no row has class {missing}\nhint: classes count from 0 or 1, without gaps"
    )]
    MissingClass {
        /// Where the first class after the gap is found first.
        cell: Cell,
        /// That class.
        found: u32,
        /// The first class of the gap.
        missing: u32,
    },
    /// A name among numbers, or a number among names.
    #[error(
        "{name}: {text:?} is no number, but {place} has the class {number:?}\n\
         hint: classes are all numbers, from 0 or 1, or all names"
    )]
    MixedClasses {
        /// Where the first name is.
        name: Cell,
        /// How it begins.
        text: Box<str>,
        /// The row of the first number.
        place: RowPlace,
        /// That number.
        number: Box<str>,
    },
    /// Two names that look like one.
    #[error(
        "{cell}: {text:?} differs from {other:?} in {place} in capitals or blanks alone\n\
         hint: if they are one class, write them alike; if not, number the classes from 0"
    )]
    AlikeClasses {
        /// Where the later of both is found first.
        cell: Cell,
        /// How it begins.
        text: Box<str>,
        /// The row of the other name.
        place: RowPlace,
        /// How that begins.
        other: Box<str>,
    },
    /// A name with a line break or another sign that cannot be seen.
    #[error(
        "{cell}: {text:?} is no name of a class\nhint: it has a line break, or a sign that cannot be seen"
    )]
    ClassName {
        /// Where.
        cell: Cell,
        /// How the field begins.
        text: String,
    },
    /// A name that is not UTF-8.
    #[error("{cell}: {text:?} is not UTF-8\nhint: save the file as UTF-8")]
    ClassEncoding {
        /// Where.
        cell: Cell,
        /// How the field begins.
        text: String,
    },
    /// A class of a test table that the training table lacks.
    #[error("{cell}: {text:?} is no class of the training data\nhint: its classes are {known}")]
    UnseenClass {
        /// Where it is found first.
        cell: Cell,
        /// How the field begins.
        text: String,
        /// The classes that there are.
        known: String,
    },
    /// Names of which no two rows have the same.
    #[error(
        "every row has a class of its own in column {column} {label:?}\nhint: is it the column of the classes?"
    )]
    OnlyClasses {
        /// The label column, from 1.
        column: usize,
        /// Its name.
        label: String,
    },
    /// Nothing to tell apart.
    #[error("every row has class {class} in column {column} {label:?}")]
    OneClass {
        /// That class; a name in quotes.
        class: String,
        /// The label column, from 1.
        column: usize,
        /// Its name.
        label: String,
    },
    /// More than one fault in the rows.
    #[error("{}", listed(first, *n))]
    Several {
        /// The first of them, in the order of the rows; those of the classes last.
        first: Vec<CsvError>,
        /// How many there are.
        n: usize,
    },
}

/// The beginning of a text, for a message.
pub(crate) fn excerpt(text: &[u8]) -> String {
    const MOST: usize = 40;
    // No character has more than four bytes.
    let start = String::from_utf8_lossy(&text[..text.len().min(4 * (MOST + 1))]);
    let mut shown: String = start.chars().take(MOST).collect();
    if shown.len() < start.len() {
        shown.push('…');
    }
    shown
}

fn nor(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => ", nor is another one in this column".to_owned(),
        n => format!(", nor are {n} others in this column"),
    }
}

fn nor_rows(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => ", nor does another row fit it".to_owned(),
        n => format!(", nor do {n} other rows fit it"),
    }
}

fn hinted(hint: Option<&str>) -> String {
    hint.map_or_else(String::new, |hint| format!("\nhint: {hint}"))
}

/// As many names as one can take in.
fn list(names: &[String]) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> =
        names.iter().take(MOST).map(|name| format!("{:?}", excerpt(name.as_bytes()))).collect();
    let more = if names.len() > MOST { format!(" and {} more", names.len() - MOST) } else { String::new() };
    shown.join(", ") + &more
}
