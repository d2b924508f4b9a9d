//! Runs of a result as they are stored, ready to be computed again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use thalweg::lab::{Disk, Files, Job, RunSpec, revive};
use thalweg::records::ResultFolder;
use thalweg::report::counted;

use crate::builtin::Builtin;
use crate::{Exit, shown};

/// Specs of runs, with their keys.
pub struct Specs {
    /// Those that are there, in the order of the keys.
    pub there: Vec<(String, String)>,
    /// What is to be said of the others, if there are any.
    pub warning: Option<String>,
}

/// The specs of the runs with these keys, each once.
pub fn specs(folder: &ResultFolder, keys: &[String]) -> Specs {
    let stored = match folder.read_specs() {
        Ok(stored) => stored,
        Err(e) => return Specs { there: Vec::new(), warning: Some(e.to_string()) },
    };
    let stored: HashMap<String, String> = stored.into_iter().collect();
    let spec = |key: &String| Some((key.clone(), stored.get(key)?.clone()));
    let there: Vec<(String, String)> = keys.iter().filter_map(spec).collect();
    let lacking = keys.len() - there.len();
    let path = folder.path().join("specs.jsonl");
    let warning = || {
        let specs = counted(lacking, "spec");
        format!("{} lacks {specs} of the plan\nhint: `experiment` writes it anew", shown(&path))
    };
    Specs { there, warning: (lacking > 0).then(warning) }
}

/// The runs with these keys, from the specs that the plan has stored, with the files that they read; those of
/// a built-in experiment are looked for in `data` too.
pub fn jobs(folder: &ResultFolder, keys: &[String], data: Option<&PathBuf>) -> Result<Vec<Job>, Exit> {
    let plan = folder.read_plan()?;
    let Specs { there, warning } = specs(folder, keys);
    if let Some(warning) = warning {
        return Err(anyhow!(warning).into());
    }
    let specs = there.iter().map(|(_, spec)| RunSpec::of_json(spec));
    let specs: Vec<RunSpec> = specs.collect::<Result<_, _>>().context("a stored spec cannot be read")?;
    let source = PathBuf::from(plan.source.unwrap_or_default());
    let files: Box<dyn Files> = if source.starts_with("built-in") {
        Box::new(Builtin { data: data.cloned() })
    } else {
        Box::new(Disk)
    };
    revive(specs, source.parent().unwrap_or(Path::new(".")), &*files).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Exit::usage(lines.join("\n"))
    })
}
