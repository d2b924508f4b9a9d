//! `store check`, `store gc`, `store merge`, `store pack`

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use thalweg::records::{POOL, ResultFolder, Store, StoreError};
use thalweg::report::counted;

use crate::looks::Notes;
use crate::progress::{are, counted_of};
use crate::{Exit, Home, note, say_prose, shown};

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
    /// Remove what dead processes have left, and runs that belong to no result
    Gc {
        /// The store [default: results/]
        store: Option<PathBuf>,
        /// Do it, instead of showing what would go
        #[arg(long)]
        yes: bool,
    },
    /// Merge many small files of runs into few, as after a sweep of short runs or after many workers
    Pack {
        /// The store [default: results/]
        store: Option<PathBuf>,
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
    let open = |store: &Option<PathBuf>| existing(store.as_ref().unwrap_or(&home.results));
    match &arguments.task {
        Task::Check { store } => check(&open(store)?),
        Task::Gc { store, yes } => gc(&open(store)?, *yes),
        Task::Pack { store } => pack(&open(store)?),
        Task::Merge { from, into } => merge(from, &Store::new(into)),
    }
}

/// Runs that are read at once to be copied.
const CHUNK: usize = 100;

fn existing(folder: &Path) -> Result<Store, Exit> {
    if folder.is_dir() {
        return Ok(Store::new(folder));
    }
    Err(Exit::usage(format!("there is no store in {}", folder.display())))
}

fn check(store: &Store) -> Result<(), Exit> {
    let mut findings = store.check()?;
    for folder in store.half_results()? {
        findings.damaged.push(StoreError::Gone { path: folder.join("plan.json") });
    }
    // Notes of looks that some plan tells of, by the folder of the notes.
    let mut told: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    for name in store.results()? {
        let folder = store.result(&name);
        findings.damaged.extend(folder.read_plan().err());
        findings.damaged.extend(folder.damaged_looks()?);
        if let Ok(plan) = folder.read_plan() {
            let notes = Notes::of(store, &plan, &folder).folder;
            told.entry(notes.path().to_owned()).or_default().extend(plan.looks);
        }
        match (folder.read_plan(), folder.read_specs()) {
            (Ok(plan), Ok(specs)) => {
                let told: BTreeSet<String> = specs.into_iter().map(|(key, _)| key).collect();
                let is_told = |key: &&String| told.contains(*key);
                let n = plan.runs.iter().chain(&plan.companions).filter(|key| !is_told(key)).count();
                let planned: BTreeSet<&String> = plan.runs.iter().chain(&plan.companions).collect();
                let foreign = told.iter().filter(|key| !planned.contains(key)).count();
                let lacks = (n > 0).then(|| format!("it lacks {} of the plan", counted(n, "run")));
                let has = (foreign > 0).then(|| format!("it has {} of no plan", counted(foreign, "run")));
                findings.damaged.extend(
                    lacks
                        .or(has)
                        .map(|why| StoreError::Damaged { path: folder.path().join("specs.jsonl"), why }),
                );
                let missing = plan.runs.iter().filter(|key| !store.contains(key)).count();
                if missing > 0 {
                    let (runs, planned) = (counted_of(missing, plan.runs.len(), "run"), plan.runs.len());
                    note(format_args!("{name}: {runs} {} not there", are(planned)));
                }
            }
            (_, specs) => findings.damaged.extend(specs.err()),
        }
    }
    for (folder, names) in told {
        let names: Vec<String> = names.into_iter().collect();
        findings.damaged.extend(ResultFolder::new(folder).missing_looks(None, &names));
    }
    for damaged in &findings.damaged {
        say_prose(damaged)?;
    }
    tell_foreign(store)?;
    let older =
        if findings.older > 0 { format!(", {} of older revision", findings.older) } else { String::new() };
    say_prose(format_args!(
        "{}: {} {} sound{older}, {} damaged",
        shown(store.root()),
        counted(findings.sound, "run"),
        are(findings.sound),
        findings.damaged.len()
    ))?;
    if findings.damaged.is_empty() { Ok(()) } else { Err(Exit::Found) }
}

fn gc(store: &Store, yes: bool) -> Result<(), Exit> {
    // What comes after these keys were read is none of our business.
    let keys = store.keys()?;
    if yes && store.is_busy()? {
        return Err(Exit::usage("a process is computing into this store\nhint: wait until it is done"));
    }
    let idle = idle_runs(store, keys, &|_| false)?;
    tell_foreign(store)?;
    if !yes {
        for key in &idle {
            say_prose(format_args!("{key} belongs to no result"))?;
        }
        note(format_args!("{} would go\nhint: --yes removes them", counted(idle.len(), "run")));
        return Ok(());
    }
    let files = store.remove_stale()?;
    let runs = store.remove(&idle)?;
    let (runs_in_words, files) = (counted(runs, "run"), counted(files, "file"));
    note(format_args!("removed {runs_in_words}, and {files} of dead processes"));
    if runs < idle.len() {
        note("runs beside damaged ones were left alone\nhint: `store check` names what is damaged");
        return Err(Exit::Found);
    }
    Ok(())
}

