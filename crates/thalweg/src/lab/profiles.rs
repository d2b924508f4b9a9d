//! What is wrong with the profiles of a file, of which none is laid over it.

use std::path::Path;

use thalweg_document::{Document, Files, Overlays, Placed, Problem, Problems};
use thalweg_experiment::{Spec, plan};
use thalweg_numeric::bounded::Count;
use thalweg_report::{Claim, FigureConfig};

use super::check::{self, Statements};

/// Of a sweep with more points than these, a profile is held against the first alone.
const MOST_POINTS: usize = 1000;

/// What `of_file`, the problems of the file itself, lacks of those with each of its profiles.
pub fn with_profiles(
    of_file: Result<(), Problems>,
    document: &Document,
    path: &Path,
    files: &dyn Files,
) -> Result<(), Problems> {
    let mut problems = match of_file {
        Ok(()) => Problems { file: document.name(), all: Vec::new() },
        Err(problems) => problems,
    };
    let (known, mut of_profiles) = (problems.all.clone(), Vec::new());
    for name in document.keys("profile") {
        let overlays = Overlays { profile: Some(name.clone()), set: Vec::new() };
        let document = document.with(&overlays);
        let Err(of_profile) = document.explain(problems_of(&document, path, files)) else { continue };
        let new = of_profile.all.into_iter().filter(|problem| !known.contains(problem));
        let named = |problem: Placed| Placed { key: format!("profile {name}: {}", problem.key), ..problem };
        of_profiles.extend(new.map(named));
    }
    of_profiles.sort_by(|one, other| one.place.cmp(&other.place));
    problems.all.extend(of_profiles);
    if problems.all.is_empty() { Ok(()) } else { Err(problems) }
}

/// What is wrong with a file over which a profile was laid.
fn problems_of(document: &Document, path: &Path, files: &dyn Files) -> Vec<Problem> {
    let (mut spec, mut problems) = Spec::read(document, path);
    let n_points: f64 = spec.axes.iter().map(|axis| axis.points.len() as f64).product();
    let is_whole = n_points <= MOST_POINTS as f64;
    if !is_whole {
        spec.axes.iter_mut().for_each(|axis| axis.points.truncate(1));
    }
    spec.replicates = Count::of(1);
    let planned = plan(&spec, files);
    problems.extend(planned.problems);
    let claims = Statements::<Claim>::read(document, "claim", &mut problems);
    let figures = Statements::<FigureConfig>::read(document, "figure", &mut problems);
    if planned.is_readable && is_whole {
        check::names(document, &claims, &planned.available, &planned.broken, &mut problems);
        check::names(document, &figures, &planned.available, &planned.broken, &mut problems);
    }
    check::lead_sweep(&mut problems, &planned.available);
    problems
}
