//! `report`

use std::path::PathBuf;

use clap::Args;
use thalweg::records::Store;
use thalweg::report::{Report, Tally, write_report};

use crate::{Exit, Home, note, say, shown};

/// Where results are.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the experiment: its folder in the store
    name: String,
    /// Folder of all stores [default: results/]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// List the runs to whose solutions probes walk in runs.csv too
    #[arg(long)]
    companions: bool,
}

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let folder = arguments.store.as_ref().unwrap_or(&home.results);
    let store = Store::new(folder.join(&arguments.name));
    Ok(tell(&store, &write_report(&store, arguments.companions)?)?)
}

/// Prints the verdicts and where the report lies.
pub fn tell(store: &Store, report: &Report) -> anyhow::Result<()> {
    let Tally { present, planned, diverged, failed, older } = report.tally;
    if present < planned {
        note(format_args!("{present} of {planned} runs are in the store"));
    }
    if older > 0 {
        note(format_args!("{older} of older revision, left out: `experiment` computes them again"));
    }
    if failed > 0 {
        note(format_args!("{failed} of {planned} runs failed, which is a bug"));
    }
    for missing in &report.missing {
        note(missing);
    }
    if diverged > 0 {
        say(format_args!("{diverged} of {planned} runs diverged"))?;
    }
    for verdict in &report.verdicts {
        say(format_args!("{}: {}\n    {}", verdict.id, verdict.says, verdict.summary))?;
    }
    say(format_args!("report: {}", shown(&store.folder().join("report.html"))))
}
