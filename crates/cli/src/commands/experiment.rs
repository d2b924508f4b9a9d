//! `experiment`

mod compute;
mod dry_run;
mod read;
mod until_decided;

use std::path::PathBuf;

use clap::Args;
use thalweg::lab::{Job, Shard, Verdict};
use thalweg::records::Store;
use thalweg::report::write_report;

use self::compute::Computer;
use self::read::read;
use crate::commands::report::tell;
use crate::{Exit, Home, note};

/// What to run, and how.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of an experiment, or the path of a .toml file
    experiment: String,
    /// Profile of the file to lay over its main settings
    #[arg(long, value_name = "P")]
    profile: Option<String>,
    /// Change a setting, such as train.steps=1000 or 'schedule={ kind = "constant", initial = 0.1 }'
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Number of threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Compute only every n-th run from the k-th on, 0 ≤ k < n
    #[arg(long, value_name = "K/N", conflicts_with = "until_decided")]
    shard: Option<Shard>,
    /// Folder of all stores [default: results/]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Folder with the data of built-in experiments, such as mnist/ [default: experiments/data or data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print the plan, and what it can decide, and compute nothing
    #[arg(long)]
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

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let study = read(arguments, home)?;
    let folder = arguments.store.as_ref().unwrap_or(&home.results);
    let store = Store::new(folder.join(&study.experiment.plan.name));
    if arguments.dry_run {
        return Ok(dry_run::print(&study, arguments, &store)?);
    }
    let computer = Computer::new(arguments.threads, home.commit.as_deref())?;
    if arguments.until_decided {
        until_decided::run(&study, arguments.max_replicates, &computer, &store)?;
    } else {
        let experiment = &study.experiment;
        let jobs: Vec<&Job> = match arguments.shard {
            Some(shard) => shard.select(&experiment.jobs),
            None => experiment.jobs.iter().collect(),
        };
        let mut looks = store.read_looks()?;
        let replicates = experiment.jobs.iter().map(|job| job.spec.replicate + 1).max().unwrap_or(0);
        let before = looks.look(&study.question(), replicates);
        store.write_plan(&experiment.plan)?;
        store.write_specs(experiment.jobs.iter().chain(&experiment.companions).map(|job| &job.spec))?;
        computer.compute(experiment, &jobs, &store)?;
        store.write_looks(&looks)?;
        if before > 0 && !study.claims.is_empty() {
            note(format_args!(
                "warning: replicates 0 to {} were looked at before, and the 5 % are those of one look\n\
                 hint: --until-decided adds fresh replicates and may look after each",
                before - 1
            ));
        }
    }
    let report = write_report(&store, false)?;
    tell(&store, &report)?;
    require(&report.verdicts, arguments.require_claims)
}

/// Whether the claims are all supported, if they must be.
pub fn require(verdicts: &[Verdict], must: bool) -> Result<(), Exit> {
    let refused: Vec<String> =
        verdicts.iter().filter(|verdict| !verdict.is_supported()).map(|verdict| verdict.id.clone()).collect();
    if must && !refused.is_empty() { Err(Exit::Claims(refused)) } else { Ok(()) }
}
