//! Runs on every core, until they are all in the store or somebody wants to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use rayon::{ThreadPool, ThreadPoolBuilder};
use thalweg::lab::{Event, Experiment, Job, Surroundings, execute};
use thalweg::records::{Provenance, Store};

use crate::progress::Progress;
use crate::stop::Wishes;
use crate::{Exit, limits, provenance};

/// Between two signs of life.
const BEAT: Duration = Duration::from_secs(5);
/// Between two looks at what other processes have computed.
const PAUSE: Duration = Duration::from_millis(200);

/// The threads, and the wish to stop.
pub struct Computer {
    pool: ThreadPool,
    wishes: Wishes,
    /// Seconds between two checkpoints.
    checkpoint: f64,
    provenance: Provenance,
}

impl Computer {
    pub fn new(threads: Option<u16>, checkpoint: f64, commit: Option<&str>) -> anyhow::Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.map_or(0, usize::from))
            .build()
            .context("cannot start the threads")?;
        Ok(Self { pool, wishes: Wishes::listen()?, checkpoint, provenance: provenance(commit) })
    }

    pub fn n_threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Computes the jobs that the store lacks.
    pub fn compute(&self, experiment: &Experiment, jobs: &[&Job], store: &Store) -> Result<(), Exit> {
        let all = experiment.in_order(jobs).concat();
        let missing: Vec<&&Job> = all.iter().filter(|job| !store.contains(&job.key)).collect();
        let (present, work) = (all.len() - missing.len(), missing.iter().map(|job| job.work.all).sum());
        limits::check(&missing.iter().map(|job| **job).collect::<Vec<&Job>>(), self.n_threads())?;
        let progress = Progress::new(experiment, all.len(), present, work, self.n_threads());
        let start = Instant::now();
        let now = || start.elapsed().as_secs_f64();
        let tell = |event: Event<'_>| progress.tell(&event);
        let around = Surroundings {
            now: &now,
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
            self.wishes.computing(true);
            let done = self.pool.install(|| execute(experiment, jobs, store, &around, &tell));
            self.wishes.computing(false);
            is_over.store(true, Ordering::Relaxed);
            heart.thread().unpark();
            done
        })?;
        progress.finish(done);
        match self.wishes.code() {
            Some(code) => {
                let done = experiment.jobs.iter().filter(|job| store.contains(&job.key)).count();
                Err(Exit::Stopped { code, done, planned: experiment.jobs.len() })
            }
            None => Ok(()),
        }
    }
}
