//! Many runs on every thread of the pool.

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use thalweg_records::{Checkpoint, Claim, Record, Status, Store, StoreError};

use super::subject::{Event, Surroundings};
use super::{Others, Run, Slice};
use crate::plan::{Experiment, Job};

/// Where records are kept, and runs on their way: a store on a disk, or the memory.
pub trait Pool: Sync {
    /// Whether the run with this key is there.
    fn contains(&self, key: &str) -> bool;

    /// The record with this key, or `None` if it is not there.
    ///
    /// # Errors
    /// If it cannot be read.
    fn read(&self, key: &str) -> Result<Option<Record>, StoreError>;

    /// Keeps records.
    ///
    /// # Errors
    /// If they cannot be written; then none is there.
    fn keep(&self, records: &[Record]) -> Result<(), StoreError>;

    /// Claims a run that others may want to compute too. Alone one gets all.
    ///
    /// # Errors
    /// If that cannot be written.
    fn claim(&self, _key: &str) -> Result<Claim, StoreError> {
        Ok(Claim::Mine)
    }

    /// Gives a claim back.
    fn release(&self, _key: &str, _is_finished: bool) {}

    /// Saves a run on its way, if the pool keeps such.
    ///
    /// # Errors
    /// If it cannot be written.
    fn save(&self, _checkpoint: &Checkpoint) -> Result<(), StoreError> {
        Ok(())
    }

    /// The run as it was saved last.
    fn saved(&self, _key: &str) -> Option<Checkpoint> {
        None
    }
}

impl Pool for Store {
    fn contains(&self, key: &str) -> bool {
        Self::contains(self, key)
    }

    fn read(&self, key: &str) -> Result<Option<Record>, StoreError> {
        Self::read(self, key)
    }

    fn keep(&self, records: &[Record]) -> Result<(), StoreError> {
        Self::keep(self, records).map(drop)
    }

    fn claim(&self, key: &str) -> Result<Claim, StoreError> {
        Self::claim(self, key)
    }

    fn release(&self, key: &str, is_finished: bool) {
        Self::release(self, key, is_finished);
    }

    fn save(&self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        Self::save(self, checkpoint)
    }

    fn saved(&self, key: &str) -> Option<Checkpoint> {
        Self::saved(self, key)
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
        locked(&self.0).contains_key(key)
    }

    fn read(&self, key: &str) -> Result<Option<Record>, StoreError> {
        Ok(locked(&self.0).get(key).cloned())
    }

    fn keep(&self, records: &[Record]) -> Result<(), StoreError> {
        let kept = records.iter().map(|record| (record.key.clone(), record.clone()));
        locked(&self.0).extend(kept);
        Ok(())
    }
}

/// Computes the jobs of an experiment that the pool lacks, those first to whose solutions probes of others
/// walk. Returns how many were computed here; others may have computed the rest.
///
/// # Errors
/// Why records could not be kept, or the first run not be computed, after all that could be.
pub fn execute(
    experiment: &Experiment,
    jobs: &[&Job],
    pool: &dyn Pool,
    around: &Surroundings<'_>,
    tell: &(dyn Fn(Event<'_>) + Sync),
) -> Result<usize, StoreError> {
    let mut done = 0;
    for jobs in experiment.in_order(jobs) {
        let mut missing: Vec<&Job> = jobs.iter().copied().filter(|job| !pool.contains(&job.key)).collect();
        missing.sort_by(|a, b| b.work.all.total_cmp(&a.work.all));
        done += Execution::new(missing, pool, around, tell).complete()?;
    }
    Ok(done)
}

/// Seconds that finished runs wait for others, so that many short ones share a file.
const GATHER: f64 = 1.0;

/// How often it is tried again to keep the last runs where the disk refuses.
const PATIENCE: usize = 50;

/// Bytes of weights and arrays after which they do not wait.
const GATHERED: usize = 1 << 26;

/// Runs after which they do not wait: the file that they share is made in the memory.
const MOST_GATHERED: usize = 2_000;

/// Jobs in work on all threads of the current rayon pool, longest first.
///
/// Each thread takes the next job when it is done with one, so no thread ever begins a run while it waits for
/// the test sets of another. A run that panics is recorded as failed, one that others compute is waited for,
/// and a record that cannot be kept is held until it can; the others go on.
struct Execution<'a> {
    pool: &'a dyn Pool,
    around: &'a Surroundings<'a>,
    tell: &'a (dyn Fn(Event<'_>) + Sync),
    open: Mutex<VecDeque<&'a Job>>,
    /// Jobs that other processes compute.
    elsewhere: Mutex<Vec<&'a Job>>,
    finished: Mutex<Finished>,
    done: AtomicUsize,
    /// The first thing that kept a run from being computed.
    failure: Mutex<Option<StoreError>>,
    /// Why finished runs could not be kept, the last time that it was tried.
    unkept: Mutex<Option<StoreError>>,
}

