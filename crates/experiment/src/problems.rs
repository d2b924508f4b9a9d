//! What is wrong with an experiment file: every problem at once, each with its place.

use std::fmt;
use std::path::PathBuf;

/// One thing to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line in the file, or the command-line setting that brought the value in.
    pub place: Place,
    /// The dotted key, if one is to blame.
    pub key: String,
    /// What was found and what would be accepted.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A line of the file, from 1.
    Line(usize),
    /// A setting of the command line, as it was typed.
    CommandLine(String),
    /// The file as a whole.
    File,
}

/// All problems of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// The file.
    pub path: PathBuf,
    /// At least one.
    pub all: Vec<Problem>,
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.all.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            match &problem.place {
                Place::Line(line) => write!(f, "{}:{line}: ", self.path.display())?,
                Place::CommandLine(text) => write!(f, "{text}: ")?,
                Place::File => write!(f, "{}: ", self.path.display())?,
            }
            if !problem.key.is_empty() {
                write!(f, "{}: ", problem.key)?;
            }
            f.write_str(&problem.message)?;
            if let Some(hint) = &problem.hint {
                write!(f, "\n  hint: {hint}")?;
            }
        }
        Ok(())
    }
}

/// The candidate that a misspelt word most likely stands for.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The hint for a key that is not one of `known`.
pub(crate) fn among(key: &str, known: &[&str]) -> String {
    match nearest(key, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? Known here: {}", known.join(", ")),
        None => format!("known here: {}", known.join(", ")),
    }
}
