//! Runs of a result as they are stored, ready to be computed again.

use std::path::{Path, PathBuf};

use anyhow::Context;
use thalweg::lab::{Disk, Files, Job, RunSpec, revive};
use thalweg::records::ResultFolder;

use crate::Exit;
use crate::builtin::Builtin;

/// The runs with these keys, from the specs that the plan has stored, with the files that they read; those of
/// a built-in experiment are looked for in `data` too.
pub fn jobs(folder: &ResultFolder, keys: &[&String], data: Option<&PathBuf>) -> Result<Vec<Job>, Exit> {
    let (plan, specs) = (folder.read_plan()?, folder.read_specs()?);
    let chosen = specs.iter().filter(|(key, _)| keys.contains(&key));
    let specs = chosen.map(|(_, spec)| RunSpec::of_json(spec));
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
