//! `worker`

use clap::Args;
use thalweg::lab::Job;

use super::experiment::{Computer, Overlaid, Pooled, Source, mend, read, write_plan};
use crate::{Exit, Home, note, result_name};

/// What to compute.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Names of experiments, or paths of .toml files
    #[arg(required = true)]
    experiments: Vec<String>,
    #[command(flatten)]
    overlays: Overlaid,
    #[command(flatten)]
    pool: Pooled,
}

/// Computes what no other worker computes, until all runs are in the store.
pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let mut studies = Vec::new();
    for experiment in &arguments.experiments {
        let source = Source { experiment, overlays: &arguments.overlays, until_decided: false };
        studies.push(read(&source, home)?);
    }
    let store = arguments.pool.store(home);
    store.prepare()?;
    let computer = Computer::new(arguments.pool.threads, arguments.pool.checkpoint, home.commit.as_deref())?;
    for study in &studies {
        let experiment = &study.experiment;
        let folder = result_name::folder(&store, &experiment.plan, None, "")?;
        let there = folder.read_plan().map(|plan| plan.runs).unwrap_or_default();
        if there != experiment.plan.runs {
            write_plan(&folder, experiment)?;
        }
        mend(&store, experiment)?;
        computer.compute(experiment, &experiment.jobs.iter().collect::<Vec<&Job>>(), &store)?;
        note(format_args!(
            "all runs of {0} are there\nhint: `{1} experiment` with the same settings writes the report",
            experiment.plan.name, home.program
        ));
    }
    Ok(())
}
