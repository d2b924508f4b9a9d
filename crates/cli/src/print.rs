//! Lines for people and programs, written without the panic of `println!` when a reader such as `head` has
//! gone.
//!
//! On a terminal, sentences are broken between words at its width; elsewhere, and for tables and what
//! programs read, every line stays as it is.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{ErrorKind, Write, stderr, stdout};

use anyhow::Context;
use console::Term;

/// Columns that a line of words has at least, however narrow the terminal.
const FEWEST: usize = 20;
/// What a line that goes on begins with, beyond the indentation of its first part.
const HANG: &str = "  ";

/// Prints a result on stdout as it is: a table, JSON, a script. That nobody reads on is no reason to stop.
pub fn say(line: impl Display) -> anyhow::Result<()> {
    match writeln!(stdout(), "{line}") {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(e).context("cannot write to stdout"),
        _ => Ok(()),
    }
}

/// Prints sentences on stdout.
pub fn say_prose(text: impl Display) -> anyhow::Result<()> {
    say(fitted(&text.to_string(), columns()))
}

/// Prints a message on stderr, if anybody still listens.
pub fn note(message: impl Display) {
    let width = Term::stderr().size_checked().map(|(_, columns)| columns.into());
    let _ = writeln!(stderr(), "{}", fitted(&message.to_string(), width));
}

/// Width of the terminal that stdout is; `None` if it is none.
pub fn columns() -> Option<usize> {
    Term::stdout().size_checked().map(|(_, columns)| columns.into())
}

/// The width at which clap breaks the texts of `--help`; 0, which breaks none, where stdout is no terminal.
pub fn help_columns() -> usize {
    columns().unwrap_or(0)
}

/// The last cell of a row on stdout, which begins after so many columns and goes on below its beginning.
pub fn last_cell(text: &str, start: usize) -> String {
    match columns() {
        Some(width) => {
            wrapped(text, "", width.saturating_sub(start).max(FEWEST)).join(&format!("\n{:start$}", ""))
        }
        None => text.to_owned(),
    }
}

/// A text in lines of at most `width` columns, broken between words; a longer word has a line of its own.
/// Lines after the first begin with `hang`.
pub fn wrapped(text: &str, hang: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(line.trim_end().to_owned());
            line = format!("{hang}{word}");
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.push(line);
    lines
}

/// The lines of a text, of which those that are too long go on indented.
fn fitted(text: &str, width: Option<usize>) -> Cow<'_, str> {
    let Some(width) = width.filter(|width| text.lines().any(|line| line.chars().count() > *width)) else {
        return Cow::Borrowed(text);
    };
    let lines = text.split('\n').flat_map(|line| {
        if line.chars().count() <= width {
            return vec![line.to_owned()];
        }
        let words = line.trim_start();
        let indent = &line[..line.len() - words.len()];
        let parts = wrapped(words, HANG, width.saturating_sub(indent.len()).max(FEWEST));
        parts.into_iter().map(|part| format!("{indent}{part}")).collect()
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_break_between_words_where_the_terminal_ends() {
        let text = "id: a claim\n    supported; ratio 0.31 [0.156, 0.617]\nshort";
        assert_eq!(
            fitted(text, Some(24)),
            "id: a claim\n    supported; ratio\n      0.31 [0.156,\n      0.617]\nshort"
        );
        assert_eq!(fitted(text, Some(40)), text, "it fits");
        assert_eq!(fitted(text, None), text, "no terminal");
    }

    #[test]
    fn a_word_that_is_longer_than_the_terminal_stays_whole() {
        assert_eq!(
            fitted("see results/a-very-long-name/report.html", Some(20)),
            "see\n  results/a-very-long-name/report.html"
        );
        assert_eq!(wrapped("", "", 10), [""]);
        assert_eq!(wrapped("two  columns", "", 5), ["two", "columns"]);
    }
}
