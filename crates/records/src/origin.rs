//! How a result came to be: what neither its plan nor its runs can tell.

use serde::{Deserialize, Serialize};

use crate::{ResultFolder, StoreError};

/// The file of a folder that has it.
pub(crate) const ORIGIN: &str = "origin.json";

/// The experiment as it was written, and the calls that computed its runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Origin {
    /// The experiment file, and those that it builds on, each with its name.
    #[serde(default)]
    pub texts: Vec<(String, String)>,
    /// Calls that computed something, in the order in which they ended.
    #[serde(default)]
    pub calls: Vec<Call>,
}

/// A call that computed runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Call {
    /// When it began, in universal time (RFC 3339).
    pub began: String,
    /// What was typed.
    pub command: String,
    /// How many runs it computed, on how many threads.
    pub runs: usize,
    /// Number of threads.
    pub threads: usize,
    /// Seconds on a clock.
    pub wall_seconds: f64,
    /// Seconds of CPU time of all threads together.
    pub cpu_seconds: f64,
}

impl ResultFolder {
    /// How the result came to be, as far as that was noted and can be read: nothing rests on it.
    pub fn origin(&self) -> Origin {
        self.read(ORIGIN).ok().flatten().unwrap_or_default()
    }

    /// Keeps the texts of the experiment file.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn note_texts(&self, texts: &[(String, String)]) -> Result<(), StoreError> {
        self.write_origin(&Origin { texts: texts.to_vec(), ..self.origin() })
    }

    /// Keeps that a call computed runs.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn note_call(&self, call: Call) -> Result<(), StoreError> {
        let mut origin = self.origin();
        origin.calls.push(call);
        self.write_origin(&origin)
    }

    fn write_origin(&self, origin: &Origin) -> Result<(), StoreError> {
        self.write(ORIGIN, &crate::checked::write(origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_calls_are_kept_side_by_side() {
        let folder = tempfile::tempdir().unwrap();
        let result = ResultFolder::new(folder.path());
        assert_eq!(result.origin(), Origin::default());
        let call = Call {
            began: "2026-12-01T01:02:03Z".into(),
            command: "thalweg experiment a".into(),
            runs: 3,
            threads: 2,
            wall_seconds: 0.5,
            cpu_seconds: 0.75,
        };
        result.note_call(call.clone()).unwrap();
        let texts = vec![("a.toml".to_owned(), "title = \"ü\"\n".to_owned())];
        result.note_texts(&texts).unwrap();
        result.note_call(call.clone()).unwrap();
        assert_eq!(result.origin(), Origin { texts, calls: vec![call.clone(), call] });
        result.write(ORIGIN, b"{}").unwrap();
        assert_eq!(result.origin(), Origin::default(), "damage loses it, and nothing else");
    }
}
