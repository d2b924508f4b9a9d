//! `report`

use std::path::PathBuf;

use clap::Args;
use thalweg::records::Store;
use thalweg::report::{Written, write_report};

use crate::{Exit, Home, note, say, shown};

/// Where results are.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the experiment: its folder in the store
    name: String,
    /// Folder of all stores [default: results/]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let folder = arguments.store.as_ref().unwrap_or(&home.results);
    let store = Store::new(folder.join(&arguments.name));
    Ok(tell(&store, &write_report(&store)?)?)
}
/// Prints the verdicts and where the report lies.
pub fn tell(store: &Store, written: &Written) -> anyhow::Result<()> {
    if written.present < written.planned {
        note(format_args!("{} of {} runs are in the store", written.present, written.planned));
    }
    if written.older > 0 {
        note(format_args!("{} of older revision, left out: `experiment` computes them again", written.older));
    }
    if written.failed > 0 {
        note(format_args!("{} of {} runs failed, which is a bug", written.failed, written.planned));
    }
    for missing in &written.missing {
        note(missing);
    }
    if written.diverged > 0 {
        say(format_args!("{} of {} runs diverged", written.diverged, written.planned))?;
    }
    for verdict in &written.verdicts {
        say(format_args!("{}: {}\n    {}", verdict.id, verdict.says, verdict.summary))?;
    }
    say(format_args!("report: {}", shown(&store.folder().join("report.html"))))
}
