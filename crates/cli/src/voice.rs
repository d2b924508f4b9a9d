//! How much a command tells, and in what form: words for people, or events for programs.
//!
//! With `--json` stdout has one JSON object a line and nothing else; what goes to stderr stays as it is.
//! Every object has a key `event`, and keys may be added to those that are listed here:
//!
//! | `event` | when | further keys |
//! |---|---|---|
//! | `planned` | before runs are computed, for each experiment, and each time that replicates are added | `experiment`, `result` (the folder), `runs`, `in-store`, `to-compute`, `threads` |
//! | `run-finished` | a run has ended here | `key`, `settings` (those that are swept, and `replicate`), `status` (`completed`, `diverged` or `failed`), `seconds` (wall time; `null` if it failed), `diverged-at` (a step, if it diverged at one), `why` (if it failed) |
//! | `stopped` | a signal asked to stop, and all is saved | `done` and `planned` (numbers of runs) |
//! | `verdict` | for each claim, at the end | those of `claims.json`: `id`, `says`, `verdict`, `effect`, `interval`, `p`, `summary`, … |
//! | `report` | last of all | `path`, and the numbers of runs that are `completed`, `diverged` and `failed` |

use std::fmt::Display;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};
use thalweg::lab::Verdict;
use thalweg::records::{Record, Status};

use crate::{note, say, say_prose};

/// How much is told.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Voice {
    /// Print a line for each run, not only for those that diverge or fail
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,
    /// No progress: only warnings, runs that diverge or fail, and verdicts
    #[arg(short, long)]
    pub quiet: bool,
    /// Print JSON on stdout instead of words, one object per line
    ///
    /// Each object has a key `event`:
    ///
    /// planned: experiment, result (its folder), runs, in-store, to-compute, threads;
    ///
    /// run-finished: key, settings (those that are swept, and replicate), status (completed, diverged or
    /// failed), seconds (wall time), and diverged-at or why;
    ///
    /// stopped: done, planned;
    ///
    /// verdict: the keys of claims.json, such as id, verdict, effect, interval, p and summary;
    ///
    /// report: path, completed, diverged, failed.
    #[arg(long)]
    pub json: bool,
}

/// What happens, for programs.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Told<'a> {
    Planned(Planned<'a>),
    RunFinished(RunFinished<'a>),
    Stopped(Stopped),
    Verdict(&'a Verdict),
    Report(Reported),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Planned<'a> {
    pub experiment: &'a str,
    pub result: String,
    pub runs: usize,
    pub in_store: usize,
    pub to_compute: usize,
    pub threads: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunFinished<'a> {
    key: &'a str,
    settings: Map<String, Value>,
    status: &'static str,
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diverged_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub struct Stopped {
    pub done: usize,
    pub planned: usize,
}

#[derive(Debug, Serialize)]
pub struct Reported {
    pub path: String,
    pub completed: usize,
    pub diverged: usize,
    pub failed: usize,
}

impl<'a> RunFinished<'a> {
    /// A run, with its values of the settings that are swept, and its replicate.
    pub fn new(record: &'a Record, settings: Map<String, Value>) -> Self {
        let (diverged_at, why) = match &record.status {
            Status::Completed => (None, None),
            Status::Diverged { step } => (*step, None),
            Status::Failed { why } => (None, Some(why.as_str())),
        };
        let (status, seconds) = (record.status.as_str(), record.metric("seconds"));
        Self { key: &record.key, settings, status, seconds, diverged_at, why }
    }
}

impl Voice {
    /// Prints a result for people on stdout, unless programs listen there.
    pub fn say(self, line: impl Display) -> anyhow::Result<()> {
        if self.json { Ok(()) } else { say_prose(line) }
    }

    /// Prints an event for programs on stdout, if they listen.
    pub fn tell(self, event: &Told<'_>) -> anyhow::Result<()> {
        if self.json { say(serde_json::to_string(event)?) } else { Ok(()) }
    }

    /// Prints news of how things go on stderr, unless it shall be quiet.
    pub fn news(self, line: impl Display) {
        if !self.quiet {
            note(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_have_the_keys_that_are_listed() {
        let mut record = Record::empty("k".into(), Value::Null);
        record.seconds.push(thalweg::records::Metric::new("seconds", 1.5));
        let settings = || Map::from_iter([("replicate".to_owned(), json!(3))]);
        let of = |record: &Record| {
            serde_json::to_value(Told::RunFinished(RunFinished::new(record, settings()))).unwrap()
        };
        let settings = json!({ "replicate": 3 });
        let expected = json!({
            "event": "run-finished", "key": "k", "settings": settings, "status": "completed", "seconds": 1.5
        });
        assert_eq!(of(&record), expected);
        record.status = Status::Diverged { step: Some(7) };
        assert_eq!((&of(&record)["status"], &of(&record)["diverged-at"]), (&json!("diverged"), &json!(7)));
        record.status = Status::Failed { why: "a bug".into() };
        assert_eq!((&of(&record)["status"], &of(&record)["why"]), (&json!("failed"), &json!("a bug")));
        let stopped = serde_json::to_value(Told::Stopped(Stopped { done: 1, planned: 2 })).unwrap();
        assert_eq!(stopped, json!({ "event": "stopped", "done": 1, "planned": 2 }));
    }
}
