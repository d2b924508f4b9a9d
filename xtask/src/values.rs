//! Numbers in the pages that come from experiments, bound to the records in `docs/records`.
//!
//! In a page a value stands between two comments, of which the first says what it is:
//!
//! ```text
//! they learn <!--= batch-size/C4-batches-of-8 estimate .2 -->0.81 [0.73, 0.90]<!--/--> of them
//! ```
//!
//! `batch-size` is a folder of `docs/records`; behind `<!--= in batch-size -->`, alone on its line, it need
//! not be named. What follows is a claim with one of its fields, `cell` with a row of `summary.csv`, `count`
//! with a verdict, `verdicts` with claims, whose block is what the program prints of them, or `table` of all
//! claims; then the format. CONTRIBUTING.md lists all of it.

mod format;
mod marker;
mod record;
mod source;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

pub use record::Records;

use marker::{Marker, markers};

/// A page with all its values as the records have them.
#[derive(Debug)]
pub struct Rendered {
    /// The whole text.
    pub text: String,
    /// How many values are bound.
    pub bound: usize,
    /// Where the page said something else.
    pub differences: Vec<Remark>,
    /// Markers that cannot be understood; what stands there is left as it is.
    pub faults: Vec<Remark>,
}

/// What is to be said of a line of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Counted from 1.
    pub line: usize,
    /// In words, with a hint on a line of its own if there is one.
    pub message: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.message)
    }
}

/// Puts the values of the records into a page.
pub fn render(page: &str, records: &Records) -> Rendered {
    let (markers, faults) = markers(page);
    let mut rendered = Rendered { text: String::new(), bound: 0, differences: Vec::new(), faults };
    let (mut copied, mut record) = (0, None);
    for Marker { line, says, stands } in markers {
        let Some(stands) = stands else {
            match records.find(says) {
                Ok(found) => record = Some(found),
                Err(message) => rendered.faults.push(Remark { line, message }),
            }
            continue;
        };
        let there = &page[stands.clone()];
        match source::text(says, record, records) {
            Ok(value) => {
                rendered.bound += 1;
                rendered.differences.extend(differences(line, says, there, &value));
                rendered.text += &page[copied..stands.start];
                rendered.text += &value;
                copied = stands.end;
            }
            Err(message) => rendered.faults.push(Remark { line, message: format!("`{says}`: {message}") }),
        }
    }
    rendered.text += &page[copied..];
    rendered.faults.sort_by_key(|fault| fault.line);
    rendered
}

/// Where a value differs from what the page says, line by line if it has several.
fn differences(line: usize, says: &str, there: &str, value: &str) -> Vec<Remark> {
    let one = |(i, (there, value)): (usize, (&str, &str))| {
        let message = format!("the page says `{there}`, the record `{value}` ({says})");
        (there != value).then(|| Remark { line: line + i, message })
    };
    if there.lines().count() == value.lines().count() && there.lines().ne(value.lines()) {
        there.lines().zip(value.lines()).enumerate().filter_map(one).collect()
    } else {
        one((0, (there, value))).into_iter().collect()
    }
}

/// The pages that may hold bound values, below the root of the repository: README.md and `docs/**/*.md`.
///
/// # Errors
/// If a folder cannot be read.
pub fn pages(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (mut open, mut found) = (vec![root.join("docs")], vec![root.join("README.md")]);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries =
                std::fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))?;
            for entry in entries {
                open.push(entry?.path());
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Writes the values of the records into all pages; returns the changes. Nothing is written where a marker
/// cannot be understood.
///
/// # Errors
/// All markers that cannot be understood, and those of the operating system.
pub fn write(root: &Path) -> anyhow::Result<Vec<String>> {
    let records = Records::load(&root.join("docs/records"))?;
    let (mut changes, mut faults, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for path in pages(root)? {
        let page =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let rendered = render(&page, &records);
        let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        faults.extend(rendered.faults.iter().map(|fault| format!("{name}:{fault}")));
        changes.extend(rendered.differences.iter().map(|difference| format!("{name}:{difference}")));
        if rendered.text != page {
            texts.push((path, rendered.text));
        }
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    for (path, text) in texts {
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(changes)
}
