//! The ways in which a command does not end well, and their exit codes.

use std::fmt;
use std::process::ExitCode;

use thalweg::document::UNKNOWN_KEY;
use thalweg::experiment::NO_SETTING;
use thalweg::lab::{Placed, Problems};
use thalweg::records::{Store, StoreError};
use thalweg::report::{ReportError, counted};

use crate::progress::{are, counted_of};

/// Why a command stops.
#[derive(Debug)]
pub enum Exit {
    /// Something did not work: code 1.
    Failed(anyhow::Error),
    /// The command line or a file asks for something impossible: code 2.
    Usage(anyhow::Error),
    /// Claims that were required are not supported: code 3.
    Claims(Vec<String>),
    /// A run failed, or something is damaged or differs, and was told: code 1.
    Found,
    /// A signal asked to stop: code 130 for Ctrl-C, 143 for SIGTERM, as shells have it.
    Stopped {
        /// The exit code.
        code: u8,
        /// Runs in the store.
        done: usize,
        /// Runs of the plan.
        planned: usize,
    },
}

impl Exit {
    /// The code for the shell.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Claims(_) => 3,
            Self::Found => 1,
            Self::Stopped { code, .. } => *code,
        })
    }

    /// The command line or a file asks for something impossible.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::Usage(anyhow::anyhow!("{message}"))
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(e) | Self::Usage(e) => write!(f, "error: {e:#}"),
            Self::Claims(ids) => write!(f, "error: not supported: {}", ids.join(", ")),
            Self::Found => Ok(()),
            Self::Stopped { done, planned, .. } => {
                write!(
                    f,
                    "stopped: {} {} in the store\nhint: the same command goes on from there",
                    counted_of(*done, *planned, "run"),
                    are(*planned)
                )
            }
        }
    }
}

impl From<anyhow::Error> for Exit {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for Exit {
    fn from(error: StoreError) -> Self {
        match error {
            // A name that is mistyped is bad usage.
            StoreError::NoPlan(path) => {
                let there =
                    path.parent().and_then(|store| Store::new(store).results().ok()).unwrap_or_default();
                let known = format!("; there are results of {}", there.join(", "));
                Self::usage(format!(
                    "{}{}",
                    StoreError::NoPlan(path),
                    if there.is_empty() { "" } else { &known }
                ))
            }
            other => Self::Failed(other.into()),
        }
    }
}

impl From<ReportError> for Exit {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Store(e) => e.into(),
            other => Self::Usage(other.into()),
        }
    }
}

impl From<Problems> for Exit {
    fn from(mut problems: Problems) -> Self {
        problems.all.iter_mut().for_each(point_to_help);
        let n = problems.all.len();
        Self::Usage(anyhow::anyhow!("{} in {}\n{problems}", counted(n, "problem"), problems.file))
    }
}

/// Where no word is near, says which command tells what the words mean.
fn point_to_help(problem: &mut Placed) {
    let is_of_settings = is_of_settings(problem);
    let Some(hint) = &mut problem.hint else { return };
    if problem.message == UNKNOWN_KEY && hint.starts_with("known here: ") {
        let table = key_of(&problem.key).rsplit_once(['.', ' ']).map_or("", |(table, _)| table);
        let table = table.split([' ', ':']).next().unwrap_or_default();
        let command = ["explain", table].join(" ");
        hint.push_str(&format!("; `{}` tells what they mean", command.trim_end()));
    } else if hint.starts_with("there are: ") {
        hint.push_str("; `metrics` tells what they are");
    } else if let Some(key) = hint.strip_prefix("did you mean `").and_then(|rest| rest.split('`').next())
        && is_of_settings
    {
        let link = if hint.ends_with('?') { " " } else { "; " };
        *hint = format!("{hint}{link}`explain {key}` tells of it");
    }
}

/// The key, without the profile that has it.
fn key_of(key: &str) -> &str {
    key.strip_prefix("profile ").and_then(|rest| rest.split_once(": ")).map_or(key, |(_, key)| key)
}

/// Whether it is about the name of a setting, as a sweep, a claim or a figure has it.
fn is_of_settings(problem: &Placed) -> bool {
    let is_swept = problem.message == UNKNOWN_KEY && key_of(&problem.key).starts_with("sweep.");
    is_swept || problem.message == NO_SETTING || problem.message.starts_with("the runs have no setting ")
}
