//! What is to be learned of the rows of a table.

use csv::ByteRecord;

use crate::csv_classes::LabelColumn;
use crate::csv_faults::Faults;
use crate::csv_rows::Table;
use crate::csv_source::CsvSource;
use crate::csv_text::start;

/// What is to be learned of each row.
pub(crate) enum Answers {
    /// Its class.
    Labels(LabelColumn),
    /// Some numbers, row by row.
    Numbers(Vec<f64>),
}

impl Answers {
    pub(crate) fn of(source: &CsvSource) -> Self {
        if source.label.is_some() { Self::Labels(LabelColumn::default()) } else { Self::Numbers(Vec::new()) }
    }

    /// Whether the row has its answer, which it may lack only if such rows are left out.
    pub(crate) fn read<'a>(
        &mut self,
        table: &'a Table<'_>,
        row: &ByteRecord,
        faults: &mut Faults<'a>,
    ) -> bool {
        let columns = &table.header.answer_columns;
        match self {
            Self::Labels(labels) => {
                let has_label = table.has_label(row, faults);
                if has_label {
                    labels.push(&row[columns[0]], start(row));
                }
                has_label
            }
            Self::Numbers(numbers) => {
                let n_before = numbers.len();
                let is_whole = table.read_numbers(row, columns, numbers, faults);
                if !is_whole {
                    numbers.truncate(n_before);
                }
                is_whole
            }
        }
    }

    /// The numbers of the last row, with their columns.
    pub(crate) fn last<'a>(&'a self, columns: &'a [usize]) -> impl Iterator<Item = (&'a f64, &'a usize)> {
        let numbers = match self {
            Self::Labels(_) => &[][..],
            Self::Numbers(numbers) => &numbers[numbers.len() - columns.len()..],
        };
        numbers.iter().zip(columns)
    }
}
