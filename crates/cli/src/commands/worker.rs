//! `worker`

use clap::Args;
use thalweg::lab::Job;

use super::experiment::{Computer, Overlaid, Pooled, Source, mend, read, write_plan};
use crate::voice::Voice;
use crate::{Exit, Home, result_name, shown};

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
    #[command(flatten)]
    voice: Voice,
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
    let (pool, voice) = (&arguments.pool, arguments.voice);
    let computer = Computer::new(pool.threads, pool.checkpoint, home.commit.as_deref(), voice)?;
    for study in &studies {
        let experiment = &study.experiment;
        let folder = result_name::folder(&store, &experiment.plan, None, "")?;
        let there = folder.read_plan().map(|plan| plan.runs).unwrap_or_default();
        if there != experiment.plan.runs {
            write_plan(&store, &folder, &experiment.plan, experiment)?;
        }
        mend(&store, experiment, &computer)?;
        computer.compute(experiment, &experiment.jobs.iter().collect::<Vec<&Job>>(), &store, &folder)?;
        let with = match &pool.store {
            Some(store) => format!("`--store {}` and the same settings", shown(store)),
            None => "the same settings".to_owned(),
        };
        voice.news(format_args!(
            "all runs of {} are there\nhint: `{} experiment` with {with} writes the report",
            experiment.plan.name, home.program
        ));
    }
    Ok(())
}
