//! Many runs on every thread of the pool.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use thalweg_records::{Provenance, Status, Store, StoreError};

use crate::{Job, Surroundings, run};

/// What happens while runs are computed.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// A run has begun.
    Started(&'a Job),
    /// A run has done this much of its [`work`](Job::work).
    Worked(f64),
    /// A run is in the store.
    Finished(&'a Job, Status, f64),
}

/// Computes the jobs that the store lacks on all threads of the current rayon pool, longest first, and writes each
/// record as soon as it is there. Returns how many were computed.
///
/// Each thread takes the next job when it is done with one, so no thread ever begins a run while it waits for the
/// test sets of another: a record is written as early as it can be.
///
/// # Errors
/// The first record that could not be written; runs in progress are then given up.
pub fn execute(
    jobs: &[&Job],
    store: &Store,
    now: &(dyn Fn() -> f64 + Sync),
    cancelled: &AtomicBool,
    provenance: &Provenance,
    events: &(dyn Fn(Event<'_>) + Sync),
) -> Result<usize, StoreError> {
    let mut missing: Vec<&Job> = jobs.iter().copied().filter(|job| !store.contains(&job.key)).collect();
    missing.sort_by(|a, b| b.work.total_cmp(&a.work));
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failure = Mutex::new(None);
    rayon::broadcast(|_| {
        while let Some(job) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
            if cancelled.load(Ordering::Relaxed) {
                return;
            }
            events(Event::Started(job));
            let share = job.work / job.spec.task.steps() as f64;
            let progress = |steps: u64| events(Event::Worked(steps as f64 * share));
            let around = Surroundings { now, cancelled, progress: &progress, provenance: provenance.clone() };
            let Ok(record) = run(job, &around) else { return };
            match store.write(&record) {
                Ok(()) => {
                    done.fetch_add(1, Ordering::Relaxed);
                    let seconds = record.metric("seconds").unwrap_or_default();
                    events(Event::Finished(job, record.status, seconds));
                }
                Err(e) => {
                    cancelled.store(true, Ordering::Relaxed);
                    failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(e);
                    return;
                }
            }
        }
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(e) => Err(e),
        None => Ok(done.into_inner()),
    }
}
