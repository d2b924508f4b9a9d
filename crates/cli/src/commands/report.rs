//! `report`

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use thalweg::lab::question;
use thalweg::records::{Look, Plan, ResultFolder, Store};
use thalweg::report::{Report, Tally, report_of};

use crate::looks::Notes;
use crate::result_name;
use crate::voice::{Reported, Told, Voice};
use crate::{Exit, Home, note, shown};

/// Which result.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the result: its folder in the store
    name: String,
    /// Folder of runs and results [default: results/]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// List in runs.csv also the runs to whose solutions path probes walk
    #[arg(long)]
    companions: bool,
    /// Folder to write into, as for a store that cannot be written [default: that of the result]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let store = Store::new(arguments.store.as_ref().unwrap_or(&home.results));
    let folder = result_name::named(&store, &arguments.name)?;
    let to = arguments.to.as_ref().map_or_else(|| folder.clone(), ResultFolder::new);
    note_report(&store, &folder)?;
    let report = report_of(&store, &folder, arguments.companions)?;
    report.write(&to)?;
    Ok(tell(&to, &report, Voice::default())?)
}

/// What of a resolved spec makes a look.
#[derive(Deserialize)]
struct Numbers {
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    replicate: u64,
}

/// Notes that the runs of a result are looked at now, and in its plan, which replicates had been before. Of a
/// store that cannot be written nothing is noted.
fn note_report(store: &Store, folder: &ResultFolder) -> Result<(), Exit> {
    let plan = folder.read_plan()?;
    let is_asked = plan.claims.as_array().is_some_and(|claims| !claims.is_empty());
    let Ok(specs) = folder.read_specs() else { return Ok(()) };
    if !is_asked || plan.sequential.is_some() {
        return Ok(());
    }
    let planned: BTreeSet<&String> = plan.runs.iter().collect();
    let planned = specs.iter().filter(|(key, _)| planned.contains(key));
    let runs: Vec<(&str, Numbers)> =
        planned.filter_map(|(key, spec)| Some((key.as_str(), serde_json::from_str(spec).ok()?))).collect();
    let points = runs.iter().filter(|(_, numbers)| numbers.replicate == 0).map(|(key, _)| *key);
    let question = question(&plan.claims, points.collect());
    let replicates = runs.iter().map(|(_, numbers)| numbers.replicate + 1).max().unwrap_or(0);
    let seed = runs.first().map_or(0, |(_, numbers)| numbers.seed);
    let notes = Notes::of(store, &plan, folder);
    let Ok(looked_before) = notes.look(seed, &Look::at_once(question, replicates)) else { return Ok(()) };
    let (looks, shared_with) = (notes.to_tell()?, notes.shared_with(&plan.runs)?);
    let known = Plan { looked_before, looks, shared_with, ..plan.clone() };
    if known != plan {
        let _ = folder.write_plan(&known);
    }
    Ok(())
}

/// Prints how the runs ended, what figures lack, the verdicts, and where the report lies.
pub fn tell(folder: &ResultFolder, report: &Report, voice: Voice) -> anyhow::Result<()> {
    for damaged in &report.damaged {
        note(format_args!("left out: {damaged}"));
    }
    voice.say(report.tally)?;
    for what in report.missing.iter().chain(&report.left_out) {
        note(what);
    }
    for verdict in &report.verdicts {
        voice.say(format_args!("{}: {}\n    {}", verdict.id, verdict.says, verdict.summary))?;
        voice.tell(&Told::Verdict(verdict))?;
    }
    let path = shown(&folder.path().join("report.html"));
    voice.say(format_args!("report: {path}"))?;
    let Tally { completed, diverged, failed, .. } = report.tally;
    voice.tell(&Told::Report(Reported { path, completed, diverged, failed }))
}
