//! Tables in Markdown, aligned so that they can be read as they are.

/// A table with one head line: the first column to the left, the others to the right.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(|cell| (*cell).to_owned()).collect()] }
    }

    /// Adds a row; cells that are missing stay empty.
    pub fn push(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut row: Vec<String> = cells.into_iter().collect();
        row.resize(self.rows[0].len(), String::new());
        self.rows.push(row);
    }

    /// The whole table, without a line break at the end.
    pub fn render(&self) -> String {
        let columns = self.rows[0].len();
        let width = |cell: &String| cell.chars().count();
        let widths: Vec<usize> = (0..columns)
            .map(|column| self.rows.iter().map(|row| width(&row[column])).max().unwrap_or(0).max(2))
            .collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
                if column == 0 { format!(" {cell:<width$} ") } else { format!(" {cell:>width$} ") }
            });
            format!("|{}|", cells.collect::<Vec<_>>().join("|"))
        };
        let rule: Vec<String> = widths
            .iter()
            .enumerate()
            .map(
                |(column, width)| {
                    if column == 0 { "-".repeat(width + 2) } else { "-".repeat(width + 1) + ":" }
                },
            )
            .collect();
        let mut lines: Vec<String> = self.rows.iter().map(line).collect();
        lines.insert(1, format!("|{}|", rule.join("|")));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_rows_filled_up() {
        let mut table = Table::new(&["workload", "µs", "of"]);
        table.push(["W1".to_owned(), "0.65".to_owned(), "70 %".to_owned()]);
        table.push(["W4, all".to_owned(), "–".to_owned()]);
        let expected = "\
| workload |   µs |   of |
|----------|-----:|-----:|
| W1       | 0.65 | 70 % |
| W4, all  |    – |      |";
        assert_eq!(table.render(), expected);
    }
}