/// Records that are not kept yet.
#[derive(Default)]
struct Finished {
    records: Vec<Record>,
    bytes: usize,
    /// When the first came.
    since: f64,
}

impl<'a> Execution<'a> {
    fn new(
        jobs: Vec<&'a Job>,
        pool: &'a dyn Pool,
        around: &'a Surroundings<'a>,
        tell: &'a (dyn Fn(Event<'_>) + Sync),
    ) -> Self {
        Self {
            pool,
            around,
            tell,
            open: Mutex::new(jobs.into()),
            elsewhere: Mutex::default(),
            finished: Mutex::default(),
            done: AtomicUsize::new(0),
            failure: Mutex::new(None),
            unkept: Mutex::new(None),
        }
    }

    fn complete(self) -> Result<usize, StoreError> {
        loop {
            rayon::broadcast(|_| self.work());
            self.keep_finished();
            for _ in 0..PATIENCE {
                if locked(&self.unkept).is_none() || self.is_cancelled() {
                    break;
                }
                (self.around.pause)();
                self.keep_finished();
            }
            let elsewhere = std::mem::take(&mut *locked(&self.elsewhere));
            let open: VecDeque<&Job> =
                elsewhere.into_iter().filter(|job| !self.pool.contains(&job.key)).collect();
            if open.is_empty() || self.is_cancelled() {
                break;
            }
            // Others are at work on what is left.
            (self.tell)(Event::Waiting(open.len()));
            (self.around.pause)();
            *locked(&self.open) = open;
        }
        locked(&self.finished).records.iter().for_each(|record| self.pool.release(&record.key, false));
        match locked(&self.unkept).take().or_else(|| locked(&self.failure).take()) {
            Some(e) => Err(e),
            None => Ok(self.done.into_inner()),
        }
    }

    /// Takes jobs until none is left.
    fn work(&self) {
        while !self.is_cancelled() {
            let Some(job) = locked(&self.open).pop_front() else { return };
            match self.pool.claim(&job.key) {
                Ok(Claim::Mine) if self.pool.contains(&job.key) => self.pool.release(&job.key, true),
                Ok(Claim::Taken(_)) => locked(&self.elsewhere).push(job),
                // A claim is a courtesy: should another compute the run too, both keep the same.
                Ok(Claim::Mine) | Err(_) => self.attempt(job),
            }
        }
    }

    fn attempt(&self, job: &Job) {
        (self.tell)(Event::Started(job));
        let record = match catch_unwind(AssertUnwindSafe(|| self.compute(job))) {
            Ok(Ok(Some(record))) => record,
            Ok(Ok(None)) => return self.pool.release(&job.key, false),
            Ok(Err(e)) => {
                self.pool.release(&job.key, false);
                return self.fail(e);
            }
            Err(panic) if panic.is::<super::Cancelled>() => return self.pool.release(&job.key, false),
            Err(panic) => failed(job, &*panic, self.around),
        };
        (self.tell)(Event::Finished(job, &record));
        let bytes =
            |tensors: &[thalweg_records::Tensor]| tensors.iter().map(|t| 8 * t.data.len()).sum::<usize>();
        let is_full = {
            let mut finished = locked(&self.finished);
            if finished.records.is_empty() {
                finished.since = (self.around.now)();
            }
            finished.bytes += bytes(&record.params) + bytes(&record.fields);
            // One that took long is not put at risk for a second.
            let is_long = record.metric("seconds").is_none_or(|seconds| seconds >= GATHER);
            finished.records.push(record);
            is_long || finished.bytes >= GATHERED || finished.records.len() >= MOST_GATHERED
        };
        if is_full || self.is_late() {
            self.keep_finished();
        }
    }

    /// Computes a run from where it was saved; `None` if it was stopped, and then saved.
    fn compute(&self, job: &Job) -> Result<Option<Record>, StoreError> {
        let read = |key: &String| self.pool.read(key)?.ok_or_else(|| StoreError::Missing(key.clone()));
        let others = job.needs.iter().map(|(id, key)| Ok((id.clone(), Some(read(key)?))));
        let others: Others = others.collect::<Result<_, StoreError>>()?;
        let (around, pool) = (self.around, self.pool);
        let resumed = pool.saved(&job.key).and_then(|saved| Run::resume(job, &others, around, &saved));
        if let Some(run) = &resumed {
            (self.tell)(Event::Resumed(job, run.step()));
        }
        let mut run = resumed.unwrap_or_else(|| Run::begin(job, &others, around));
        let (mut saved, mut asked) = ((around.now)(), around.save.load(Ordering::Relaxed));
        loop {
            if self.is_cancelled() {
                let _ = pool.save(&run.save());
                return Ok(None);
            }
            if self.is_late() {
                self.keep_finished();
            }
            let (now, asks) = ((around.now)(), around.save.load(Ordering::Relaxed));
            if now - saved >= around.checkpoint || asks != asked {
                // On a disk that is full the run goes on, and is saved the next time.
                let _ = pool.save(&run.save());
                (saved, asked) = (now, asks);
            }
            match run.advance(around, self.tell) {
                Slice::Going(on) => run = on,
                Slice::Ended(record) => return Ok(Some(record)),
            }
        }
    }

    /// Whether finished runs have waited long enough for others.
    fn is_late(&self) -> bool {
        // Not worth waiting for another thread that is about to keep them.
        let Ok(finished) = self.finished.try_lock() else { return false };
        !finished.records.is_empty() && (self.around.now)() - finished.since >= GATHER
    }

    fn keep_finished(&self) {
        let taken = std::mem::take(&mut *locked(&self.finished));
        if taken.records.is_empty() {
            return;
        }
        match self.pool.keep(&taken.records) {
            Ok(()) => {
                *locked(&self.unkept) = None;
                self.done.fetch_add(taken.records.len(), Ordering::Relaxed);
                taken.records.iter().for_each(|record| self.pool.release(&record.key, true));
            }
            // A disk that is full now need not be so in a second.
            Err(e) => {
                let mut finished = locked(&self.finished);
                finished.since = (self.around.now)();
                finished.bytes += taken.bytes;
                finished.records.splice(0..0, taken.records);
                *locked(&self.unkept) = Some(e);
            }
        }
    }

    fn fail(&self, e: StoreError) {
        locked(&self.failure).get_or_insert(e);
    }

    fn is_cancelled(&self) -> bool {
        self.around.cancelled.load(Ordering::Relaxed)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(job: &Job, panic: &(dyn Any + Send), around: &Surroundings<'_>) -> Record {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let why = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned();
    Record {
        status: Status::Failed { why },
        provenance: around.provenance.clone(),
        ..Record::empty(job.key.clone(), job.json())
    }
    .sealed()
}
