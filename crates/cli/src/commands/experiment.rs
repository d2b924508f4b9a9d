//! `experiment`

mod compute;
mod dry_run;
mod read;
mod until_decided;

use std::path::PathBuf;

use clap::Args;
use thalweg::lab::{Experiment, Job, Report, Results, Shard, Study, Verdict};
use thalweg::records::{Look, Plan, ResultFolder, Store, Worker};

pub use self::compute::Computer;
pub use self::read::{Source, find, open, read};
use crate::commands::report::{renew_index, tell};
use crate::looks::Notes;
use crate::voice::Voice;
use crate::{Exit, Home, note, result_name};

/// What to run, and how.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of an experiment, or the path of a .toml file
    experiment: String,
    #[command(flatten)]
    overlays: Overlaid,
    #[command(flatten)]
    pool: Pooled,
    #[command(flatten)]
    voice: Voice,
    /// Name of the result, a folder in the store [default: that of the file, with profile and changed
    /// settings]
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// Compute only every n-th run from the k-th on, 0 ≤ k < n
    #[arg(long, value_name = "K/N", conflicts_with = "until_decided")]
    shard: Option<Shard>,
    /// Print the plan, and what it can decide, and compute nothing; with --verbose each run with its key
    #[arg(long, conflicts_with = "json")]
    dry_run: bool,
    /// Exit with code 3 if a claim is not supported
    #[arg(long)]
    require_claims: bool,
    /// Add fresh replicates one by one until every claim is decided
    #[arg(long)]
    until_decided: bool,
    /// The most replicates that --until-decided adds
    #[arg(long, value_name = "N", default_value_t = 60, requires = "until_decided",
          value_parser = clap::value_parser!(u64).range(2..=10_000))]
    max_replicates: u64,
}

/// What is laid over a file, and where its data lie.
#[derive(Debug, Args)]
pub struct Overlaid {
    /// Profile of the file to lay over its main settings
    #[arg(long, value_name = "P")]
    pub profile: Option<String>,
    /// Change a setting, such as train.steps=1000 or 'schedule={ kind = "constant", initial = 0.1 }'
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Folder with the data of built-in experiments, such as mnist/ [default: experiments/data or data]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// How, and where to.
#[derive(Debug, Args)]
pub struct Pooled {
    /// Number of threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Folder of runs and results [default: results/]
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// Seconds between two saves of an unfinished run
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = seconds)]
    pub checkpoint: f64,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds >= 0.0 => Ok(seconds),
        _ => Err("expected a number of seconds of at least 0".to_owned()),
    }
}

impl Pooled {
    /// The store, for a process that claims what it computes.
    pub fn store(&self, home: &Home) -> Store {
        Store::new(self.store.as_ref().unwrap_or(&home.results)).for_worker(Worker::here())
    }
}

impl Arguments {
    fn source(&self) -> Source<'_> {
        Source { experiment: &self.experiment, overlays: &self.overlays, until_decided: self.until_decided }
    }
}

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let study = read(&arguments.source(), home)?;
    let store = arguments.pool.store(home);
    let suffix = if arguments.until_decided { "+until-decided" } else { "" };
    let folder = result_name::folder(&store, &study.experiment.plan, arguments.name.as_deref(), suffix)?;
    if arguments.dry_run {
        return dry_run::print(&study, arguments, &store, &folder);
    }
    store.prepare()?;
    let (pool, voice) = (&arguments.pool, arguments.voice);
    let computer = Computer::new(pool.threads, pool.checkpoint, home.commit.as_deref(), voice)?;
    folder.note_texts(&study.texts)?;
    let plan = if arguments.until_decided {
        until_decided::run(&study, arguments.max_replicates, &computer, &store, &folder)?
    } else {
        compute_once(&study, arguments.shard, &computer, &store, &folder)?
    };
    let report = judge(study, plan, &computer, &store, &folder)?;
    tell(&folder, &report, voice)?;
    if report.tally.failed > 0 {
        return Err(Exit::Found);
    }
    require(&report.verdicts, arguments.require_claims)
}

