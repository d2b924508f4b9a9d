//! Runs on every core, until they are all in the store or somebody presses Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context;
use rayon::{ThreadPool, ThreadPoolBuilder};
use thalweg_experiment::{Event, Experiment, Job, execute};
use thalweg_records::Store;

use crate::exit::Exit;
use crate::progress::Progress;
use crate::provenance::provenance;

/// The threads, and the wish to stop.
pub struct Computer {
    pool: ThreadPool,
    /// Set by Ctrl-C, and by a store that cannot be written.
    cancelled: Arc<AtomicBool>,
    /// Set by Ctrl-C alone.
    asked: Arc<AtomicBool>,
}

impl Computer {
    pub fn new(threads: Option<u16>) -> anyhow::Result<Self> {
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
        Ok(Self { pool, cancelled, asked })
    }

    pub fn n_threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Computes the jobs that the store lacks.
    pub fn compute(&self, experiment: &Experiment, jobs: &[&Job], store: &Store) -> Result<(), Exit> {
        let present = jobs.iter().filter(|job| store.contains(&job.key)).count();
        let work = jobs.iter().filter(|job| !store.contains(&job.key)).map(|job| job.work).sum();
        let progress = Progress::new(experiment, jobs.len(), present, work, self.n_threads());
        let start = Instant::now();
        let now = || start.elapsed().as_secs_f64();
        let tell = |event: Event<'_>| progress.tell(&event);
        let done = self.pool.install(|| execute(jobs, store, &now, &self.cancelled, &provenance(), &tell))?;
        progress.finish(done);
        if self.asked.load(Ordering::Relaxed) {
            let done = experiment.jobs.iter().filter(|job| store.contains(&job.key)).count();
            return Err(Exit::Stopped { done, planned: experiment.jobs.len() });
        }
        Ok(())
    }
}
