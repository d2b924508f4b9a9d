//! A table of numbers with a column of classes or of numbers to predict, as CSV.

use std::path::Path;
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder, Trim};
use ndarray::Array2;

use crate::csv_answers::Answers;
use crate::csv_classes::{Classes, LabelColumn};
use crate::csv_delimiter::Delimiter;
use crate::csv_error::{Cell, CsvError};
use crate::csv_faults::Faults;
use crate::csv_header::{Header, Place, lines};
use crate::csv_rows::Table;
use crate::csv_source::{CsvSource, Decimal};
use crate::csv_text::{Text, start};
use crate::disk::MOST_BYTES;
use crate::{Dataset, ReadCsvError, csv_quotes, foreign, gzip, read_file};

/// What a CSV file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Csv {
    /// One sample a row, in the order of the file.
    pub dataset: Dataset,
    /// The largest of its numbers.
    pub largest: Largest,
    /// The names of its features, in their order.
    pub feature_names: Arc<[String]>,
    /// What separates its columns.
    pub delimiter: Delimiter,
    /// How many rows were left out because they miss a value.
    pub dropped_rows: usize,
}

impl Csv {
    /// What was found in the table and stands in no setting: its delimiter, how many rows were left out, and
    /// the numbers of classes that have names.
    pub fn notes(&self, source: &CsvSource) -> Vec<String> {
        let delimiter = (source.delimiter.is_none() && self.delimiter != Delimiter::Comma)
            .then(|| format!("the columns are separated by {}", self.delimiter.name()));
        delimiter.into_iter().chain(notes(&self.dataset, self.dropped_rows)).collect()
    }
}

/// How many rows of a table were left out, and the numbers of classes that have names.
pub(crate) fn notes(dataset: &Dataset, dropped: usize) -> impl Iterator<Item = String> {
    let all = dropped + dataset.n_samples();
    let left_out = (dropped > 0).then(|| format!("{dropped} of {all} rows miss a value and are left out"));
    let classes = dataset.named_classes().map(|classes| format!("the classes are {classes}"));
    left_out.into_iter().chain(classes)
}

/// What the rows of a table hold, in whatever file they are.
pub(crate) struct Content {
    pub(crate) dataset: Dataset,
    pub(crate) largest: Largest,
    pub(crate) feature_names: Arc<[String]>,
    pub(crate) dropped_rows: usize,
}

/// The number that is farthest from 0 among the features and targets of a table, the first of several.
#[derive(Debug, Clone, PartialEq)]
pub struct Largest {
    /// Where it stands.
    pub cell: Cell,
    /// The number with its sign.
    pub value: f64,
}

impl Largest {
    /// Whether every number is finite in f32 too.
    ///
    /// # Errors
    /// [`CsvError::TooLargeForF32`] if this one is not.
    pub fn check_f32(&self) -> Result<(), CsvError> {
        if (self.value as f32).is_finite() {
            return Ok(());
        }
        Err(CsvError::TooLargeForF32 { cell: self.cell.clone(), value: self.value })
    }
}

impl CsvSource {
    /// Reads the bytes of the file, gzipped or not: one sample a row, in the order of the file.
    ///
    /// Blanks around a field, lines of nothing else and a byte-order mark are skipped. Lines end with LF, CR
    /// LF or CR. Features are finite numbers. Classes are whole numbers (`2` or `2.0`) of which none between
    /// 0 or 1 and the largest is missing, or names that are no numbers, which are sorted by their code
    /// points, so that capitals come first and `class10` before `class2`.
    ///
    /// # Errors
    /// [`CsvError`] says which line and column to mend, or what the bytes are instead of CSV.
    pub fn parse(&self, bytes: &[u8]) -> Result<Csv, CsvError> {
        self.check()?;
        self.parse_as(bytes, None)
    }

    /// Reads a second table, for tests: its columns are found by the names of those of the `training` table,
    /// and its classes are numbered as there.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), or if a class is there that the training table has not.
    pub fn parse_test(&self, bytes: &[u8], training: &Csv) -> Result<Csv, CsvError> {
        let features = Some(training.feature_names.to_vec());
        Self { features, ..self.clone() }.parse_as(bytes, Some(&training.dataset))
    }

    /// With the classes of `known` data, if these are given.
    fn parse_as(&self, bytes: &[u8], known: Option<&Dataset>) -> Result<Csv, CsvError> {
        if gzip::is_gzipped(bytes) {
            let unpacked = gzip::unpack(bytes, MOST_BYTES).map_err(CsvError::Unpack)?;
            return parse_text(self, &unpacked, known);
        }
        parse_text(self, bytes, known)
    }
}

