//! A table of numbers with a column of classes, as CSV.

use std::path::Path;
use std::sync::Arc;

use csv::{ReaderBuilder, Trim};
use ndarray::Array2;

use crate::csv_classes::{Classes, LabelColumn};
use crate::csv_delimiter::Delimiter;
use crate::csv_error::{Cell, CsvError};
use crate::csv_header::{Header, Place, lines};
use crate::csv_rows::{Table, Text, start};
use crate::csv_source::{CsvSource, Decimal};
use crate::disk::MOST_BYTES;
use crate::{Dataset, ReadCsvError, foreign, gzip, read_file};

/// What a CSV file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Csv {
    /// One sample a row, in the order of the file.
    pub dataset: Dataset,
    /// The largest of its features.
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
        let (dropped, all) = (self.dropped_rows, self.dropped_rows + self.dataset.labels.len());
        let dropped = (dropped > 0).then(|| format!("{dropped} of {all} rows miss a value and are left out"));
        let classes = self.dataset.named_classes().map(|classes| format!("the classes are {classes}"));
        delimiter.into_iter().chain(dropped).chain(classes).collect()
    }
}

/// The number that is farthest from 0 among the features of a table, the first of several.
#[derive(Debug, Clone, PartialEq)]
pub struct Largest {
    /// Where it stands.
    pub cell: Cell,
    /// The number with its sign.
    pub value: f64,
}

impl Largest {
    /// Whether every feature is finite in f32 too.
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
    /// 0 and the largest is missing, or names that are no numbers, which are sorted by their code points, so
    /// that capitals come first and `class10` before `class2`.
    ///
    /// # Errors
    /// [`CsvError`] says which line and column to mend, or what the bytes are instead of CSV.
    pub fn parse(&self, bytes: &[u8]) -> Result<Csv, CsvError> {
        self.check()?;
        if gzip::is_gzipped(bytes) {
            let unpacked = gzip::unpack(bytes, MOST_BYTES).map_err(CsvError::Unpack)?;
            return parse_text(self, &unpacked);
        }
        parse_text(self, bytes)
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

fn parse_text(source: &CsvSource, bytes: &[u8]) -> Result<Csv, CsvError> {
    let bytes = foreign::without_mark(bytes);
    let delimiter = source.delimiter.unwrap_or_else(|| {
        let header = String::from_utf8_lossy(lines(bytes).next().unwrap_or_default());
        Delimiter::of_header(&header, &source.label)
    });
    if source.decimal == Decimal::Comma && delimiter == Delimiter::Comma {
        return Err(CsvError::TwoCommas);
    }
    let single = delimiter.single(bytes);
    let text = Text(&single);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(delimiter.sign())
        .from_reader(text.0);
    let mut rows = reader
        .byte_records()
        .map(|row| row.expect("memory can be read, and rows of any length are allowed"))
        .filter(|row| !text.is_blank(row));
    let names = rows.next().ok_or(CsvError::Empty)?;
    let place = Place {
        text: text.0,
        start: text.first_byte(start(&names)),
        line: text.line(start(&names)),
        delimiter,
    };
    let names = names.iter().map(|name| String::from_utf8_lossy(name).into()).collect();
    let table = Table { text, header: Header::new(names, source, &place)?, delimiter, source };

    let mut features = Vec::new();
    let (mut labels, mut dropped_rows) = (LabelColumn::default(), 0);
    // With the start of its row and its column.
    let mut largest = (0.0, 0, 0);
    for row in rows {
        table.check_width(&row)?;
        let n_before = features.len();
        if !table.read_features(&row, &mut features)? || !table.has_label(&row)? {
            features.truncate(n_before);
            dropped_rows += 1;
            continue;
        }
        for (number, column) in features[n_before..].iter().zip(&table.header.feature_columns) {
            if number.abs() > f64::abs(largest.0) || largest.1 == 0 {
                largest = (*number, start(&row), *column);
            }
        }
        labels.push(&row[table.header.label_column], start(&row));
    }
    if labels.is_empty() && dropped_rows > 0 {
        return Err(CsvError::AllMissing { rows: dropped_rows });
    }
    let Classes { labels, n_classes, names } = labels.classes(&table)?;
    let shape = (labels.len(), table.header.feature_columns.len());
    let inputs = Array2::from_shape_vec(shape, features).expect("every row was checked to be complete");
    let mut dataset = Dataset::new(inputs, labels, n_classes);
    dataset.class_names = names.map(Into::into);
    let (value, start, column) = largest;
    let largest = Largest { cell: table.cell(start, column), value };
    let names = table.header.feature_columns.iter().map(|column| table.header.names[*column].clone());
    Ok(Csv { dataset, largest, feature_names: names.collect(), delimiter, dropped_rows })
}
