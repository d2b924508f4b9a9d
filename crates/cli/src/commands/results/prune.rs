//! Results that have had their day, and runs that none needs.

use std::collections::BTreeSet;
use std::path::Path;

use thalweg::records::{Plan, Store, StoreError};
use thalweg::report::counted;

use crate::commands::store::idle_runs;
use crate::looks::are_shared;
use crate::{Exit, note, say_prose, shown};

/// Shows what would go, or removes it.
pub fn run(store: &Store, is_sure: bool) -> Result<(), Exit> {
    if is_sure && store.is_busy()? {
        return Err(Exit::usage("a process is computing into this store\nhint: wait until it is done"));
    }
    // What comes after these keys were read is none of our business.
    let keys = store.keys()?;
    let mut going = Vec::new();
    for name in store.results()? {
        let plan = store.result(&name).read_plan()?;
        if let Some(reason) = reason(store, &plan)? {
            going.push((name, reason));
        }
    }
    let gone: BTreeSet<&str> = going.iter().map(|(name, _)| name.as_str()).collect();
    let idle = idle_runs(store, keys, &|name| gone.contains(name))?;
    let would = if is_sure { "removing" } else { "would remove" };
    for (name, reason) in &going {
        say_prose(format_args!("{would} {}: {}", shown(store.result(name).path()), reason.in_words()))?;
    }
    say_prose(format_args!("{would} {} that no result needs", counted(idle.len(), "run")))?;
    if !is_sure {
        note("hint: --yes removes them");
        return Ok(());
    }
    for (name, reason) in &going {
        let folder = store.result(name);
        // Replicates that were looked at stay so: their runs will come again, computed by this version.
        let is_going = |name: &str| gone.contains(name);
        let keeps_looks = matches!(reason, Reason::Older(_)) || are_shared(store, name, &is_going)?;
        if !folder.remove(keeps_looks)? && !keeps_looks {
            note(format_args!("{} has files that are not ours, which stay", shown(folder.path())));
        }
    }
    store.remove_stale()?;
    let removed = store.remove(&idle)?;
    if removed < idle.len() {
        note("runs beside damaged ones were left alone\nhint: `store check` names what is damaged");
        return Err(Exit::Found);
    }
    Ok(())
}

/// Why a result may go.
enum Reason {
    /// The experiment file is not there any more.
    FileIsGone(String),
    /// So many runs, and all of an older version.
    Older(usize),
}

impl Reason {
    fn in_words(&self) -> String {
        match self {
            Self::FileIsGone(path) => format!("its file {path} is gone"),
            Self::Older(1) => "its 1 run is of an older revision".to_owned(),
            Self::Older(n) => format!("all its {n} runs are of an older revision"),
        }
    }
}

fn reason(store: &Store, plan: &Plan) -> Result<Option<Reason>, StoreError> {
    if let Some(source) = &plan.source
        && !source.starts_with("built-in")
        && !Path::new(source).exists()
    {
        return Ok(Some(Reason::FileIsGone(source.clone())));
    }
    let loaded = store.load(&plan.runs)?;
    let older = loaded.iter().filter(|run| matches!(run, Err(StoreError::Older { .. }))).count();
    let there = loaded.iter().filter(|run| !matches!(run, Ok(None))).count();
    Ok((there > 0 && older == there).then_some(Reason::Older(older)))
}
