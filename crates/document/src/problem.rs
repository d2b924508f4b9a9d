//! What is wrong with a file: every problem at once, each with its place.

use std::fmt;

/// The message on a key that is not there and must be.
pub const MISSING_KEY: &str = "this key is missing";

/// The message on a key that nobody asked for.
pub const UNKNOWN_KEY: &str = "unknown key";

/// One thing to mend, found by whoever looked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Problem {
    /// The keys that lead to the value; places in a list are numbers, from 0. Empty for the file as a whole.
    pub path: Vec<String>,
    /// What was found and what would be accepted.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem with the value at a dotted key.
    ///
    /// ```
    /// use thalweg_document::Problem;
    ///
    /// let problem = Problem::new("train.steps", "found 0, expected a whole number of at least 1");
    /// assert_eq!(problem.path, ["train", "steps"]);
    /// ```
    pub fn new(key: &str, message: impl Into<String>) -> Self {
        Self::at(key.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect(), message)
    }

    /// A problem with the value at `path`.
    pub fn at(path: Vec<String>, message: impl Into<String>) -> Self {
        Self { path, message: message.into(), hint: None }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same problem of a value that stands at `above`.
    #[must_use]
    pub fn below(mut self, above: &[String]) -> Self {
        self.path.splice(0..0, above.iter().cloned());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path.join("."))?;
        }
        f.write_str(&self.message)
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A file as a whole.
    File(String),
    /// A line of a file, from 1.
    Line(String, usize),
    /// A setting of the command line, as it was typed.
    CommandLine(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(name) => f.write_str(name),
            Self::Line(name, line) => write!(f, "{name}:{line}"),
            Self::CommandLine(text) => f.write_str(text),
        }
    }
}

/// A problem, its place, and the key as people say it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placed {
    /// Where the value stands.
    pub place: Place,
    /// The dotted key, with items of a list by their id; empty for the file as a whole.
    pub key: String,
    /// What was found and what would be accepted.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
}

/// All problems of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// The file's name.
    pub file: String,
    /// At least one, each once, in the order of the file.
    pub all: Vec<Placed>,
}

/// Problems that are printed before the rest is only counted.
const PRINTED: usize = 200;

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.all.iter().take(PRINTED).enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{}: ", problem.place)?;
            if !problem.key.is_empty() {
                write!(f, "{}: ", problem.key)?;
            }
            f.write_str(&problem.message)?;
            if let Some(hint) = &problem.hint {
                write!(f, "\n  hint: {hint}")?;
            }
        }
        match self.all.len().saturating_sub(PRINTED) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}
