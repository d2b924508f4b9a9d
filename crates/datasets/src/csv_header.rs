//! The line of names above a table, and what a file is whose first line is none.

use std::collections::BTreeMap;

use crate::csv_error::{CsvError, excerpt};
use crate::foreign;

/// What may stand between columns instead of a comma.
const DELIMITERS: [(&str, &str); 4] =
    [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars"), (" ", "blanks")];

/// The names of the columns, with one that holds the classes.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) names: Vec<String>,
    pub(crate) label_column: usize,
}

impl Header {
    /// Checks the names that were found at `place`.
    pub(crate) fn new(names: Vec<String>, label: &str, place: &Place<'_>) -> Result<Self, CsvError> {
        if names.iter().all(|name| is_number(name)) && !are_counted(names.iter()) {
            return Err(place.no_header());
        }
        match label_column(&names, label) {
            Ok(label_column) => Ok(Self { names, label_column }),
            Err(plain) => Err(place.explain(&names, label).unwrap_or(plain)),
        }
    }
}

fn label_column(names: &[String], label: &str) -> Result<usize, CsvError> {
    let mut columns = BTreeMap::new();
    for (column, name) in (1..).zip(names) {
        if name.is_empty() {
            let hint = if column == names.len() {
                "does the line end with a comma?"
            } else {
                "is it a row number that was saved along?"
            };
            return Err(CsvError::UnnamedColumn { column, hint });
        }
        if let Some(first) = columns.insert(name.as_str(), column) {
            return Err(CsvError::DuplicateColumn { name: name.clone(), first, second: column });
        }
    }
    let Some(column) = columns.get(label) else {
        return Err(CsvError::NoLabelColumn { label: label.to_owned(), header: names.to_owned() });
    };
    if names.len() == 1 {
        return Err(CsvError::NoFeatures { label: label.to_owned() });
    }
    Ok(column - 1)
}

/// Where the header is.
pub(crate) struct Place<'a> {
    /// The whole file.
    pub(crate) text: &'a [u8],
    /// The byte at which the header begins.
    pub(crate) start: usize,
    /// The line on which it does, from 1.
    pub(crate) line: usize,
}

impl Place<'_> {
    /// A better reason than that the names do not fit, if there is one. Asked only of a file that is refused
    /// anyway, so that a table which can be read is read, however it begins.
    fn explain(&self, names: &[String], label: &str) -> Option<CsvError> {
        if let Some(encoding) = foreign::encoding(self.text) {
            return Some(CsvError::Encoding(encoding));
        }
        if let Some(kind) = foreign::kind(self.text) {
            let hint = kind.hint.unwrap_or("save the table as CSV in UTF-8");
            return Some(CsvError::Foreign { what: kind.what, hint });
        }
        let first = self.lines().next().unwrap_or_default();
        if first.contains(&0) {
            return Some(CsvError::Foreign { what: "binary data", hint: "save the table as CSV in UTF-8" });
        }
        let (line, text) = (self.line, excerpt(first));
        if first.starts_with(b"sep=") {
            return Some(CsvError::ExcelNote { line, text });
        }
        if let Some((delimiter, found)) = self.delimiter(names, label) {
            return Some(CsvError::Delimiter { line, text, found, decimal: self.decimal_comma(delimiter) });
        }
        let quotes = self.rest().iter().filter(|byte| **byte == b'"').count();
        if quotes % 2 == 1 && names.iter().any(|name| name.contains(['\r', '\n'])) {
            return Some(CsvError::OpenQuote { line });
        }
        let is_whole = |name: &String| name.contains(',') && name.split(',').any(|part| part.trim() == label);
        if names.len() == 1 && names.iter().all(is_whole) {
            return Some(CsvError::QuotedLine { line });
        }
        // Rows often end with the name of a class, which is no number.
        let numbers = || names.iter().filter(|name| is_number(name));
        (2 * numbers().count() >= names.len() && !are_counted(numbers())).then(|| self.no_header())
    }

    /// The text from the header on.
    fn rest(&self) -> &[u8] {
        &self.text[self.start..]
    }

    fn no_header(&self) -> CsvError {
        let text = self.lines().next().map(excerpt).unwrap_or_default();
        CsvError::NoHeader { line: self.line, text }
    }

    /// What stands between the names instead of commas: it sets the label apart, or there are no commas at
    /// all. Blanks are part of many a name, so they must do both.
    fn delimiter(&self, names: &[String], label: &str) -> Option<(&'static str, &'static str)> {
        let first = String::from_utf8_lossy(self.lines().next()?);
        let has_label = |delimiter: &str| first.split(delimiter).any(|name| unquoted(name) == label);
        DELIMITERS.into_iter().find(|(delimiter, _)| {
            let (is_alone, sets_apart) = (names.len() == 1, has_label(delimiter));
            let is_enough = if *delimiter == " " { is_alone && sets_apart } else { is_alone || sets_apart };
            first.contains(delimiter) && is_enough
        })
    }

    /// A number with a decimal comma in the first row.
    fn decimal_comma(&self, delimiter: &str) -> Option<String> {
        let row = String::from_utf8_lossy(self.lines().nth(1)?);
        let mut fields = row.split(delimiter).map(unquoted);
        fields.find(|field| has_decimal_comma(field)).map(|field| excerpt(field.as_bytes()))
    }

    /// Lines that hold something, from the header on.
    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let lines = self.rest().split(|byte| matches!(byte, b'\r' | b'\n'));
        lines.map(|line| line.trim_ascii()).filter(|line| !line.is_empty())
    }
}

/// Whether a point in place of the comma makes it a number.
pub(crate) fn has_decimal_comma(text: &str) -> bool {
    text.matches(',').count() == 1 && is_number(&text.replacen(',', ".", 1))
}

fn unquoted(field: &str) -> &str {
    field.trim().trim_matches('"').trim()
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok()
}

/// Whether names are 0, 1, 2, … or 1, 2, 3, …, as programs call columns that have no names.
fn are_counted<'a>(names: impl Iterator<Item = &'a String> + Clone) -> bool {
    let counts_from = |first: usize| (first..).zip(names.clone()).all(|(i, name)| *name == i.to_string());
    counts_from(0) || counts_from(1)
}
