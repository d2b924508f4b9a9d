//! Many runs on every thread of the pool.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use thalweg_records::{Record, Status, Store, StoreError};

use super::subject::{Event, Surroundings};
use crate::plan::{Experiment, Job};

/// Where records are kept: a store on a disk, or the memory.
pub trait Pool: Sync {
    /// Whether the run with this key is there.
    fn contains(&self, key: &str) -> bool;

    /// Keeps a record. One that is there already stays as it is.
    ///
    /// # Errors
    /// If it cannot be written.
    fn keep(&self, record: &Record) -> Result<(), StoreError>;

    /// The record with this key, or `None` if it is not there.
    ///
    /// # Errors
    /// If it cannot be read.
    fn read(&self, key: &str) -> Result<Option<Record>, StoreError>;
}

impl Pool for Store {
    fn contains(&self, key: &str) -> bool {
        Self::contains(self, key)
    }

    fn keep(&self, record: &Record) -> Result<(), StoreError> {
        self.write(record)
    }

    fn read(&self, key: &str) -> Result<Option<Record>, StoreError> {
        Self::read(self, key)
    }
}

/// Records in memory.
#[derive(Debug, Default)]
pub struct Memory(Mutex<BTreeMap<String, Record>>);

impl Memory {
    /// The records that are there, by their keys.
    pub fn into_records(self) -> BTreeMap<String, Record> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool for Memory {
    fn contains(&self, key: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(key)
    }

    fn keep(&self, record: &Record) -> Result<(), StoreError> {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        records.entry(record.key.clone()).or_insert_with(|| record.clone());
        Ok(())
    }

    fn read(&self, key: &str) -> Result<Option<Record>, StoreError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }
}

/// Computes the jobs of an experiment that the pool lacks, those first to whose solutions probes of others
/// walk. Returns how many were computed.
///
/// # Errors
/// The first record that could not be kept; no further run is begun then.
pub fn execute(
    experiment: &Experiment,
    jobs: &[&Job],
    pool: &dyn Pool,
    around: &Surroundings<'_>,
    tell: &(dyn Fn(Event<'_>) + Sync),
) -> Result<usize, StoreError> {
    let [first, then] = experiment.in_order(jobs);
    Ok(compute(&first, pool, around, tell)? + compute(&then, pool, around, tell)?)
}

/// Computes the jobs that the pool lacks on all threads of the current rayon pool, longest first, and keeps
/// each record as soon as it is there. Returns how many were computed.
///
/// Each thread takes the next job when it is done with one, so no thread ever begins a run while it waits for
/// the test sets of another: a record is written as early as it can be. A run that panics is recorded as
/// failed, and the others go on.
///
/// # Errors
/// The first record that could not be kept or read; no further run is begun then.
fn compute(
    jobs: &[&Job],
    pool: &dyn Pool,
    around: &Surroundings<'_>,
    tell: &(dyn Fn(Event<'_>) + Sync),
) -> Result<usize, StoreError> {
    let mut missing: Vec<&Job> = jobs.iter().copied().filter(|job| !pool.contains(&job.key)).collect();
    missing.sort_by(|a, b| b.work.total_cmp(&a.work));
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failure = Mutex::new(None);
    rayon::broadcast(|_| {
        while let Some(job) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
            if around.cancelled.load(Ordering::Relaxed) {
                return;
            }
            tell(Event::Started(job));
            let others = job.needs.iter().map(|(id, key)| Ok((id.clone(), pool.read(key)?)));
            let kept = others.collect::<Result<_, _>>().and_then(|others| {
                let caught = catch_unwind(AssertUnwindSafe(|| super::run(job, &others, around, tell)));
                let record = match caught {
                    Ok(Ok(record)) => record,
                    Ok(Err(_)) => return Ok(None),
                    Err(panic) => failed(job, &*panic, around),
                };
                pool.keep(&record).map(|()| Some(record))
            });
            match kept {
                Ok(None) => return,
                Ok(Some(record)) => {
                    done.fetch_add(1, Ordering::Relaxed);
                    tell(Event::Finished(job, &record));
                }
                Err(e) => {
                    around.cancelled.store(true, Ordering::Relaxed);
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

fn failed(job: &Job, panic: &(dyn std::any::Any + Send), around: &Surroundings<'_>) -> Record {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let why = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned();
    Record {
        status: Status::Failed { why },
        provenance: around.provenance.clone(),
        ..Record::empty(job.key.clone(), job.json())
    }
}
