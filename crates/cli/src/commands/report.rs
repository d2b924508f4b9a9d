//! `report`

mod compare;
mod index;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use thalweg::lab::question;
use thalweg::records::{Look, Plan, Record, ResultFolder, Store};
use thalweg::report::{Report, Tally, report_of};

pub use self::index::renew as renew_index;
use crate::looks::Notes;
use crate::voice::{Reported, Told, Voice};
use crate::{Exit, Home, note, shown};
use crate::{result_name, stored};

/// Which result.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the result: its folder in the store. With --compare two or more, each also as the path of its
    /// folder in another store
    #[arg(value_name = "NAME", required_unless_present = "index")]
    names: Vec<String>,
    /// Folder of runs and results [default: results/]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// List in runs.csv also the runs to whose solutions path probes walk
    #[arg(long)]
    companions: bool,
    /// Write a page that compares the other results with the first, and print what differs
    #[arg(long, conflicts_with = "companions")]
    compare: bool,
    /// Write the page of all results of the store, index.html, and nothing else
    #[arg(long, conflicts_with_all = ["names", "companions", "compare"])]
    index: bool,
    /// Folder to write into, as for a store that cannot be written [default: that of the result, for
    /// --compare comparisons/ in the store, for --index the store]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let store = Store::new(arguments.store.as_ref().unwrap_or(&home.results));
    if arguments.index {
        let to = arguments.to.as_ref().map_or_else(|| store.clone(), Store::new);
        return index::write(&store, &to);
    }
    if arguments.compare {
        return compare::run(&store, &arguments.names, arguments.to.as_deref());
    }
    let [name] = &arguments.names[..] else {
        return Err(Exit::usage(format!(
            "found {} results, expected one\nhint: --compare puts them side by side",
            arguments.names.len()
        )));
    };
    let folder = result_name::named(&store, name)?;
    let to = arguments.to.as_ref().map_or_else(|| folder.clone(), ResultFolder::new);
    note_report(&store, &folder)?;
    let report = report_of(&store, &folder, arguments.companions)?;
    report.write(&to)?;
    if arguments.to.is_none() {
        renew_index(&store);
    }
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
    if !is_asked || plan.sequential.is_some() {
        return Ok(());
    }
    let specs = stored::specs(folder, &plan.runs);
    let read = |(key, spec): &(String, String)| Some((key.clone(), serde_json::from_str(spec).ok()?));
    let mut runs: Vec<(String, Numbers)> = specs.there.iter().filter_map(read).collect();
    if let Some(warning) = specs.warning {
        note(format_args!("warning: {warning}"));
        // What is shown is looked at, whatever is known of the plan: the records tell too.
        let told: BTreeSet<String> = runs.iter().map(|(key, _)| key.clone()).collect();
        let untold: Vec<String> = plan.runs.iter().filter(|key| !told.contains(*key)).cloned().collect();
        let records = store.load(&untold)?.into_iter().flatten().flatten();
        let number = |record: &Record, name: &str| record.setting(name).and_then(Value::as_u64).unwrap_or(0);
        runs.extend(records.map(|record| {
            let numbers = Numbers { seed: number(&record, "seed"), replicate: number(&record, "replicate") };
            (record.key, numbers)
        }));
        let order: HashMap<&String, usize> = plan.runs.iter().zip(0..).collect();
        runs.sort_by_key(|(key, _)| order.get(key).copied());
    }
    let points = runs.iter().filter(|(_, numbers)| numbers.replicate == 0).map(|(key, _)| key.as_str());
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
