//! The cells of a CSV table, and what one cell says.

use serde_json::Value;
use thalweg_document::{Place, Placed, Problems};
use thalweg_records::Status;

/// The cells of a table, with the line of each row.
pub(super) struct Cells {
    file: String,
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<(u64, Vec<String>)>,
}

impl Cells {
    /// Reads a table without knowing what its columns mean.
    pub(super) fn parse(file: &str, bytes: &[u8]) -> Result<Self, Problems> {
        let mut cells = Self { file: file.to_owned(), header: Vec::new(), rows: Vec::new() };
        let problems = cells.fill(bytes);
        if problems.is_empty() { Ok(cells) } else { Err(cells.wrong(problems)) }
    }

    /// Reads header and rows; what is wrong with them.
    fn fill(&mut self, bytes: &[u8]) -> Vec<Placed> {
        let whole = |message: &str| vec![self.problem(None, message)];
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return whole("the file is UTF-16, UTF-8 is needed");
        }
        if bytes.starts_with(&[0x1F, 0x8B]) {
            return whole("the file is gzipped: unpack it first");
        }
        let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
        if std::str::from_utf8(bytes).is_err() {
            return whole("the file is not UTF-8");
        }
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let header: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(|name| name.trim().to_owned()).collect(),
            Err(e) => return whole(&format!("not CSV: {e}")),
        };
        if header.len() == 1 && header[0].contains([';', '\t']) {
            return whole("the columns are separated by semicolons or tabs, commas are needed");
        }
        if header.is_empty() || header.iter().all(String::is_empty) {
            return whole("there is no header, a line with the names of the columns");
        }
        let mut problems = Vec::new();
        for (i, name) in header.iter().enumerate() {
            if header[..i].contains(name) {
                problems.push(self.problem(Some(1), format!("two columns are called \"{name}\"")));
            }
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    if record.len() == header.len() {
                        rows.push((line, record.iter().map(|cell| cell.trim().to_owned()).collect()));
                    } else if !record.iter().all(|cell| cell.trim().is_empty()) {
                        let message =
                            format!("{} columns in the row, {} in the header", record.len(), header.len());
                        problems.push(self.problem(Some(line), message));
                    }
                }
                Err(e) => problems.push(self.problem(None, format!("not CSV: {e}"))),
            }
        }
        if rows.is_empty() && problems.is_empty() {
            return whole("there is no row below the header");
        }
        (self.header, self.rows) = (header, rows);
        problems
    }

    /// A problem in a line of the table, counted from 1, which is the header, or with the table as a whole.
    pub(super) fn problem(&self, line: Option<u64>, message: impl Into<String>) -> Placed {
        let file = self.file.clone();
        let place = match line {
            Some(line) => Place::Line(file, line as usize),
            None => Place::File(file),
        };
        Placed { place, key: String::new(), message: message.into(), hint: None }
    }

    /// All that is wrong with the table.
    pub(super) fn wrong(&self, all: Vec<Placed>) -> Problems {
        Problems { file: self.file.clone(), all }
    }

    /// Whether it is the `runs.csv` of an experiment.
    pub(super) fn is_ours(&self) -> bool {
        self.header[0] == "key" && self.find("seed").is_some() && self.find("status").is_some()
    }

    /// The place of a column.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|known| known == name)
    }
}

/// A cell as a number, a truth value, a table or list in JSON, or else text.
pub(super) fn typed(cell: &str) -> Value {
    let json = || serde_json::from_str::<Value>(cell).ok();
    match cell {
        "true" | "True" => Value::Bool(true),
        "false" | "False" => Value::Bool(false),
        _ if cell.starts_with(['{', '[']) => json().unwrap_or_else(|| cell.into()),
        _ => match cell.parse::<f64>() {
            Ok(number) if number.is_finite() => {
                json().filter(Value::is_number).unwrap_or_else(|| number.into())
            }
            _ => cell.into(),
        },
    }
}

/// The number in a cell; `None` if it is empty, says that there is none, or is no finite number, as after a
/// division by zero.
pub(super) fn number(cell: &str) -> Result<Option<f64>, String> {
    if ["", "na", "n/a", "none", "null", "-"].contains(&cell.to_ascii_lowercase().as_str()) {
        return Ok(None);
    }
    match cell.parse::<f64>() {
        Ok(number) => Ok(Some(number).filter(|number| number.is_finite())),
        Err(_) => Err(format!("\"{cell}\" is not a number (leave the cell empty if there is none)")),
    }
}

/// How a run ended, and whether it has values at all.
pub(super) fn status(cell: &str) -> Result<(Status, bool), String> {
    if let Some(Ok(step)) = cell.strip_prefix("diverged at step ").map(str::parse) {
        return Ok((Status::Diverged { step: Some(step) }, false));
    }
    match cell {
        "" | "completed" | "finished" => Ok((Status::Completed, true)),
        "diverged" => Ok((Status::Diverged { step: None }, false)),
        "crashed" | "failed" | "killed" => Ok((Status::Completed, false)),
        _ => Err(format!(
            "\"status\": found \"{cell}\", expected completed (or finished), diverged, or crashed, failed or killed"
        )),
    }
}
