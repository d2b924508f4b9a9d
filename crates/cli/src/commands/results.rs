//! `results`

mod compare;
mod prune;

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use thalweg::records::{Plan, Record, ResultFolder, Status, Store};
use thalweg::report::date;

use crate::looks::are_shared;
use crate::progress::counted_of;
use crate::{Exit, Home, note, result_name, say, say_prose, shown};

/// Which results, and what to do with them.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").args(["remove", "prune"]))]
pub struct Arguments {
    /// Name of a result; several are compared side by side, and all are listed without one
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Folder of runs and results [default: results/]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Remove the result with its tables and figures. The runs stay, until `store gc` removes those of no
    /// result
    #[arg(long, requires = "names")]
    remove: bool,
    /// Remove results whose experiment file is gone or whose runs are all of an older revision, and runs that
    /// no result needs. Which replicates were looked at is kept where the file is still there
    #[arg(long, conflicts_with = "names")]
    prune: bool,
    /// With --remove or --prune: do it, instead of showing what would go
    #[arg(long, requires = "change")]
    yes: bool,
}

pub fn run(arguments: &Arguments, home: &Home) -> Result<(), Exit> {
    let store = Store::new(arguments.store.as_ref().unwrap_or(&home.results));
    if arguments.prune {
        return prune::run(&store, arguments.yes);
    }
    if arguments.remove {
        return arguments.names.iter().try_for_each(|name| remove(&store, name, arguments.yes));
    }
    match &arguments.names[..] {
        [] => list(&store),
        [name] => describe(&store, name),
        names => compare::print(&store, names),
    }
}

fn remove(store: &Store, name: &str, is_sure: bool) -> Result<(), Exit> {
    let folder = result_name::named(store, name)?;
    folder.read_plan()?;
    if !is_sure {
        say_prose(format_args!("would remove {}\nhint: --yes removes it", shown(folder.path())))?;
        return Ok(());
    }
    let keeps_looks = are_shared(store, name, &|_| false)?;
    let is_gone = folder.remove(keeps_looks)?;
    let rest = match (is_gone, keeps_looks) {
        (true, _) => "",
        (false, true) => " but for the notes of looks, which count for other results of its file",
        (false, false) => " but for files that are not ours",
    };
    note(format_args!("removed {}{rest}; its runs are still in the store", shown(folder.path())));
    Ok(())
}

fn list(store: &Store) -> Result<(), Exit> {
    let names = store.results()?;
    if names.is_empty() {
        note(format_args!("there are no results in {}", shown(store.root())));
    }
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for name in &names {
        let folder = store.result(name);
        let line = match folder.read_plan() {
            Ok(plan) => {
                let runs = present(store, &plan, may_have_failed(&folder))?;
                format!("{runs}{}  {}", verdicts(&folder), plan.title)
            }
            Err(e) => e.to_string().replace('\n', "; "),
        };
        say(format_args!("{name:width$}  {}  {line}", when(&folder)))?;
    }
    Ok(())
}

fn describe(store: &Store, name: &str) -> Result<(), Exit> {
    let folder = result_name::named(store, name)?;
    let plan: Plan = folder.read_plan()?;
    say_prose(format_args!("{name}: {}", plan.title))?;
    say_prose(format_args!("from {}", plan.source.as_deref().unwrap_or("a file that was not noted")))?;
    if result_name::name_of(&plan) != *name {
        say_prose(format_args!("settings of {}", result_name::name_of(&plan)))?;
    }
    say_prose(format_args!("in the store: {}", present(store, &plan, true)?))?;
    for (id, verdict) in verdicts_of(&folder) {
        say_prose(format_args!("{id}: {verdict}"))?;
    }
    say_prose(format_args!("report: {}", shown(&folder.path().join("report.html"))))?;
    Ok(())
}

/// `190 of 200 runs, 3 more failed`: runs that ended, and those in which the program failed. The records are
/// read only if some may have.
pub(super) fn present(store: &Store, plan: &Plan, may_have_failed: bool) -> Result<String, Exit> {
    let present = plan.runs.iter().filter(|key| store.contains(key)).count();
    let has_failed = |run: &Record| matches!(run.status, Status::Failed { .. });
    let loaded = if may_have_failed { store.load(&plan.runs)? } else { Vec::new() };
    let failed = loaded.iter().flatten().flatten().filter(|run| has_failed(run)).count();
    let runs = counted_of(present - failed, plan.runs.len(), "run");
    Ok(if failed > 0 { format!("{runs}, {failed} more failed") } else { runs })
}

/// Whether the table of runs of the last report tells of failures, or there is none.
fn may_have_failed(folder: &ResultFolder) -> bool {
    let table = std::fs::File::open(folder.path().join("runs.csv")).map(std::io::BufReader::new);
    let header = table.ok().and_then(|table| std::io::BufRead::lines(table).next()?.ok());
    header.is_none_or(|header| header.split(',').any(|name| name == "failure"))
}

/// When the plan was written, to the minute, in the time of Greenwich.
fn when(folder: &ResultFolder) -> String {
    folder.written().map_or_else(|| "?".repeat(16), date)
}

/// `, 3 supported, 1 refuted`
fn verdicts(folder: &ResultFolder) -> String {
    let all = verdicts_of(folder);
    let count = |word: &str| all.iter().filter(|(_, verdict)| verdict == word).count();
    let counted = ["supported", "refuted", "inconclusive"].map(|word| (count(word), word));
    counted.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!(", {n} {word}")).collect()
}

/// Claims with their verdicts, such as `supported`, as the last report has them.
fn verdicts_of(folder: &ResultFolder) -> Vec<(String, String)> {
    let text = std::fs::read(folder.path().join("claims.json")).unwrap_or_default();
    let all: Vec<serde_json::Value> = serde_json::from_slice(&text).unwrap_or_default();
    let pair = |verdict: &serde_json::Value| {
        Some((verdict["id"].as_str()?.to_owned(), verdict["verdict"].as_str()?.to_owned()))
    };
    all.iter().filter_map(pair).collect()
}