/// Judges and draws what was computed, and writes it into the folder of the result.
fn judge(
    study: Study,
    plan: Plan,
    computer: &Computer,
    store: &Store,
    folder: &ResultFolder,
) -> Result<Report, Exit> {
    let Study { experiment, claims, figures, .. } = study;
    // Jobs and records of a million runs would fill the memory together.
    drop(experiment);
    // What this call has planned is judged, whatever another process has written into the folder meanwhile.
    let results = computer.install(|| Results::load(plan, store, false))?.of_folder(folder);
    let report = Report::new(&results, &claims, &figures);
    report.write(folder)?;
    renew_index(store);
    Ok(report)
}

/// Computes what the store lacks of an experiment, and judges it.
pub fn conduct(
    study: Study,
    computer: &Computer,
    store: &Store,
    folder: &ResultFolder,
) -> Result<Report, Exit> {
    folder.note_texts(&study.texts)?;
    let plan = compute_once(&study, None, computer, store, folder)?;
    judge(study, plan, computer, store, folder)
}

/// Computes what the store lacks, and returns the plan.
fn compute_once(
    study: &Study,
    shard: Option<Shard>,
    computer: &Computer,
    store: &Store,
    folder: &ResultFolder,
) -> Result<Plan, Exit> {
    let experiment = &study.experiment;
    let jobs: Vec<&Job> = match shard {
        Some(shard) => shard.select(&experiment.jobs),
        None => experiment.jobs.iter().collect(),
    };
    let (question, replicates) = (study.question(), n_replicates(experiment));
    // Before they are computed: another call may begin meanwhile.
    let notes = Notes::of(store, &experiment.plan, folder);
    let before = notes.look(seed_of(experiment), &Look::at_once(question, replicates))?;
    let shared_with = notes.shared_with(&experiment.plan.runs)?;
    let plan = Plan { looked_before: before, shared_with, ..experiment.plan.clone() };
    write_plan(store, folder, &plan, experiment)?;
    mend(store, experiment, computer)?;
    computer.compute(experiment, &jobs, store, folder)?;
    if before > 0 && !study.claims.is_empty() {
        note(format_args!(
            "warning: replicates 0 to {} were looked at before, and the 5 % are those of one look\n\
             hint: --until-decided adds fresh replicates and may look after each",
            before - 1
        ));
    }
    Ok(plan)
}

/// The seed that the runs of an experiment begin with, or the first of several.
pub fn seed_of(experiment: &Experiment) -> u64 {
    experiment.jobs.first().map_or(0, |job| job.spec.seed)
}

/// How many replicates there are, with those before the first.
fn n_replicates(experiment: &Experiment) -> u64 {
    experiment.jobs.iter().map(|job| job.spec.replicate + 1).max().unwrap_or(0)
}

/// Writes what is going to be computed.
pub fn write_plan(
    store: &Store,
    folder: &ResultFolder,
    plan: &Plan,
    experiment: &Experiment,
) -> Result<(), Exit> {
    let looks = Notes::of(store, plan, folder).to_tell()?;
    folder.write_plan(&Plan { looks, ..plan.clone() })?;
    let jobs = experiment.jobs.iter().chain(&experiment.companions);
    Ok(folder.write_specs(jobs.map(|job| &job.spec))?)
}

/// Sets aside what is damaged among the runs of a plan, all of it named: it is computed again.
pub fn mend(store: &Store, experiment: &Experiment, computer: &Computer) -> Result<(), Exit> {
    let keys: Vec<String> =
        experiment.jobs.iter().chain(&experiment.companions).map(|job| job.key.clone()).collect();
    for damaged in computer.install(|| store.mend(Some(&keys)))? {
        let text = damaged.to_string();
        note(format_args!("set aside: {}", text.lines().next().unwrap_or_default()));
    }
    Ok(())
}

/// Whether the claims are all supported, if they must be.
pub fn require(verdicts: &[Verdict], must: bool) -> Result<(), Exit> {
    let refused: Vec<String> =
        verdicts.iter().filter(|verdict| !verdict.is_supported()).map(|verdict| verdict.id.clone()).collect();
    if must && !refused.is_empty() { Err(Exit::Claims(refused)) } else { Ok(()) }
}
