//! `store check`, `store gc`, `store merge`

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use thalweg::records::Store;

use crate::{Exit, Home, note, say, shown};

/// What to do with a store.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Read everything, byte for byte, and name what is damaged
    Check {
        /// The store [default: results/]
        store: Option<PathBuf>,
    },
    /// Remove what processes that died have left, and runs that belong to no result
    Gc {
        /// The store [default: results/]
        store: Option<PathBuf>,
        /// Do it, instead of showing what would go
        #[arg(long)]
        yes: bool,
    },
    /// Copy the runs of other stores into one
    Merge {
        /// The stores to copy from
        #[arg(required = true)]
        from: Vec<PathBuf>,
        /// The store to copy into
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
    },
}

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let open = |store: &Option<PathBuf>| Store::new(store.as_ref().unwrap_or(&home.results));
    match &arguments.task {
        Task::Check { store } => check(&open(store)),
        Task::Gc { store, yes } => gc(&open(store), *yes),
        Task::Merge { from, into } => merge(from, &Store::new(into)),
    }
}

fn check(store: &Store) -> Result<(), Exit> {
    let mut findings = store.check()?;
    for name in store.results()? {
        let folder = store.result(&name);
        findings.damaged.extend(folder.read_plan().err());
        findings.damaged.extend(folder.read_looks().err());
        findings.damaged.extend(folder.read_specs().err());
    }
    for damaged in &findings.damaged {
        say(damaged)?;
    }
    let older =
        if findings.older > 0 { format!(", {} of older revision", findings.older) } else { String::new() };
    say(format_args!(
        "{}: {} runs are sound{older}, {} damaged",
        shown(store.root()),
        findings.sound,
        findings.damaged.len()
    ))?;
    if findings.damaged.is_empty() { Ok(()) } else { Err(Exit::Found) }
}

fn gc(store: &Store, yes: bool) -> Result<(), Exit> {
    let mut wanted = BTreeSet::new();
    for name in store.results()? {
        let plan = store.result(&name).read_plan()?;
        wanted.extend(plan.runs.into_iter().chain(plan.companions));
    }
    let idle: Vec<String> = store.keys()?.into_iter().filter(|key| !wanted.contains(key)).collect();
    if !yes {
        for key in &idle {
            say(format_args!("{key} belongs to no result"))?;
        }
        note(format_args!("{} runs would go\nhint: --yes removes them", idle.len()));
        return Ok(());
    }
    let files = store.remove_stale()?;
    let runs = store.keep_only(&wanted)?;
    note(format_args!("removed {runs} runs, and {files} files of dead processes"));
    Ok(())
}

fn merge(from: &[PathBuf], into: &Store) -> Result<(), Exit> {
    into.prepare()?;
    for path in from {
        let source = Store::new(path);
        let findings = source.check()?;
        for damaged in &findings.damaged {
            note(format_args!("left out: {damaged}"));
        }
        let new: Vec<String> = source.keys()?.into_iter().filter(|key| !into.contains(key)).collect();
        let mut copied = 0;
        for keys in new.chunks(100) {
            let records: Vec<_> = keys.iter().filter_map(|key| source.read(key).ok().flatten()).collect();
            copied += records.len();
            into.keep(&records)?;
        }
        say(format_args!("{copied} runs from {}", shown(path)))?;
    }
    Ok(())
}
