//! A table of numbers with a column of classes or of numbers to predict, as CSV.

use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder, Trim};
use ndarray::Array2;

use crate::csv_classes::{Classes, LabelColumn};
use crate::csv_delimiter::Delimiter;
use crate::csv_error::{Cell, CsvError, excerpt};
use crate::csv_header::{Header, Place, has_decimal_comma, lines};
use crate::csv_source::{CsvSource, Decimal, Missing};
use crate::disk::MOST_BYTES;
use crate::{Dataset, foreign, gzip};

/// As many names of classes as one can take in.
const MOST_NAMES: usize = 20;
/// How a value is missing, in small letters.
const MISSING: [&[u8]; 8] = [b"", b"?", b"na", b"n/a", b"#n/a", b"<na>", b"nan", b"null"];
/// How a feature is besides; a class may have such a name.
const ONLY_FEATURES: [&[u8]; 3] = [b".", b"-", b"none"];

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
        let (dropped, all) = (self.dropped_rows, self.dropped_rows + self.dataset.n_samples());
        let dropped = (dropped > 0).then(|| format!("{dropped} of {all} rows miss a value and are left out"));
        let classes = self.dataset.class_names.as_ref().map(|names| {
            let shown = names
                .iter()
                .take(MOST_NAMES)
                .enumerate()
                .map(|(class, name)| format!("{class} {}", excerpt(name.as_bytes())));
            let more = names.len().saturating_sub(MOST_NAMES);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("the classes are {}{more}", shown.collect::<Vec<_>>().join(", "))
        });
        delimiter.into_iter().chain(dropped).chain(classes).collect()
    }
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

/// Reads the bytes of a CSV file, gzipped or not; its classes are those of `known`, if that is given.
pub(crate) fn parse(source: &CsvSource, bytes: &[u8], known: Option<&Dataset>) -> Result<Csv, CsvError> {
    if gzip::is_gzipped(bytes) {
        let unpacked = gzip::unpack(bytes, MOST_BYTES).map_err(CsvError::Unpack)?;
        return parse_text(source, &unpacked, known);
    }
    parse_text(source, bytes, known)
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

    let (mut features, mut answers) = (Vec::new(), Answers::of(source));
    let (mut n_rows, mut dropped_rows) = (0, 0);
    // With the start of its row and its column.
    let mut largest = (0.0, 0, 0);
    for row in rows {
        table.check_width(&row)?;
        let n_before = features.len();
        let is_whole = table.read_numbers(&row, &table.header.feature_columns, &mut features)?;
        if !is_whole || !answers.read(&table, &row)? {
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
    if n_rows == 0 {
        return Err(if dropped_rows > 0 {
            CsvError::AllMissing { rows: dropped_rows }
        } else {
            CsvError::NoRows
        });
    }
    let array = |numbers: Vec<f64>, columns: &[usize]| {
        let shape = (n_rows, columns.len());
        Array2::from_shape_vec(shape, numbers).expect("every row was checked to be complete")
    };
    let inputs = array(features, &table.header.feature_columns);
    let dataset = match answers {
        Answers::Labels(labels) => {
            let Classes { labels, n_classes, names } = match known {
                None => labels.classes(&table)?,
                Some(known) => labels.known_classes(&table, known)?,
            };
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
    Ok(Csv { dataset, largest, feature_names: names.collect(), delimiter, dropped_rows })
}

/// What is to be learned of each row.
enum Answers {
    /// Its class.
    Labels(LabelColumn),
    /// Some numbers, row by row.
    Numbers(Vec<f64>),
}

impl Answers {
    fn of(source: &CsvSource) -> Self {
        if source.label.is_some() { Self::Labels(LabelColumn::default()) } else { Self::Numbers(Vec::new()) }
    }

    /// Whether the row has its answer, which it may lack only if such rows are left out.
    fn read(&mut self, table: &Table<'_>, row: &ByteRecord) -> Result<bool, CsvError> {
        let columns = &table.header.answer_columns;
        match self {
            Self::Labels(labels) => {
                let has_label = table.has_label(row)?;
                if has_label {
                    labels.push(&row[columns[0]], start(row));
                }
                Ok(has_label)
            }
            Self::Numbers(numbers) => {
                let n_before = numbers.len();
                let is_whole = table.read_numbers(row, columns, numbers)?;
                if !is_whole {
                    numbers.truncate(n_before);
                }
                Ok(is_whole)
            }
        }
    }

    /// The numbers of the last row, with their columns.
    fn last<'a>(&'a self, columns: &'a [usize]) -> impl Iterator<Item = (&'a f64, &'a usize)> {
        let numbers = match self {
            Self::Labels(_) => &[][..],
            Self::Numbers(numbers) => &numbers[numbers.len() - columns.len()..],
        };
        numbers.iter().zip(columns)
    }
}

/// What the checks and their messages need to know of the whole file.
pub(crate) struct Table<'a> {
    text: Text<'a>,
    header: Header,
    delimiter: Delimiter,
    source: &'a CsvSource,
}

impl Table<'_> {
    fn check_width(&self, row: &ByteRecord) -> Result<(), CsvError> {
        let (found, expected) = (row.len(), self.header.names.len());
        if found == expected {
            return Ok(());
        }
        let sign = self.delimiter.sign();
        let has_sign_at_end = found > expected && row.iter().skip(expected).all(<[u8]>::is_empty);
        let is_other = |byte: &u8| matches!(byte, b',' | b';' | b'\t' | b'|') && *byte != sign;
        let hint = if has_sign_at_end {
            Some(match self.delimiter {
                Delimiter::Comma => "the line ends with a comma".to_owned(),
                other => format!("the line ends with one of the {} that separate columns", other.name()),
            })
        } else if found == 1 && row[0].iter().any(is_other) {
            Some(format!("the row is not separated by {}", self.delimiter.name()))
        } else {
            row.iter().find_map(open_quote).map(str::to_owned)
        };
        Err(CsvError::Ragged { line: self.text.line(start(row)), found, expected, hint })
    }

    /// Whether the row lacks none of these numbers, which it may only if such rows are left out.
    fn read_numbers(
        &self,
        row: &ByteRecord,
        columns: &[usize],
        into: &mut Vec<f64>,
    ) -> Result<bool, CsvError> {
        let mut is_whole = true;
        for column in columns {
            match self.number(row, *column, &row[*column])? {
                Some(number) => into.push(number),
                None => is_whole = false,
            }
        }
        Ok(is_whole)
    }

    /// `None` for a value that is missing and may be.
    fn number(&self, row: &ByteRecord, column: usize, field: &[u8]) -> Result<Option<f64>, CsvError> {
        let (cell, text) = (|| self.cell(start(row), column), || excerpt(field));
        match self.to_number(field) {
            Some(number) if number.is_finite() => Ok(Some(number)),
            Some(number) if number.is_nan() && self.source.missing == Missing::DropRows => Ok(None),
            Some(number) => {
                let hint = number.is_nan().then_some("missing = \"drop-rows\" leaves out such rows");
                Err(CsvError::NotFinite { cell: cell(), text: text(), hint })
            }
            None if is_missing(field, &ONLY_FEATURES) => match self.source.missing {
                Missing::DropRows => Ok(None),
                Missing::Refuse => Err(CsvError::Missing { cell: cell(), text: text() }),
            },
            None => Err(CsvError::NotANumber { cell: cell(), text: text(), hint: self.not_a_number(field) }),
        }
    }

    /// What may be behind a field that is not a number.
    fn not_a_number(&self, field: &[u8]) -> Option<String> {
        let has_comma = std::str::from_utf8(field).is_ok_and(has_decimal_comma);
        match (has_comma, self.delimiter) {
            (true, Delimiter::Comma) => {
                Some("a decimal point is needed, and nothing between thousands".to_owned())
            }
            (true, other) => Some(format!(
                "the columns are separated by {}, and this is a decimal comma: decimal = \",\" reads it",
                other.name()
            )),
            (false, _) => open_quote(field).map(str::to_owned),
        }
    }

    /// Whether the row has a label, which it may lack only if such rows are left out.
    fn has_label(&self, row: &ByteRecord) -> Result<bool, CsvError> {
        let column = self.header.answer_columns[0];
        let field = &row[column];
        match self.source.missing {
            _ if !is_missing(field, &[]) => Ok(true),
            Missing::DropRows => Ok(false),
            Missing::Refuse => {
                Err(CsvError::Missing { cell: self.cell(start(row), column), text: excerpt(field) })
            }
        }
    }

    pub(crate) fn to_number(&self, field: &[u8]) -> Option<f64> {
        let text = std::str::from_utf8(field).ok()?;
        match self.source.decimal {
            Decimal::Point => text.parse().ok(),
            Decimal::Comma if text.contains('.') => None,
            Decimal::Comma => text.replace(',', ".").parse().ok(),
        }
    }

    /// The label of the row that begins at `start`.
    pub(crate) fn label_cell(&self, start: usize) -> Cell {
        self.cell(start, self.header.answer_columns[0])
    }

    pub(crate) fn label_name(&self) -> &str {
        &self.header.names[self.header.answer_columns[0]]
    }

    pub(crate) fn line(&self, start: usize) -> usize {
        self.text.line(start)
    }

    fn cell(&self, start: usize, column: usize) -> Cell {
        Cell { line: self.text.line(start), column: column + 1, name: self.header.names[column].clone() }
    }
}

/// The bytes of a table, after the byte-order mark.
#[derive(Clone, Copy)]
struct Text<'a>(&'a [u8]);

