//! Runs on every core, until they are all in the store or somebody wants to stop.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;
use rayon::{ThreadPool, ThreadPoolBuilder};
use rustix::time::ClockId;
use thalweg::lab::{Event, Experiment, Job, Run, Surroundings, execute};
use thalweg::records::{Call, Provenance, Record, ResultFolder, Status, Store};
use thalweg::report::counted;

use crate::clock::{date, seconds_of};
use crate::names::RunNames;
use crate::progress::{Known, Progress, counted_of, duration};
use crate::stop::Wishes;
use crate::voice::{Planned, RunFinished, Stopped, Told, Voice};
use crate::{Exit, limits, provenance, shown};

/// Between two signs of life.
const BEAT: Duration = Duration::from_secs(5);
/// Between two looks at what other processes have computed.
const PAUSE: Duration = Duration::from_millis(200);

/// The threads, the wish to stop, and whom to tell.
pub struct Computer {
    pool: ThreadPool,
    wishes: Wishes,
    /// Seconds between two checkpoints.
    checkpoint: f64,
    provenance: Provenance,
    voice: Voice,
}

impl Computer {
    pub fn new(
        threads: Option<u16>,
        checkpoint: f64,
        commit: Option<&str>,
        voice: Voice,
    ) -> anyhow::Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.map_or(0, usize::from))
            .build()
            .context("cannot start the threads")?;
        Ok(Self { pool, wishes: Wishes::listen()?, checkpoint, provenance: provenance(commit), voice })
    }

    pub fn n_threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Tells how things go.
    pub fn news(&self, line: impl Display) {
        self.voice.news(line);
    }

    /// Does something with all threads.
    pub fn install<T: Send>(&self, what: impl FnOnce() -> T + Send) -> T {
        self.pool.install(what)
    }

    /// Computes the jobs that the store lacks, with news of how many and how long; `folder` is that of the
    /// result.
    pub fn compute(
        &self,
        experiment: &Experiment,
        jobs: &[&Job],
        store: &Store,
        folder: &ResultFolder,
    ) -> Result<(), Exit> {
        self.compute_with(experiment, jobs, store, folder, |line| self.news(line))
    }

    /// The same, with this done about each line of news.
    pub fn compute_with(
        &self,
        experiment: &Experiment,
        jobs: &[&Job],
        store: &Store,
        folder: &ResultFolder,
        news: impl Fn(String),
    ) -> Result<(), Exit> {
        let all = experiment.in_order(jobs).concat();
        store.remove_finished()?;
        let missing: Vec<&Job> = all.iter().copied().filter(|job| !store.contains(&job.key)).collect();
        limits::check(all.len(), &missing, self.n_threads(), store.root())?;
        self.announce(experiment, (missing.len(), all.len()), folder, &news)?;
        let known = |job: &Job| match store.contains(&job.key) {
            true => Known::Done,
            false => store
                .saved_numbers(&job.key)
                .as_ref()
                .and_then(Run::saved_step)
                .map_or(Known::Nothing, Known::Saved),
        };
        let progress = Progress::new(&all, known, self.n_threads(), self.voice.quiet);
        let began = date(SystemTime::now());
        let (start, cpu_before) = (Instant::now(), seconds_of(ClockId::ProcessCPUTime));
        let now = || start.elapsed().as_secs_f64();
        let (names, waiting) = (RunNames::new(experiment), AtomicUsize::new(0));
        let tell = |event: Event<'_>| {
            progress.hear(&event);
            self.tell(&event, &names, &waiting, &progress);
        };
        let around = Surroundings {
            now: &now,
            cpu: &|| Some(seconds_of(ClockId::ThreadCPUTime)),
            cancelled: &self.wishes.stop,
            checkpoint: self.checkpoint,
            save: &self.wishes.save,
            pause: &|| std::thread::sleep(PAUSE),
            provenance: &self.provenance,
        };
        let is_over = AtomicBool::new(false);
        let done = std::thread::scope(|scope| {
            let heart = scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    store.beat();
                    std::thread::park_timeout(BEAT);
                }
            });
            let watch = scope.spawn(|| progress.watch(&is_over));
            self.wishes.computing(true);
            let done = self.pool.install(|| execute(experiment, jobs, store, &around, &tell));
            self.wishes.computing(false);
            is_over.store(true, Ordering::Relaxed);
            heart.thread().unpark();
            watch.thread().unpark();
            done
        })?;
        // Also what others have left who died when they had kept a run, and not given it back.
        store.remove_finished()?;
        if !missing.is_empty() {
            let cpu = seconds_of(ClockId::ProcessCPUTime) - cpu_before;
            folder.note_call(Call {
                began,
                command: std::env::args().collect::<Vec<_>>().join(" "),
                runs: done,
                threads: self.n_threads(),
                wall_seconds: progress.elapsed(),
                cpu_seconds: cpu,
            })?;
            let (runs, wall) = (counted(done, "run"), duration(progress.elapsed()));
            news(format!("{runs} computed: wall time {wall}, CPU time {}", duration(cpu)));
        }
        match self.wishes.code() {
            Some(code) => {
                let done = experiment.jobs.iter().filter(|job| store.contains(&job.key)).count();
                let planned = experiment.jobs.len();
                self.voice.tell(&Told::Stopped(Stopped { done, planned }))?;
                Err(Exit::Stopped { code, done, planned })
            }
            None => Ok(()),
        }
    }

    /// Tells what will be computed.
    fn announce(
        &self,
        experiment: &Experiment,
        (to_compute, runs): (usize, usize),
        folder: &ResultFolder,
        news: &impl Fn(String),
    ) -> anyhow::Result<()> {
        let (in_store, threads) = (runs - to_compute, self.n_threads());
        let stored = if in_store > 0 { format!(", {in_store} already in the store") } else { String::new() };
        news(format!(
            "{}: {} to compute on {}{stored}",
            experiment.plan.name,
            counted_of(to_compute, runs, "run"),
            counted(threads, "thread")
        ));
        let (experiment, result) = (experiment.plan.name.as_str(), shown(folder.path()));
        self.voice.tell(&Told::Planned(Planned { experiment, result, runs, in_store, to_compute, threads }))
    }

    /// Tells what happens to single runs: unasked of those that diverge or fail.
    fn tell(&self, event: &Event<'_>, names: &RunNames, waiting: &AtomicUsize, progress: &Progress) {
        match event {
            Event::Waiting(n) if waiting.swap(*n, Ordering::Relaxed) != *n && !self.voice.quiet => {
                progress.note(&format!("waiting for {} that other processes compute", counted(*n, "run")));
            }
            Event::Resumed(job, step) if self.voice.verbose => {
                progress.note(&format!("  {} goes on after step {step}", names.of(job)));
            }
            Event::Finished(job, record) => {
                if self.voice.verbose || record.status != Status::Completed {
                    progress.note(&format!("  {}", ended(&names.of(job), record)));
                }
                let finished = RunFinished::new(record, names.settings(job));
                // That nobody reads on is no reason to stop computing.
                let _ = self.voice.tell(&Told::RunFinished(finished));
            }
            _ => {}
        }
    }
}

/// `replicate = 0 done in 1.2 s`, `replicate = 0 diverged at step 7, after 1.2 s`
fn ended(name: &str, record: &Record) -> String {
    let wall = duration(record.metric("seconds").unwrap_or_default());
    match &record.status {
        Status::Completed => format!("{name} done in {wall}"),
        status @ Status::Diverged { .. } => format!("{name} {status}, after {wall}"),
        status @ Status::Failed { .. } => format!("{name} {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_sleeps_takes_no_cpu_time() {
        let cpu = || seconds_of(ClockId::ThreadCPUTime);
        let (start, before) = (Instant::now(), cpu());
        std::thread::sleep(Duration::from_millis(200));
        // Whatever else runs on the machine: a sleeping thread is charged for microseconds.
        assert!(cpu() - before < 0.1 && start.elapsed() >= Duration::from_millis(200));
        let before = cpu();
        let mut sum = 0.0_f64;
        while cpu() - before < 0.01 {
            sum += std::hint::black_box(1.0);
        }
        assert!(
            sum > 0.0 && start.elapsed() >= Duration::from_millis(210),
            "and works no faster than the clock"
        );
    }
}
