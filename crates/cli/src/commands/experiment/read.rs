//! The file that a name or a path stands for.

use std::path::{MAIN_SEPARATOR, PathBuf};

use thalweg::lab::{Disk, Files, Overlays, Study};

use super::Arguments;
use crate::builtin::{Builtin, EXPERIMENTS, path_of};
use crate::{Exit, Home, note};

/// Reads and checks everything; what will only end inconclusive is told.
pub fn read(arguments: &Arguments, home: &Home) -> Result<Study, Exit> {
    let (path, files) = find(arguments, home)?;
    let overlays = Overlays { profile: arguments.profile.clone(), set: arguments.set.clone() };
    let study = Study::open(&path, &*files, &overlays)?;
    // --until-decided plans its own replicates.
    let warnings =
        study.warnings.iter().filter(|warning| !arguments.until_decided || !warning.contains("replicate"));
    warnings.for_each(note);
    Ok(study)
}

fn find(arguments: &Arguments, home: &Home) -> Result<(PathBuf, Box<dyn Files>), Exit> {
    let experiment = &arguments.experiment;
    if experiment.ends_with(".toml") || experiment.contains(MAIN_SEPARATOR) {
        return Ok((PathBuf::from(experiment), Box::new(Disk)));
    }
    let known = home.experiments().map_err(anyhow::Error::from)?;
    if let Some((_, path)) = known.iter().find(|(name, _)| name == experiment) {
        return Ok((path.clone(), Box::new(Disk)));
    }
    if EXPERIMENTS.iter().any(|(name, _)| name == experiment) {
        return Ok((path_of(experiment), Box::new(Builtin { data: arguments.data.clone() })));
    }
    let built_in = EXPERIMENTS.iter().map(|(name, _)| *name);
    let mut names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).chain(built_in).collect();
    names.sort_unstable();
    names.dedup();
    Err(Exit::usage(format!(
        "there is no experiment `{experiment}`\nhint: the experiments are {}; any other is given by the path of its .toml file",
        names.join(", ")
    )))
}