/// Reads all columns of a CSV file in memory, as [`CsvSource::parse`] does.
///
/// # Errors
/// [`CsvError`] says which line and column to mend, or what the bytes are instead of CSV.
pub fn parse_csv(bytes: &[u8], label: &str) -> Result<Csv, CsvError> {
    CsvSource::new("", label).parse(bytes)
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

/// The rows of a table, that of the names first.
fn rows(text: Text<'_>, delimiter: Delimiter) -> impl Iterator<Item = ByteRecord> {
    let reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(delimiter.sign())
        .from_reader(text.0);
    reader
        .into_byte_records()
        .map(|row| row.expect("memory can be read, and rows of any length are allowed"))
        .filter(move |row| !text.is_blank(row))
}

fn parse_text(source: &CsvSource, bytes: &[u8], known: Option<&Dataset>) -> Result<Csv, CsvError> {
    let bytes = foreign::without_mark(bytes);
    let delimiter = source.delimiter.unwrap_or_else(|| {
        let header = String::from_utf8_lossy(lines(bytes).next().unwrap_or_default());
        Delimiter::of_header(&header, &source.answers()[0])
    });
    if source.decimal == Decimal::Comma && delimiter == Delimiter::Comma {
        return Err(CsvError::TwoCommas);
    }
    let single = delimiter.single(bytes);
    let text = Text(&single);
    let mut rows = rows(text, delimiter);
    let names = rows.next().ok_or(CsvError::Empty)?;
    let place = Place {
        text: text.0,
        start: text.first_byte(start(&names)),
        line: text.line(start(&names)),
        delimiter,
    };
    let names = names.iter().map(|name| String::from_utf8_lossy(name).into()).collect();
    let table = Table { text: Some(text), header: Header::new(names, source, &place)?, delimiter, source };
    csv_quotes::check(text, delimiter.sign())?;
    let Content { dataset, largest, feature_names, dropped_rows } = read_rows(rows, &table, known)?;
    Ok(Csv { dataset, largest, feature_names, delimiter, dropped_rows })
}

/// Reads the rows below the header, with the classes of `known` data, if these are given.
pub(crate) fn read_rows(
    rows: impl Iterator<Item = ByteRecord>,
    table: &Table<'_>,
    known: Option<&Dataset>,
) -> Result<Content, CsvError> {
    let (mut features, mut answers) = (Vec::new(), Answers::of(table.source));
    let (mut n_rows, mut dropped_rows) = (0, 0);
    // With the start of its row and its column.
    let mut largest = (0.0, 0, 0);
    let mut faults = Faults::default();
    for row in rows {
        if !table.is_fitting(&row, &mut faults) {
            continue;
        }
        let n_before = features.len();
        let is_whole = table.read_numbers(&row, &table.header.feature_columns, &mut features, &mut faults);
        if !is_whole || !answers.read(table, &row, &mut faults) {
            features.truncate(n_before);
            dropped_rows += 1;
            continue;
        }
        n_rows += 1;
        let numbers = features[n_before..].iter().zip(&table.header.feature_columns);
        for (number, column) in numbers.chain(answers.last(&table.header.answer_columns)) {
            if number.abs() > f64::abs(largest.0) || largest.1 == 0 {
                largest = (*number, start(&row), *column);
            }
        }
    }
    if !faults.is_empty() {
        // What is wrong with the classes as a whole may be different once the rows are mended.
        let classes = match answers {
            Answers::Labels(labels) if !faults.have_rows() => classes_of(labels, table, known).err(),
            _ => None,
        };
        let classes = classes.filter(CsvError::is_of_cells);
        return Err(faults.into_error((&table.header, table.source), n_rows + dropped_rows, classes));
    }
    if n_rows == 0 && dropped_rows > 0 {
        return Err(CsvError::AllMissing { rows: dropped_rows });
    }
    if n_rows == 0 {
        return Err(CsvError::NoRows);
    }
    let array = |numbers: Vec<f64>, columns: &[usize]| {
        let shape = (n_rows, columns.len());
        Array2::from_shape_vec(shape, numbers).expect("every row was checked to be complete")
    };
    let inputs = array(features, &table.header.feature_columns);
    let dataset = match answers {
        Answers::Labels(labels) => {
            let Classes { labels, n_classes, names } = classes_of(labels, table, known)?;
            let class_names = names.map(Into::into);
            Dataset { class_names, ..Dataset::new(inputs, labels, n_classes) }
        }
        Answers::Numbers(numbers) => {
            let targets = array(numbers, &table.header.answer_columns);
            Dataset::regression(inputs, targets).expect("every number was checked to be finite")
        }
    };
    let (value, start, column) = largest;
    let largest = Largest { cell: table.cell(start, column), value };
    let names = table.header.feature_columns.iter().map(|column| table.header.names[*column].clone());
    Ok(Content { dataset, largest, feature_names: names.collect(), dropped_rows })
}

/// The class of each row, as `known` data number them, if these are given.
fn classes_of(labels: LabelColumn, table: &Table<'_>, known: Option<&Dataset>) -> Result<Classes, CsvError> {
    match known {
        None => labels.classes(table),
        Some(known) => labels.known_classes(table, known),
    }
}
