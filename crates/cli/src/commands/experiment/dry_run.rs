//! The plan, and what it can decide, before anything is computed.

use thalweg::lab::{Job, Study};
use thalweg::records::{ResultFolder, Store};
use thalweg::statistics::POWER;

use super::{Arguments, looks_folder, read_looks};
use crate::limits::{bytes, memory, told};
use crate::names::RunNames;
use crate::{Exit, say};

/// Prints the runs with their work, and for each claim the smallest effect that the planned replicates can
/// decide.
pub fn print(study: &Study, arguments: &Arguments, store: &Store, folder: &ResultFolder) -> Result<(), Exit> {
    let longest;
    let experiment = if arguments.until_decided {
        let first = read_looks(store, &looks_folder(store, &study.experiment.plan, folder))?.below;
        longest = study.experiment.with_replicates(first..first + arguments.max_replicates);
        &longest
    } else {
        &study.experiment
    };
    let jobs: Vec<&Job> = match arguments.shard {
        Some(shard) => shard.select(&experiment.jobs),
        None => experiment.jobs.iter().collect(),
    };
    let jobs = experiment.in_order(&jobs).concat();
    let plan = &experiment.plan;
    let names = RunNames::new(experiment);
    say(format_args!("{}: {}", plan.name, plan.title))?;
    for job in &jobs {
        let name = names.of(job);
        let state = if store.contains(&job.key) { "in the store" } else { "to compute" };
        say(format_args!("{}  {:>9}  {name}  {state}", job.key, flop(job.work.all)))?;
    }
    let open: Vec<&Job> = jobs.iter().copied().filter(|job| !store.contains(&job.key)).collect();
    // Not `sum`, whose nothing is −0.
    let work = open.iter().fold(0.0, |work, job| work + job.work.all);
    // Twenty to sixty GFLOP/s is what one core of the last ten years reaches on small networks.
    let minutes = |rate: f64| work / rate / 60.0;
    let most = if arguments.until_decided { "at most " } else { "" };
    say(format_args!(
        "{most}{} of {} runs to compute, {} with probes and tests: about {:.1} to {:.1} core-minutes",
        open.len(),
        jobs.len(),
        flop(work),
        minutes(60e9),
        minutes(20e9)
    ))?;
    let threads = arguments
        .pool
        .threads
        .map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    say(format_args!(
        "memory: about {} for the largest run, {} for {threads} at once{}",
        bytes(memory(&open, 1)),
        bytes(memory(&open, threads)),
        told()
    ))?;
    if !study.claims.is_empty() && !arguments.until_decided {
        let (planned, power) = (study.planned(experiment), 100.0 * POWER);
        say(format_args!(
            "the smallest effect that will be decided with a chance of {power:.0} %, in spreads of the scores:"
        ))?;
        for claim in &study.claims {
            let reach = claim.reach(&planned, study.claims.len());
            say(format_args!("  {} ({} {}): {}", claim.id, reach.units, reach.unit, reach.text))?;
        }
    }
    Ok(())
}

fn flop(work: f64) -> String {
    match work {
        w if w >= 1e12 => format!("{:.1} Tflop", w / 1e12),
        w if w >= 1e9 => format!("{:.1} Gflop", w / 1e9),
        w => format!("{:.1} Mflop", w / 1e6),
    }
}
