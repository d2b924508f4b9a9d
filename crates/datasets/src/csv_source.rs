//! Data from a CSV file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder, Trim};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::{Cell, CsvError, Dataset, Transform};

/// A table with a header, separated by commas; [`read_csv`] reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CsvSource {
    /// The file.
    pub path: PathBuf,
    /// The name of the column that holds the classes 0 … K − 1. All others are features, in their order.
    pub label: String,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

/// Reads a CSV file: one sample a row, in the order of the file.
///
/// Blanks around a field, empty lines and a byte-order mark are skipped. Features are finite numbers, classes whole
/// numbers (`2` or `2.0`) of which none between 0 and the largest is missing.
///
/// # Errors
/// [`CsvError`] says which line and column to mend.
pub fn read_csv(path: &Path, label: &str) -> Result<Dataset, CsvError> {
    let bytes = std::fs::read(path).map_err(|source| CsvError::Io { path: path.to_owned(), source })?;
    parse(path, &bytes, label)
}

fn parse(path: &Path, bytes: &[u8], label: &str) -> Result<Dataset, CsvError> {
    let io = |e: csv::Error| CsvError::Io { path: path.to_owned(), source: e.into() };
    let mut reader = ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(bytes);
    let table = Table::new(path, bytes, reader.byte_headers().map_err(io)?, label)?;
    let (mut features, mut labels) = (Vec::new(), Vec::new());
    // For each class the start of the first row that has it. A map, so that an absurd class costs no memory.
    let mut first_rows = BTreeMap::new();
    for record in reader.byte_records() {
        let record = record.map_err(io)?;
        table.check_width(&record)?;
        for (column, field) in record.iter().enumerate() {
            if column == table.label_column {
                let class = table.class(&record, field)?;
                labels.push(class);
                first_rows.entry(class).or_insert_with(|| start(&record));
            } else {
                features.push(table.number(&record, column, field)?);
            }
        }
    }
    let n_classes = table.count_classes(&first_rows)?;
    let shape = (labels.len(), table.header.len() - 1);
    let inputs = Array2::from_shape_vec(shape, features).expect("every row was checked to be complete");
    Ok(Dataset::new(inputs, labels, n_classes))
}

/// What the checks and their messages need to know of the whole file.
struct Table<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    header: Vec<String>,
    label_column: usize,
}

impl<'a> Table<'a> {
    fn new(path: &'a Path, bytes: &'a [u8], header: &ByteRecord, label: &str) -> Result<Self, CsvError> {
        let (owned_path, label) = (|| path.to_owned(), label.to_owned());
        let header: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).into()).collect();
        if header.is_empty() {
            return Err(CsvError::Empty(owned_path()));
        }
        let mut columns = BTreeMap::new();
        for (column, name) in (1..).zip(&header) {
            if name.is_empty() {
                return Err(CsvError::UnnamedColumn { path: owned_path(), column });
            }
            if let Some(first) = columns.insert(name.as_str(), column) {
                let name = name.clone();
                return Err(CsvError::DuplicateColumn { path: owned_path(), name, first, second: column });
            }
        }
        let Some(label_column) = columns.get(label.as_str()).map(|column| column - 1) else {
            return Err(CsvError::NoLabelColumn { path: owned_path(), label, header });
        };
        if header.len() == 1 {
            return Err(CsvError::NoFeatures { path: owned_path(), label });
        }
        Ok(Self { path, bytes, header, label_column })
    }

    fn check_width(&self, record: &ByteRecord) -> Result<(), CsvError> {
        let (found, expected) = (record.len(), self.header.len());
        if found == expected {
            return Ok(());
        }
        Err(CsvError::Ragged { path: self.path.to_owned(), line: self.line(start(record)), found, expected })
    }

    fn number(&self, record: &ByteRecord, column: usize, field: &[u8]) -> Result<f64, CsvError> {
        let cell = || self.cell(start(record), column);
        match to_number(field) {
            Some(number) if number.is_finite() => Ok(number),
            Some(_) => Err(CsvError::NotFinite { cell: cell(), text: excerpt(field) }),
            None => Err(CsvError::NotANumber { cell: cell(), text: excerpt(field) }),
        }
    }

    fn class(&self, record: &ByteRecord, field: &[u8]) -> Result<u32, CsvError> {
        match to_number(field) {
            Some(class) if class.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&class) => {
                Ok(class as u32)
            }
            _ => {
                let cell = self.cell(start(record), self.label_column);
                Err(CsvError::NotAClass { cell, text: excerpt(field) })
            }
        }
    }

    /// K, given the start of the first row of each class.
    fn count_classes(&self, first_rows: &BTreeMap<u32, usize>) -> Result<usize, CsvError> {
        for (missing, (&found, &start)) in (0..).zip(first_rows) {
            if found != missing {
                return Err(CsvError::MissingClass {
                    cell: self.cell(start, self.label_column),
                    found,
                    missing,
                });
            }
        }
        let path = self.path.to_owned();
        match first_rows.len() {
            0 => Err(CsvError::NoRows(path)),
            1 => {
                let label = self.header[self.label_column].clone();
                Err(CsvError::OneClass { path, column: self.label_column + 1, label })
            }
            n_classes => Ok(n_classes),
        }
    }

    fn cell(&self, start: usize, column: usize) -> Cell {
        let (path, name) = (self.path.to_owned(), self.header[column].clone());
        Cell { path, line: self.line(start), column: column + 1, name }
    }

    /// The line of the row at `start`, counted for a message only. The csv crate's own count is too small after empty
    /// lines and after Windows line ends, which it reads together with the row that follows them.
    fn line(&self, start: usize) -> usize {
        let line_ends = self.bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        1 + self.bytes[..start + line_ends].iter().filter(|byte| **byte == b'\n').count()
    }
}

