//! `report`

use std::path::PathBuf;

use clap::Args;
use thalweg::records::{ResultFolder, Store};
use thalweg::report::{Report, Tally, report_of};

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
    let report = report_of(&store, &folder, arguments.companions)?;
    report.write(&to)?;
    Ok(tell(&to, &report, Voice::default())?)
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