/// Tells what lies among the runs and is none.
fn tell_foreign(store: &Store) -> Result<(), Exit> {
    for path in store.foreign()? {
        note(format_args!("left alone: {} is no run", shown(&path)));
    }
    Ok(())
}

/// Those of these runs that no result needs, but for results that are about to go.
pub fn idle_runs(
    store: &Store,
    keys: Vec<String>,
    is_going: &dyn Fn(&str) -> bool,
) -> Result<BTreeSet<String>, Exit> {
    if let Some(folder) = store.half_results()?.first() {
        return Err(Exit::usage(format!(
            "{} has no plan.json, so its runs are not known\nhint: `experiment` writes it anew",
            shown(folder)
        )));
    }
    let mut idle: BTreeSet<String> = keys.into_iter().collect();
    for name in store.results()?.into_iter().filter(|name| !is_going(name)) {
        let plan = store.result(&name).read_plan()?;
        for key in plan.runs.iter().chain(&plan.companions) {
            idle.remove(key);
        }
    }
    Ok(idle)
}

fn pack(store: &Store) -> Result<(), Exit> {
    let packed = store.pack()?;
    for damaged in &packed.damaged {
        note(format_args!("left alone: {damaged}"));
    }
    let (merged, written) = (counted(packed.merged, "file"), counted(packed.written, "file"));
    say_prose(format_args!("{}: {merged} of runs merged into {written}", shown(store.root())))?;
    if packed.damaged.is_empty() { Ok(()) } else { Err(Exit::Found) }
}

fn merge(from: &[PathBuf], into: &Store) -> Result<(), Exit> {
    let sources: Vec<Store> = from.iter().map(|path| existing(path)).collect::<Result<_, _>>()?;
    refuse_nesting(&sources, into)?;
    into.prepare()?;
    let mut is_whole = true;
    for source in &sources {
        let findings = source.check()?;
        for damaged in &findings.damaged {
            note(format_args!("left out: {damaged}"));
        }
        let is_there = |key: &String| matches!(into.read(key), Ok(Some(_)));
        let new: Vec<String> = source.keys()?.into_iter().filter(|key| !is_there(key)).collect();
        let mut copied = 0;
        for keys in new.chunks(CHUNK) {
            let records: Vec<_> = keys.iter().filter_map(|key| source.read(key).ok().flatten()).collect();
            copied += records.len();
            into.keep(&records)?;
        }
        say_prose(format_args!("{} from {}", counted(copied, "run"), shown(source.root())))?;
        if copied < new.len() {
            note(format_args!("{} were left out: damaged, or of another version", new.len() - copied));
            is_whole = false;
        }
    }
    if is_whole { Ok(()) } else { Err(Exit::Found) }
}

/// Refuses to copy a store into itself, and to make one inside another: its runs would lie among what that
/// one takes for its own.
fn refuse_nesting(sources: &[Store], into: &Store) -> Result<(), Exit> {
    let target = whole_path(into.root())?;
    for source in sources {
        if target.starts_with(whole_path(source.root())?) {
            let (into, from) = (shown(into.root()), shown(source.root()));
            let what = if target == whole_path(source.root())? { "is" } else { "lies inside of" };
            return Err(Exit::usage(format!(
                "{into} {what} {from}, and a store cannot be copied into itself\n\
                 hint: --into names a folder outside of it"
            )));
        }
    }
    let is_store = |folder: &&Path| folder.join("running").is_dir() && folder.join(POOL).is_dir();
    match target.ancestors().skip(1).find(is_store) {
        Some(outer) => Err(Exit::usage(format!(
            "{} lies inside of the store {}, whose folders are its runs and results\n\
             hint: --into names a folder outside of it, or that store",
            shown(into.root()),
            outer.display()
        ))),
        None => Ok(()),
    }
}

/// A path without links and `..`, also of a folder that is not there yet.
fn whole_path(path: &Path) -> Result<PathBuf, Exit> {
    let path = std::path::absolute(path).map_err(anyhow::Error::from)?;
    let there = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    let Some((above, whole)) = there else { return Ok(path) };
    // Joining nothing would add a slash.
    Ok(match path.strip_prefix(above) {
        Ok(rest) if rest != Path::new("") => whole.join(rest),
        _ => whole,
    })
}
