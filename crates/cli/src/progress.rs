//! Progress on stderr: a bar with the remaining time on a terminal, plain lines elsewhere.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use thalweg::lab::{Event, Experiment};
use thalweg::records::Status;

use crate::names::RunNames;
use crate::note;

/// Units of the bar for one Mflop.
const UNIT: f64 = 1e6;

/// Tells how the runs of an experiment get on.
pub struct Progress {
    bar: Option<ProgressBar>,
    names: RunNames,
    to_compute: usize,
    /// How much of the work of each run the bar has been told.
    told: Mutex<HashMap<String, f64>>,
    /// How many runs of other processes were waited for the last time that it was told.
    waiting: AtomicUsize,
}

impl Progress {
    pub fn new(experiment: &Experiment, jobs: usize, present: usize, work: f64, threads: usize) -> Self {
        let to_compute = jobs - present;
        let stored = if present > 0 { format!(", {present} already in the store") } else { String::new() };
        let one = if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
        let name = &experiment.plan.name;
        note(format_args!("{name}: {to_compute} of {jobs} runs to compute on {one}{stored}"));
        let bar = (std::io::stderr().is_terminal() && to_compute > 0).then(|| {
            let bar = ProgressBar::with_draw_target(
                Some((work / UNIT) as u64),
                ProgressDrawTarget::stderr_with_hz(5),
            );
            let template = "{bar:30} {percent:>3} %  {elapsed} elapsed, {eta} remaining  {msg}";
            bar.set_style(
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar.enable_steady_tick(Duration::from_millis(500));
            bar
        });
        Self {
            bar,
            names: RunNames::new(experiment),
            to_compute,
            told: Mutex::default(),
            waiting: AtomicUsize::new(0),
        }
    }

    pub fn tell(&self, event: &Event<'_>) {
        match (event, &self.bar) {
            (Event::Worked(job, work), Some(bar)) => {
                *self
                    .told
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .entry(job.key.clone())
                    .or_default() += work;
                bar.inc((work / UNIT).round() as u64);
            }
            (Event::Waiting(n), bar) => {
                if self.waiting.swap(*n, Ordering::Relaxed) == *n {
                    return;
                }
                let line = format!(
                    "waiting for {n} {} that other processes compute",
                    if *n == 1 { "run" } else { "runs" }
                );
                match bar {
                    Some(bar) => bar.println(line),
                    None => note(line),
                }
            }
            (Event::Resumed(job, step), bar) => {
                let line = format!("  {} goes on after step {step}", self.names.of(job));
                match bar {
                    Some(bar) => bar.println(line),
                    None => note(line),
                }
            }
            (Event::Finished(job, record), bar) => {
                // Test sets, and what a run that ended early did not do.
                let told = self.told.lock().unwrap_or_else(PoisonError::into_inner).remove(&job.key);
                if let Some(bar) = bar {
                    bar.inc(((job.work.all - told.unwrap_or_default()) / UNIT).max(0.0).round() as u64);
                }
                let seconds = record.metric("seconds").unwrap_or_default();
                let ending = match &record.status {
                    Status::Completed => String::new(),
                    other => format!(", {other}"),
                };
                let line = format!("  {} done in {seconds:.1} s{ending}", self.names.of(job));
                match bar {
                    Some(bar) => bar.println(line),
                    None => note(line),
                }
            }
            _ => {}
        }
    }

    pub fn finish(&self, done: usize) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if self.to_compute > 0 {
            note(format_args!("{done} {} computed", if done == 1 { "run" } else { "runs" }));
        }
    }
}
