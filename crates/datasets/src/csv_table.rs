//! A table of numbers with a column of classes, as CSV.

use std::collections::BTreeMap;

use csv::{ByteRecord, ReaderBuilder, Trim};
use ndarray::Array2;

use crate::csv_error::{Cell, CsvError, excerpt};
use crate::csv_header::{Header, Place, has_decimal_comma};
use crate::disk::MOST_BYTES;
use crate::{Dataset, foreign, gzip};

/// What a CSV file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Csv {
    /// One sample a row, in the order of the file.
    pub dataset: Dataset,
    /// The largest of its features.
    pub largest: Largest,
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

/// Reads the bytes of a CSV file, gzipped or not: one sample a row, in the order of the file.
///
/// The column that the header calls `label` holds the classes. Blanks around a field, lines of nothing else
/// and a byte-order mark are skipped. Lines end with LF, CR LF or CR. Features are finite numbers, classes
/// whole numbers (`2` or `2.0`) of which none between 0 and the largest is missing.
///
/// # Errors
/// [`CsvError`] says which line and column to mend, or what the bytes are instead of CSV.
pub fn parse_csv(bytes: &[u8], label: &str) -> Result<Csv, CsvError> {
    if gzip::is_gzipped(bytes) {
        let unpacked = gzip::unpack(bytes, MOST_BYTES).map_err(CsvError::Unpack)?;
        return parse(&unpacked, label);
    }
    parse(bytes, label)
}

fn parse(bytes: &[u8], label: &str) -> Result<Csv, CsvError> {
    let text = Text(foreign::without_mark(bytes));
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(text.0);
    let mut rows = reader
        .byte_records()
        .map(|row| row.expect("memory can be read, and rows of any length are allowed"))
        .filter(|row| !text.is_blank(row));
    let names = rows.next().ok_or(CsvError::Empty)?;
    let place = Place { text: text.0, start: text.first_byte(start(&names)), line: text.line(start(&names)) };
    let names = names.iter().map(|name| String::from_utf8_lossy(name).into()).collect();
    let table = Table { text, header: Header::new(names, label, &place)? };

    let (mut features, mut labels) = (Vec::new(), Vec::new());
    // For each class the start of the first row that has it. A map, so that an absurd class costs no memory.
    let mut first_rows = BTreeMap::new();
    // With the start of its row and its column.
    let mut largest = (0.0, 0, 0);
    for row in rows {
        table.check_width(&row)?;
        for (column, field) in row.iter().enumerate() {
            if column == table.header.label_column {
                let class = table.class(&row, field)?;
                labels.push(class);
                first_rows.entry(class).or_insert_with(|| start(&row));
            } else {
                let number = table.number(&row, column, field)?;
                if features.is_empty() || number.abs() > f64::abs(largest.0) {
                    largest = (number, start(&row), column);
                }
                features.push(number);
            }
        }
    }
    let n_classes = table.count_classes(&first_rows)?;
    let shape = (labels.len(), table.header.names.len() - 1);
    let inputs = Array2::from_shape_vec(shape, features).expect("every row was checked to be complete");
    let (value, start, column) = largest;
    let largest = Largest { cell: table.cell(start, column), value };
    Ok(Csv { dataset: Dataset::new(inputs, labels, n_classes), largest })
}

/// What the checks and their messages need to know of the whole file.
struct Table<'a> {
    text: Text<'a>,
    header: Header,
}

impl Table<'_> {
    fn check_width(&self, row: &ByteRecord) -> Result<(), CsvError> {
        let (found, expected) = (row.len(), self.header.names.len());
        if found == expected {
            return Ok(());
        }
        let has_comma_at_end = found > expected && row.iter().skip(expected).all(<[u8]>::is_empty);
        let has_no_comma = found == 1 && row[0].iter().any(|byte| matches!(byte, b';' | b'\t' | b'|'));
        let hint = if has_comma_at_end {
            Some("the line ends with a comma")
        } else if has_no_comma {
            Some("the row is not separated by commas")
        } else {
            row.iter().find_map(open_quote)
        };
        Err(CsvError::Ragged { line: self.text.line(start(row)), found, expected, hint })
    }

    fn number(&self, row: &ByteRecord, column: usize, field: &[u8]) -> Result<f64, CsvError> {
        let cell = || self.cell(start(row), column);
        match to_number(field) {
            Some(number) if number.is_finite() => Ok(number),
            Some(_) => Err(CsvError::NotFinite { cell: cell(), text: excerpt(field) }),
            None => {
                let has_comma = std::str::from_utf8(field).is_ok_and(has_decimal_comma);
                let comma = has_comma.then_some("a decimal point is needed, and nothing between thousands");
                let hint = comma.or_else(|| open_quote(field));
                Err(CsvError::NotANumber { cell: cell(), text: excerpt(field), hint })
            }
        }
    }

    fn class(&self, row: &ByteRecord, field: &[u8]) -> Result<u32, CsvError> {
        match to_number(field) {
            Some(class) if class.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&class) => {
                Ok(class as u32)
            }
            _ => {
                let cell = self.cell(start(row), self.header.label_column);
                Err(CsvError::NotAClass { cell, text: excerpt(field), hint: open_quote(field) })
            }
        }
    }

    /// K, given the start of the first row of each class.
    fn count_classes(&self, first_rows: &BTreeMap<u32, usize>) -> Result<usize, CsvError> {
        let label_column = self.header.label_column;
        for (missing, (&found, &start)) in (0..).zip(first_rows) {
            if found != missing {
                return Err(CsvError::MissingClass { cell: self.cell(start, label_column), found, missing });
            }
        }
        match first_rows.len() {
            0 => Err(CsvError::NoRows),
            1 => {
                let label = self.header.names[label_column].clone();
                Err(CsvError::OneClass { column: label_column + 1, label })
            }
            n_classes => Ok(n_classes),
        }
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

fn to_number(field: &[u8]) -> Option<f64> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// A hint if a field has several lines.
fn open_quote(field: &[u8]) -> Option<&'static str> {
    field
        .iter()
        .any(is_line_end)
        .then_some("the field goes on over the end of the line; is a quote not closed?")
}
