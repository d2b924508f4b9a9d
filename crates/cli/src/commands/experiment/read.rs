//! The file that a name or a path stands for.

use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use thalweg::document::nearest;
use thalweg::lab::{Disk, Files, Overlays, Problems, Study};

use super::Overlaid;
use crate::builtin::{Builtin, EXPERIMENTS, path_of};
use crate::{Exit, Home, note};

/// An experiment as it is named on the command line.
pub struct Source<'a> {
    /// A name or a path.
    pub experiment: &'a str,
    pub overlays: &'a Overlaid,
    /// Whether replicates are added, so that a warning of too few has no meaning.
    pub until_decided: bool,
}

/// Reads and checks everything; what will only end inconclusive is told.
pub fn read(source: &Source<'_>, home: &Home) -> Result<Study, Exit> {
    let (path, files) = find(source.experiment, source.overlays.data.as_deref(), home)?;
    let overlays = Overlays { profile: source.overlays.profile.clone(), set: source.overlays.set.clone() };
    let study = open(&path, &*files, &overlays)?;
    // --until-decided plans its own replicates.
    let warnings =
        study.warnings.iter().filter(|warning| !source.until_decided || !warning.contains("replicate"));
    warnings.for_each(note);
    study.experiment.notes().iter().for_each(note);
    if !source.until_decided {
        study.experiment.notes_on_replicates().iter().for_each(note);
    }
    Ok(study)
}

/// Reads and checks a file, of which the plan tells where it is.
pub fn open(path: &Path, files: &dyn Files, overlays: &Overlays) -> Result<Study, Exit> {
    let mut study = Study::open(path, files, overlays).map_err(with_data_hint)?;
    study.experiment.plan.source = Some(files.normal(path).display().to_string());
    Ok(study)
}

/// Data of built-in experiments are not built in.
fn with_data_hint(mut problems: Problems) -> Problems {
    for problem in problems.all.iter_mut().filter(|problem| problem.message.contains("built-in/data")) {
        let hint = "--data DIR names the folder with the data of built-in experiments, mnist/; without it they are \
                    looked for in experiments/data and data";
        problem.hint = Some(hint.to_owned());
    }
    problems
}

/// The file of a name or a path, and where it and what it reads come from; `data` is the folder of the data
/// of built-in experiments.
pub fn find(experiment: &str, data: Option<&Path>, home: &Home) -> Result<(PathBuf, Box<dyn Files>), Exit> {
    if experiment.ends_with(".toml") || experiment.contains(MAIN_SEPARATOR) {
        return Ok((PathBuf::from(experiment), Box::new(Disk)));
    }
    let known = home.experiments().map_err(anyhow::Error::from)?;
    if let Some((_, path)) = known.iter().find(|(name, _)| name == experiment) {
        return Ok((path.clone(), Box::new(Disk)));
    }
    if EXPERIMENTS.iter().any(|(name, _)| *name == experiment) {
        return Ok((path_of(experiment), Box::new(Builtin { data: data.map(Path::to_owned) })));
    }
    let built_in = EXPERIMENTS.iter().map(|(name, _)| *name);
    let mut names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).chain(built_in).collect();
    names.sort_unstable();
    names.dedup();
    if experiment == "list" {
        return Err(Exit::usage(
            "there is no experiment `list`\nhint: `list` alone lists the experiments, `results` the results",
        ));
    }
    Err(Exit::usage(format!(
        "there is no experiment `{experiment}`\nhint: {}; any other is given by the path of its .toml file",
        match nearest(experiment, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? The experiments are {}", names.join(", ")),
            None => format!("the experiments are {}", names.join(", ")),
        }
    )))
}
