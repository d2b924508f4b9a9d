//! `cargo xtask experiment`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use thalweg_experiment::{Experiment, ExperimentFile, Job, Offers, Overlays, Shard, execute, suggestion};
use thalweg_records::Store;
use thalweg_report::{Claim, FigureConfig, Use, write_report};

use crate::commands::report::tell;
use crate::exit::Exit;
use crate::names::RunNames;
use crate::print::say;
use crate::progress::Progress;
use crate::provenance::provenance;
use crate::workspace::{experiments, name_of, root};

/// What to run, and how.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of a file in experiments/, or the path of a .toml file
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
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
    /// Folder of all stores [default: results/ in the repository]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Print the plan and compute nothing
    #[arg(long)]
    dry_run: bool,
    /// Exit with code 3 if a claim is not supported
    #[arg(long)]
    require_claims: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Exit> {
    let path = find(&arguments.experiment)?;
    let experiment = read(&path, arguments)?;
    let folder = arguments.store.clone().unwrap_or_else(|| root().join("results"));
    let store = Store::new(folder.join(&experiment.plan.name));
    let jobs: Vec<&Job> = match arguments.shard {
        Some(shard) => shard.select(&experiment.jobs),
        None => experiment.jobs.iter().collect(),
    };
    if arguments.dry_run {
        return Ok(print_plan(&experiment, &jobs, &store)?);
    }
    store.write_plan(&experiment.plan)?;
    compute(&experiment, &jobs, &store, arguments.threads)?;
    let written = write_report(&store)?;
    tell(&store, &written)?;
    let refused: Vec<String> = written
        .verdicts
        .iter()
        .filter(|verdict| !verdict.is_supported())
        .map(|verdict| verdict.id.clone())
        .collect();
    if arguments.require_claims && !refused.is_empty() { Err(Exit::Claims(refused)) } else { Ok(()) }
}

/// The file that a name or a path stands for.
fn find(experiment: &str) -> Result<PathBuf, Exit> {
    if experiment.ends_with(".toml") || experiment.contains(std::path::MAIN_SEPARATOR) {
        return Ok(PathBuf::from(experiment));
    }
    let known = experiments()?;
    known.iter().find(|(name, _)| name == experiment).map(|(_, path)| path.clone()).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        Exit::usage(format!(
            "there is no experiment `{experiment}`\nhint: the experiments are {}; any other is given by the path of its .toml file",
            names.join(", ")
        ))
    })
}

/// Puts the whole file together: runs are the experiment crate's, claims and figures the report crate's.
fn read(path: &Path, arguments: &Arguments) -> Result<Experiment, Exit> {
    let overlays = Overlays { profile: arguments.profile.clone(), set: arguments.set.clone() };
    let mut file = ExperimentFile::open(path, &overlays)?;
    let claims: Vec<Claim> = file.list("claim");
    for (i, claim) in claims.iter().enumerate() {
        if let Err(message) = claim.check() {
            file.note(&["claim".to_owned(), i.to_string()], message, None);
        }
    }
    let figures: Vec<FigureConfig> = file.list("figure");
    for (i, figure) in figures.iter().enumerate() {
        if let Err(message) = figure.check() {
            file.note(&["figure".to_owned(), i.to_string()], message, None);
        }
    }
    for (list, ids) in [
        ("claim", claims.iter().map(Claim::id).collect::<Vec<_>>()),
        ("figure", figures.iter().map(FigureConfig::id).collect()),
    ] {
        for (i, id) in ids.iter().enumerate() {
            let at = [list.to_owned(), i.to_string(), "id".to_owned()];
            if ids[..i].contains(id) {
                file.note(&at, format!("`{id}` names two of them"), None);
            }
            // The id of a figure is the name of its file.
            if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
                file.note(&at, format!("found \"{id}\", expected letters, digits, - and _"), None);
            }
        }
    }
    let json = |value: Result<serde_json::Value, serde_json::Error>| {
        value.context("cannot write the claims or figures")
    };
    let stated = (json(serde_json::to_value(&claims))?, json(serde_json::to_value(&figures))?);
    let experiment = file.plan(&name_of(path), &overlays, stated.0, stated.1);
    if !file.has_problems() {
        let offers = experiment.offers();
        let of_claims = claims.iter().map(Claim::uses).enumerate().map(|(i, uses)| ("claim", i, uses));
        let of_figures =
            figures.iter().map(FigureConfig::uses).enumerate().map(|(i, uses)| ("figure", i, uses));
        for (list, i, uses) in of_claims.chain(of_figures) {
            for missing in uses.into_iter().filter_map(|wanted| missing(wanted, &offers)) {
                file.note(&[list.to_owned(), i.to_string()], missing.0, Some(missing.1));
            }
        }
    }
    file.finish()?;
    Ok(experiment)
}

