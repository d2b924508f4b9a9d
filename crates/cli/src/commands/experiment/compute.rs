//! Runs on every core, until they are all in the store or somebody presses Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context;
use rayon::{ThreadPool, ThreadPoolBuilder};
use thalweg::lab::{Event, Experiment, Job, Surroundings, execute};
use thalweg::records::{Provenance, Store};

use crate::progress::Progress;
use crate::{Exit, provenance};

/// The threads, and the wish to stop.
pub struct Computer {
    pool: ThreadPool,
    /// Set by Ctrl-C, and by a store that cannot be written.
    cancelled: Arc<AtomicBool>,
    /// Set by Ctrl-C alone.
    asked: Arc<AtomicBool>,
    provenance: Provenance,
}

impl Computer {
    pub fn new(threads: Option<u16>, commit: Option<&str>) -> anyhow::Result<Self> {
        let (cancelled, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (flag, ask) = (Arc::clone(&cancelled), Arc::clone(&asked));
        ctrlc::set_handler(move || {
            flag.store(true, Ordering::Relaxed);
            ask.store(true, Ordering::Relaxed);
        })
        .context("cannot listen to Ctrl-C")?;
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.map_or(0, usize::from))
            .build()
            .context("cannot start the threads")?;
        Ok(Self { pool, cancelled, asked, provenance: provenance(commit) })
    }

    pub fn n_threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Computes the jobs that the store lacks.
    pub fn compute(&self, experiment: &Experiment, jobs: &[&Job], store: &Store) -> Result<(), Exit> {
        let all = experiment.in_order(jobs).concat();
        let missing = || all.iter().filter(|job| !store.contains(&job.key));
        let (present, work) = (all.len() - missing().count(), missing().map(|job| job.work).sum());
        let progress = Progress::new(experiment, all.len(), present, work, self.n_threads());
        let start = Instant::now();
        let now = || start.elapsed().as_secs_f64();
        let tell = |event: Event<'_>| progress.tell(&event);
        let around = Surroundings { now: &now, cancelled: &self.cancelled, provenance: &self.provenance };
        let done = self.pool.install(|| execute(experiment, jobs, store, &around, &tell))?;
        progress.finish(done);
        if self.asked.load(Ordering::Relaxed) {
            let done = experiment.jobs.iter().filter(|job| store.contains(&job.key)).count();
            return Err(Exit::Stopped { done, planned: experiment.jobs.len() });
        }
        Ok(())
    }
}
