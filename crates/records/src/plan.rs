//! What an experiment consists of.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The frame around the runs of one experiment: everything that a report needs besides the records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// The experiment's name, which is also its folder's.
    pub name: String,
    /// One line on what it is about.
    pub title: String,
    /// What it asks.
    pub question: String,
    /// The profile that was chosen.
    pub profile: Option<String>,
    /// Settings that were changed on the command line, `key=value`.
    pub overrides: Vec<String>,
    /// Dotted keys of the settings that are swept.
    pub axes: Vec<String>,
    /// The run keys, in the order of the plan.
    pub runs: Vec<String>,
    /// The claims as the file states them.
    pub claims: Value,
    /// The figures as the file states them.
    pub figures: Value,
}
