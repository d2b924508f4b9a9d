//! Steps as a user gets them: a file in `bench/`, planned and run like any experiment, and the seconds that
//! its record says the steps took.

use std::time::Instant;

use anyhow::{Context, bail};
use rayon::ThreadPoolBuilder;
use thalweg::lab::{Disk, Overlays, Study};
use thalweg_cli::Exit;
use thalweg_experiment::{Experiment, Job, Others, Surroundings, Task, execute, run};
use thalweg_network::Architecture;
use thalweg_records::{Provenance, Record, Status, Store};

use xtask::workspace::root;

/// `bench/<file>` with settings changed as `--set` does.
pub fn plan(file: &str, set: &[&str]) -> Result<Experiment, Exit> {
    let path = root().join("bench").join(file);
    let overlays = Overlays { profile: None, set: set.iter().map(|setting| (*setting).to_owned()).collect() };
    Ok(Study::open(&path, &Disk, &overlays)?.experiment)
}

/// Seconds a step of a run on one thread, its evaluations apart.
pub fn seconds_per_step(job: &Job) -> anyhow::Result<f64> {
    Ok(seconds(&record(job)?, "train.seconds")? / job.spec.task.steps() as f64)
}

/// The seconds that a record says something took.
pub fn seconds(record: &Record, name: &str) -> anyhow::Result<f64> {
    record.metric(name).with_context(|| format!("the record does not know its {name}"))
}

/// Computes a run on one thread.
pub fn record(job: &Job) -> anyhow::Result<Record> {
    let start = Instant::now();
    let now = || start.elapsed().as_secs_f64();
    let around = Surroundings { now: &now, provenance: &nobody(), ..Surroundings::without_clock() };
    let one = ThreadPoolBuilder::new().num_threads(1).build().context("cannot start a thread")?;
    let Ok(record) = one.install(|| run(job, &Others::new(), &around, &|_| {})) else {
        bail!("a run was stopped that nobody wanted to stop")
    };
    if record.status != Status::Completed {
        bail!("the run {}: its time would be that of fewer steps", record.status);
    }
    Ok(record)
}

/// Seconds that the runner takes for many runs on the threads of the current pool, with the records in a
/// folder that is deleted afterwards.
pub fn seconds_of_all(experiment: &Experiment) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir().context("cannot make a folder for the records")?;
    let store = Store::new(folder.path());
    store.prepare()?;
    let jobs: Vec<&Job> = experiment.jobs.iter().collect();
    let start = Instant::now();
    let now = || start.elapsed().as_secs_f64();
    let around = Surroundings { now: &now, provenance: &nobody(), ..Surroundings::without_clock() };
    execute(experiment, &jobs, &store, &around, &|_| {})?;
    Ok(now())
}

/// The network of a run, for data with these features and classes.
pub fn architecture(job: &Job, n_features: usize, n_classes: usize) -> anyhow::Result<Architecture> {
    match &job.spec.task {
        Task::Learning(task) => Ok(task.model.architecture(n_features, n_classes)),
        Task::Descent(_) => bail!("run {} trains no network", job.key),
    }
}

/// Nobody will ask where a record came from that is not kept.
fn nobody() -> Provenance {
    Provenance { code: String::new(), machine: String::new() }
}
