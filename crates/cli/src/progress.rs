//! Progress on stderr: one live line on a terminal, a line every few seconds elsewhere.

mod forecast;
mod line;

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use thalweg::lab::{Event, Job};
use thalweg::records::Status;

use self::forecast::Forecast;
use self::line::{Standing, line};
pub use self::line::{are, counted_of, duration};
use crate::note;

/// Between two looks at how far the runs are.
const TICK: Duration = Duration::from_millis(250);
/// Seconds between two lines where nobody sees the line change, at first and at the most.
const BETWEEN: (f64, f64) = (5.0, 300.0);
/// The longest lines where there is no terminal.
const WIDTH: usize = 100;

/// What is known of a run before it begins.
pub enum Known {
    /// It begins anew.
    Nothing,
    /// It was saved after this step.
    Saved(u64),
    /// It is there.
    Done,
}

/// How far the runs of a call have come.
pub struct Progress {
    /// The line that changes; `None` where it is not wanted.
    live: Option<ProgressBar>,
    /// Whether anything is told unasked.
    is_quiet: bool,
    start: Instant,
    state: Mutex<State>,
}

struct State {
    forecast: Forecast,
    jobs: usize,
    done: usize,
    diverged: usize,
    failed: usize,
    /// How many runs of other processes are waited for.
    waiting: usize,
    /// When the next line is due where there is no terminal.
    due: f64,
}

impl Progress {
    /// Of jobs on so many threads, with what is known of each before it begins.
    pub fn new(jobs: &[&Job], known: impl Fn(&Job) -> Known, threads: usize, is_quiet: bool) -> Self {
        let mut forecast = Forecast::new(threads);
        let mut done = 0;
        for job in jobs {
            match known(job) {
                Known::Nothing => forecast.add(job.work.all, false),
                Known::Saved(step) => forecast.add_saved(&job.key, job.work.all, work_before(job, step)),
                Known::Done => {
                    forecast.add(job.work.all, true);
                    done += 1;
                }
            }
        }
        let is_live = !is_quiet && std::io::stderr().is_terminal() && done < jobs.len();
        let live = is_live.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
            bar.set_style(
                ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar
        });
        let state =
            State { forecast, jobs: jobs.len(), done, diverged: 0, failed: 0, waiting: 0, due: BETWEEN.0 };
        Self { live, is_quiet, start: Instant::now(), state: Mutex::new(state) }
    }

    /// Hears what happens.
    pub fn hear(&self, event: &Event<'_>) {
        let now = self.elapsed();
        let mut state = self.state();
        match event {
            Event::Started(job) => state.forecast.begin(&job.key, job.work.all, now),
            Event::Resumed(job, step) => state.forecast.resume(&job.key, work_before(job, *step)),
            Event::Worked(job, work) => state.forecast.work(&job.key, *work),
            Event::Finished(job, record) => {
                state.forecast.end(&job.key, now);
                state.done += 1;
                match record.status {
                    Status::Completed => {}
                    Status::Diverged { .. } => state.diverged += 1,
                    Status::Failed { .. } => state.failed += 1,
                }
            }
            Event::Waiting(n) => state.waiting = *n,
            Event::Measured(..) => {}
        }
    }

    /// Prints a line of its own, above the one that changes.
    pub fn note(&self, text: &str) {
        match &self.live {
            Some(bar) => bar.suspend(|| note(text)),
            None => note(text),
        }
    }

    /// Tells how far the runs are, over and over, until it is over.
    pub fn watch(&self, is_over: &AtomicBool) {
        while !is_over.load(Ordering::Relaxed) {
            self.tick();
            std::thread::park_timeout(TICK);
        }
        if let Some(bar) = &self.live {
            bar.finish_and_clear();
        }
    }

    /// Seconds since it began.
    pub fn elapsed(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    fn tick(&self) {
        let now = self.elapsed();
        let mut state = self.state();
        let standing = Standing {
            share: state.forecast.share(),
            done: state.done,
            jobs: state.jobs,
            running: state.forecast.running(),
            diverged: state.diverged,
            failed: state.failed,
            waiting: state.waiting,
            elapsed: now,
            remaining: state.forecast.remaining(now),
        };
        match &self.live {
            Some(bar) => {
                let width = Term::stderr().size_checked().map_or(WIDTH, |(_, columns)| usize::from(columns));
                bar.set_message(line(&standing, width));
            }
            None if !self.is_quiet && now >= state.due => {
                state.due = next_due(now);
                note(line(&standing, WIDTH));
            }
            None => {}
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is done of a run that was saved, its probes apart.
fn work_before(job: &Job, step: u64) -> f64 {
    step as f64 * job.work.step
}

/// When the next line is due: a file of a day has some hundred lines, not tens of thousands.
fn next_due(now: f64) -> f64 {
    now + (now / 20.0).clamp(BETWEEN.0, BETWEEN.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_log_become_rarer() {
        let lines = |end: f64| {
            std::iter::successors(Some(5.0), |due| Some(next_due(*due))).take_while(|due| *due < end).count()
        };
        assert_eq!(lines(60.0), 11, "every five seconds");
        assert!((300..400).contains(&lines(86_400.0)), "{} lines a day", lines(86_400.0));
    }
}