/// What is wrong if the runs will not have what a claim or figure needs, and what to do.
fn missing(wanted: Use<'_>, offers: &Offers) -> Option<(String, String)> {
    let (name, known, what) = match wanted {
        Use::Value(name) => (name, &offers.values, "value"),
        Use::Curve(name) => (name, &offers.curves, "curve"),
        Use::Setting(name) => (name, &offers.settings, "setting"),
        Use::Number(name) => (name, &offers.numbers, "setting that is a number"),
        Use::Slice(name) => (name, &offers.slices, "probe of kind \"slice\""),
        Use::Path(name) => (name, &offers.paths, "probe of kind \"path\""),
        Use::Arrays(name) => {
            let setting = match name {
                "boundary" => "record.boundary = {}",
                "images" => "record.images = 20",
                "weights" => "record.weights = true",
                _ => "record.data = true",
            };
            return (!offers.arrays.contains(name))
                .then(|| (format!("the runs do not keep their {name}"), format!("set {setting}")));
        }
    };
    (!known.contains(name)).then(|| (format!("the runs have no {what} `{name}`"), suggestion(name, known)))
}

fn compute(experiment: &Experiment, jobs: &[&Job], store: &Store, threads: Option<u16>) -> Result<(), Exit> {
    let cancelled = Arc::new(AtomicBool::new(false));
    let asked = Arc::new(AtomicBool::new(false));
    let (flag, ask) = (Arc::clone(&cancelled), Arc::clone(&asked));
    ctrlc::set_handler(move || {
        flag.store(true, Ordering::Relaxed);
        ask.store(true, Ordering::Relaxed);
    })
    .context("cannot listen to Ctrl-C")?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.map_or(0, usize::from))
        .build()
        .context("cannot start the threads")?;
    let present = jobs.iter().filter(|job| store.contains(&job.key)).count();
    let work = jobs.iter().filter(|job| !store.contains(&job.key)).map(|job| job.work).sum();
    let progress = Progress::new(experiment, jobs.len(), present, work, pool.current_num_threads());
    let start = Instant::now();
    let now = || start.elapsed().as_secs_f64();
    let done = pool
        .install(|| execute(jobs, store, &now, &cancelled, &provenance(), &|event| progress.tell(&event)))?;
    progress.finish(done);
    if asked.load(Ordering::Relaxed) {
        let done = experiment.jobs.iter().filter(|job| store.contains(&job.key)).count();
        return Err(Exit::Stopped { done, planned: experiment.jobs.len() });
    }
    Ok(())
}

fn print_plan(experiment: &Experiment, jobs: &[&Job], store: &Store) -> anyhow::Result<()> {
    let plan = &experiment.plan;
    let names = RunNames::new(experiment);
    say(format_args!("{}: {}", plan.name, plan.title))?;
    for job in jobs {
        let name = names.of(job);
        let state = if store.contains(&job.key) { "in the store" } else { "to compute" };
        say(format_args!("{}  {:>9}  {name}  {state}", job.key, flop(job.work)))?;
    }
    let open: Vec<&&Job> = jobs.iter().filter(|job| !store.contains(&job.key)).collect();
    // Not `sum`, whose nothing is −0.
    let work = open.iter().fold(0.0, |work, job| work + job.work);
    // Twenty to sixty GFLOP/s is what one core of the last ten years reaches on small networks.
    let minutes = |rate: f64| work / rate / 60.0;
    say(format_args!(
        "{} of {} runs to compute, {}: about {:.1} to {:.1} core-minutes",
        open.len(),
        jobs.len(),
        flop(work),
        minutes(60e9),
        minutes(20e9)
    ))
}

fn flop(work: f64) -> String {
    match work {
        w if w >= 1e12 => format!("{:.1} Tflop", w / 1e12),
        w if w >= 1e9 => format!("{:.1} Gflop", w / 1e9),
        w => format!("{:.1} Mflop", w / 1e6),
    }
}
