//! The line of names above a table, and what a file is whose first line is none.

use std::collections::BTreeMap;

use crate::csv_delimiter::Delimiter;
use crate::csv_error::{CsvError, excerpt};
use crate::csv_text::Text;
use crate::{CsvSource, csv_quotes, foreign};

/// The names of the columns, and which of them are read.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) names: Vec<String>,
    /// Of the labels, or of the targets.
    pub(crate) answer_columns: Vec<usize>,
    pub(crate) feature_columns: Vec<usize>,
}

impl Header {
    /// Checks the names that were found at `place`.
    pub(crate) fn new(names: Vec<String>, source: &CsvSource, place: &Place<'_>) -> Result<Self, CsvError> {
        if names.iter().all(|name| is_number(name)) && !are_counted(names.iter()) {
            return Err(place.no_header());
        }
        match columns(&names, source) {
            Ok((answer_columns, feature_columns)) => Ok(Self { names, answer_columns, feature_columns }),
            Err(plain) => {
                let better = place.explain(&names, &source.answers()[0]);
                Err(better.or_else(|| place.garbled(&plain)).unwrap_or(plain))
            }
        }
    }

    /// Finds the columns among names that stand in no line.
    #[cfg(feature = "parquet")]
    pub(crate) fn of_names(names: Vec<String>, source: &CsvSource) -> Result<Self, CsvError> {
        let (answer_columns, feature_columns) = columns(&names, source)?;
        Ok(Self { names, answer_columns, feature_columns })
    }
}

/// The columns of labels or targets, and those of the features.
type Columns = (Vec<usize>, Vec<usize>);

fn columns(names: &[String], source: &CsvSource) -> Result<Columns, CsvError> {
    match &source.features {
        Some(features) => chosen_columns(names, source.answers(), features),
        None => all_columns(names, source.answers()),
    }
}

fn all_columns(names: &[String], answers: &[String]) -> Result<Columns, CsvError> {
    let mut columns = BTreeMap::new();
    for (column, name) in (1..).zip(names) {
        if name.is_empty() {
            let hint = if column == names.len() {
                "does the line end with a comma?"
            } else {
                "is it a row number that was saved along? `index=False` of pandas leaves it out"
            };
            return Err(CsvError::UnnamedColumn { column, hint });
        }
        if let Some(first) = columns.insert(name.as_str(), column) {
            return Err(CsvError::DuplicateColumn { name: name.clone(), first, second: column });
        }
    }
    let answer_columns = find_all(names, answers)?;
    if names.len() == answers.len() {
        return Err(CsvError::NoFeatures { label: answers.join(", ") });
    }
    let is_feature = |column: &usize| !answer_columns.contains(column);
    let feature_columns = (0..names.len()).filter(is_feature).collect();
    Ok((answer_columns, feature_columns))
}

/// Of the columns that nobody asked for nothing is known, not even that they have names.
fn chosen_columns(names: &[String], answers: &[String], features: &[String]) -> Result<Columns, CsvError> {
    let answer_columns = find_all(names, answers)?;
    let (mut columns, mut unknown) = (Vec::new(), Vec::new());
    for name in features {
        match find(names, name)? {
            Some(column) => columns.push(column),
            None => unknown.push(name.clone()),
        }
    }
    if !unknown.is_empty() {
        return Err(CsvError::NoFeatureColumns { names: unknown, header: names.to_owned() });
    }
    Ok((answer_columns, columns))
}

/// The columns of labels or targets, which must all be there.
fn find_all(names: &[String], answers: &[String]) -> Result<Vec<usize>, CsvError> {
    answers.iter().map(|answer| find(names, answer)?.ok_or_else(|| no_label(names, answer))).collect()
}

/// The one column of this name.
fn find(names: &[String], name: &str) -> Result<Option<usize>, CsvError> {
    let mut columns = (0..names.len()).filter(|column| names[*column] == name);
    match (columns.next(), columns.next()) {
        (Some(first), Some(second)) => {
            Err(CsvError::DuplicateColumn { name: name.to_owned(), first: first + 1, second: second + 1 })
        }
        (column, _) => Ok(column),
    }
}

fn no_label(names: &[String], label: &str) -> CsvError {
    CsvError::NoLabelColumn { label: label.to_owned(), header: names.to_owned() }
}

/// Where the header is.
pub(crate) struct Place<'a> {
    /// The whole file.
    pub(crate) text: &'a [u8],
    /// The byte at which the header begins.
    pub(crate) start: usize,
    /// The line on which it does, from 1.
    pub(crate) line: usize,
    /// What its names are separated by.
    pub(crate) delimiter: Delimiter,
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
        let found = Delimiter::of_header(&String::from_utf8_lossy(first), label);
        if found != self.delimiter && names.len() == 1 {
            return Some(CsvError::Delimiter { line, text, found, expected: self.delimiter });
        }
        if let Err(error) = csv_quotes::check(Text(self.text), self.delimiter.sign()) {
            return Some(error);
        }
        let sign = char::from(self.delimiter.sign());
        let is_whole =
            |name: &String| name.contains(sign) && name.split(sign).any(|part| part.trim() == label);
        if names.len() == 1 && names.iter().all(is_whole) {
            return Some(CsvError::QuotedLine { line });
        }
        // Rows often end with the name of a class, which is no number.
        let numbers = || names.iter().filter(|name| is_number(name));
        (2 * numbers().count() >= names.len() && !are_counted(numbers())).then(|| self.no_header())
    }

    /// What is wrong with the text, if a name with more than ASCII is not found since the file is not UTF-8.
    fn garbled(&self, plain: &CsvError) -> Option<CsvError> {
        let is_ascii = match plain {
            CsvError::NoLabelColumn { label, .. } => label.is_ascii(),
            CsvError::NoFeatureColumns { names, .. } => names.iter().all(|name| name.is_ascii()),
            CsvError::DuplicateColumn { name, .. } => !name.contains(char::REPLACEMENT_CHARACTER),
            _ => true,
        };
        let first = self.lines().next().unwrap_or_default();
        (!is_ascii && std::str::from_utf8(first).is_err())
            .then(|| CsvError::HeaderEncoding { line: self.line, text: excerpt(first) })
    }

    /// The text from the header on.
    fn rest(&self) -> &[u8] {
        &self.text[self.start..]
    }

    fn no_header(&self) -> CsvError {
        let text = self.lines().next().map(excerpt).unwrap_or_default();
        CsvError::NoHeader { line: self.line, text }
    }

    /// Lines that hold something, from the header on.
    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        lines(self.rest())
    }
}

/// Lines that hold something, without the blanks around them.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = text.split(|byte| matches!(byte, b'\r' | b'\n'));
    lines.map(|line| line.trim_ascii()).filter(|line| !line.is_empty())
}

/// Whether a point in place of the comma makes it a number.
pub(crate) fn has_decimal_comma(text: &str) -> bool {
    text.matches(',').count() == 1 && is_number(&text.replacen(',', ".", 1))
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok()
}

/// Whether names are 0, 1, 2, … or 1, 2, 3, …, as programs call columns that have no names.
fn are_counted<'a>(names: impl Iterator<Item = &'a String> + Clone) -> bool {
    let counts_from = |first: usize| (first..).zip(names.clone()).all(|(i, name)| *name == i.to_string());
    counts_from(0) || counts_from(1)
}
