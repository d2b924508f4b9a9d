//! The rows of a table under its header: their fields as numbers, and where they are.

use csv::ByteRecord;

use crate::csv_delimiter::Delimiter;
use crate::csv_error::{Cell, CsvError, RowPlace, excerpt};
use crate::csv_faults::Faults;
use crate::csv_header::{Header, has_decimal_comma};
use crate::csv_source::{CsvSource, Decimal, Missing};
use crate::csv_text::{Text, start};

/// How a value is missing, in small letters.
const MISSING: [&[u8]; 8] = [b"", b"?", b"na", b"n/a", b"#n/a", b"<na>", b"nan", b"null"];
/// How a feature is besides; a class may have such a name.
const ONLY_FEATURES: [&[u8]; 3] = [b".", b"-", b"none"];

/// What the checks and their messages need to know of the whole file.
pub(crate) struct Table<'a> {
    /// The text of the file; `None` of one without lines, in which the start of a row is its number from 0.
    pub(crate) text: Option<Text<'a>>,
    pub(crate) header: Header,
    pub(crate) delimiter: Delimiter,
    pub(crate) source: &'a CsvSource,
}

impl Table<'_> {
    /// Whether the row is as long as the header.
    pub(crate) fn is_fitting<'a>(&'a self, row: &ByteRecord, faults: &mut Faults<'a>) -> bool {
        let (found, expected) = (row.len(), self.header.names.len());
        if found == expected {
            return true;
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
            None
        };
        let (text, start) = (self.text, start(row));
        faults.note_row(start, move || {
            let line = text.map_or(0, |text| text.line(start));
            CsvError::Ragged { line, found, expected, others: 0, hint }
        });
        false
    }

    /// Whether the row lacks none of these numbers, which it may only if such rows are left out. What is no
    /// number is noted, and 0 stands in for it.
    pub(crate) fn read_numbers<'a>(
        &'a self,
        row: &ByteRecord,
        columns: &[usize],
        into: &mut Vec<f64>,
        faults: &mut Faults<'a>,
    ) -> bool {
        let mut is_whole = true;
        for column in columns {
            match self.number(row, *column, faults) {
                Some(number) => into.push(number),
                None => is_whole = false,
            }
        }
        is_whole
    }

    /// `None` for a value that is missing and may be.
    fn number<'a>(&'a self, row: &ByteRecord, column: usize, faults: &mut Faults<'a>) -> Option<f64> {
        let (field, start, text) = (&row[column], start(row), || excerpt(&row[column]));
        let number = self.to_number(field);
        let is_missing = number.map_or_else(|| is_missing(field, &ONLY_FEATURES), f64::is_nan);
        if is_missing {
            faults.count_missing(column);
        }
        match number {
            Some(number) if number.is_finite() => return Some(number),
            _ if is_missing && self.source.missing == Missing::DropRows => return None,
            Some(number) => {
                let hint = number.is_nan().then_some("missing = \"drop-rows\" leaves out such rows");
                let text = text();
                faults.note(column, start, move || CsvError::NotFinite {
                    cell: self.cell(start, column),
                    text,
                    hint,
                });
            }
            None if is_missing => {
                let text = text();
                faults
                    .note(column, start, move || CsvError::Missing { cell: self.cell(start, column), text });
            }
            None => {
                let (text, hint) = (text(), self.not_a_number(field));
                faults.note_text(column, start, move || CsvError::NotANumber {
                    cell: self.cell(start, column),
                    text,
                    others: 0,
                    hint,
                });
            }
        }
        Some(0.0)
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
            (false, _) => None,
        }
    }

    /// Whether the row has a label, which it may lack only if such rows are left out.
    pub(crate) fn has_label<'a>(&'a self, row: &ByteRecord, faults: &mut Faults<'a>) -> bool {
        let column = self.header.answer_columns[0];
        if !is_missing(&row[column], &[]) {
            return true;
        }
        if self.source.missing == Missing::Refuse {
            let (start, text) = (start(row), excerpt(&row[column]));
            faults.note(column, start, move || CsvError::Missing { cell: self.cell(start, column), text });
        }
        false
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

    /// Where the row that begins at `start` is.
    pub(crate) fn place(&self, start: usize) -> RowPlace {
        match self.text {
            Some(text) => RowPlace::Line(text.line(start)),
            None => RowPlace::Row(start + 1),
        }
    }

    pub(crate) fn cell(&self, start: usize, column: usize) -> Cell {
        Cell { place: self.place(start), column: column + 1, name: self.header.names[column].as_str().into() }
    }
}

fn is_missing(field: &[u8], besides: &[&[u8]]) -> bool {
    // The longest has four bytes.
    field.len() <= 4 && MISSING.iter().chain(besides).any(|missing| field.eq_ignore_ascii_case(missing))
}
