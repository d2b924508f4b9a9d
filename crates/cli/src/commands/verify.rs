//! `verify`: stored runs computed again, from the specs that the plan has stored.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use clap::Args;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use thalweg::experiment::run;
use thalweg::lab::{Event, Job, Others, Surroundings};
use thalweg::records::{Store, StoreError};
use thalweg::report::counted;

use crate::progress::{Known, Progress, are, counted_of};
use crate::{Exit, Home, note, say_prose};
use crate::{result_name, stored};

/// What to verify.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the result
    name: String,
    /// Share of its runs to compute again, spread evenly over the plan
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, value_parser = share)]
    share: f64,
    /// Keys of runs, as in runs.csv, or their first characters, in place of a share
    #[arg(long, value_name = "KEY", conflicts_with = "share")]
    run: Vec<String>,
    /// Number of threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Folder of runs and results [default: results/]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Folder with the data of built-in experiments, such as mnist/ [default: experiments/data or data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if share > 0.0 && share <= 1.0 => Ok(share),
        _ => Err("expected a number above 0 and up to 1".to_owned()),
    }
}

pub fn run_command(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let store = Store::new(arguments.store.as_ref().unwrap_or(&home.results));
    let folder = result_name::named(&store, &arguments.name)?;
    let plan = folder.read_plan()?;
    let n_runs = plan.runs.len();
    let keys = chosen_keys(arguments, &plan.runs)?;
    let wanted = keys.len().max(1);
    let jobs = stored::jobs(&folder, &keys, arguments.data.as_ref())?;
    let threads = arguments.threads.map_or(0, usize::from);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().context("cannot start the threads")?;
    let all: Vec<&Job> = jobs.iter().collect();
    note(format_args!(
        "computing {} again on {}",
        counted_of(all.len(), n_runs, "run"),
        counted(pool.current_num_threads(), "thread")
    ));
    let progress = Progress::new(&all, |_| Known::Nothing, pool.current_num_threads(), false);
    let is_over = AtomicBool::new(false);
    let verified: Vec<(String, Outcome)> = std::thread::scope(|scope| {
        let watch = scope.spawn(|| progress.watch(&is_over));
        let verified = pool.install(|| {
            let verify = |job: &Job| Ok((job.key.clone(), compare(job, &store, &progress)?));
            jobs.par_iter().map(verify).collect::<Result<_, StoreError>>()
        });
        is_over.store(true, Ordering::Relaxed);
        watch.thread().unpark();
        verified
    })?;
    let mut counts = [0; 3];
    for (key, outcome) in &verified {
        match outcome {
            Outcome::Same => counts[0] += 1,
            Outcome::Differs(stored, now) => {
                counts[1] += 1;
                say_prose(format_args!("{key} differs: {stored} is stored, {now} was computed"))?;
            }
            Outcome::Missing => counts[2] += 1,
        }
    }
    let [same, differ, missing] = counts;
    if missing > 0 {
        let runs = counted(missing, "run");
        note(format_args!("{runs} not in the store, or stored before outcomes were hashed"));
    }
    let compared = same + differ;
    let same_of = counted_of(same, compared, "run");
    say_prose(format_args!("{same_of} {} the same to the bit, {differ} differ", are(compared)))?;
    if differ == 0 && same == wanted { Ok(()) } else { Err(Exit::Found) }
}

/// The runs to compute again: those that are named, or a share of them, spread evenly over the plan.
fn chosen_keys(arguments: &Arguments, runs: &[String]) -> Result<Vec<String>, Exit> {
    let begins = |key: &str, wanted: &String| key.starts_with(wanted.as_str());
    if let Some(unknown) = arguments.run.iter().find(|wanted| !runs.iter().any(|key| begins(key, wanted))) {
        return Err(Exit::usage(format!(
            "no run of {} has a key that begins with {unknown}",
            arguments.name
        )));
    }
    if !arguments.run.is_empty() {
        return Ok(runs
            .iter()
            .filter(|key| arguments.run.iter().any(|wanted| begins(key, wanted)))
            .cloned()
            .collect());
    }
    let n = runs.len();
    let wanted = ((n as f64 * arguments.share).ceil() as usize).clamp(1, n.max(1));
    Ok((0..wanted.min(n)).map(|i| runs[i * n / wanted].clone()).collect())
}

enum Outcome {
    Same,
    Differs(String, String),
    /// Nothing to compare with.
    Missing,
}

fn compare(job: &Job, store: &Store, progress: &Progress) -> Result<Outcome, StoreError> {
    let Some(stored) = store.read(&job.key)?.and_then(|record| record.outcome) else {
        return Ok(Outcome::Missing);
    };
    let others = job.needs.iter().map(|(id, key)| Ok((id.clone(), store.read(key)?)));
    let others: Others = others.collect::<Result<_, StoreError>>()?;
    progress.hear(&Event::Started(job));
    let around = Surroundings::without_clock();
    let record = run(job, &others, &around, &|event| progress.hear(&event)).expect("nobody stops it");
    progress.hear(&Event::Finished(job, &record));
    let now = record.outcome.unwrap_or_default();
    Ok(if now == stored { Outcome::Same } else { Outcome::Differs(stored, now) })
}
