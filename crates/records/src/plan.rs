//! What an experiment consists of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::FORMAT;

/// Replicates that are added one by one until all claims are decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sequential {
    /// The first replicate: those before it were looked at before.
    pub first: u64,
    /// The largest number of replicates.
    pub most: u64,
}

/// The frame around the runs of one experiment: everything that a report needs besides the records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// How it is written: [`FORMAT`](crate::FORMAT). 0 before this was told.
    #[serde(default)]
    pub format: u32,
    /// The experiment's name: its file's without the ending.
    pub name: String,
    /// One line on what it is about.
    pub title: String,
    /// What it asks.
    pub question: String,
    /// The file that it was read from, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The profile that was chosen.
    pub profile: Option<String>,
    /// Settings that were changed on the command line, `key=value`.
    pub overrides: Vec<String>,
    /// Dotted keys of the settings that are swept.
    pub axes: Vec<String>,
    /// The run keys, in the order of the plan.
    pub runs: Vec<String>,
    /// The keys of further runs, to whose solutions probes walk. They are no points of the sweep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub companions: Vec<String>,
    /// The names of runs that a sweep has named, by their keys. A name is no part of what is computed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cases: BTreeMap<String, String>,
    /// What was found in the files of the runs and stands in no setting, such as which columns are features.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Whether the runs are a trial: their verdicts say what to test, and test nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exploratory: bool,
    /// Set if the verdicts are looked at after every replicate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequential: Option<Sequential>,
    /// Replicates below this number had been looked at before this question was asked of them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub looked_before: u64,
    /// Results of other files that have some of these runs, which are then looked at there too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_with: Vec<String>,
    /// The notes of looks that were there when this was written, by their paths in the folder of the notes:
    /// so it is found if one is removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<String>,
    /// The claims as the file states them.
    pub claims: Value,
    /// The figures as the file states them.
    pub figures: Value,
}

impl Plan {
    /// A plan that says nothing but its name and axes.
    pub fn new(name: impl Into<String>, axes: Vec<String>) -> Self {
        Self {
            format: FORMAT,
            name: name.into(),
            title: String::new(),
            question: String::new(),
            source: None,
            profile: None,
            overrides: Vec::new(),
            axes,
            runs: Vec::new(),
            companions: Vec::new(),
            cases: BTreeMap::new(),
            notes: Vec::new(),
            exploratory: false,
            sequential: None,
            looked_before: 0,
            shared_with: Vec::new(),
            looks: Vec::new(),
            claims: Value::Null,
            figures: Value::Null,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
