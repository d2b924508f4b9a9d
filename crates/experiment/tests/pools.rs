//! Pools that refuse, and pools that others use too.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use thalweg_document::{Document, Overlays};
use thalweg_experiment::{Disk, Event, Experiment, Job, Memory, Pool, Spec, Surroundings, execute, plan};
use thalweg_records::{Checkpoint, Claim, Record, StoreError, Worker};

const TEXT: &str = "
    title = 'Small'
    replicates = 6
    objective = { kind = 'quadratic', dim = 2, condition = 10 }
    optimizer = { kind = 'sgd' }
    schedule = { kind = 'constant', initial = 0.1 }
    train = { steps = 5 }
";

fn experiment() -> Experiment {
    let document = Document::of_text("small.toml", TEXT, &Overlays::default()).unwrap();
    let planned = plan(&Spec::read(&document, Path::new("small.toml")).0, &Disk);
    assert!(planned.problems.is_empty());
    planned.experiment
}

/// The memory, with a disk that is full and another process that is at work.
#[derive(Default)]
struct Strange {
    memory: Memory,
    /// So many times a record is refused.
    refusals: usize,
    refused: AtomicUsize,
    /// The run that another process computes, and after so many questions has computed.
    taken: Option<String>,
    asked: AtomicUsize,
}

fn full() -> StoreError {
    let source = std::io::ErrorKind::StorageFull.into();
    StoreError::Io { action: "write", path: "disk".into(), source }
}

impl Pool for Strange {
    fn contains(&self, key: &str) -> bool {
        self.memory.contains(key)
    }
    fn read(&self, key: &str) -> Result<Option<Record>, StoreError> {
        self.memory.read(key)
    }
    fn keep(&self, records: &[Record]) -> Result<(), StoreError> {
        if self.refused.fetch_add(1, Ordering::Relaxed) < self.refusals {
            return Err(full());
        }
        self.memory.keep(records)
    }
    fn claim(&self, key: &str) -> Result<Claim, StoreError> {
        if self.taken.as_deref() != Some(key) {
            return Err(full());
        }
        if self.asked.fetch_add(1, Ordering::Relaxed) == 2 {
            let spec = serde_json::Value::Null;
            self.memory.keep(&[Record::empty(key.to_owned(), spec)]).unwrap();
        }
        Ok(Claim::Taken(Worker { host: "far".into(), pid: 1, started: String::new() }))
    }
    fn save(&self, _: &Checkpoint) -> Result<(), StoreError> {
        Err(full())
    }
}

/// How many runs were computed here, and how often others were waited for.
fn complete(experiment: &Experiment, pool: &Strange) -> (Result<usize, StoreError>, usize) {
    let jobs: Vec<&Job> = experiment.jobs.iter().collect();
    let around = Surroundings { checkpoint: 0.0, ..Surroundings::without_clock() };
    let waited = AtomicUsize::new(0);
    let tell = |event: Event<'_>| {
        waited.fetch_add(usize::from(matches!(event, Event::Waiting(1))), Ordering::Relaxed);
    };
    (execute(experiment, &jobs, pool, &around, &tell), waited.into_inner())
}

#[test]
fn nothing_is_lost_while_a_disk_is_full_and_all_is_kept_when_it_is_not() {
    let experiment = experiment();
    let pool = Strange { refusals: 3, ..Strange::default() };
    assert!(matches!(complete(&experiment, &pool), (Ok(6), 0)));
    assert_eq!(pool.memory.into_records().len(), 6);
    let pool = Strange { refusals: usize::MAX, ..Strange::default() };
    assert!(matches!(complete(&experiment, &pool), (Err(StoreError::Io { .. }), 0)));
}

#[test]
fn a_run_that_another_process_computes_is_waited_for() {
    let experiment = experiment();
    let pool = Strange { taken: Some(experiment.jobs[2].key.clone()), ..Strange::default() };
    assert!(matches!(complete(&experiment, &pool), (Ok(5), 2)));
    assert_eq!(pool.memory.into_records().len(), 6);
}

#[test]
fn a_run_without_the_one_that_it_needs_is_not_computed() {
    let mut experiment = experiment();
    experiment.jobs[1].needs.insert("path".to_owned(), "0123456789abcdef".to_owned());
    let pool = Strange::default();
    assert!(
        matches!(complete(&experiment, &pool), (Err(StoreError::Missing(key)), 0) if key.starts_with("0123"))
    );
    assert_eq!(pool.memory.into_records().len(), 5);
}
