//! The rows of a table under its header: their fields as numbers, and where they are.

use csv::ByteRecord;

use crate::csv_delimiter::Delimiter;
use crate::csv_error::{Cell, CsvError, RowPlace, excerpt};
use crate::csv_header::{Header, has_decimal_comma};
use crate::csv_source::{CsvSource, Decimal, Missing};
use crate::csv_text::{Text, start};

/// How a value is missing, in small letters.
const MISSING: [&[u8]; 8] = [b"", b"?", b"na", b"n/a", b"#n/a", b"<na>", b"nan", b"null"];
/// How a feature is besides; a class may have such a name.
const ONLY_FEATURES: [&[u8]; 3] = [b".", b"-", b"none"];

/// More names than these make no hint that one can take in.
const MOST_NAMES: usize = 20;

/// What the checks and their messages need to know of the whole file.
pub(crate) struct Table<'a> {
    /// The text of the file; `None` of one without lines, in which the start of a row is its number from 0.
    pub(crate) text: Option<Text<'a>>,
    pub(crate) header: Header,
    pub(crate) delimiter: Delimiter,
    pub(crate) source: &'a CsvSource,
}

impl Table<'_> {
    pub(crate) fn check_width(&self, row: &ByteRecord) -> Result<(), CsvError> {
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
            None
        };
        let line = self.text.map_or(0, |text| text.line(start(row)));
        Err(CsvError::Ragged { line, found, expected, hint })
    }

    /// Whether the row lacks none of these numbers, which it may only if such rows are left out.
    pub(crate) fn read_numbers(
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
            (false, _) => None,
        }
    }

    /// A hint at the features that are numbers in all rows, if more than half of what stands in another one,
    /// that of a message, is none: then it is no slip of the pen.
    pub(crate) fn numbers_beside(
        &self,
        column: usize,
        rows: impl Iterator<Item = ByteRecord>,
    ) -> Option<String> {
        let mut columns = self.header.feature_columns.clone();
        let (mut texts, mut all) = (0, 0);
        for row in rows.filter(|row| row.len() == self.header.names.len()) {
            let is_text = |column: usize| {
                !is_missing(&row[column], &ONLY_FEATURES) && self.to_number(&row[column]).is_none()
            };
            texts += usize::from(is_text(column));
            all += usize::from(!is_missing(&row[column], &ONLY_FEATURES));
            columns.retain(|column| !is_text(*column));
        }
        if 2 * texts <= all || columns.is_empty() {
            return None;
        }
        let names: Vec<String> =
            columns.iter().map(|column| format!("{:?}", self.header.names[*column])).collect();
        Some(match names.len() {
            ..=MOST_NAMES => format!("features = [{}] leaves out the columns of text", names.join(", ")),
            n => format!(
                "`features` chooses columns; {n} of {} hold numbers",
                self.header.feature_columns.len()
            ),
        })
    }

    /// Whether the row has a label, which it may lack only if such rows are left out.
    pub(crate) fn has_label(&self, row: &ByteRecord) -> Result<bool, CsvError> {
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
