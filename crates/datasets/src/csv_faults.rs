//! What is wrong with the rows of a table, told together.

use std::collections::BTreeMap;

use crate::csv_error::CsvError;
use crate::csv_header::Header;
use crate::csv_source::CsvSource;

/// Faults that are told before the rest is only counted.
const TOLD: usize = 10;

/// More names than these make no hint that one can take in.
const MOST_NAMES: usize = 20;

/// Where faults of whole rows are noted, behind all columns.
const WHOLE_ROW: usize = usize::MAX;

/// The start of the row, and what makes the message, which counts lines.
type Fault<'a> = (usize, Box<dyn FnOnce() -> CsvError + 'a>);

/// What was found in the rows of a table so far.
#[derive(Default)]
pub(crate) struct Faults<'a> {
    by_column: BTreeMap<usize, OfColumn<'a>>,
}

#[derive(Default)]
struct OfColumn<'a> {
    /// The first of them.
    first: Vec<Fault<'a>>,
    n: usize,
    first_text: Option<Fault<'a>>,
    /// How many fields are text.
    texts: usize,
    /// How many fields are missing.
    missing: usize,
}

impl<'a> Faults<'a> {
    pub(crate) fn note(&mut self, column: usize, start: usize, error: impl FnOnce() -> CsvError + 'a) {
        let of_column = self.by_column.entry(column).or_default();
        of_column.n += 1;
        if of_column.first.len() < TOLD {
            of_column.first.push((start, Box::new(error)));
        }
    }

    pub(crate) fn note_row(&mut self, start: usize, error: impl FnOnce() -> CsvError + 'a) {
        self.note(WHOLE_ROW, start, error);
    }

    /// Notes text in place of a number.
    pub(crate) fn note_text(
        &mut self,
        column: usize,
        start: usize,
        error: impl FnOnce() -> CsvError + Clone + 'a,
    ) {
        self.note(column, start, error.clone());
        let of_column = self.by_column.entry(column).or_default();
        of_column.texts += 1;
        of_column.first_text.get_or_insert_with(|| (start, Box::new(error)));
    }

    /// Counts a value that is missing, be it a fault or not.
    pub(crate) fn count_missing(&mut self, column: usize) {
        self.by_column.entry(column).or_default().missing += 1;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_column.values().all(|of_column| of_column.n == 0)
    }

    /// Whether a row is longer or shorter than the header, so that its fields are not known.
    pub(crate) fn have_rows(&self) -> bool {
        self.by_column.contains_key(&WHOLE_ROW)
    }

    /// All of them as one, with what is wrong with the classes; `n_rows` are as long as the header.
    ///
    /// A column of which more than half is text is no slip of the pen, and one fault; so are rows of which
    /// more than half do not fit the header.
    pub(crate) fn into_error(
        self,
        (header, source): (&Header, &CsvSource),
        n_rows: usize,
        classes: Option<CsvError>,
    ) -> CsvError {
        let is_number =
            |column: &&usize| self.by_column.get(column).is_none_or(|of_column| of_column.texts == 0);
        let numbers: Vec<usize> = header.feature_columns.iter().filter(is_number).copied().collect();
        let (mut faults, mut n) = (Vec::new(), 0);
        for (column, mut of_column) in self.by_column {
            match of_column.first_text.take() {
                Some((start, error)) if 2 * of_column.texts > n_rows - of_column.missing => {
                    let hint =
                        is_chosen(column, header, source).then(|| numbers_beside(&numbers, header)).flatten();
                    let others = of_column.texts - 1;
                    let of_column = move || of_text(error(), others, hint);
                    faults.push((start, Box::new(of_column) as Box<dyn FnOnce() -> CsvError>));
                    n += 1;
                }
                None if column == WHOLE_ROW && of_column.n > n_rows.max(1) => {
                    let (start, error) = of_column.first.swap_remove(0);
                    faults.push((start, Box::new(move || of_rows(error(), of_column.n - 1))));
                    n += 1;
                }
                _ => {
                    n += of_column.n;
                    faults.extend(of_column.first);
                }
            }
        }
        faults.sort_by_key(|(start, _)| *start);
        let (of_classes, n_of_classes) = match classes {
            Some(CsvError::Several { first, n }) => (first, n),
            one => (Vec::from_iter(one), 1),
        };
        n += if of_classes.is_empty() { 0 } else { n_of_classes };
        several(n, faults.into_iter().map(|(_, error)| error()).chain(of_classes))
    }
}

/// Whether a column is a feature because nobody said which are.
fn is_chosen(column: usize, header: &Header, source: &CsvSource) -> bool {
    source.features.is_none() && header.feature_columns.contains(&column)
}

/// The first field of a column of text, with how many others there are and a hint, if it has none.
fn of_text(error: CsvError, others: usize, beside: Option<String>) -> CsvError {
    match error {
        CsvError::NotANumber { cell, text, hint, .. } => {
            CsvError::NotANumber { cell, text, others, hint: hint.or(beside) }
        }
        other => other,
    }
}

/// The first row that does not fit the header, with how many others there are.
fn of_rows(error: CsvError, others: usize) -> CsvError {
    match error {
        CsvError::Ragged { line, found, expected, hint, .. } => {
            CsvError::Ragged { line, found, expected, others, hint }
        }
        other => other,
    }
}

/// A hint at the features that are numbers in all rows.
fn numbers_beside(columns: &[usize], header: &Header) -> Option<String> {
    if columns.is_empty() {
        return None;
    }
    let names: Vec<String> = columns.iter().map(|column| format!("{:?}", header.names[*column])).collect();
    Some(match names.len() {
        ..=MOST_NAMES => format!("features = [{}] leaves out the columns of text", names.join(", ")),
        n => {
            format!("`features` chooses columns; {n} of {} hold numbers", header.feature_columns.len())
        }
    })
}

/// The error for `n` faults, of which the first are told; one alone is itself.
pub(crate) fn several(n: usize, errors: impl Iterator<Item = CsvError>) -> CsvError {
    let mut first: Vec<CsvError> = errors.take(TOLD).collect();
    if n == 1 { first.remove(0) } else { CsvError::Several { first, n } }
}

impl CsvError {
    /// Whether single labels are to blame.
    pub(crate) fn is_of_cells(&self) -> bool {
        match self {
            Self::Several { first, .. } => first.iter().all(Self::is_of_cells),
            Self::NotAClass { .. }
            | Self::NumbersAsClasses { .. }
            | Self::MixedClasses { .. }
            | Self::AlikeClasses { .. }
            | Self::ClassName { .. }
            | Self::ClassEncoding { .. }
            | Self::UnseenClass { .. } => true,
            _ => false,
        }
    }
}
