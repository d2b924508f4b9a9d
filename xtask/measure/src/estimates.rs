//! `cargo xtask estimates`: the CPU time and the room on the disk that experiments were said to take, beside
//! what they took.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use thalweg::lab::{Disk, Experiment, Job, Overlays, Problems, Study, Surroundings, execute};
use thalweg::records::Store;
use thalweg_cli::{ClockId, Exit, note, say, seconds_of, speed};

use crate::table::Table;
use xtask::workspace::root;

/// Which experiments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Only experiments that are said to take at most so many seconds of CPU time
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    most: f64,
    /// Only experiments whose names contain this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

pub fn run(arguments: &Arguments) -> Result<(), Exit> {
    let speed = speed()?;
    let head = ["experiment", "CPU s, said", "CPU s", "said / taken", "MB, said", "MB", "said / taken"];
    let mut table = Table::new(&head);
    for path in experiments()? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if arguments.only.as_ref().is_some_and(|part| !name.contains(part.as_str())) {
            continue;
        }
        let Ok(experiment) = quick(&path) else {
            note(format_args!("{name}: left out, it cannot be planned; are its data there?"));
            continue;
        };
        let jobs = experiment.jobs.iter().chain(&experiment.companions);
        let sum = |of: fn(&Job) -> f64| jobs.clone().map(of).sum::<f64>();
        let (seconds, bytes) = (sum(|job| job.work.all) / speed, sum(|job| job.footprint.disk));
        if seconds > arguments.most {
            note(format_args!("{name}: left out, about {seconds:.0} s"));
            continue;
        }
        note(&name);
        let (seconds_taken, bytes_taken) = compute(&experiment)?;
        let megabytes = [bytes, bytes_taken].map(|bytes| 1e-6 * bytes);
        let numbers = [seconds, seconds_taken, seconds / seconds_taken, megabytes[0], megabytes[1]];
        let cells = numbers.into_iter().chain([bytes / bytes_taken]).map(|number| format!("{number:.2}"));
        table.push(std::iter::once(name).chain(cells));
    }
    Ok(say(table.render())?)
}

/// The shipped experiments.
fn experiments() -> anyhow::Result<Vec<PathBuf>> {
    let folder = root().join("experiments");
    let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    Ok(paths)
}

/// An experiment in its quick profile, where it has one.
fn quick(path: &Path) -> Result<Experiment, Problems> {
    let open = |profile| Study::open(path, &Disk, &Overlays { profile, ..Overlays::default() });
    Ok(open(Some("quick".to_owned())).or_else(|_| open(None))?.experiment)
}

/// The seconds of CPU time and the bytes on the disk that the runs take.
fn compute(experiment: &Experiment) -> anyhow::Result<(f64, f64)> {
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    let (store, start) = (Store::new(folder.path()), seconds_of(ClockId::ProcessCPUTime));
    let jobs: Vec<&Job> = experiment.jobs.iter().collect();
    execute(experiment, &jobs, &store, &Surroundings::without_clock(), &|_| {})?;
    let seconds = seconds_of(ClockId::ProcessCPUTime) - start;
    let mut bytes = 0;
    for entry in fs::read_dir(folder.path().join("runs"))? {
        bytes += entry?.metadata()?.len();
    }
    Ok((seconds, bytes as f64))
}