/// The byte at which a row begins, or the line ends before it do.
fn start(record: &ByteRecord) -> usize {
    record.position().map_or(0, |position| position.byte() as usize)
}

fn to_number(field: &[u8]) -> Option<f64> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// The beginning of a field, for a message.
fn excerpt(field: &[u8]) -> String {
    const MOST: usize = 40;
    let text = String::from_utf8_lossy(field);
    let mut start: String = text.chars().take(MOST).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Dataset, CsvError> {
        parse(Path::new("wine.csv"), text.as_bytes(), "class")
    }

    #[test]
    fn features_keep_their_order_around_the_label_column() {
        let dataset = read("ash,class,colour\n1.5,2,-3e2\n0,0,+7\n.25,1.0,1\n").unwrap();
        assert_eq!(dataset.inputs, array![[1.5, -300.0], [0.0, 7.0], [0.25, 1.0]].into());
        assert_eq!((dataset.labels, dataset.n_classes), (vec![2, 0, 1], 3));
    }

    #[test]
    fn a_file_is_read_from_the_disk() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/three-classes.csv");
        let dataset = read_csv(&path, "class").unwrap();
        assert_eq!((dataset.inputs.dim(), dataset.n_classes), ((7, 2), 3));
        let missing = read_csv(Path::new("no/such.csv"), "class").unwrap_err().to_string();
        assert!(missing.starts_with("cannot read no/such.csv: "), "{missing}");
    }

    #[test]
    fn blanks_quotes_line_ends_and_byte_order_marks_make_no_difference() {
        let plain = read("x,class\n1,0\n2,1\n").unwrap();
        for text in [
            "\u{feff}x,class\n1,0\n2,1",
            "x,class\r\n1,0\r\n2,1\r\n",
            "\n\nx , class\n\n 1 ,0\n\n2,\t1\n\n",
            "\"x\",\"class\"\n\"1\",0\n2,\"1\"\n",
        ] {
            assert_eq!(read(text).unwrap(), plain, "{text:?}");
        }
    }

    #[test]
    fn messages_name_the_place_and_the_trouble() {
        for (text, message) in [
            ("", "wine.csv: the file is empty\nhint: the first line names the columns"),
            ("\n\r\n", "wine.csv: the file is empty\nhint: the first line names the columns"),
            ("x,class\n", "wine.csv: there is no row below the header"),
            (
                ",x,class\n0,1,0\n",
                "wine.csv: column 1 has no name\nhint: is it a row number that was saved along?",
            ),
            ("x,class,y,x\n", "wine.csv: columns 1 and 4 are both named \"x\""),
            (
                "x,Class\n1,0\n",
                "wine.csv: there is no column \"class\"\nhint: the columns are \"x\", \"Class\"",
            ),
            ("class\n0\n1\n", "wine.csv: there is no column besides the labels \"class\""),
            ("x,class\n1,0\n2\n", "wine.csv: line 3: columns in the row: 1, in the header: 2"),
            ("x,class\n1,0\n2,1,5\n", "wine.csv: line 3: columns in the row: 3, in the header: 2"),
            ("y,x,class\n1,2,0\n1,two,1\n", "wine.csv: line 3, column 2 \"x\": \"two\" is not a number"),
            ("x,class\n,0\n", "wine.csv: line 2, column 1 \"x\": \"\" is not a number"),
            ("x,class\n-inf,0\n", "wine.csv: line 2, column 1 \"x\": \"-inf\" is not a finite number"),
            ("x,class\n1e999,0\n", "wine.csv: line 2, column 1 \"x\": \"1e999\" is not a finite number"),
            ("x,class\nNaN,0\n", "wine.csv: line 2, column 1 \"x\": \"NaN\" is not a finite number"),
            (
                "x,class\n1,1\n1,3\n1,0\n",
                "wine.csv: line 3, column 2 \"class\": class 3, but no row has class 2\n\
                 hint: classes count from 0, without gaps",
            ),
            (
                "x,class\n1,0\n1,4000000000\n",
                "wine.csv: line 3, column 2 \"class\": class 4000000000, but no row has class 1\n\
                 hint: classes count from 0, without gaps",
            ),
            ("x,class\n1,0\n2,0\n", "wine.csv: every row has class 0 in column 2 \"class\""),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), message, "{text:?}");
        }
    }

    #[test]
    fn labels_that_are_no_class_are_refused() {
        for label in ["-1", "0.5", "good", "", "NaN", "inf", "1e300", "4294967296"] {
            let message = read(&format!("x,class\n1,0\n1,{label}\n")).unwrap_err().to_string();
            let expected = "is not a class, a whole number of at least 0";
            let place = "wine.csv: line 3, column 2 \"class\"";
            assert_eq!(message, format!("{place}: {label:?} {expected}"));
        }
    }

    #[test]
    fn lines_are_those_of_an_editor() {
        for (text, line) in [
            ("x,class\r\n1,0\r\n?,1\r\n", 3),
            ("x,class\n\n1,0\n\n\n?,1\n", 6),
            ("\n\nx,class\n?,1\n", 4),
            ("x,class\n\"1\n\",0\n?,1\n", 4),
            ("\u{feff}x,class\n?,1", 2),
        ] {
            let error = read(text).unwrap_err();
            let CsvError::NotANumber { cell, .. } = error else { panic!("{text:?}: {error}") };
            assert_eq!(cell.line, line, "{text:?}");
        }
    }

    #[test]
    fn long_texts_are_cut_in_messages() {
        let message = read(&format!("x,class\n{},0\n", "ä".repeat(1000))).unwrap_err().to_string();
        assert!(message.ends_with(&format!(": \"{}…\" is not a number", "ä".repeat(40))), "{message}");
        let names: Vec<String> = (0..785).map(|i| format!("pixel{i}")).collect();
        let message = read(&names.join(",")).unwrap_err().to_string();
        assert!(message.ends_with("\"pixel19\" and 765 more"), "{message}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, body in "[0-3,.x\"\r\n\t -]{0,60}") {
            let _ = parse(Path::new("wine.csv"), &bytes, "class");
            let near: Vec<u8> = [b"x,class\n1,0\n".as_slice(), body.as_bytes(), &bytes].concat();
            let _ = parse(Path::new("wine.csv"), &near, "class").map_err(|e| e.to_string());
            let _ = read(&format!("x,class\n1,0\n{body}")).map_err(|e| e.to_string());
        }

        #[test]
        fn what_is_written_is_read(
            rows in prop::collection::vec((any::<f64>(), any::<f64>(), 0..3_u32), 0..20),
        ) {
            let finite = |x: f64| if x.is_finite() { x } else { 0.0 };
            let rows: Vec<(f64, f64, u32)> =
                [(1.0, 2.0, 0), (3.0, 4.0, 1), (5.0, 6.0, 2)].into_iter().chain(rows).collect();
            let lines = rows.iter().map(|(x, y, class)| format!("{:e},{class},{}\n", finite(*x), finite(*y)));
            let dataset = read(&format!("x,class,y\n{}", lines.collect::<String>())).unwrap();
            let inputs = dataset.inputs.to_array::<f64>();
            for (i, (x, y, class)) in rows.iter().enumerate() {
                prop_assert_eq!(inputs.row(i).to_vec(), vec![finite(*x), finite(*y)]);
                prop_assert_eq!(dataset.labels[i], *class);
            }
        }
    }
}