impl Text<'_> {
    /// Whether a row is a line of blanks. Two quotes alone are a field.
    fn is_blank(self, row: &ByteRecord) -> bool {
        let line = || self.0[self.first_byte(start(row))..].iter().take_while(|byte| !is_line_end(byte));
        row.len() == 1 && line().all(u8::is_ascii_whitespace)
    }

    /// The first byte of the row at `start`.
    fn first_byte(self, start: usize) -> usize {
        start + self.0[start..].iter().take_while(|byte| is_line_end(byte)).count()
    }

    /// The line of the row at `start`, from 1, counted for a message only. The csv crate's own count is too
    /// small after empty lines, after line ends of Windows, which it reads together with the row that follows
    /// them, and after CR alone.
    fn line(self, start: usize) -> usize {
        let before = &self.0[..self.first_byte(start)];
        let is_end = |(i, byte): &(usize, &u8)| match byte {
            b'\r' => before.get(i + 1) != Some(&b'\n'),
            byte => **byte == b'\n',
        };
        1 + before.iter().enumerate().filter(is_end).count()
    }
}

fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// The byte at which a row begins, or the line ends before it do.
fn start(row: &ByteRecord) -> usize {
    row.position().map_or(0, |position| position.byte() as usize)
}

fn is_missing(field: &[u8], besides: &[&[u8]]) -> bool {
    // The longest has four bytes.
    field.len() <= 4 && MISSING.iter().chain(besides).any(|missing| field.eq_ignore_ascii_case(missing))
}

/// A hint if a field has several lines.
pub(crate) fn open_quote(field: &[u8]) -> Option<&'static str> {
    field
        .iter()
        .any(is_line_end)
        .then_some("the field goes on over the end of the line; is a quote not closed?")
}
